"""Key Binding: the holder's proof that this presentation was made for this verifier (RFC 9901 sections 4.3 and
7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from signer import base64url, jws
from signer.algorithms import PublicKey, public_from_jwk, suite_of
from signer.errors import FormatError, SdJwtError
from signer.sdjwt_format import Compact, Hash, digest
from signer.strict_json import load_object
from signer.times import check_times, numeric_date

TYP: Final = "kb+jwt"
MAX_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class KeyBindingExpectation:
    """What the verifier asked the holder to sign. ``max_age_seconds`` bounds the proof's age where a time is asked
    about; None leaves freshness to the nonce alone, which is enough if the nonce is new for every request."""

    audience: str
    nonce: str
    max_age_seconds: int | None = None
    clock_skew_seconds: int = 60


def check_key_binding(
    compact: Compact, claims: Mapping[str, object], expected: KeyBindingExpectation, function: Hash, *, at: int | None
) -> dict[str, object]:
    """Return the claims of a Key Binding JWT that the holder's key (``cnf.jwk`` of the processed payload) signed as
    expected.

    Raises SdJwtError: ``KEY_BINDING_MISSING``, ``CNF_MISSING``, ``CNF_INVALID``, ``KB_SIGNATURE_INVALID``,
    ``KB_AUDIENCE``, ``KB_NONCE``, ``KB_SD_HASH``, ``KB_IAT``, ``KB_TOO_OLD``, ``KB_FROM_FUTURE``, and ``KB_``
    before the codes of header, base64url, JSON and times.
    """
    if not compact.key_binding:
        raise SdJwtError("KEY_BINDING_MISSING", "a Key Binding JWT is required")
    public = _holder_key(claims)
    try:
        proof = _verify(compact.key_binding, public)
        check_times(proof, at)
        issued = numeric_date(proof, "iat")
    except FormatError as error:
        raise SdJwtError(f"KB_{error.code.removeprefix('KB_')}", error.message) from error
    if issued is None:
        raise SdJwtError("KB_IAT", "the Key Binding JWT has no iat")
    _check_age(issued, expected, at)
    if not _equal(proof.get("aud"), expected.audience):
        raise SdJwtError("KB_AUDIENCE", "the Key Binding JWT is for another audience")
    if not _equal(proof.get("nonce"), expected.nonce):
        raise SdJwtError("KB_NONCE", "the Key Binding JWT has another nonce")
    if not _equal(proof.get("sd_hash"), digest(compact.presented, function)):
        raise SdJwtError("KB_SD_HASH", "the Key Binding JWT is for another presentation")
    return proof


def _holder_key(claims: Mapping[str, object]) -> PublicKey:
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise SdJwtError("CNF_MISSING", "the credential names no holder key in cnf.jwk")
    try:
        return public_from_jwk(jwk)
    except FormatError as error:
        raise SdJwtError("CNF_INVALID", error.message) from error


def _verify(token: bytes, public: PublicKey) -> dict[str, object]:
    alg = suite_of(public).name  # the key decides, never the header
    parts = jws.split(token, max_bytes=MAX_BYTES)
    jws.check_header(jws.decode_header(parts.header), alg=alg, typ=TYP)
    if not jws.signature_matches(parts, alg, public):
        raise FormatError("SIGNATURE_INVALID", "the Key Binding JWT is not signed by the holder's key")
    return load_object(base64url.decode(parts.payload), max_bytes=MAX_BYTES)


def _check_age(issued: float, expected: KeyBindingExpectation, at: int | None) -> None:
    if at is None:
        return
    if issued > at + expected.clock_skew_seconds:
        raise SdJwtError("KB_FROM_FUTURE", "the Key Binding JWT is from the future")
    if expected.max_age_seconds is not None and issued < at - expected.max_age_seconds - expected.clock_skew_seconds:
        raise SdJwtError("KB_TOO_OLD", "the Key Binding JWT is too old")


def _equal(value: object, expected: str) -> bool:
    return isinstance(value, str) and compare_digest(value.encode(), expected.encode())
