"""Every certificate that an authority's seal ever had here, so that what it signed long ago still finds it.

    seals/<uscc>/<hex sha-256 of the certificate>.pem   object: the chain, the seal first, without the root

A QR code on paper carries no certificate, only the beginning of its digest. What is found is a chain, not a judgement:
whether it leads to a trusted root is validated each time anew, at the signing time asked about.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509

from exchange.licences.bounded import Bounded
from signer.certificates import der
from signer.identifier import uscc_valid
from signer.qr import KID_BYTES, SealLookup
from signer.seals import MAX_CHAIN, SealCertificate, validate_chain
from storage.errors import CorruptError
from storage.objects.interface import Objects

PREFIX = "seals/"


def certificate_object(authority: str, sha256: str) -> str:
    """The name of the object that holds the chain of one certificate of an authority's seal."""
    return f"{PREFIX}{authority}/{sha256}.pem"


class SealArchive:
    """Reads the archive; keeps the last ``size`` chains, which never change."""

    def __init__(self, objects: Objects, roots: Sequence[bytes], size: int = 1_000) -> None:
        """``roots`` are DER certificates."""
        self._objects = objects
        self._roots = tuple(x509.load_der_x509_certificate(root) for root in roots)
        self._chains: Bounded[tuple[str, bytes], tuple[bytes, ...]] = Bounded(size)

    def of(self, authority: str) -> SealLookup:
        """The look-up among the seals of one authority, whatever text that is.

        It raises ``ChainError`` for a chain that leads to no trusted root, ``StorageError`` if objects are away.
        """

        def look_up(digest: bytes, signing_time: int) -> SealCertificate | None:
            chain = self._chain(authority, digest)
            if not chain:
                return None
            return validate_chain(chain, self._roots, datetime.fromtimestamp(signing_time, UTC))

        return look_up

    def _chain(self, authority: str, digest: bytes) -> tuple[bytes, ...]:
        if not uscc_valid(authority) or len(digest) != KID_BYTES:
            return ()
        kept = self._chains.get((authority, digest))
        if kept is not None:
            return kept
        names = self._objects.names(f"{PREFIX}{authority}/{digest.hex()}", limit=1)
        if not names:
            return ()
        try:
            certificates = x509.load_pem_x509_certificates(self._objects.get(names[0]))
        except ValueError as error:
            raise CorruptError(f"{names[0]} is not a chain of certificates") from error
        return self._chains.put((authority, digest), tuple(der(each) for each in certificates[:MAX_CHAIN]))
