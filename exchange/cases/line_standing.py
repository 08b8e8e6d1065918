"""How each line of a case stands, and whether a case has what its guides ask for.

Rules:
1. A deadline is judged from the clock: a deferral whose deadline has passed is none, whether or not anything ran then.
2. A line is in if it was fetched or handed in. A covered line is in if the line that covers it is.
3. Nothing here changes anything.
"""

from collections.abc import Iterable

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, is_deferred
from exchange.cases.evidence_store import EvidenceStore
from exchange.cases.requirements import CaseLine, case_lines, line_named
from exchange.cases.room import CaseRoom
from exchange.entities.case import Case
from exchange.entities.catalogue import Acceptance, Necessity
from exchange.entities.evidence import LineEvidence, Standing


def standing(store: EvidenceStore, case_id: str, line: CaseLine, known: LineEvidence, now: int) -> Standing:
    """How a line stands at ``now``, by itself: what covers it is not looked at."""
    if any(store.is_fetched(case_id, matter, line.requirement.id) for matter in line.matters):
        return Standing.FETCHED
    if known.materials:
        return Standing.HANDED_IN
    if known.commitment is not None:
        return Standing.COMMITTED
    return Standing.DEFERRED if is_deferred(known, now) else Standing.OUT


def awaited(call: Call, room: CaseRoom, case: Case, lines: Iterable[LineEvidence]) -> tuple[LineEvidence, ...]:
    """Those of the lines that are still to come at the time of the call: neither in, nor withdrawn, nor too late."""
    store = room.store.evidence
    asked = case_lines(room.catalogue, call.register, case)
    return tuple(
        known
        for known in lines
        if (line := line_named(asked, *known.line)) is not None
        and standing(store, case.id, line, known, call.now) is Standing.DEFERRED
    )


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
        and standing(room.store.evidence, case.id, line, evidence.of(line), call.now) is Standing.OUT
    )


def is_asked(line: CaseLine) -> bool:
    """Whether the case needs the line for itself."""
    return line.requirement.necessity is not Necessity.OPTIONAL and line.present and line.covered_by is None
