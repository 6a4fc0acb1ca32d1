"""Filters and bodies of sales."""
