"""What a case asks for: the lines of its pinned guides that apply, and which of them another line covers.

Rules:
1. The pinned guide counts. A line that it or the guide in force marks as withdrawn is asked for no more.
2. A line covers another of the same licence type and party if it asks for all of that one's fields and is itself asked
   for at least as strictly: whoever has the one has the other.
3. A line that several matters of a case state alike (same id, type and party) is one line, and asked for as long as one
   of them asks for it. It is known under the first of them, whichever guide withdraws it, and told for the first that
   still asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import Case, PinnedMatter
from exchange.entities.catalogue import Acceptance, EntityKind, EvidenceRequirement, Matter, Necessity
from exchange.entities.register import Register
from storage.errors import CorruptError


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line that applies: ``matters`` are the codes of all matters of the case whose pinned guides state it alike.

    ``pinned``, ``guide`` and ``requirement``: of the first matter that still asks for it. ``present``: the case has the
    party. ``covered_by``: (matter, requirement) of the line that covers it, as it is told, or None.
    """

    pinned: PinnedMatter
    guide: Matter
    requirement: EvidenceRequirement
    matters: tuple[str, ...]
    present: bool
    covered_by: tuple[str, str] | None = None

    @property
    def name(self) -> tuple[str, str]:
        """(matter, requirement): what names the line in the case's records, whatever is withdrawn later."""
        return self.matters[0], self.requirement.id

    @property
    def told_name(self) -> tuple[str, str]:
        """(matter, requirement) of the first matter that still asks for it: what a caller is told."""
        return self.pinned.code, self.requirement.id

    def is_named(self, matter: str, requirement: str) -> bool:
        """Whether that names the line, by whichever of its matters."""
        return requirement == self.requirement.id and matter in self.matters


def case_lines(catalogue: CatalogueStore, register: Register, case: Case) -> tuple[CaseLine, ...]:
    """The lines that the case asks for, in the guides' order. Raises ``CorruptError`` if a pinned guide is missing."""
    found: dict[tuple[str, str, str], CaseLine] = {}
    stated: dict[tuple[str, str, str], tuple[str, ...]] = {}
    roles = {party.role for party in case.parties}
    for pinned in case.matters:
        guide = _guide(catalogue, pinned)
        for line in guide.evidence:
            if line.situations and line.situations.isdisjoint(case.situations):
                continue
            if line.withdrawn:
                continue
            same = (line.id, line.licence_type, line.party)
            stated[same] = (*stated.get(same, ()), pinned.code)
            if same not in found and not _withdrawn_since(register, pinned, line.id):
                found[same] = CaseLine(pinned, guide, line, (), line.party in roles)
    lines = tuple(replace(line, matters=stated[same]) for same, line in found.items())
    return _with_covers(lines)


def lines_asked(guides: Iterable[Matter], situations: frozenset[str]) -> int:
    """How many lines a case of these guides would be told of: what they state alike counts once."""
    applying = (line for guide in guides for line in guide.evidence)
    return len(
        {
            (line.id, line.licence_type, line.party)
            for line in applying
            if not line.situations or not line.situations.isdisjoint(situations)
        }
    )


def line_named(lines: Iterable[CaseLine], matter: str, requirement: str) -> CaseLine | None:
    """The line of that name, by whichever of its matters; None: the case asks for no such line."""
    return next((line for line in lines if line.is_named(matter, requirement)), None)


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
    alike: dict[tuple[str, str], list[CaseLine]] = {}
    for line in lines:
        alike.setdefault((line.requirement.licence_type, line.requirement.party), []).append(line)
    return tuple(_with_cover(line, alike[line.requirement.licence_type, line.requirement.party]) for line in lines)


def _with_cover(line: CaseLine, alike: list[CaseLine]) -> CaseLine:
    """``alike``: the case's lines of the same licence type and party, in the guides' order, this one among them."""
    before = alike[: alike.index(line)]
    covers = [one for one in alike if one is not line and _covers(one, line)]
    cover = next((one for one in covers if not _covers(line, one) or one in before), None)
    return replace(line, covered_by=cover.told_name if cover is not None else None)


def _covers(one: CaseLine, other: CaseLine) -> bool:
    """Rule 2, for lines of one licence type and party; of two that cover each other the first one is asked for."""
    cover, line = one.requirement, other.requirement
    if not line.fields <= cover.fields:
        return False
    if one.guide.acceptance is Acceptance.DEPARTMENT and other.guide.acceptance is Acceptance.COMPLETE:
        return False
    return cover.necessity is Necessity.REQUIRED or cover.necessity is line.necessity
