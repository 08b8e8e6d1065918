"""Signature keys in one place, secrets in another.

Secrets stay in files even where signatures come from a token or another process. They guard the hub's own data at rest:
whoever has taken over a process that may ask for them reads that data anyway, restoring a backup needs the very same
secrets, and tokens differ in whether they let a caller choose the nonce of AES-GCM, so that sealed data would be bound
to one vendor.
"""

from cryptography import x509

from signer.algorithms import PublicKey
from signer.errors import KeyBackendError, KeyNotFoundError
from signer.keys.backend import KeyBackend, KeyInfo, KeyKind, SignatureBackend, Signer


class SplitBackend:
    """A KeyBackend whose signature keys are those of ``signatures`` and whose secrets those of ``files``.

    A signature key that ``files`` holds too, from before the split, is as if it were not there.
    """

    def __init__(self, signatures: SignatureBackend, files: KeyBackend) -> None:
        self._signatures = signatures
        self._files = files

    def generate(self, key_id: str, suite_name: str) -> KeyInfo:
        """See KeyBackend."""
        if self._is_secret(key_id):
            raise KeyBackendError(f"the key {key_id} exists; rotate it to get a new version")
        return self._signatures.generate(key_id, suite_name)

    def create_secret(self, key_id: str) -> KeyInfo:
        """See KeyBackend."""
        if self._is_signature_key(key_id):
            raise KeyBackendError(f"the key {key_id} exists; rotate it to get a new version")
        return self._files.create_secret(key_id)

    def rotate(self, key_id: str) -> KeyInfo:
        """See KeyBackend."""
        return self._files.rotate(key_id) if self._is_secret(key_id) else self._signatures.rotate(key_id)

    def list(self) -> tuple[KeyInfo, ...]:
        """See KeyBackend."""
        secrets = (info for info in self._files.list() if info.kind is KeyKind.SECRET)
        return tuple(sorted((*self._signatures.list(), *secrets), key=lambda info: info.key_id))

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        """See KeyBackend."""
        return self._files.versions(key_id) if self._is_secret(key_id) else self._signatures.versions(key_id)

    def suite(self, key_id: str) -> str:
        """See KeyBackend."""
        return self.signer(key_id).alg

    def public_key(self, key_id: str) -> PublicKey:
        """See KeyBackend."""
        return self.signer(key_id).public

    def signer(self, key_id: str, version: int | None = None) -> Signer:
        """See KeyBackend."""
        try:
            return self._signatures.signer(key_id, version)
        except KeyNotFoundError:
            if self._is_secret(key_id):
                raise KeyBackendError(f"key {key_id} is a secret and signs nothing") from None
            raise

    def sign(self, key_id: str, data: bytes) -> bytes:
        """See KeyBackend."""
        return self.signer(key_id).sign(data)

    def sign_certificate(self, key_id: str, builder: x509.CertificateBuilder) -> x509.Certificate:
        """See KeyBackend."""
        self.signer(key_id)
        return self._signatures.sign_certificate(key_id, builder)

    def refresh(self) -> None:
        """See KeyBackend."""
        self._signatures.refresh()
        self._files.refresh()

    def close(self) -> None:
        """See KeyBackend."""
        self._signatures.close()
        self._files.close()

    def wrap(self, key_id: str, plaintext: bytes, context: bytes) -> bytes:
        """See KeyBackend."""
        try:
            return self._files.wrap(key_id, plaintext, context)
        except KeyNotFoundError:
            self._refuse_signature_key(key_id)
            raise

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """See KeyBackend."""
        try:
            return self._files.unwrap(key_id, wrapped, context)
        except KeyNotFoundError:
            self._refuse_signature_key(key_id)
            raise

    def mac(self, key_id: str, data: bytes, version: int | None = None) -> bytes:
        """See KeyBackend."""
        try:
            return self._files.mac(key_id, data, version)
        except KeyNotFoundError:
            self._refuse_signature_key(key_id)
            raise

    def _is_secret(self, key_id: str) -> bool:
        try:
            return self._files.versions(key_id)[0].kind is KeyKind.SECRET
        except KeyNotFoundError:
            return False

    def _is_signature_key(self, key_id: str) -> bool:
        try:
            return bool(self._signatures.versions(key_id))
        except KeyNotFoundError:
            return False

    def _refuse_signature_key(self, key_id: str) -> None:
        if self._is_signature_key(key_id):
            raise KeyBackendError(f"key {key_id} is a signature key, not a secret")
