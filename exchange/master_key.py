"""The master secret of the key backend as the vault's key wrapper."""

from exchange.installation import MASTER_SECRET
from signer.keys.backend import KeyBackend


class MasterKey:
    """Wraps and unwraps holders' data keys with the hub's master secret."""

    def __init__(self, keys: KeyBackend) -> None:
        self._keys = keys

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        return self._keys.wrap(MASTER_SECRET, plaintext, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._keys.unwrap(MASTER_SECRET, wrapped, context)
