"""The catalogue: what may be issued, what may be asked for, and by whom."""
