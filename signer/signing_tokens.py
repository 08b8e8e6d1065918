"""The JSON tokens that a hub signs, judged before they are signed: credentials, second signatures, receipts, manifests
of exports, status lists, trust lists.

Each function takes the key that is to sign, whose objects are signed, the time and the signing input; it returns if
the object may be signed and raises FormatError otherwise (see ``signing_requests.judge``).
"""

import re
import zlib
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from signer import base64url
from signer import receipt as receipts
from signer import webhook as webhooks
from signer.algorithms import thumbprint
from signer.certificate_reading import read_certificate
from signer.credential import TYP as CREDENTIAL_TYP
from signer.errors import FormatError
from signer.sdjwt_format import DEFAULT_HASH, MAX_DISCLOSURES
from signer.seals import IDENTIFIER_PREFIX, MAX_CERTIFICATE_BYTES, MAX_CHAIN
from signer.signing_claims import (
    Rules,
    as_int,
    as_text,
    check_claims,
    check_header,
    digest,
    header_and_claims,
    number,
    objects,
    one_of,
    text,
    texts,
    time,
)
from signer.signing_kinds import AskedKey, Place, check_now

EXPORT_TYP: Final = "onceonly-export+jwt"
STATUS_LIST_TYP: Final = "statuslist+jwt"
SECOND_TYP: Final = "onceonly-second+jwt"
TRUST_LIST_TYP: Final = "onceonly-trust-list+jwt"

_MAX_CREDENTIAL: Final = 64 * 1024
_MAX_EXPORT: Final = 64 * 1024
_MAX_STATUS_LIST: Final = 2 * 1024 * 1024
_MAX_TRUST_LIST: Final = 16 * 1024 * 1024
_MAX_LIFE: Final = 366 * 86_400
"""Lists are made anew long before."""

_MAX_PLACES_BYTES: Final = 1024 * 1024
"""2^20 places of 8 bits."""

_HEX_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def credential(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """The issuer-signed JWT of a licence: by the seal that its chain certifies, for the authority of that seal."""
    header, claims = header_and_claims(data, _MAX_CREDENTIAL)
    check_header(header, key, CREDENTIAL_TYP, "x5c")
    _check_seal(key, header["x5c"])
    _check_licence(key, place, now, claims)


def second(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """A second signature: a header of its own over the payload of a credential of the same authority."""
    header, claims = header_and_claims(data, _MAX_CREDENTIAL)
    check_header(header, key, SECOND_TYP)
    _check_licence(key, place, now, claims)


def receipt(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """A receipt of this hub for an access of now."""
    header, claims = header_and_claims(data, receipts.MAX_BYTES, 2)
    check_header(header, key, receipts.TYP)
    check_claims(claims, _RECEIPT, _RECEIPT_OPTIONAL)
    _check_hub(claims, place)
    check_now(as_int(claims, "iat"), now)
    if as_int(claims, "exp") <= as_int(claims, "iat"):
        raise FormatError("OBJECT_CLAIMS", "the receipt ends before it begins")


def export(key: AskedKey, _: Place, now: int, data: bytes) -> None:
    """The manifest of an export of the access log, made now."""
    header, claims = header_and_claims(data, _MAX_EXPORT, 2)
    check_header(header, key, EXPORT_TYP)
    check_claims(claims, _EXPORT, {})
    check_now(as_int(claims, "time"), now)
    if as_int(claims, "count") != as_int(claims, "end") - as_int(claims, "first"):
        raise FormatError("OBJECT_CLAIMS", "the manifest contradicts itself")


def webhook(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """The statement of this hub that goes with an event posted now."""
    header, claims = header_and_claims(data, webhooks.MAX_BYTES, 2)
    check_header(header, key, webhooks.TYP)
    check_claims(claims, _WEBHOOK, {})
    _check_hub(claims, place)
    check_now(as_int(claims, "iat"), now)


def status_list(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """A status list under this hub's name, made now."""
    header, claims = header_and_claims(data, _MAX_STATUS_LIST, 3)
    check_header(header, key, STATUS_LIST_TYP)
    check_claims(claims, _STATUS_LIST, {})
    if not as_text(claims, "sub").startswith(f"{place.hub}/status/"):
        raise FormatError("OBJECT_HUB", "the status list is not one of this hub")
    _check_life(claims, now)


def trust_list(key: AskedKey, place: Place, now: int, data: bytes) -> int:
    """A trust list of this hub, made now; returns its sequence number."""
    header, claims = header_and_claims(data, _MAX_TRUST_LIST)
    check_header(header, key, TRUST_LIST_TYP)
    check_claims(claims, _TRUST_LIST, _TRUST_LIST_OPTIONAL)
    _check_hub(claims, place)
    _check_life(claims, now)
    return as_int(claims, "seq")


def _check_licence(key: AskedKey, place: Place, now: int, claims: Mapping[str, object]) -> None:
    check_claims(claims, _LICENCE, _LICENCE_OPTIONAL)
    if claims["iss"] != key.authority:
        raise FormatError("OBJECT_AUTHORITY", "the claim iss is not the authority whose key is to sign")
    status = claims["status"]
    assert isinstance(status, dict)
    here = claims["hub"] == place.hub and status["status_list"]["uri"].startswith(f"{place.hub}/status/")
    if not here or not as_text(claims, "vct").startswith(f"{place.hub}/"):
        raise FormatError("OBJECT_HUB", "the licence is not one of this hub")
    check_now(as_int(claims, "iat"), now)


def _check_seal(key: AskedKey, chain: object) -> None:
    """The chain's first certificate is for the very key and names the very authority."""
    if not isinstance(chain, list) or not 0 < len(chain) <= MAX_CHAIN:
        raise FormatError("OBJECT_CHAIN", f"x5c is not a chain of 1 to {MAX_CHAIN} certificates")
    leaf, *_ = [_certificate(encoded) for encoded in chain]
    try:
        public = leaf.public_key()
    except UnsupportedAlgorithm as error:
        raise FormatError("OBJECT_CHAIN", "the first certificate's key is of an unknown type") from error
    if not isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey) or thumbprint(public) != key.kid:
        raise FormatError("OBJECT_CHAIN", "the chain certifies another key than the one that is to sign")
    named = [str(item.value) for item in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)]
    if named != [IDENTIFIER_PREFIX + key.authority]:
        raise FormatError("OBJECT_CHAIN", "the chain certifies another authority than the key's")


def _certificate(encoded: object) -> x509.Certificate:
    if not isinstance(encoded, str) or len(encoded) > MAX_CERTIFICATE_BYTES * 4 // 3 + 4:
        raise FormatError("OBJECT_CHAIN", "a certificate in x5c is base64 text of bounded length")
    try:
        return read_certificate(b64decode(encoded, validate=True))
    except (Error, ValueError, FormatError) as error:
        raise FormatError("OBJECT_CHAIN", "x5c holds what is no certificate") from error


def _check_hub(claims: Mapping[str, object], place: Place) -> None:
    if claims["iss"] != place.hub:
        raise FormatError("OBJECT_HUB", "the claim iss is not this hub")


def _check_life(claims: Mapping[str, object], now: int) -> None:
    begins, ends = as_int(claims, "iat"), as_int(claims, "exp")
    check_now(begins, now)
    if not begins < ends <= begins + _MAX_LIFE:
        raise FormatError("OBJECT_TIME", "the list ends before it begins, or more than a year later")


def _status_reference(value: object) -> None:
    match value:
        case {"status_list": {"idx": index, "uri": uri, **beyond}, **others} if not beyond and not others:
            number(index)
            text(uri)
        case _:
            raise FormatError("OBJECT_CLAIMS", "is not a place in a status list")


def _digests(value: object) -> None:
    if not isinstance(value, list) or len(value) > MAX_DISCLOSURES:
        raise FormatError("OBJECT_CLAIMS", f"is not a list of at most {MAX_DISCLOSURES} digests")
    for item in value:
        digest(item)
    if value != sorted(set(value)):
        raise FormatError("OBJECT_CLAIMS", "is not in order, or has a digest twice")


def _commitment(value: object) -> None:
    text(value)
    assert isinstance(value, str)
    if len(value) != 44:
        raise FormatError("OBJECT_CLAIMS", "is not the base64url of 33 bytes")
    base64url.decode(value)


def _hex_sha256(value: object) -> None:
    if not isinstance(value, str) or not _HEX_SHA256.fullmatch(value):
        raise FormatError("OBJECT_CLAIMS", "is not a SHA-256 in hex")


def _note(value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= 32 * 1024:
        raise FormatError("OBJECT_CLAIMS", "is not a checkpoint's note")


def _places(value: object) -> None:
    """One whole zlib stream of two-bit places, of bounded size."""
    match value:
        case {"bits": 2, "lst": str(encoded), **others} if not others:
            inflater = zlib.decompressobj()
            try:
                inflater.decompress(base64url.decode(encoded), _MAX_PLACES_BYTES)
            except zlib.error as error:
                raise FormatError("OBJECT_CLAIMS", "does not inflate") from error
            if not inflater.eof or inflater.unused_data:
                raise FormatError("OBJECT_CLAIMS", "inflates to too much, is cut, or something follows it")
        case _:
            raise FormatError("OBJECT_CLAIMS", "is not a list of two-bit places")


_LICENCE: Final[Rules] = MappingProxyType(
    {
        "hub": text,
        "iat": time,
        "iss": text,
        "licence": text,
        "nbf": time,
        "status": _status_reference,
        "vct": text,
    }
)
_LICENCE_OPTIONAL: Final[Rules] = MappingProxyType({"_sd": _digests, "_sd_alg": one_of(DEFAULT_HASH), "exp": time})
_WEBHOOK: Final[Rules] = MappingProxyType({"aud": text, "iat": time, "iss": text, "jti": text, "sha256": digest})
_RECEIPT: Final[Rules] = MappingProxyType(
    {
        "act": one_of(*receipts.Act),
        "aud": text,
        "exp": time,
        "iat": time,
        "iss": text,
        "jti": text,
        "purpose": text,
        "system": text,
    }
)
_RECEIPT_OPTIONAL: Final[Rules] = MappingProxyType(
    {
        "at": time,
        "basis": text,
        "case": text,
        "cases": texts,
        "commitment": _commitment,
        "consent": text,
        "consents": texts,
        "fields": texts,
        "guide": text,
        "guides": texts,
        "licence": text,
        "matter": text,
        "matters": texts,
        "object": text,
        "reasons": texts,
        "report": text,
        "sd_hash": text,
        "verdict": text,
        "version": number,
    }
)
_EXPORT: Final[Rules] = MappingProxyType(
    {
        "checkpoint": _note,
        "count": number,
        "end": number,
        "first": number,
        "format": one_of("csv", "jsonl"),
        "sha256": _hex_sha256,
        "time": time,
    }
)
_STATUS_LIST: Final[Rules] = MappingProxyType(
    {"exp": time, "iat": time, "status_list": _places, "sub": text, "ttl": number}
)
_TRUST_LIST: Final[Rules] = MappingProxyType({"exp": time, "iat": time, "iss": text, "seq": number})
_TRUST_LIST_OPTIONAL: Final[Rules] = MappingProxyType(
    {
        "authorities": objects(20_000),
        "keys": objects(1_000),
        "logs": objects(100),
        "quorum": number,
        "roots": objects(100),
        "timestamp_authorities": objects(100),
        "trust_keys": objects(100),
        "witnesses": objects(100),
    }
)
