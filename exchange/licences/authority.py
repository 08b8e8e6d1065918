"""Which authority might issue which licence type when: read from the published revisions of the type.

Rules:
1. What counts is the revision that the credential names and the time at which it was signed.
2. A revision counts from its publication until it was superseded or retired.
"""

from dataclasses import dataclass

from exchange.catalogue.store import CatalogueStore
from exchange.entities.catalogue import EntityKind, LicenceType
from exchange.entities.register import Register
from exchange.licences.bounded import Bounded

SIGNING_SLACK_SECONDS = 60
"""How long after a new revision a call that began before it may still sign under the old one."""


@dataclass(frozen=True, slots=True)
class _Term:
    """Who might issue under a revision, and from when to when (``until`` 0: still)."""

    issuers: frozenset[str]
    since: int
    until: int


class AuthorisedIssuers:
    """Answers from the catalogue's revisions; keeps the last ``size`` of them."""

    def __init__(self, store: CatalogueStore, size: int = 5_000) -> None:
        self._store = store
        self._terms: Bounded[tuple[int, str, int], _Term] = Bounded(size)

    def might_issue(self, register: Register, authority: str, type_code: str, revision: int, time: int) -> bool | None:
        """Whether the authority might issue the type under that revision at ``time``; None: no such revision."""
        key = (register.epoch, type_code, revision)
        term = self._terms.get(key)
        if term is None:
            term = self._term(type_code, revision)
            if term is None:
                return None
            self._terms.put(key, term)
        in_force = term.since <= time and (not term.until or time < term.until + SIGNING_SLACK_SECONDS)
        return in_force and authority in term.issuers

    def _term(self, type_code: str, number: int) -> _Term | None:
        stored = self._store.stored(EntityKind.LICENCE_TYPE, type_code, number)  # past any cache: it may have ended
        if stored is None or not stored.revision.published_time or not isinstance(stored.revision.entity, LicenceType):
            return None
        return _Term(stored.revision.entity.issuers, stored.revision.published_time, stored.revision.superseded_time)
