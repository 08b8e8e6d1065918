"""Package onceonly.v1, generated from proto/onceonly/v1."""
