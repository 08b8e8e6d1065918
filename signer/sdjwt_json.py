"""SD-JWTs in JWS JSON Serialization, flattened and general (RFC 9901 section 8, RFC 7515 section 7.2)."""

from collections.abc import Mapping
from typing import Final

from signer.algorithms import PublicKey
from signer.errors import FormatError, SdJwtError
from signer.sdjwt_binding import KeyBindingExpectation
from signer.sdjwt_format import MAX_TOKEN_BYTES, Compact, decode_issuer_header, split_compact
from signer.sdjwt_verify import Verified, check_issuer_header, check_issuer_signature, verify_signed
from signer.strict_json import load_object

MAX_SIGNATURES: Final = 4

_UNPROTECTED: Final = frozenset({"disclosures", "kb_jwt", "kid"})


def verify_json(
    document: bytes,
    public_key: PublicKey,
    alg: str,
    *,
    at: int | None,
    typ: str | None,
    require_key_binding: KeyBindingExpectation | None = None,
) -> Verified:
    """As ``sdjwt_verify.verify``, for a JSON document of at most 128 KiB with 1 to 4 signatures.

    One signature by ``public_key`` suffices; signatures by others are ignored. Disclosures and Key Binding JWT
    stand in the unprotected header of the first signature, which ``sd_hash`` is taken over. Raises SdJwtError with
    the codes of ``verify`` and ``JSON_FORM``.
    """
    try:
        jws = load_object(document, max_bytes=MAX_TOKEN_BYTES, max_depth=6)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error
    payload = _text(jws, "payload")
    signatures = _signatures(jws)
    disclosures, key_binding = _unprotected(signatures[0])
    compacts = [_compact(payload, signature, disclosures, key_binding) for signature in signatures]
    matching, header = _matching(compacts, public_key, alg, typ)
    signed = matching._replace(presented=compacts[0].presented)
    return verify_signed(signed, header, at=at, require_key_binding=require_key_binding)


def _signatures(jws: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the signature objects of either form; a flattened document is its own only signature."""
    if "signatures" not in jws:
        return [jws]
    signatures = jws["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise SdJwtError("JSON_FORM", f"signatures is a list of 1 to {MAX_SIGNATURES}")
    if not jws.keys().isdisjoint({"signature", "protected", "header"}):
        raise SdJwtError("JSON_FORM", "the document mixes the general and the flattened form")
    if not all(isinstance(signature, dict) for signature in signatures):
        raise SdJwtError("JSON_FORM", "a signature is an object")
    if any("disclosures" in _header(other) or "kb_jwt" in _header(other) for other in signatures[1:]):
        raise SdJwtError("JSON_FORM", "disclosures and kb_jwt belong to the first signature only")
    return signatures


def _unprotected(signature: Mapping[str, object]) -> tuple[list[str], str]:
    header = _header(signature)
    disclosures = header.get("disclosures", [])
    key_binding = header.get("kb_jwt", "")
    if not isinstance(disclosures, list) or not isinstance(key_binding, str):
        raise SdJwtError("JSON_FORM", "disclosures is a list, kb_jwt a string")
    if not all(isinstance(disclosure, str) and "~" not in disclosure for disclosure in disclosures):
        raise SdJwtError("JSON_FORM", "a disclosure is a string without a tilde")
    if ("kb_jwt" in header and not key_binding) or "~" in key_binding:
        raise SdJwtError("JSON_FORM", "kb_jwt is a compact JWT")
    return disclosures, key_binding


def _header(signature: Mapping[str, object]) -> Mapping[str, object]:
    header = signature.get("header", {})
    if not isinstance(header, dict) or not header.keys() <= _UNPROTECTED:
        raise SdJwtError("JSON_FORM", f"the unprotected header holds more than {', '.join(sorted(_UNPROTECTED))}")
    return header


def _compact(payload: str, signature: Mapping[str, object], disclosures: list[str], key_binding: str) -> Compact:
    """Return the parts as if the document had been compact: from here on there is one way to verify."""
    issuer = f"{_text(signature, 'protected')}.{payload}.{_text(signature, 'signature')}"
    return split_compact("~".join([issuer, *disclosures, key_binding]))


def _matching(
    compacts: list[Compact], public_key: PublicKey, alg: str, typ: str | None
) -> tuple[Compact, Mapping[str, object]]:
    """Return the first signature that verifies, with its header; the error of the first if none does."""
    refusals: list[SdJwtError] = []
    for compact in compacts:
        try:
            header = decode_issuer_header(compact)
            check_issuer_header(header, alg, typ)
            check_issuer_signature(compact, alg, public_key)
        except SdJwtError as error:
            refusals.append(error)
        else:
            return compact, header
    raise refusals[0]


def _text(node: Mapping[str, object], name: str) -> str:
    value = node.get(name)
    if not isinstance(value, str) or "~" in value or "." in value:
        raise SdJwtError("JSON_FORM", f"{name} is base64url text")
    return value
