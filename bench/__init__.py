"""Benchmarks: ratios against a baseline measured in the same run, since machines differ and are noisy."""
