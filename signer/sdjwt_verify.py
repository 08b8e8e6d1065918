"""Verifying an SD-JWT: signature, disclosures, times, key binding (RFC 9901 sections 7.1 and 7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer import jws
from signer.algorithms import PublicKey
from signer.errors import FormatError, SdJwtError
from signer.sdjwt_binding import KeyBindingExpectation, check_key_binding
from signer.sdjwt_format import Compact, decode_issuer_header, decode_payload, digest, hash_of, split_compact
from signer.sdjwt_process import process
from signer.times import check_times


@dataclass(frozen=True, slots=True)
class Verified:
    """An SD-JWT that passed. ``payload`` is the processed payload, ``disclosed`` the paths of what was disclosed,
    ``issuer_signed`` the payload as signed, ``key_binding`` the claims of the Key Binding JWT if one was
    required."""

    header: Mapping[str, object]
    payload: Mapping[str, object]
    disclosed: tuple[str, ...]
    issuer_signed: Mapping[str, object]
    key_binding: Mapping[str, object] | None
    presented: bytes = field(repr=False)

    @property
    def sd_hash(self) -> str:
        """The digest of the presentation without its Key Binding JWT (RFC 9901 section 4.3.1)."""
        return digest(self.presented, hash_of(self.issuer_signed))


def verify(
    token: str,
    public_key: PublicKey,
    alg: str,
    *,
    at: int | None,
    typ: str | None,
    require_key_binding: KeyBindingExpectation | None = None,
) -> Verified:
    """Return what a compact SD-JWT says, having checked that ``public_key`` signed it under ``alg`` and that RFC
    9901 allows every part of it.

    ``at`` is the Unix time to check ``exp`` and ``nbf`` against (None: their types only); ``typ`` the required
    header type (None: any); ``require_key_binding`` what a Key Binding JWT must prove (None: none may be there, so
    that no proof is taken as checked which was not). Raises SdJwtError, and nothing else, whatever the token. Does
    not check issuer, certificate chain, status, or the meaning of claims.
    """
    compact = split_compact(token)
    header = decode_issuer_header(compact)
    check_issuer_header(header, alg, typ)
    check_issuer_signature(compact, alg, public_key)
    return verify_signed(compact, header, at=at, require_key_binding=require_key_binding)


def check_issuer_header(header: Mapping[str, object], alg: str, typ: str | None) -> None:
    """As ``jws.check_header`` with a chain allowed (its certificates are for the caller to validate), raising
    SdJwtError."""
    try:
        jws.check_header(header, alg=alg, typ=typ, x5c=True)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error


def check_issuer_signature(compact: Compact, alg: str, public_key: PublicKey) -> None:
    """Raise SdJwtError (``SIGNATURE_INVALID``) unless ``public_key`` signed the issuer-signed JWT."""
    try:
        matches = jws.signature_matches(compact.issuer, alg, public_key)
    except FormatError as error:
        raise SdJwtError(f"SIGNATURE_{error.code}", error.message) from error
    if not matches:
        raise SdJwtError("SIGNATURE_INVALID", "the signature is not by the issuer's key")


def verify_signed(
    compact: Compact,
    header: Mapping[str, object],
    *,
    at: int | None,
    require_key_binding: KeyBindingExpectation | None,
) -> Verified:
    """The second half of ``verify``, for a token whose signature and header have been checked."""
    payload = decode_payload(compact)
    function = hash_of(payload)
    processed = process(payload, compact.disclosures, function)
    claims = processed.claims
    try:
        check_times(claims, at)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error
    key_binding: dict[str, object] | None = None
    if require_key_binding is not None:
        key_binding = check_key_binding(compact, claims, require_key_binding, function, at=at)
    elif compact.key_binding:
        raise SdJwtError("KEY_BINDING_UNEXPECTED", "a Key Binding JWT is there, and none was asked for")
    return Verified(header, claims, processed.paths, payload, key_binding, compact.presented)
