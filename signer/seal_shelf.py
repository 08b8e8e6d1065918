"""The seals that a verifier has at hand, found by what a QR code carries of a certificate's SHA-256."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509

from signer.errors import ChainError
from signer.seals import SealCertificate, validate_chain


class SealShelf:
    """Certificate chains, whoever vouches for them: each is validated against the roots when it is asked for, at the
    signing time asked about. Immutable; safe to share between threads."""

    def __init__(self, chains: Iterable[Sequence[bytes]], roots: Sequence[bytes]) -> None:
        """``chains`` are DER certificates, the seal first, the root left out; ``roots`` are DER certificates.

        ChainError (``CERTIFICATE_INVALID``) if a root does not load.
        """
        try:
            self._roots = tuple(x509.load_der_x509_certificate(der) for der in roots)
        except ValueError as error:
            raise ChainError("CERTIFICATE_INVALID", "a trusted root is not a DER certificate") from error
        self._chains = {sha256(chain[0]).digest(): tuple(chain) for chain in chains if chain}

    def find(self, digest: bytes, signing_time: int) -> SealCertificate | None:
        """Return the seal whose certificate's SHA-256 begins with ``digest`` (16 to 32 bytes), its chain validated at
        ``signing_time`` (Unix seconds); None if it is not here, or ``digest`` is shorter.

        Fits ``signer.qr.SealLookup``. Raises ChainError as ``seals.validate_chain`` does.
        """
        if len(digest) < 16:
            return None
        for known, chain in self._chains.items():
            if known.startswith(digest):
                return validate_chain(chain, self._roots, datetime.fromtimestamp(signing_time, UTC))
        return None
