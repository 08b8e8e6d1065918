"""What a case asks for, line by line: the requirement as the pinned guide and the guide in force state it.

Rules:
1. A plan depends on published revisions and the register's epoch alone, so it is made once and kept, bounded.
2. A field that the line prefills a form with is needed whole; any other field with a mask rule is released masked.
"""

from dataclasses import dataclass

from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import Case, PinnedMatter
from exchange.entities.catalogue import EntityKind, EvidenceRequirement, LicenceType, Matter
from exchange.entities.register import Register
from exchange.entities.revision import Revision
from exchange.licences.bounded import Bounded
from exchange.purpose.facts import GuideFacts, LineFacts, TypeFacts

_NO_LINE = LineFacts()
_NO_TYPE = TypeFacts()


@dataclass(frozen=True, slots=True)
class LinePlan:
    """Everything about a line that does not depend on the call: for ``requirement`` None the guide has no such line."""

    matter: str
    requirement: EvidenceRequirement | None
    licence_type: LicenceType | None
    guide: GuideFacts
    pinned: LineFacts
    current: LineFacts
    type_facts: TypeFacts
    masks: tuple[tuple[str, str], ...]
    guide_digest: bytes


class LinePlans:
    """Makes plans of lines and keeps the last ``size`` of them."""

    def __init__(self, store: CatalogueStore, size: int = 10_000) -> None:
        self.store = store
        self._plans: Bounded[tuple[int, str, int, str], LinePlan] = Bounded(size)

    def plan(self, register: Register, pinned: PinnedMatter, requirement: str) -> LinePlan:
        """The plan of one requirement line of a pinned guide under the catalogue in force."""
        key = (register.epoch, pinned.code, pinned.revision, requirement)
        return self._plans.get(key) or self._plans.put(key, self._made(register, pinned, requirement))

    def guide(self, pinned: PinnedMatter) -> Matter | None:
        """The guide revision that a case pins, if its digest is the one the case names."""
        revision = self.store.revision(EntityKind.MATTER, pinned.code, pinned.revision)
        if revision is None or revision.digest != pinned.digest or not isinstance(revision.entity, Matter):
            return None
        return revision.entity

    def _made(self, register: Register, pinned: PinnedMatter, requirement: str) -> LinePlan:
        guide = self.guide(pinned)
        in_force = register.revisions.get((EntityKind.MATTER, pinned.code))
        line = _line(guide, requirement)
        pinned_line = _line_facts(line)
        if in_force is not None and in_force.number == pinned.revision:
            current_line = pinned_line
        else:
            current_line = _line_facts(_line(register.matters.get(pinned.code), requirement))
        licence_type = register.licence_types.get(line.licence_type) if line is not None else None
        masks = _masks(licence_type, line)
        return LinePlan(
            matter=pinned.code,
            requirement=line,
            licence_type=licence_type,
            guide=GuideFacts(
                matter=pinned.code,
                implementer=pinned.code[:18],
                pinned_revision=pinned.revision,
                pinned_digest=pinned.digest if guide is not None else None,
                current_revision=in_force.number if in_force is not None else 0,
                current_digest=in_force.digest if in_force is not None else None,
                transition_end_time=self._transition_end(pinned, in_force),
                verified=True,  # this hub's own records: the digest of each was checked when it was read
            ),
            pinned=pinned_line,
            current=current_line,
            type_facts=_type_facts(licence_type, masks),
            masks=masks,
            guide_digest=bytes.fromhex(pinned.digest),
        )

    def _transition_end(self, pinned: PinnedMatter, in_force: Revision | None) -> int:
        """Until when the pinned revision may be used by itself: what its successor gave it when it was published."""
        if in_force is None or in_force.number <= pinned.revision:
            return 0
        for number in range(pinned.revision + 1, in_force.number + 1):
            successor = self.store.revision(EntityKind.MATTER, pinned.code, number)
            if successor is not None and isinstance(successor.entity, Matter):
                seconds = successor.entity.transition_seconds
                return successor.published_time + seconds if seconds else 0
        return 0


def type_plan(register: Register, code: str, matter: str = "") -> LinePlan:
    """The plan of a licence type outside any guide's line: every field that has a mask rule is released masked.

    Of a type that is not in force all is missing, and the decision refuses.
    """
    licence_type = register.licence_types.get(code)
    fields = licence_type.fields if licence_type is not None else ()
    masks = tuple((field.name, field.mask) for field in fields if field.mask)
    facts = _type_facts(licence_type, masks)
    return LinePlan(matter, None, licence_type, GuideFacts(), _NO_LINE, _NO_LINE, facts, masks, b"")


def lines_of(plans: LinePlans, register: Register, case: Case) -> list[tuple[PinnedMatter, EvidenceRequirement]]:
    """The lines of the case's pinned guides that apply in its situations, in the guides' order.

    A line that several matters of a bundle state alike (same id, type and party) is told once, for the first of them
    that has not withdrawn it; what all have withdrawn is told for the first.
    """
    found: dict[tuple[str, str, str], tuple[PinnedMatter, EvidenceRequirement]] = {}
    asked: set[tuple[str, str, str]] = set()
    for pinned in case.matters:
        guide = plans.guide(pinned)
        for line in guide.evidence if guide is not None else ():
            if line.situations and line.situations.isdisjoint(case.situations):
                continue
            same = (line.id, line.licence_type, line.party)
            plan = plans.plan(register, pinned, line.id)
            asks = not plan.pinned.withdrawn and not plan.current.withdrawn
            if same not in found or (asks and same not in asked):
                found[same] = (pinned, line)
            asked |= {same} if asks else set()
    return list(found.values())


def _line(guide: Matter | None, requirement: str) -> EvidenceRequirement | None:
    return next((line for line in guide.evidence if line.id == requirement), None) if guide is not None else None


def _line_facts(line: EvidenceRequirement | None) -> LineFacts:
    if line is None:
        return _NO_LINE
    return LineFacts(
        licence_type=line.licence_type,
        party=line.party,
        fields=line.fields,
        bases=line.bases,
        situations=line.situations,
        min_assurance=line.min_assurance,
        max_uses=line.max_uses,
        withdrawn=line.withdrawn,
    )


def _masks(licence_type: LicenceType | None, line: EvidenceRequirement | None) -> tuple[tuple[str, str], ...]:
    """Field and rule of every field that this line releases masked (rule 2)."""
    if licence_type is None or line is None:
        return ()
    prefilling = {source for source, _ in line.prefills}
    return tuple(
        (field.name, field.mask)
        for field in licence_type.fields
        if field.mask and field.name in line.fields and field.name not in prefilling
    )


def _type_facts(licence_type: LicenceType | None, masks: tuple[tuple[str, str], ...]) -> TypeFacts:
    if licence_type is None:
        return _NO_TYPE
    return TypeFacts(
        code=licence_type.code,
        sharing=licence_type.sharing,
        prohibitions=tuple(
            (field.name, field.prohibited_purposes)
            for field in sorted(licence_type.fields, key=lambda field: field.name)
            if field.prohibited_purposes
        ),
        masked=frozenset(name for name, _ in masks),
    )
