"""What a case asks for: the lines of its pinned guides that apply, and which of them another line covers.

Rules:
1. The pinned guide counts. A line that it or the guide in force marks as withdrawn is asked for no more.
2. A line covers another of the same licence type and party if it asks for all of that one's fields and is itself asked
   for at least as strictly: whoever has the one has the other.
3. A line that several matters of a case state alike (same id, type and party) is one line, told for the first of them.
"""

from dataclasses import dataclass, replace

from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import Case, PinnedMatter
from exchange.entities.catalogue import Acceptance, EntityKind, EvidenceRequirement, Matter, Necessity
from exchange.entities.register import Register
from storage.errors import CorruptError

MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line that applies: ``matters`` are the codes of all matters of the case that state it alike.

    ``present``: the case has the party. ``covered_by``: (matter, requirement) of the line that covers it, or None.
    """

    pinned: PinnedMatter
    guide: Matter
    requirement: EvidenceRequirement
    matters: tuple[str, ...]
    present: bool
    covered_by: tuple[str, str] | None = None

    @property
    def name(self) -> tuple[str, str]:
        """(matter, requirement): what names the line in its case."""
        return self.pinned.code, self.requirement.id


def case_lines(catalogue: CatalogueStore, register: Register, case: Case) -> tuple[CaseLine, ...]:
    """The lines that the case asks for, in the guides' order. Raises ``CorruptError`` if a pinned guide is missing."""
    found: dict[tuple[str, str, str], CaseLine] = {}
    roles = {party.role for party in case.parties}
    for pinned in case.matters:
        guide = _guide(catalogue, pinned)
        for line in guide.evidence:
            if line.situations and line.situations.isdisjoint(case.situations):
                continue
            if line.withdrawn or _withdrawn_since(register, pinned, line.id):
                continue
            same = (line.id, line.licence_type, line.party)
            known = found.get(same)
            if known is None:
                found[same] = CaseLine(pinned, guide, line, (pinned.code,), line.party in roles)
            else:
                found[same] = replace(known, matters=(*known.matters, pinned.code))
    return _with_covers(tuple(found.values())[:MAX_LINES])


def told_as(lines: tuple[CaseLine, ...], matter: str, requirement: str) -> tuple[str, str]:
    """The name under which a line is known in its case: of alike lines that of the first matter (rule 3)."""
    alike = (line.name for line in lines if line.requirement.id == requirement and matter in line.matters)
    return next(alike, (matter, requirement))


def _guide(catalogue: CatalogueStore, pinned: PinnedMatter) -> Matter:
    revision = catalogue.revision(EntityKind.MATTER, pinned.code, pinned.revision)
    if revision is None or revision.digest != pinned.digest or not isinstance(revision.entity, Matter):
        raise CorruptError(f"matters/{pinned.code}/revisions/{pinned.revision} is pinned by a case and missing")
    return revision.entity


def _withdrawn_since(register: Register, pinned: PinnedMatter, requirement: str) -> bool:
    """Whether the guide in force marks the line as withdrawn; one that merely leaves it out changes no open case."""
    current = register.matters.get(pinned.code)
    return current is not None and any(line.id == requirement and line.withdrawn for line in current.evidence)


def _with_covers(lines: tuple[CaseLine, ...]) -> tuple[CaseLine, ...]:
    found = []
    for place, line in enumerate(lines):
        others = [one for at, one in enumerate(lines) if at != place and _covers(one, line)]
        cover = next((one for one in others if not _covers(line, one) or one in lines[:place]), None)
        found.append(replace(line, covered_by=cover.name if cover is not None else None))
    return tuple(found)


def _covers(one: CaseLine, other: CaseLine) -> bool:
    """Rule 2; of two lines that cover each other the first one is asked for."""
    cover, line = one.requirement, other.requirement
    if (cover.licence_type, cover.party) != (line.licence_type, line.party) or not line.fields <= cover.fields:
        return False
    if one.guide.acceptance is Acceptance.DEPARTMENT and other.guide.acceptance is Acceptance.COMPLETE:
        return False
    return cover.necessity is Necessity.REQUIRED or cover.necessity is line.necessity
