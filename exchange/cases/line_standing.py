"""How each line of a case stands, and whether a case has what its guides ask for.

Rules:
1. A deadline is judged from the clock: a deferral whose deadline has passed is none, whether or not anything ran then.
2. A line is in if it was fetched or handed in. A covered line is in if the line that covers it is.
3. Nothing here changes anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from exchange.call import Call
from exchange.cases.evidence_store import EvidenceStore
from exchange.cases.requirements import CaseLine, case_lines
from exchange.cases.room import CaseRoom, is_within_lines
from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import Case, CaseState
from exchange.entities.catalogue import Acceptance, Necessity
from exchange.entities.evidence import LineEvidence, Standing

Lines = Mapping[tuple[str, str], LineEvidence]


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """What is known of a case's evidence, by line, and the version of its record."""

    lines: Lines
    version: int

    def seen(self, call: Call) -> tuple[LineEvidence, ...]:
        """The lines as the call's answer shows them: a deferral whose deadline has passed has lapsed.

        A token that is limited to some lines sees those.
        """
        shown = (line for line in self.lines.values() if is_within_lines(call, line.requirement))
        return tuple(_seen(line, call.now) for line in shown)

    def of(self, matter: str, requirement: str) -> LineEvidence:
        """What is known of a line; nothing, if nothing is."""
        return self.lines.get((matter, requirement)) or LineEvidence(matter, requirement)


def read_evidence(call: Call, store: EvidenceStore, case_id: str) -> CaseEvidence:
    """What is known of the case's evidence, expected unchanged at commit. Raises ``ErasedError``."""
    found = call.read(store.lines, case_id)
    return CaseEvidence({line.line: line for line in found.value or ()}, found.version)


def standing(store: EvidenceStore, case_id: str, line: CaseLine, known: LineEvidence, now: int) -> Standing:
    """How a line stands at ``now``, by itself: what covers it is not looked at."""
    if any(store.is_fetched(case_id, matter, line.requirement.id) for matter in line.matters):
        return Standing.FETCHED
    if known.materials:
        return Standing.HANDED_IN
    if known.commitment is not None:
        return Standing.COMMITTED
    return Standing.DEFERRED if is_deferred(known, now) else Standing.OUT


def is_deferred(known: LineEvidence, now: int) -> bool:
    """Whether the line may still follow at ``now``."""
    return known.waits and known.deferral is not None and now < known.deferral.deadline


def waiting_lines(
    call: Call, catalogue: CatalogueStore, case: Case, lines: Iterable[LineEvidence]
) -> tuple[LineEvidence, ...]:
    """Those of the lines that were deferred, have not ended, and are still asked for.

    A line that the guide in force has withdrawn meanwhile is waited for no more, and lets no case lapse.
    """
    waiting = tuple(line for line in lines if line.waits)
    if not waiting:
        return ()
    asked = {line.name for line in case_lines(catalogue, call.register, case)}
    return tuple(line for line in waiting if line.line in asked)


def awaited(call: Call, room: CaseRoom, case: Case, lines: Iterable[LineEvidence]) -> tuple[LineEvidence, ...]:
    """Those of the lines that are still to come at the time of the call: neither in, nor withdrawn, nor too late."""
    store = room.store.evidence
    by_name = {line.name: line for line in case_lines(room.catalogue, call.register, case)}
    return tuple(
        line
        for line in waiting_lines(call, room.catalogue, case, lines)
        if standing(store, case.id, by_name[line.line], line, call.now) is Standing.DEFERRED
    )


def lapsed_case(call: Call, room: CaseRoom, case: Case, evidence: CaseEvidence) -> Case:
    """The case as it stands now: one that awaits evidence has lapsed with the first deadline that passed."""
    if case.state is not CaseState.AWAITING_EVIDENCE:
        return case
    waiting = waiting_lines(call, room.catalogue, case, evidence.lines.values())
    return replace(case, state=CaseState.LAPSED) if has_lapsed(waiting, call.now) else case


def _seen(line: LineEvidence, now: int) -> LineEvidence:
    if line.deferral is None or not has_lapsed((line,), now):
        return line
    return replace(line, deferral=replace(line.deferral, lapsed=True))


def has_lapsed(lines: Iterable[LineEvidence], now: int) -> bool:
    """Whether a deferral of these lines was let lapse: by the clock, whether or not it was recorded yet."""
    return any(line.waits and line.deferral is not None and now >= line.deferral.deadline for line in lines)


def missing_lines(call: Call, room: CaseRoom, case: Case, evidence: CaseEvidence) -> tuple[CaseLine, ...]:
    """The lines without which the case is not complete at the time of the call, in the guides' order.

    Not asked of: optional lines, lines of a party that the case does not have, lines that another one covers, and lines
    of a guide that leaves the judgement to the department.
    """
    return tuple(
        line
        for line in case_lines(room.catalogue, call.register, case)
        if is_asked(line)
        and line.guide.acceptance is Acceptance.COMPLETE
        and standing(room.store.evidence, case.id, line, evidence.of(*line.name), call.now) is Standing.OUT
    )


def is_asked(line: CaseLine) -> bool:
    """Whether the case needs the line for itself."""
    return line.requirement.necessity is not Necessity.OPTIONAL and line.present and line.covered_by is None
