"""The roots that a verifier trusts, and the seal chains that it has already validated against them."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from cryptography import x509

from signer.algorithms import USUAL, thumbprint
from signer.errors import ChainError
from signer.seals import MAX_CERTIFICATE_BYTES, MAX_CHAIN, SealCertificate, validate_chain

DEFAULT_CAPACITY: Final = 1024


@dataclass(frozen=True, slots=True)
class TrustedHeader:
    """A protected header under which a valid signature was seen, and the seal that its chain leads from."""

    header: Mapping[str, object]
    seal: SealCertificate


class SealTrust:
    """Trusted roots and a bounded memory of headers. Made by whoever verifies, and kept by them; safe to share
    between threads.

    An authority signs thousands of licences under one header, byte for byte. A header is remembered only once a
    signature under it has been checked, so that nobody without a seal can fill the memory; it holds for signing
    times at which its whole chain is valid. When it is full, the oldest entry goes. To withdraw a root, make a new
    object.
    """

    def __init__(
        self, roots: Sequence[bytes], capacity: int = DEFAULT_CAPACITY, accepted: frozenset[str] = USUAL
    ) -> None:
        """``roots`` are DER certificates, ``accepted`` the suites that a seal may be of; ChainError
        (``CERTIFICATE_INVALID``) if a root does not load."""
        try:
            self._roots = tuple(x509.load_der_x509_certificate(der) for der in roots)
        except ValueError as error:
            raise ChainError("CERTIFICATE_INVALID", "a trusted root is not a DER certificate") from error
        self._capacity = capacity
        self._accepted = accepted
        self._known: dict[bytes, TrustedHeader] = {}
        self._lock = Lock()

    def add_roots(self, roots: Sequence[bytes]) -> None:
        """Trust these roots (DER) too, from the next validation on; as the constructor raises."""
        try:
            added = [x509.load_der_x509_certificate(der) for der in roots]
        except ValueError as error:
            raise ChainError("CERTIFICATE_INVALID", "a trusted root is not a DER certificate") from error
        with self._lock:
            self._roots = (*self._roots, *(root for root in added if root not in self._roots))

    def known(self, encoded_header: bytes) -> TrustedHeader | None:
        """Return what is remembered of an encoded header; its seal's times are for the caller to compare."""
        return self._known.get(encoded_header)

    def remember(self, encoded_header: bytes, trusted: TrustedHeader) -> None:
        """Remember a header whose chain and signature were both checked."""
        with self._lock:
            while len(self._known) >= self._capacity:
                del self._known[next(iter(self._known))]
            self._known[encoded_header] = trusted

    def validate_chain(self, chain_der: Sequence[bytes], signing_time: int) -> SealCertificate:
        """Return the seal at the head of a chain, validated at ``signing_time`` (Unix seconds); raises as
        ``seals.validate_chain``."""
        return validate_chain(chain_der, self._roots, datetime.fromtimestamp(signing_time, UTC), self._accepted)

    def validate(self, header: Mapping[str, object], signing_time: int) -> TrustedHeader:
        """Return the seal at the head of the header's ``x5c``, validated at ``signing_time`` (Unix seconds).

        Raises ChainError: ``X5C_MISSING``, ``X5C_INVALID``, ``KID_MISMATCH`` (``kid`` is not the seal key's
        thumbprint) and the codes of ``seals.validate_chain``.
        """
        seal = self.validate_chain(_certificates(header), signing_time)
        if header.get("kid") != thumbprint(seal.public):
            raise ChainError("KID_MISMATCH", "the header's kid is not the thumbprint of the seal's key")
        return TrustedHeader(header, seal)


def encode_x5c(chain_der: Sequence[bytes]) -> list[str]:
    """Return a chain as the ``x5c`` header has it: standard base64 of DER, seal first (RFC 7515 section 4.1.6)."""
    return [b64encode(der).decode("ascii") for der in chain_der]


def _certificates(header: Mapping[str, object]) -> list[bytes]:
    encoded = header.get("x5c")
    if not isinstance(encoded, list) or not 0 < len(encoded) <= MAX_CHAIN:
        raise ChainError("X5C_MISSING", f"the header carries no chain of 1 to {MAX_CHAIN} certificates")
    return [_certificate(text) for text in encoded]


def _certificate(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_CERTIFICATE_BYTES * 4 // 3 + 4:
        raise ChainError("X5C_INVALID", "a certificate in x5c is base64 text of bounded length")
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise ChainError("X5C_INVALID", "a certificate in x5c is not base64") from error
