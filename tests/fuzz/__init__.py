"""Harnesses for a fuzzer, one for each parser of hostile bytes."""
