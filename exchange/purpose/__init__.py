"""Access based on purpose: a pure decision over recorded facts. See ``docs/purpose-decision.md``."""
