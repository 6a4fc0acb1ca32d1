"""Tools for developers: benchmarks, mutation tests, and the data file of the sandbox."""
