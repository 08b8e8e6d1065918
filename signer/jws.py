"""Compact JWS with exactly one accepted shape (RFC 7515 section 7.1, RFC 8725).

What is refused, and why: ``alg`` is pinned by the caller, so ``none``, MACs and any confusion between suites
are impossible; ``typ`` is pinned, so a token of one kind cannot pass as another (RFC 8725 section 3.11);
``crit`` and ``b64`` change how a token is read; ``jku``, ``x5u`` and ``jwk`` let a token bring its own key;
``x5c`` only where a certificate chain is expected and validated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from signer import base64url
from signer.algorithms import PublicKey, suite_named
from signer.errors import FormatError, SignatureError
from signer.strict_json import canonical, load_object

MAX_HEADER_BYTES: Final = 16 * 1024
"""Four certificates of 2 KiB in base64 inside base64url, and room."""

_REFUSED: Final = frozenset({"b64", "crit", "jku", "jwk", "x5u"})

SignFunction = Callable[[bytes], bytes]
"""Data to sign in, raw JOSE signature out; usually ``KeyBackend.signer(key_id).sign``."""


class Parts(NamedTuple):
    """A compact JWS cut at its dots; nothing is decoded yet.

    A tuple and not a dataclass because one is made for every verification.
    """

    header: bytes
    payload: bytes
    signature: bytes
    signing_input: bytes
    token: bytes


@dataclass(frozen=True, slots=True)
class VerifiedJws:
    """A token whose signature, algorithm and type were checked. Its claims were not."""

    header: Mapping[str, object]
    payload: bytes


def encode_header(header: Mapping[str, object]) -> str:
    """Return the encoded protected header; callers that sign often with one key keep it and give it to
    ``sign``."""
    return base64url.encode(canonical(header))


def sign(header: Mapping[str, object] | str, payload: bytes, key: SignFunction) -> str:
    """Return the compact JWS over ``payload``; ``header`` is a mapping or what ``encode_header`` made of it.

    The header must name the algorithm of ``key``: this is not checked here, and such a token would not
    verify.
    """
    encoded = header if isinstance(header, str) else encode_header(header)
    signing_input = f"{encoded}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(key(signing_input.encode('ascii')))}"


def split(token: str | bytes, *, max_bytes: int) -> Parts:
    """Return the three parts of a compact JWS, undecoded. Raises FormatError: ``JWS_TOO_LARGE``,
    ``JWS_PARTS``, ``JWS_NOT_ASCII``."""
    if len(token) > max_bytes:
        raise FormatError("JWS_TOO_LARGE", f"more than {max_bytes} characters")
    try:
        whole = token if isinstance(token, bytes) else token.encode("ascii")
    except UnicodeEncodeError as error:
        raise FormatError("JWS_NOT_ASCII", "a compact JWS is ASCII") from error
    parts = whole.split(b".", 3)
    if len(parts) != 3:
        raise FormatError("JWS_PARTS", "a compact JWS has three parts")
    header, payload, signature = parts
    return Parts(header, payload, signature, whole[: len(header) + 1 + len(payload)], whole)


def decode_header(encoded: bytes) -> dict[str, object]:
    """Return the protected header. Raises FormatError for bad base64url or JSON and ``HEADER_TOO_LARGE``."""
    if len(encoded) > MAX_HEADER_BYTES:
        raise FormatError("HEADER_TOO_LARGE", f"a protected header of more than {MAX_HEADER_BYTES} characters")
    return load_object(base64url.decode(encoded), max_bytes=MAX_HEADER_BYTES, max_depth=4)


def check_header(header: Mapping[str, object], *, alg: str, typ: str | None, x5c: bool = False) -> None:
    """Refuse a header that is not for the pinned ``alg`` and ``typ``; ``typ`` None accepts any, ``x5c``
    allows a chain.

    Raises FormatError: ``HEADER_ALG`` (missing, unknown, none, a MAC, or not the pinned one), ``HEADER_TYP``,
    ``HEADER_REFUSED``.
    """
    if header.get("alg") != alg:
        raise FormatError("HEADER_ALG", f"the header's alg is not {alg}")
    if typ is not None and header.get("typ") != typ:
        raise FormatError("HEADER_TYP", f"the header's typ is not {typ}")
    if not _REFUSED.isdisjoint(header) or ("x5c" in header and not x5c):
        raise FormatError("HEADER_REFUSED", "the header carries crit, b64, or a key of its own (jku, jwk, x5u, x5c)")


def signature_matches(parts: Parts, alg: str, public: PublicKey) -> bool:
    """Tell whether the token's signature is by ``public`` under the pinned ``alg``; FormatError for bad
    base64url."""
    return suite_named(alg).verify(public, base64url.decode(parts.signature), parts.signing_input)


def verify(token: str, keys: Mapping[str, PublicKey], *, typ: str, alg: str, max_bytes: int = 64 * 1024) -> VerifiedJws:
    """Return header and payload of a token signed by the key that its ``kid`` names among ``keys``.

    Raises FormatError for anything malformed, refused or too large (``KID_UNKNOWN`` if no key has that name)
    and SignatureError for a signature that does not match. Does not look at the payload: no time, audience or
    issuer is checked.
    """
    parts = split(token, max_bytes=max_bytes)
    header = decode_header(parts.header)
    check_header(header, alg=alg, typ=typ)
    kid = header.get("kid")
    public = keys.get(kid) if isinstance(kid, str) else None
    if public is None:
        raise FormatError("KID_UNKNOWN", "the header's kid names no known key")
    if not signature_matches(parts, alg, public):
        raise SignatureError("the signature is not by the key that kid names")
    return VerifiedJws(header, base64url.decode(parts.payload))
