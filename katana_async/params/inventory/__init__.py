"""Filters and bodies of stock."""
