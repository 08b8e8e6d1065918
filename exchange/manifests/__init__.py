"""Bulk: a list of lines that one operator proposes, another approves, and the first then fetches in pages."""
