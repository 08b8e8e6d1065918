"""What the published trust list says of a seal, as a worker asks it with every licence.

Rules:
1. A distrusted seal is honoured only for licences that this hub had on record before the seal was distrusted.
2. A seal that the list does not name cannot have its root looked up; while any root is distrusted it is taken to lead
   there. Publish the list after new seals are made.
3. What was once distrusted stays so, also when the list has expired or cannot be read any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exchange.trust.certificates import earliest
from signer.report import Check, Outcome
from signer.seals import SealCertificate
from signer.trust_list import RecordedBefore, TrustList, check_distrust


@dataclass(frozen=True, slots=True)
class Standing:
    """How seals and hub keys stand under one trust list. ``seals`` has every listed one (None: trusted)."""

    sequence: int
    seals: Mapping[str, int | None]
    unlisted: int | None
    """From when on a seal that is not listed is distrusted."""
    distrusted_keys: frozenset[str]
    ends: Mapping[tuple[str, str, int], int]
    """By USCC, type and revision: from when on the authority may issue it no more."""

    @classmethod
    def under(cls, trust_list: TrustList) -> "Standing":
        """What a list says."""
        seals = {one.sha256: one.distrusted_after for each in trust_list.authorities for one in each.certificates}
        unlisted = earliest(*(root.distrusted_after for root in trust_list.roots))
        keys = frozenset(key.jwk.kid for key in trust_list.keys if key.distrusted_after is not None)
        ends = {
            (each.uscc, listed.code, listed.revision): listed.term.until
            for each in trust_list.authorities
            for listed in each.types
            if listed.term.until is not None
        }
        return cls(trust_list.sequence, MappingProxyType(seals), unlisted, keys, MappingProxyType(ends))

    def distrusted_after(self, sha256: str) -> int | None:
        """The time after which a seal is distrusted, None: it is trusted."""
        return self.seals.get(sha256, self.unlisted)

    def withdrawn(self, authority: str, type_code: str, revision: int, iat: int) -> bool:
        """Whether the authority's right to issue that revision had ended at ``iat``."""
        until = self.ends.get((authority, type_code, revision))
        return until is not None and iat >= until


NO_LIST: Final = Standing(0, MappingProxyType({}), None, frozenset(), MappingProxyType({}))
"""Before the first trust list."""

CurrentStanding = Callable[[], Standing]


def always_trusted() -> Standing:
    """The standing where no trust list is looked at."""
    return NO_LIST


def distrust(standing: Standing, seal: SealCertificate, iat: int, recorded_before: RecordedBefore) -> Check | None:
    """The check that fails or is undecided because of a distrusted seal; None if the seal's trust is no obstacle.

    ``recorded_before`` tells whether this hub had the licence on record before a time; it is asked only for a
    distrusted seal.
    """
    after = standing.distrusted_after(seal.sha256)
    if after is None:
        return None
    check = check_distrust(after, iat, recorded_before)
    return None if check.outcome is Outcome.PASSED else check
