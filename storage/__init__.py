"""Where bytes are kept: records, objects and the fast store, each behind a small interface.

This package knows nothing of what the bytes mean. It imports neither the hub nor the signer nor the generated stubs.
"""
