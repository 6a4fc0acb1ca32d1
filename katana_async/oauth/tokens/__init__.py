"""The tokens of one connection: decisions, refreshes, and its state in this process."""
