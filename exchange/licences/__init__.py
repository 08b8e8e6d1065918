"""Licences: how they are issued, led through their life, read for a case, and verified."""
