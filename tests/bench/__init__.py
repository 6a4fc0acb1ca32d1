"""Tests of the benchmarks: figures and pages from plain data, and one small run."""
