"""One file for each signature suite, and the interface they share."""
