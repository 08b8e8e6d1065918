"""Objects: named immutable bytes, and a few that are replaced whole."""
