"""Checks of catalogue entities, one module a kind, each yielding (field path, sentence) pairs; see ``validation``."""
