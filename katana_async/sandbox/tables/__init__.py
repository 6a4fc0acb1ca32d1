"""The declarations: one module per area, saying what its collections are made of and do."""
