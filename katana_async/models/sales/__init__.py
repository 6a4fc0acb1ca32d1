"""Sales orders, their fulfillments, and returns."""
