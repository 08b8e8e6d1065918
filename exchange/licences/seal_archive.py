"""Every certificate that an authority's seal ever had here, so that what it signed long ago still finds it.

    seals/<uscc>/<hex sha-256 of the certificate>.pem   object: the chain, the seal first, without the root

A QR code on paper carries no certificate, only the beginning of its digest. What is found is a chain, not a judgement:
whether it leads to a trusted root is validated each time anew, at the signing time asked about.
"""

from cryptography import x509

from exchange.licences.bounded import Bounded
from exchange.trust.places import SEALS
from signer.certificates import der
from signer.identifier import uscc_valid
from signer.qr import KID_BYTES, SealLookup
from signer.seals import MAX_CHAIN, SealCertificate
from signer.trust import SealTrust
from storage.errors import CorruptError
from storage.objects.interface import Objects


class SealArchive:
    """Reads the archive; keeps the last ``size`` chains, which never change."""

    def __init__(self, objects: Objects, trust: SealTrust, size: int = 1_000) -> None:
        self._objects = objects
        self._trust = trust
        self._chains: Bounded[tuple[str, bytes], tuple[bytes, ...]] = Bounded(size)

    def of(self, authority: str) -> SealLookup:
        """The look-up among the seals of one authority, whatever text that is.

        It raises ``ChainError`` for a chain that leads to no trusted root, ``StorageError`` if objects are away.
        """

        def look_up(digest: bytes, signing_time: int) -> SealCertificate | None:
            chain = self._chain(authority, digest)
            return self._trust.validate_chain(chain, signing_time) if chain else None

        return look_up

    def _chain(self, authority: str, digest: bytes) -> tuple[bytes, ...]:
        if not uscc_valid(authority) or len(digest) != KID_BYTES:
            return ()
        kept = self._chains.get((authority, digest))
        if kept is not None:
            return kept
        names = self._objects.names(f"{SEALS}{authority}/{digest.hex()}", limit=1)
        if not names:
            return ()
        try:
            certificates = x509.load_pem_x509_certificates(self._objects.get(names[0]))
        except ValueError as error:
            raise CorruptError(f"{names[0]} is not a chain of certificates") from error
        return self._chains.put((authority, digest), tuple(der(each) for each in certificates[:MAX_CHAIN]))
