"""The tables, collections and endpoints of the API, one module per area."""
