"""A fetch that brings in what was deferred: part of step 9 of the fetch walk, for a case that awaits evidence."""

from collections.abc import Iterable
from dataclasses import replace

from exchange.call import Call
from exchange.cases.line_standing import read_evidence
from exchange.cases.recording import bring_in
from exchange.cases.requirements import case_lines, told_as
from exchange.cases.room import FoundCase
from exchange.entities.case import CaseState
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.gathering import CaseContext
from exchange.licences.releasing import Released


def note_arrivals(call: Call, room: ExchangeRoom, context: CaseContext, released: Iterable[Released]) -> None:
    """Step 9: deferred lines that are released are in; the last one lets the case be accepted by this very unit."""
    if context.case is None or context.case.state is not CaseState.AWAITING_EVIDENCE:
        return
    store = room.gathering.cases
    found = call.read(store.cases, context.case_id)
    assert found.value is not None
    evidence = read_evidence(call, store.evidence, context.case_id)
    known = case_lines(room.gathering.plans.store, call.register, found.value)
    names = [told_as(known, one.line.plan.matter, one.line.facts.request.requirement or "") for one in released]
    lines = [evidence.of(*name) for name in dict.fromkeys(names)]
    came = tuple(replace(line, fetched_time=call.now) for line in lines if line.waits)
    if came:
        bring_in(call, store, room.gathering.plans.store, FoundCase(found.value, found.version), evidence, came)
