"""A fetch that brings in what was deferred: part of step 9 of the fetch walk.

Rules:
1. A case that awaits evidence is accepted by the very unit in which the last of it comes in.
2. Of a case that is not accepted yet the deferral stands until it is. But what is known of its evidence is written
   anew, so that an acceptance which was decided before the fetch is decided again: else it would await what is in.
3. A case that counts as accepted, since guides have withdrawn all that it awaits, is noted as such with what is read.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, awaits_nothing, read_evidence
from exchange.cases.recording import bring_in, end_waiting, write_evidence
from exchange.cases.requirements import CaseLine, case_lines, line_named
from exchange.cases.room import FoundCase
from exchange.entities.case import CaseState
from exchange.entities.evidence import LineEvidence
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.gathering import CaseContext
from exchange.licences.releasing import Released

_BEFORE_DECISION: Final = frozenset({CaseState.OPEN, CaseState.AWAITING_EVIDENCE})


def note_arrivals(call: Call, room: ExchangeRoom, context: CaseContext, released: Iterable[Released]) -> None:
    """Step 9: deferred lines that are released are in."""
    if context.case is None:
        return
    store, catalogue = room.gathering.cases, room.gathering.plans.store
    recorded = call.read(store.cases, context.case_id)
    if recorded.value is None or recorded.value.state not in _BEFORE_DECISION:
        return
    found = FoundCase(recorded.value, recorded.version, read_evidence(call, store.evidence, context.case_id))
    known = case_lines(catalogue, call.register, found.case)
    lines = [_line(known, found.evidence, one) for one in released]
    came = tuple(replace(line, fetched_time=call.now) for line in dict.fromkeys(lines) if line.waits)
    if lines and awaits_nothing(call, catalogue, found.case, found.evidence.lines.values()):
        end_waiting(call, store, found)
    elif came and found.case.state is CaseState.OPEN:
        write_evidence(call, store, found.case, found.evidence, ())
    elif came:
        bring_in(call, store, catalogue, found, came)


def _line(known: Iterable[CaseLine], evidence: CaseEvidence, one: Released) -> LineEvidence:
    """What is known of the line that was released."""
    matter, requirement = one.line.plan.matter, one.line.facts.request.requirement or ""
    line = line_named(known, matter, requirement)
    return evidence.of(line) if line is not None else LineEvidence(matter, requirement)
