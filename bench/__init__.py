"""Tools for developers: benchmarks (`make bench`), mutation tests (`make mutants`), `make facts`."""
