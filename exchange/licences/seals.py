"""The seals of issuing authorities: which key signs for an authority, and the certificates that show it.

Rules:
1. An authority's key is ``seal-<uscc in lower case>`` in the key backend; its chain is the object ``seals/<uscc>.pem``,
   the seal's certificate first, then intermediates, without the root.
2. Key and chain always fit: a certificate for another key than the one that would sign is never used.
3. A new or rotated seal is picked up when it is first needed; nothing has to be restarted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography import x509

from exchange.errors import UnavailableError
from exchange.reasons import Reason
from signer import credential
from signer.algorithms import PublicKey, thumbprint
from signer.certificates import der
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from signer.keys.backend import Signer
from signer.seals import MAX_CHAIN
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

MAX_CHAIN_BYTES = 64 * 1024

LoadChain = Callable[[str], bytes | None]
"""An authority's USCC in, its chain as PEM out, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Seal:
    """An authority's seal, ready to sign: ``header`` is the encoded protected header, with the seal's chain in it;
    ``sha256`` is the hex digest of its certificate."""

    authority: str
    signer: Signer
    header: str
    sha256: str


class Signers(Protocol):
    """What the ring needs of a key backend."""

    def signer(self, key_id: str) -> Signer: ...


class SealRing:
    """The seals of every authority that this hub signs for."""

    def __init__(self, keys: Signers, load_chain: LoadChain, refresh: Callable[[], None]) -> None:
        """``refresh`` makes ``keys`` look for keys that other processes have added."""
        self._keys = keys
        self._load_chain = load_chain
        self._refresh = refresh
        self._seals: dict[str, Seal] = {}

    def seal(self, authority: str) -> Seal:
        """The authority's seal. Raises ``UnavailableError`` if its key or a certificate for it is not there."""
        seal = self._known(authority) or self._made(authority)
        if seal is None:
            self._refresh()
            seal = self._made(authority)
        if seal is None:
            raise UnavailableError(Reason.SIGNER_UNAVAILABLE)
        return seal

    def _known(self, authority: str) -> Seal | None:
        """The seal that was used last, while its key is still the newest that this process knows."""
        known, signer = self._seals.get(authority), self._signer(authority)
        return known if known is not None and signer is not None and known.signer.kid == signer.kid else None

    def _made(self, authority: str) -> Seal | None:
        signer, chain = self._signer(authority), self._chain(authority)
        if signer is None or not chain or certified_kid(chain[0]) != signer.kid:
            return None
        header = credential.encode_header(signer.kid, signer.alg, chain)
        seal = self._seals[authority] = Seal(authority, signer, header, sha256(chain[0]).hexdigest())
        return seal

    def _signer(self, authority: str) -> Signer | None:
        try:
            return self._keys.signer(key_id(authority))
        except KeyNotFoundError:
            return None
        except KeyBackendError as error:
            raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error

    def _chain(self, authority: str) -> tuple[bytes, ...]:
        pem = self._load_chain(authority)
        if pem is None or len(pem) > MAX_CHAIN_BYTES:
            return ()
        try:
            certificates = x509.load_pem_x509_certificates(pem)
        except ValueError as error:
            raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error
        return tuple(der(certificate) for certificate in certificates[:MAX_CHAIN])


def key_id(authority: str) -> str:
    """The id of an authority's seal key."""
    return f"seal-{authority.lower()}"


def chain_object(authority: str) -> str:
    """The name of the object that holds an authority's chain."""
    return f"seals/{authority}.pem"


def chains_in(objects: Objects) -> LoadChain:
    """Chains kept as objects."""

    def load(authority: str) -> bytes | None:
        try:
            return objects.get(chain_object(authority))
        except ObjectNotFoundError:
            return None

    return load


def certified_kid(certificate: bytes) -> str:
    """The ``kid`` of the key that a certificate (DER) is for; empty for a key of no known suite."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(public, PublicKey):
        return ""
    try:
        return thumbprint(public)
    except FormatError:
        return ""
