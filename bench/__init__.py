"""Tools for developers: `make bench` (benchmarks), `make mutants` (mutation tests), `make facts`."""
