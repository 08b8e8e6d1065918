"""Package onceonly.signer.v1, generated from proto/onceonly/signer/v1."""
