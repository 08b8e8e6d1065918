"""Whose seals and keys count: the hub's trust list, made from what is in force, published, fetched and heeded."""
