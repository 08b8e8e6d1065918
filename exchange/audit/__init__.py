"""The access log: entries, the recorder that commits them, the public tree, the index and the questions asked of it."""
