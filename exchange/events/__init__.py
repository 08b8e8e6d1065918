"""Telling departments what happened: the tail of the log, cursors, entitlement, streams."""
