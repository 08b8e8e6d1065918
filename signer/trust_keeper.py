"""What a verifier keeps of trust lists, so that nobody can show it an older or another one (as TUF does for its root).

Rules:
1. A list counts if it is signed by a key that the last accepted list names, or for the first one a pinned anchor.
2. The sequence never falls; the same sequence with other bytes is a fork, and one of its two readers was deceived.
3. A list that is genuine and newer moves the mark even if it has expired: what is older still is refused from then on.
4. Other anchors, which only a person pins, begin anew: that is the way back after the theft of a trust-list key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from signer.algorithms import PublicKey, public_to_jwk, suite_of
from signer.errors import FormatError
from signer.strict_json import canonical, load_object
from signer.trust_list import PublicJwk, TrustList, public_keys
from signer.trust_list_codec import check_times, open_trust_list
from signer.trust_members import integer, items, jwk_claims, matching, public_jwk, refuse, text

MAX_KEEPING_BYTES: Final = 256 * 1024
"""Of anchors and of a high-water mark."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MAX_SEQUENCE: Final = 9_999_999_999
_MAX_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class Anchors:
    """The keys that sign a hub's trust list, as a person pins them: ``/trust/anchors``."""

    hub: str
    keys: tuple[PublicJwk, ...]

    @classmethod
    def from_json(cls, data: bytes) -> "Anchors":
        """Read anchors; FormatError for anything malformed and for anchors without a usable key."""
        claims = load_object(data, max_bytes=MAX_KEEPING_BYTES, max_depth=4)
        return cls(text(claims, "hub"), _keys(claims))

    def to_json(self) -> bytes:
        """The anchors as JSON."""
        return canonical({"hub": self.hub, "keys": [jwk_claims(each) for each in self.keys]})

    def public_keys(self) -> Mapping[str, PublicKey]:
        """The keys by ``kid``."""
        return public_keys(self.keys)


@dataclass(frozen=True, slots=True)
class HighWater:
    """How far a verifier has come: the last list's sequence, its SHA-256 (hex) and the keys that may sign the next."""

    sequence: int
    sha256: str
    keys: tuple[PublicJwk, ...]
    anchors: str
    """Hex digest of the anchors that it all began with."""

    @classmethod
    def from_json(cls, data: bytes) -> "HighWater":
        """Read a mark; FormatError for anything malformed."""
        claims = load_object(data, max_bytes=MAX_KEEPING_BYTES, max_depth=4)
        return cls(
            integer(claims, "sequence", 1, _MAX_SEQUENCE),
            matching(claims, "sha256", _SHA256),
            _keys(claims),
            matching(claims, "anchors", _SHA256),
        )

    def to_json(self) -> bytes:
        """The mark as JSON."""
        return canonical(
            {
                "anchors": self.anchors,
                "keys": [jwk_claims(each) for each in self.keys],
                "sequence": self.sequence,
                "sha256": self.sha256,
            }
        )


class TrustKeeper:
    """Accepts trust lists and remembers the newest. For one thread; the caller stores ``high_water`` after each."""

    def __init__(
        self, anchors: Mapping[str, PublicKey], high_water: HighWater | None = None, *, hub: str | None = None
    ) -> None:
        """``anchors``: pinned keys by ``kid``; ``hub``: whose lists, None: whosever the anchors sign."""
        self._anchors = dict(anchors)
        self._digest = anchors_digest(anchors)
        self._hub = hub
        kept = high_water is not None and high_water.anchors == self._digest
        self._high_water = high_water if kept else None

    @property
    def high_water(self) -> HighWater | None:
        """How far this verifier has come; None: no list yet under these anchors."""
        return self._high_water

    def accept(self, token: str | bytes, at: int) -> TrustList:
        """Return the list, if it is genuine, not older than any before, and in force at ``at`` (Unix seconds).

        Raises FormatError: ``TRUST_LIST_KEY_UNKNOWN`` (the lists between name the key: give each to ``follow``),
        ``TRUST_LIST_OF_OTHER_HUB``, ``TRUST_LIST_ROLLED_BACK``, ``TRUST_LIST_FORKED``, ``TRUST_LIST_EXPIRED``,
        ``TRUST_LIST_NOT_YET_VALID`` and the codes of ``open_trust_list``; SignatureError.
        """
        trust_list = self.follow(token)
        check_times(trust_list, at)
        return trust_list

    def follow(self, token: str | bytes) -> TrustList:
        """As ``accept``, whatever the time: for the lists between the last one seen and the latest."""
        mark = self._high_water
        trust_list = open_trust_list(token, self._anchors if mark is None else public_keys(mark.keys), at=None)
        if self._hub is not None and trust_list.hub != self._hub:
            raise FormatError("TRUST_LIST_OF_OTHER_HUB", "the trust list is of another hub")
        digest = sha256(token if isinstance(token, bytes) else token.encode("ascii")).hexdigest()
        if mark is not None and trust_list.sequence < mark.sequence:
            raise FormatError("TRUST_LIST_ROLLED_BACK", "the trust list is older than one that was seen before")
        if mark is not None and trust_list.sequence == mark.sequence and digest != mark.sha256:
            raise FormatError("TRUST_LIST_FORKED", "another trust list of the same sequence was seen before")
        self._high_water = HighWater(trust_list.sequence, digest, trust_list.trust_keys, self._digest)
        return trust_list


def anchors_digest(anchors: Mapping[str, PublicKey]) -> str:
    """Return the hex SHA-256 of anchors, by which a person compares what two places pin."""
    keys = [{**public_to_jwk(key), "alg": suite_of(key).name, "kid": kid} for kid, key in sorted(anchors.items())]
    return sha256(canonical(keys)).hexdigest()


def _keys(claims: Mapping[str, object]) -> tuple[PublicJwk, ...]:
    keys = tuple(public_jwk(each, each) for each in items(claims, "keys", _MAX_KEYS))
    if not public_keys(keys):
        raise refuse("keys", "a list with at least one key of a known suite")
    return keys
