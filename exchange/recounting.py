"""What past entries charged: the recorder counts its limits anew from the journal when it starts.

So killing the recorder resets no limits of operators, agreements or holders. Windows begin anew at the restart, which
can only make them longer.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from onceonly.v1 import access_record_pb2 as pb

from exchange.audit.entry import parse
from exchange.audit.errors import JournalError
from exchange.audit.unit import Charge
from exchange.purpose.limits import (
    Limits,
    for_agreement,
    for_case,
    for_check,
    for_code,
    for_fetch,
    for_refusal,
)
from exchange.reasons import TEXTS, Reason

_HOUR = 3_600
_MINUTE = 60
_ANY_CAP = 1
"""Counting needs no cap; judging, later, uses the agreement's own."""
_FETCHES = frozenset(
    f"onceonly.v1.ExchangeService/{method}"
    for method in ("FetchEvidence", "FetchForPurpose", "FetchLicence", "PrefillForm")
)
_FETCH_MANIFEST = "onceonly.v1.ManifestService/FetchManifest"
"""Charges neither the hour nor the day of its operator: the manifest stands for them."""
_CHECK = "onceonly.v1.CaseService/CheckEvidence"
_CODE = "onceonly.v1.ConsentService/CreatePresentationCode"
_OPENINGS = frozenset({"onceonly.v1.ApplicationService/OpenApplication", "onceonly.v1.CaseService/OpenCase"})
_CLAIM = "onceonly.v1.CaseService/ClaimCase"
_RELEASED = frozenset({pb.OUTCOME_ALLOWED, pb.OUTCOME_PARTIAL})
_REASONS = frozenset(reason.value for reason in Reason)


def recount(limits: Limits, clock_us: Callable[[], int]) -> Callable[[Iterable[tuple[int, bytes]]], Iterator[Charge]]:
    """A function from (microseconds, entry) of the last 24 hours, oldest first, to the charges they made.

    Entries that do not parse charge nothing: the index reports them.
    """

    def charges(entries: Iterable[tuple[int, bytes]]) -> Iterator[Charge]:
        now = clock_us() // 1_000_000
        for time_us, raw in entries:
            try:
                entry = parse(raw)
            except JournalError:
                continue
            if entry.operator_tag:
                yield from _charges(limits, entry, time_us // 1_000_000, now)
            elif entry.method == _CODE:
                yield from _of_holder(limits, entry, time_us // 1_000_000, now)

    return charges


def _of_holder(limits: Limits, entry: pb.AccessEntry, time: int, now: int) -> Iterable[Charge]:
    """A holder's own call. A repeat looks like another code here, so whoever repeats gets somewhat fewer until the hour
    is over."""
    if entry.outcome != pb.OUTCOME_ALLOWED or not entry.items:
        return ()
    minute, hour = for_code(limits, entry.items[0].holder_tag.hex())
    return (minute, hour) if now - time < _MINUTE else (hour,) if now - time < _HOUR else ()


def _charges(limits: Limits, entry: pb.AccessEntry, time: int, now: int) -> Iterable[Charge]:
    operator = entry.operator_tag.hex()
    if entry.outcome == pb.OUTCOME_REFUSED:
        reasons = [Reason(reason) for reason in entry.reasons if reason in _REASONS]
        refused = for_refusal(limits, operator, reasons, time) if now - time < limits.refusal_window else ()
        limited = any(TEXTS[reason].status == "RESOURCE_EXHAUSTED" for reason in reasons)
        checked = entry.method == _CHECK and not limited and now - time < _HOUR
        return (*refused, *(for_check(limits, operator, time) if checked else ()))  # a check of whatever case
    if entry.outcome not in _RELEASED:
        return ()
    # A repeat of an opening, answered from what was stored, names no case; by a claim of one's own nothing happens.
    if (entry.method in _OPENINGS and entry.case_tag) or (entry.method == _CLAIM and entry.events):
        return for_case(limits, operator, time)
    if entry.method == _CHECK and now - time < _HOUR:
        return for_check(limits, operator, time)
    if entry.method in _FETCHES or entry.method == _FETCH_MANIFEST:
        return _fetched(limits, entry, time, now)
    return ()


def _fetched(limits: Limits, entry: pb.AccessEntry, time: int, now: int) -> Iterable[Charge]:
    released = [item for item in entry.items if item.outcome == pb.OUTCOME_ALLOWED and item.holder_tag]
    agreed = [for_agreement(item.agreement, _ANY_CAP, time) for item in released if item.agreement]
    if entry.method == _FETCH_MANIFEST:
        return chain.from_iterable(agreed)
    people = [] if entry.evidence_object else released  # outside a case nobody is counted against cases
    fetched = for_fetch(limits, entry.operator_tag.hex(), [item.holder_tag.hex() for item in people], time)
    recent = fetched if now - time < _HOUR else [charge for charge in fetched if getattr(charge, "member", b"")]
    return (*recent, *chain.from_iterable(agreed))
