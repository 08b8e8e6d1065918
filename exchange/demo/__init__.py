"""A synthetic city with a real hub: what the demonstration, the functional tests and the benchmarks run against."""
