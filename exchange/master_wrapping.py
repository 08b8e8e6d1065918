"""The master secret of a key backend as the vault's key wrapper."""

from exchange.installation import MASTER_SECRET
from signer.keys.backend import KeyBackend


class MasterWrapper:
    """Wraps and opens data keys by the key backend, which keeps the master secret to itself."""

    def __init__(self, keys: KeyBackend) -> None:
        self._keys = keys

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        """See ``KeyWrapper``."""
        return self._keys.wrap(MASTER_SECRET, plaintext, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See ``KeyWrapper``."""
        return self._keys.unwrap(MASTER_SECRET, wrapped, context)
