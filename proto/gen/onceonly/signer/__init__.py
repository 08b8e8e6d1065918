"""The signer process's own contract: not public."""
