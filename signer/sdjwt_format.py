"""The shape of an SD-JWT: cutting a token into its parts, and decoding disclosures (RFC 9901 section 4). Nothing is
verified here.

Lengths and counts are capped before anything is decoded. Every rejection has a code of its own; what is wrong
inside a part carries the part's name before the code of base64url or JSON, such as
``DISCLOSURE_JSON_DUPLICATE_MEMBER``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256, sha384, sha512
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from signer import base64url, jws
from signer.errors import FormatError, SdJwtError
from signer.strict_json import loads_bounded

MAX_TOKEN_BYTES: Final = 128 * 1024
MAX_DISCLOSURES: Final = 256
MAX_DEPTH: Final = 16
"""Of nesting in the processed payload, disclosures within disclosures included."""

DEFAULT_HASH: Final = "sha-256"

_HEADERS_KEPT: Final = 256
"""Of at most 16 KiB each."""


class Digester(Protocol):
    """What hashlib's constructors return."""

    def digest(self) -> bytes:
        """Return the digest."""
        ...


Hash = Callable[[bytes], Digester]

HASHES: Final[Mapping[str, Hash]] = MappingProxyType(
    {
        "sha-256": sha256,
        "sha-384": sha384,
        "sha-512": sha512,
    }
)
"""Accepted values of ``_sd_alg`` (IANA Named Information Hash Algorithm registry; weaker and truncated ones left
out)."""

RESERVED_NAMES: Final = frozenset({"_sd", "_sd_alg", "..."})


class Compact(NamedTuple):
    """A compact SD-JWT cut at its tildes. A tuple and not a dataclass because one is made for every
    verification."""

    issuer: jws.Parts
    disclosures: list[bytes]
    key_binding: bytes
    """The Key Binding JWT, empty if there is none."""
    presented: bytes
    """All up to and including the last tilde: what ``sd_hash`` is taken over."""


def split_compact(token: str) -> Compact:
    """Cut a compact SD-JWT or SD-JWT+KB (RFC 9901 section 4).

    Raises SdJwtError: ``TOKEN_TOO_LARGE``, ``TOKEN_NOT_ASCII``, ``TILDE_MISSING`` (a bare JWT, or text after the
    last disclosure without its tilde reads as a Key Binding JWT), ``DISCLOSURE_EMPTY``, ``TOO_MANY_DISCLOSURES``,
    and the codes of ``jws.split``.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise SdJwtError("TOKEN_TOO_LARGE", f"more than {MAX_TOKEN_BYTES} characters")
    try:
        whole = token.encode("ascii")
    except UnicodeEncodeError as error:
        raise SdJwtError("TOKEN_NOT_ASCII", "an SD-JWT is ASCII") from error
    issuer, *disclosures = whole.split(b"~")
    if not disclosures:
        raise SdJwtError("TILDE_MISSING", "an SD-JWT ends its issuer-signed JWT and each disclosure with a tilde")
    key_binding = disclosures.pop()
    if len(disclosures) > MAX_DISCLOSURES:
        raise SdJwtError("TOO_MANY_DISCLOSURES", f"more than {MAX_DISCLOSURES} disclosures")
    if b"" in disclosures:
        raise SdJwtError("DISCLOSURE_EMPTY", "two tildes with nothing between them")
    try:
        parts = jws.split(issuer, max_bytes=MAX_TOKEN_BYTES)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error
    presented = whole[: len(whole) - len(key_binding)]
    return Compact(parts, disclosures, key_binding, presented)


def decode_issuer_header(compact: Compact) -> Mapping[str, object]:
    """Return the header of the issuer-signed JWT, read-only; SdJwtError with a code that starts with ``HEADER_``."""
    try:
        return _header(compact.issuer.header)
    except FormatError as error:
        raise SdJwtError(f"HEADER_{error.code.removeprefix('HEADER_')}", error.message) from error


@lru_cache(_HEADERS_KEPT)
def _header(encoded: bytes) -> Mapping[str, object]:
    """Decode a header once: an issuer signs thousands of tokens under the same one. What it says stays unproven."""
    return MappingProxyType(jws.decode_header(encoded))


def decode_payload(compact: Compact) -> dict[str, object]:
    """Return the payload as the issuer signed it, digests included; SdJwtError with a code that starts with
    ``PAYLOAD_``."""
    try:
        payload = loads_bounded(base64url.decode(compact.issuer.payload))
    except FormatError as error:
        raise SdJwtError(f"PAYLOAD_{error.code}", error.message) from error
    if not isinstance(payload, dict):
        raise SdJwtError("PAYLOAD_JSON_NOT_OBJECT", "the payload is not a JSON object")
    return payload


def hash_of(payload: Mapping[str, object]) -> Hash:
    """Return the hash that the payload's ``_sd_alg`` names, SHA-256 if it names none (RFC 9901 section 4.1.1).

    Raises SdJwtError (``SD_ALG_UNKNOWN``) for any value that is not one of ``HASHES``.
    """
    name = payload.get("_sd_alg", DEFAULT_HASH)
    function = HASHES.get(name) if isinstance(name, str) else None
    if function is None:
        raise SdJwtError("SD_ALG_UNKNOWN", f"_sd_alg is none of {', '.join(HASHES)}")
    return function


def decode_disclosures(disclosures: Sequence[bytes]) -> list[tuple[bytes, str | None, object]]:
    """Return each disclosure, encoded, with the name and value of its ``[salt, name, value]``; the name is None for
    ``[salt, value]``.

    RFC 9901 sections 4.2.1 and 4.2.2. Raises SdJwtError: ``DISCLOSURE_NOT_ARRAY``, ``DISCLOSURE_LENGTH``,
    ``DISCLOSURE_SALT``, ``DISCLOSURE_NAME``, ``DISCLOSURE_RESERVED_NAME``, and ``DISCLOSURE_`` before the codes of
    base64url and JSON.
    """
    decoded: list[tuple[bytes, str | None, object]] = []
    for encoded in disclosures:
        try:
            content = loads_bounded(base64url.decode(encoded))
        except FormatError as error:
            raise SdJwtError(f"DISCLOSURE_{error.code}", error.message) from error
        if not isinstance(content, list):
            raise SdJwtError("DISCLOSURE_NOT_ARRAY", "a disclosure is a JSON array")
        # Cut by its length, and the name checked here and not by a function: this runs for every disclosure there is.
        name: str | None = None
        if len(content) == 3:
            salt, name, value = content
            if not isinstance(name, str):
                raise SdJwtError("DISCLOSURE_NAME", "a disclosed claim's name is a string")
            if name in RESERVED_NAMES:
                raise SdJwtError("DISCLOSURE_RESERVED_NAME", "a disclosed claim is named _sd, _sd_alg or ...")
        elif len(content) == 2:
            salt, value = content
        else:
            raise SdJwtError("DISCLOSURE_LENGTH", "a disclosure has two or three elements")
        if not isinstance(salt, str):
            raise SdJwtError("DISCLOSURE_SALT", "a disclosure's salt is a string")
        decoded.append((encoded, name, value))
    return decoded


def digest(encoded: bytes, function: Hash) -> str:
    """Return the base64url digest of an encoded disclosure, or of a presentation for ``sd_hash``."""
    return base64url.encode(function(encoded).digest())


def digests_of(disclosures: Sequence[bytes], function: Hash) -> list[str]:
    """Return ``digest`` of each encoded disclosure, encoding them all in one go.

    Filled up to whole groups of three bytes, each digest's base64url starts at a known place, and what the filling
    adds is cut off.
    """
    raw = [function(disclosure).digest() for disclosure in disclosures]
    if not raw:
        return []
    size = len(raw[0])
    filling = -size % 3
    encoded = base64url.encode((b"\x00" * filling).join([*raw, b""]))
    step = (size + filling) * 4 // 3
    return [encoded[start : start + step - filling] for start in range(0, len(encoded), step)]


def escape(name: str) -> str:
    """Return a claim name as one step of a path (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name
