"""Whether the hub could release lines for a case now: what is there is fetched, and neither deferred nor promised.

Rules:
1. Phase one is decided first, line by line, and only where it allows is a licence looked for. Nothing is released.
2. A line that the case may not read (no consent, no agreement) is not available to it. But what stands in the caller's
   own way, such as a lock-out or a case not handed over yet, is refused as a fetch would be: nobody defers around it.
"""

from typing import Final

from exchange.audit.entry import Outcome
from exchange.call import Call
from exchange.cases.deferring import FindAvailable
from exchange.cases.requirements import CaseLine
from exchange.errors import RefusedError
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.fetch import Wanted, find, gather, note, open_case, release_reasons
from exchange.licences.finding import licence_facts
from exchange.licences.gathering import CaseContext, Line
from exchange.purpose.decision import Allow, decide, reasons_shown
from exchange.purpose.limits import for_check
from exchange.reasons import Reason

_CALLERS: Final = frozenset(
    {
        Reason.ASSURANCE_LOW,
        Reason.CASE_NOT_HANDED_OVER,
        Reason.CASE_UNKNOWN,
        Reason.CLERK_IS_AGENT,
        Reason.LOCKED_OUT,
        Reason.OPERATOR_UNKNOWN,
        Reason.RATE_LIMITED,
        Reason.ROLE_MISSING,
        Reason.TOKEN_EXCEEDED,
        Reason.TRAWL_SUSPECTED,
    }
)


def availability(room: ExchangeRoom) -> FindAvailable:
    """What asks this room. It tells whether there is a licence, so a call of it counts as one check of evidence."""

    def find_available(call: Call, case_id: str, lines: tuple[CaseLine, ...]) -> tuple[CaseLine, ...]:
        context = open_case(call, room, case_id)
        call.charge(for_check(room.gathering.limits, call.draft.operator_tag.hex(), call.now))
        return tuple(line for line in lines if _is_available(call, room, context, line))

    return find_available


def _is_available(call: Call, room: ExchangeRoom, context: CaseContext, asked: CaseLine) -> bool:
    line = gather(call, room, context, Wanted(asked.pinned, asked.requirement.id))
    assert isinstance(line, Line)
    decision = decide(line.facts)
    if not isinstance(decision, Allow):
        shown = reasons_shown(decision.reasons)
        if not _CALLERS.isdisjoint(shown):
            raise RefusedError(*shown, subject=asked.requirement.id)
        item = note(call, room, line, None, None)
        item.outcome, item.reasons, item.facts = Outcome.REFUSED, tuple(one.value for one in decision.reasons), b""
        return False
    held = find(call, room, line)
    reasons = release_reasons(line.facts, licence_facts(line, held))
    item = note(call, room, line, held, None)
    item.facts = b""  # nothing was released on them
    if reasons:
        item.outcome, item.reasons = Outcome.REFUSED, tuple(reason.value for reason in reasons)
    return not reasons
