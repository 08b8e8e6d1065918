"""COSE_Sign1 with exactly one accepted shape (RFC 9052 sections 3, 4.2 and 4.4).

1. Always with tag 18; always with its payload inside; encoded deterministically, as ``signer.cbor`` reads it.
2. Headers are those of a list: ``alg``, ``kid`` and content type in the protected header, ``kid`` alone in the
   unprotected one. So ``crit`` and everything that lets an object bring its own key (``x5chain``, ``x5u``) is refused.
3. The algorithm belongs to the key: ES256 (-7) for P-256, EdDSA (-8) for Ed25519 (RFC 9053 section 2). An object
   that names another one than its key's is refused.
4. What is outside the object and signed with it (``external_aad``) is the caller's to know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from signer import cbor
from signer.algorithms import PublicKey, suite_named, suite_of
from signer.errors import FormatError, SignatureError

MAX_BYTES: Final = 16 * 1024
MAX_KID_BYTES: Final = 64
ALGORITHMS: Final[tuple[tuple[str, int], ...]] = (("ES256", -7), ("EdDSA", -8))
"""JOSE name and COSE number of every suite that may sign here (RFC 9053 section 2)."""

_TAG_18: Final = b"\xd2"
_CONTEXT: Final = "Signature1"
_ALG, _CONTENT_TYPE, _KID = 1, 3, 4
_NUMBERS: Final = dict(ALGORITHMS)
_NAMES: Final = {number: name for name, number in ALGORITHMS}

SignFunction = Callable[[bytes], bytes]
"""The Sig_structure in, raw signature out; usually ``KeyBackend.signer(key_id).sign``."""


@dataclass(frozen=True, slots=True)
class Headers:
    """What a protected header says: ``alg`` is the suite's JOSE name; ``kid`` and ``content_type`` None if absent."""

    alg: str
    kid: bytes | None
    content_type: int | str | None


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 taken apart. Only ``verify1`` and ``signature_matches`` say whether its signature holds."""

    headers: Headers
    kid: bytes
    """From the protected header or from the unprotected one."""
    protected: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SigningInput:
    """A Sig_structure taken apart: what a signature is asked for."""

    headers: Headers
    protected: bytes
    external_aad: bytes
    payload: bytes


def protected_header(alg: str, kid: bytes) -> bytes:
    """Return the encoded protected header; FormatError (``COSE_ALG_UNKNOWN``) for a suite with no number here."""
    number = _NUMBERS.get(alg)
    if number is None:
        raise FormatError("COSE_ALG_UNKNOWN", f"the algorithm is none of {', '.join(_NUMBERS)}")
    return cbor.encode({_ALG: number, _KID: kid})


def signing_input(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """Return the Sig_structure: the bytes that are signed (RFC 9052 section 4.4)."""
    return cbor.encode([_CONTEXT, protected, external_aad, payload])


def sign1(payload: bytes, *, alg: str, kid: bytes, sign: SignFunction, external_aad: bytes = b"") -> bytes:
    """Return the tagged COSE_Sign1 over ``payload``, ``alg`` and ``kid`` in its protected header.

    ``alg`` must be that of ``sign``'s key: this is not checked here, and such an object would not verify.
    """
    protected = protected_header(alg, kid)
    signature = sign(signing_input(protected, payload, external_aad))
    return _TAG_18 + cbor.encode([protected, {}, payload, signature])


def parse1(data: bytes, *, max_bytes: int = MAX_BYTES) -> Sign1:
    """Return a tagged COSE_Sign1 taken apart; nothing is verified.

    Raises FormatError: ``COSE_TOO_LARGE``, ``COSE_TAG``, ``COSE_SHAPE``, ``COSE_HEADER_REFUSED``,
    ``COSE_ALG_UNKNOWN`` (missing included), ``COSE_KID`` (missing, twice, too long), and the codes of ``cbor.decode``.
    """
    if len(data) > max_bytes:
        raise FormatError("COSE_TOO_LARGE", f"more than {max_bytes} bytes")
    if data[:1] != _TAG_18:
        raise FormatError("COSE_TAG", "a COSE_Sign1 begins with tag 18")
    match cbor.decode(data[1:], max_bytes=max_bytes):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            headers = _headers(protected)
            return Sign1(headers, _one_kid(headers, unprotected), protected, payload, signature)
    raise FormatError("COSE_SHAPE", "a COSE_Sign1 is protected header, unprotected header, payload and signature")


def parse_signing_input(data: bytes, *, max_bytes: int = MAX_BYTES) -> SigningInput:
    """Return a Sig_structure taken apart, for whoever must know what it is asked to sign.

    Raises FormatError: ``COSE_SHAPE``, ``COSE_HEADER_REFUSED``, ``COSE_ALG_UNKNOWN``, ``COSE_KID`` and the codes of
    ``cbor.decode``. Does not look at the payload.
    """
    match cbor.decode(data, max_bytes=max_bytes):
        case [str(context), bytes(protected), bytes(external_aad), bytes(payload)] if context == _CONTEXT:
            return SigningInput(_headers(protected), protected, external_aad, payload)
    raise FormatError("COSE_SHAPE", "not the Sig_structure of a COSE_Sign1")


def signature_matches(message: Sign1, public: PublicKey, external_aad: bytes = b"") -> bool:
    """Tell whether the signature is by ``public`` over the whole object.

    Raises FormatError (``COSE_ALG_MISMATCH``) if the object names another algorithm than the key's, and
    ``KEY_TYPE_UNKNOWN`` for a key of no suite.
    """
    if suite_of(public).name != message.headers.alg:
        raise FormatError("COSE_ALG_MISMATCH", "the object names another algorithm than its key's")
    data = signing_input(message.protected, message.payload, external_aad)
    return suite_named(message.headers.alg).verify(public, message.signature, data)


def verify1(
    data: bytes, keys: Mapping[bytes, PublicKey], *, external_aad: bytes = b"", max_bytes: int = MAX_BYTES
) -> Sign1:
    """Return a COSE_Sign1 that is signed by the key that its ``kid`` names among ``keys``.

    Raises FormatError as ``parse1`` and ``signature_matches`` do, and ``KID_UNKNOWN`` if no key has that name;
    SignatureError for a signature that does not match. Does not look at the payload.
    """
    message = parse1(data, max_bytes=max_bytes)
    public = keys.get(message.kid)
    if public is None:
        raise FormatError("KID_UNKNOWN", "the header's kid names no known key")
    if not signature_matches(message, public, external_aad):
        raise SignatureError("the signature is not by the key that kid names")
    return message


def _headers(protected: bytes) -> Headers:
    header = cbor.decode(protected, max_bytes=MAX_BYTES) if protected else {}
    if not isinstance(header, dict) or not header.keys() <= {_ALG, _CONTENT_TYPE, _KID}:
        raise FormatError("COSE_HEADER_REFUSED", "the protected header has a label other than alg, kid, content type")
    number, content_type = header.get(_ALG), header.get(_CONTENT_TYPE, 0)
    name = _NAMES.get(number) if isinstance(number, int) else None
    if name is None:
        raise FormatError("COSE_ALG_UNKNOWN", f"the algorithm is none of {', '.join(_NUMBERS)}")
    if not isinstance(content_type, int | str) or isinstance(content_type, bool):
        raise FormatError("COSE_HEADER_REFUSED", "the content type is neither a number nor a text")
    kid = _kid(header[_KID]) if _KID in header else None
    return Headers(name, kid, header.get(_CONTENT_TYPE))


def _one_kid(headers: Headers, unprotected: Mapping[object, object]) -> bytes:
    """Return the kid, which stands in one of the two headers."""
    if not unprotected.keys() <= {_KID}:
        raise FormatError("COSE_HEADER_REFUSED", "the unprotected header has a label other than kid")
    if headers.kid is None:
        return _kid(unprotected.get(_KID))
    if unprotected:
        raise FormatError("COSE_KID", "the key is named twice")
    return headers.kid


def _kid(value: object) -> bytes:
    if not isinstance(value, bytes) or not 0 < len(value) <= MAX_KID_BYTES:
        raise FormatError("COSE_KID", f"the key is named by 1 to {MAX_KID_BYTES} bytes")
    return value
