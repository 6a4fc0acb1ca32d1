"""Filters and bodies of manufacturing."""
