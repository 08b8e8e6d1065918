"""A fetch that brings in what was deferred: part of step 9 of the fetch walk.

Rules:
1. A case that awaits evidence is accepted by the very unit in which the last of it comes in.
2. Of a case that is not accepted yet the deferral stands until it is. But what is known of its evidence is written
   anew, so that an acceptance which was decided before the fetch is decided again: else it would await what is in.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.cases.line_standing import read_evidence
from exchange.cases.recording import bring_in, write_evidence
from exchange.cases.requirements import case_lines, told_as
from exchange.cases.room import FoundCase
from exchange.entities.case import CaseState
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.gathering import CaseContext
from exchange.licences.releasing import Released

_BEFORE_DECISION: Final = frozenset({CaseState.OPEN, CaseState.AWAITING_EVIDENCE})


def note_arrivals(call: Call, room: ExchangeRoom, context: CaseContext, released: Iterable[Released]) -> None:
    """Step 9: deferred lines that are released are in."""
    if context.case is None or context.case.state not in _BEFORE_DECISION:
        return
    store = room.gathering.cases
    found = call.read(store.cases, context.case_id)
    assert found.value is not None
    evidence = read_evidence(call, store.evidence, context.case_id)
    known = case_lines(room.gathering.plans.store, call.register, found.value)
    names = [told_as(known, one.line.plan.matter, one.line.facts.request.requirement or "") for one in released]
    lines = [evidence.of(*name) for name in dict.fromkeys(names)]
    came = tuple(replace(line, fetched_time=call.now) for line in lines if line.waits)
    if came and found.value.state is CaseState.OPEN:
        write_evidence(call, store, found.value, evidence, ())
    elif came:
        bring_in(call, store, room.gathering.plans.store, FoundCase(found.value, found.version), evidence, came)
