"""Measure the SDK beside its alternatives (`make bench`), and its tests (`make mutants`)."""
