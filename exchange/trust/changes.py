"""What a new trust list changes against the one before, so that nothing is dropped without somebody saying so.

Rules:
1. An entry is the same if its name is: a certificate's digest, a key's ``kid``, an authority's type and revision.
2. Something is lost where an entry goes away: what it vouched for would verify no more. Decisions of operators change
   entries, they never remove one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from signer.trust_list import Term, TrustList


class Kind(StrEnum):
    """How an entry changed."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that changed; ``entry`` names it in words."""

    kind: Kind
    entry: str

    @property
    def loses(self) -> bool:
        """Whether something that verified before would verify no more."""
        return self.kind is Kind.REMOVED


Facts = Mapping[str, object]
"""Everything that a list says, by the name of the entry."""


def changes(before: TrustList | None, after: TrustList) -> tuple[Change, ...]:
    """What ``after`` says otherwise than ``before`` (None: nothing), in order of names; times of the lists apart."""
    old: Facts = {} if before is None else dict(_facts(before))
    new: Facts = dict(_facts(after))
    found = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            found.append(Change(Kind.ADDED, name))
        elif name not in new:
            found.append(Change(Kind.REMOVED, name))
        elif old[name] != new[name]:
            found.append(Change(Kind.CHANGED, name))
    return tuple(found)


def _facts(trust_list: TrustList) -> Iterator[tuple[str, object]]:
    for root in trust_list.roots:
        yield f"root {sha256(root.certificate).hexdigest()}", (_lasting(root.term), root.distrusted_after)
    for authority in trust_list.authorities:
        yield f"authority {authority.uscc}", dict(authority.name)
        for seal in authority.certificates:
            yield f"seal {authority.uscc} {seal.sha256}", (_lasting(seal.term), seal.distrusted_after)
        for second in authority.second_keys:
            yield f"second key {authority.uscc} {second.jwk.kid}", (_lasting(second.term), second.distrusted_after)
        for listed in authority.types:
            yield f"type {authority.uscc} {listed.code} {listed.revision}", (_lasting(listed.term), listed.second)
    for key in trust_list.keys:
        yield f"key {key.use} {key.jwk.kid}", (_lasting(key.term), key.distrusted_after)
    for log in trust_list.logs:
        yield f"log {log.vkey}", _lasting(log.term)
    for witness in trust_list.witnesses:
        yield f"witness {witness.vkey}", None
    for stamping in trust_list.timestamp_authorities:
        yield f"time-stamp authority {sha256(stamping.certificate).hexdigest()}", stamping.name
    for jwk in trust_list.trust_keys:
        yield f"trust key {jwk.kid}", None
    yield "quorum of witnesses", trust_list.quorum


def _lasting(term: Term) -> tuple[int, int | None]:
    return term.since, term.until
