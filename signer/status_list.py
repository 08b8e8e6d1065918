"""Status lists: a signed list says of each licence whether it is in force, by its place.

The form is that of draft-ietf-oauth-status-list-20, to which the sections below belong. A list is a compact JWS, ``typ:
statuslist+jwt``, about the URI that licences name in ``status.status_list.uri``. Who reads it learns what a whole list
says, and the hub does not learn which place was looked at.

Rules of ``open_status_list``:
1. The key is one of the caller's, chosen by ``kid``; the algorithm is that key's own. Keys that a token
   brings are refused.
2. The signature is checked before anything else of the payload is read.
3. Everything is bounded before it is decoded: the token, its header, and what its places inflate to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from signer import base64url, jws
from signer.algorithms import PublicKey, suite_named, suite_of
from signer.errors import FormatError, SignatureError
from signer.status_bits import BITS, PLACES, Status, StatusBits, inflated, packed_value
from signer.strict_json import canonical, load_object

__all__ = ["PLACES", "Status", "StatusBits", "StatusList", "open_status_list", "sign_status_list"]

TYP: Final = "statuslist+jwt"

MAX_BYTES: Final = 2 * 1024 * 1024
"""2**20 places of 8 bits that do not compress, twice in base64url, and room."""

MAX_TEXT: Final = 512
MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999."""

MAX_TTL: Final = 366 * 86_400
"""A list that asks not to be fetched again for longer than a year means harm, or nothing."""

CLOCK_SKEW_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list whose signature and form were checked. Times are Unix seconds.

    ``expire_time`` and ``ttl`` (seconds) are None where the issuer left them out, as the standard allows.
    """

    uri: str
    issue_time: int
    expire_time: int | None
    ttl: int | None
    bits: int
    packed: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """How many places the list has."""
        return len(self.packed) * 8 // self.bits

    def status(self, index: int) -> int:
        """Return the value in a place; 0, 1, 2 are those of ``Status``. Raises FormatError
        (``STATUS_INDEX_OUT_OF_BOUNDS``)."""
        return packed_value(self.packed, self.bits, index)

    def age(self, now: int) -> int:
        """Return how many seconds ago the list was made; never below 0, since clocks differ."""
        return max(0, now - self.issue_time)

    def expired(self, at: int) -> bool:
        """Tell whether the list must not be relied on at a time."""
        return self.expire_time is not None and at >= self.expire_time


def sign_status_list(
    bits: StatusBits,
    *,
    uri: str,
    issue_time: int,
    expire_time: int,
    ttl: int,
    kid: str,
    alg: str,
    sign: jws.SignFunction,
) -> str:
    """Return the signed list of ``bits`` about ``uri`` (section 5.1).

    Times are Unix seconds, ``ttl`` seconds. ``sign`` must be of the key and algorithm that ``kid`` and ``alg`` name.
    Not checked: that ``issue_time`` is later than that of the list before, which verifiers ask for.
    """
    header = {"alg": alg, "kid": kid, "typ": TYP}
    claims = {
        "exp": expire_time,
        "iat": issue_time,
        "status_list": {"bits": BITS, "lst": base64url.encode(bits.compressed())},
        "sub": uri,
        "ttl": ttl,
    }
    return jws.sign(header, canonical(claims), sign)


def open_status_list(token: str | bytes, keys: Mapping[str, PublicKey], *, uri: str, at: int | None) -> StatusList:
    """Return the list about ``uri`` that one of ``keys`` (by ``kid``) signed (section 8.3).

    ``at`` is the Unix time at which it is to be relied on; None leaves the times alone, as for evidence of the past.
    Raises SignatureError, or FormatError with the codes of ``jws``, ``base64url``, ``strict_json`` and
    ``status_bits.inflated``, and ``STATUS_LIST_CLAIM`` (absent, or of a wrong type), ``STATUS_LIST_SUBJECT`` (about
    another URI), ``STATUS_LIST_TTL``, ``STATUS_LIST_TIMES`` (ends before it begins), ``STATUS_LIST_EXPIRED`` and
    ``STATUS_LIST_NOT_YET_VALID``. Does not compare it with an older list: ``StatusKeeper`` does.
    """
    claims = load_object(_signed_payload(token, keys), max_bytes=MAX_BYTES, max_depth=4)
    if _text(claims, "sub") != uri:
        raise FormatError("STATUS_LIST_SUBJECT", "the status list is about another URI")
    bits, packed = _places(claims)
    opened = StatusList(uri, _time(claims, "iat"), _optional_time(claims, "exp"), _ttl(claims), bits, packed)
    if opened.expire_time is not None and opened.expire_time <= opened.issue_time:
        raise FormatError("STATUS_LIST_TIMES", "the status list ends before it begins")
    _check_times(opened, _optional_time(claims, "nbf"), at)
    return opened


def _signed_payload(token: str | bytes, keys: Mapping[str, PublicKey]) -> bytes:
    """Return the payload of a token signed by the key among ``keys`` that its ``kid`` names."""
    parts = jws.split(token, max_bytes=MAX_BYTES)
    header = jws.decode_header(parts.header)
    named = header.get("alg")
    suite_named(named if isinstance(named, str) else "")
    kid = header.get("kid")
    public = keys.get(kid) if isinstance(kid, str) else None
    if public is None:
        raise FormatError("KID_UNKNOWN", "the header's kid names no known key")
    alg = suite_of(public).name
    jws.check_header(header, alg=alg, typ=TYP)
    if not jws.signature_matches(parts, alg, public):
        raise SignatureError("the signature is not by the key that kid names")
    return base64url.decode(parts.payload)


def _places(claims: Mapping[str, object]) -> tuple[int, bytes]:
    """Return the bits a place and the packed places (section 4.2)."""
    status_list = claims.get("status_list")
    if not isinstance(status_list, dict):
        raise FormatError("STATUS_LIST_CLAIM", "the claim status_list is not an object")
    bits, encoded = status_list.get("bits"), status_list.get("lst")
    if not isinstance(bits, int) or isinstance(bits, bool):
        raise FormatError("STATUS_LIST_BITS", "the member bits is not a whole number")
    if not isinstance(encoded, str):
        raise FormatError("STATUS_LIST_CLAIM", "the member lst is not a text")
    return bits, inflated(base64url.decode(encoded), bits)


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise FormatError("STATUS_LIST_CLAIM", f"the claim {name} is not a text of 1 to {MAX_TEXT} characters")
    return value


def _time(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TIME:
        raise FormatError("STATUS_LIST_CLAIM", f"the claim {name} is not a whole number of seconds within bounds")
    return value


def _optional_time(claims: Mapping[str, object], name: str) -> int | None:
    return _time(claims, name) if name in claims else None


def _ttl(claims: Mapping[str, object]) -> int | None:
    ttl = claims.get("ttl")
    if ttl is None and "ttl" not in claims:
        return None
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not 0 < ttl <= MAX_TTL:
        raise FormatError("STATUS_LIST_TTL", f"the claim ttl is not a whole number of seconds from 1 to {MAX_TTL}")
    return ttl


def _check_times(opened: StatusList, not_before: int | None, at: int | None) -> None:
    if at is None:
        return
    if opened.expired(at):
        raise FormatError("STATUS_LIST_EXPIRED", "the status list has expired")
    if max(opened.issue_time, not_before or 0) > at + CLOCK_SKEW_SECONDS:
        raise FormatError("STATUS_LIST_NOT_YET_VALID", "the status list is from the future")
