"""A recorder that starts anew counts what the journal's entries charged, and judges as the one before it did."""

from typing import Any

import pytest

from exchange.audit.charges import ChargeBook
from exchange.audit.entry import ItemDraft, Outcome, RecordDraft, finish
from exchange.audit.unit import LimitReached
from exchange.entities.event import Event, EventType
from exchange.purpose.limits import (
    Limits,
    agreement_key,
    for_case,
    for_check,
    for_code,
    for_fetch,
    for_refusal,
    standing_keys,
)
from exchange.reasons import Reason
from exchange.recounting import recount
from storage.fast.memory import MemoryFast

NOW = 1_790_000_000 - 1_790_000_000 % 86_400 + 43_200  # noon, UTC
OPERATOR, OTHER = b"o" * 16, b"p" * 16
LIMITS = Limits(fetches_per_hour=3, refusals=2, refusal_window=600, lockout=600, trawl_extra=2)
FETCH = "onceonly.v1.ExchangeService/FetchLicence"
FETCH_ALL = "onceonly.v1.ExchangeService/FetchEvidence"
FETCH_FOR_PURPOSE = "onceonly.v1.ExchangeService/FetchForPurpose"
FETCH_MANIFEST = "onceonly.v1.ManifestService/FetchManifest"
CODE = "onceonly.v1.ConsentService/CreatePresentationCode"
CLAIM = "onceonly.v1.CaseService/ClaimCase"
OPEN = "onceonly.v1.CaseService/OpenCase"


def entry(
    method: str,
    time: int = NOW - 60,
    outcome: str = Outcome.ALLOWED,
    reasons: tuple[Reason, ...] = (),
    *,
    operator: bytes = OPERATOR,
    items: tuple[ItemDraft, ...] = (),
    events: tuple[Event, ...] = (),
    **changes: Any,
) -> tuple[int, bytes]:
    draft = RecordDraft(method=method, operator_tag=operator, **changes)
    draft.items.extend(items)
    for one in events:
        draft.event(one)
    raw = finish(
        draft,
        time_us=time * 1_000_000,
        outcome=outcome,
        reasons=tuple(reasons),
        response_digest=b"",
        request_digest=b"",
        seal=lambda owner, plaintext, context: plaintext,
    )
    return time * 1_000_000, raw


def item(holder: int, outcome: str = Outcome.ALLOWED, agreement: str = "") -> ItemDraft:
    return ItemDraft(holder_tag=holder.to_bytes(16), outcome=outcome, agreement=agreement)


def counted(*entries: tuple[int, bytes], limits: Limits = LIMITS) -> MemoryFast:
    """A fast store as a fresh recorder has it after reading these entries."""
    fast = MemoryFast(lambda: float(NOW), 10_000)
    for charge in recount(limits, lambda: NOW * 1_000_000)(entries):
        book = ChargeBook(fast)
        book.note(charge)
        book.keep()
    return fast


def judged(fast: MemoryFast, holder: int, operator: bytes = OPERATOR) -> Reason | None:
    """What the recorder says to a fetch of a holder's licence now."""
    answer = ChargeBook(fast).admit(for_fetch(LIMITS, operator.hex(), [holder.to_bytes(16).hex()], NOW))
    return answer.reason if isinstance(answer, LimitReached) else None


def test_a_holders_codes_are_counted() -> None:
    """By the holder, since no operator made them; of the last minute those of the last minute."""

    def coded(*ages: int, outcome: str = Outcome.ALLOWED, **changes: Any) -> Reason | None:
        made = [entry(CODE, NOW - age, outcome, operator=b"", items=(item(1),), **changes) for age in ages]
        limits = Limits(codes_per_minute=2, codes_per_hour=3)
        fast = counted(*made, entry(CODE, operator=b"", items=()), limits=limits)
        answer = ChargeBook(fast).admit(for_code(limits, (1).to_bytes(16).hex()))
        assert ChargeBook(fast).admit(for_code(limits, (2).to_bytes(16).hex())) is None
        return answer.reason if isinstance(answer, LimitReached) else None

    assert coded(30) is None
    assert coded(30, 59) is Reason.RATE_LIMITED
    assert coded(60, 61) is None
    assert coded(60, 61, 3_599) is Reason.RATE_LIMITED
    assert coded(60, 61, 3_600) is None
    assert coded(1, 2, 3, outcome=Outcome.REFUSED) is None


def test_fetches_of_the_last_hour_are_counted() -> None:
    fetched = [entry(FETCH, NOW - 60 * n, items=(item(1),)) for n in (1, 2, 3)]
    assert judged(counted(*fetched[:2]), 1) is None
    assert judged(counted(*fetched), 1) is Reason.RATE_LIMITED
    assert judged(counted(*fetched), 1, OTHER) is None


def test_older_fetches_count_for_the_day_only() -> None:
    old = [entry(FETCH, NOW - 3_600 - n, items=(item(n),)) for n in (1, 2)]
    fast = counted(*old)
    assert judged(fast, 1) is None
    assert judged(fast, 3) is Reason.TRAWL_SUSPECTED


def test_what_was_read_outside_a_case_counts_as_a_fetch_and_no_holder() -> None:
    read = [entry(FETCH_FOR_PURPOSE, NOW - n, items=(item(n),), evidence_object=f"incidents/{n}") for n in range(1, 4)]
    assert judged(counted(*read), 1) is Reason.RATE_LIMITED
    fast = counted(
        *[entry(FETCH_FOR_PURPOSE, NOW - 3_600 - n, items=(item(n),), evidence_object="x") for n in (1, 2, 3)]
    )
    assert judged(fast, 9) is None


def test_yesterdays_holders_do_not_count_today() -> None:
    fast = counted(*[entry(FETCH, NOW - 50_000 - n, items=(item(n),)) for n in range(3)])
    assert judged(fast, 9) is None


def test_opened_cases_count_each_once() -> None:
    opened = [entry(OPEN, case_tag=bytes([n]) * 16) for n in (1, 2)]
    fast = counted(*opened)
    assert fast.count(standing_keys(OPERATOR.hex(), NOW)[3]) == 2


def test_a_repeat_answered_from_what_was_stored_counts_no_case_and_stops_no_count() -> None:
    """Such an entry names no case; it must not end the recount, which would let everyone go."""
    refused = entry(FETCH, outcome=Outcome.REFUSED, reasons=(Reason.CASE_UNKNOWN,))
    fast = counted(entry(OPEN, case_tag=b"c" * 16), entry(OPEN), entry(FETCH, items=(ItemDraft(),)), refused, refused)
    assert fast.count(standing_keys(OPERATOR.hex(), NOW)[3]) == 1
    assert judged(fast, 1) is Reason.LOCKED_OUT


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.FAILED])
@pytest.mark.parametrize("method", [FETCH, FETCH_ALL, OPEN, "onceonly.v1.CaseService/GetCase"])
def test_what_released_nothing_charges_no_fetch(method: str, outcome: str) -> None:
    fast = counted(entry(method, outcome=outcome, items=(item(1),), case_tag=b"c" * 16))
    assert [fast.count(key) for key in standing_keys(OPERATOR.hex(), NOW)] == [0, 0, 0, 0]


def test_only_released_lines_count_their_holders_and_agreements() -> None:
    lines = (item(1, agreement="a"), item(2, Outcome.REFUSED, agreement="b"))
    fast = counted(entry(FETCH_ALL, outcome=Outcome.PARTIAL, items=lines))
    assert fast.count(standing_keys(OPERATOR.hex(), NOW)[2]) == 1
    assert fast.count(agreement_key("a", NOW)) == 1
    assert fast.count(agreement_key("b", NOW)) == 0


def test_lines_of_a_manifest_count_for_their_agreements_and_not_for_the_operator() -> None:
    lines = (item(1, agreement="a"), item(2, Outcome.REFUSED, agreement="b"), item(3, agreement="a"))
    fast = counted(entry(FETCH_MANIFEST, outcome=Outcome.PARTIAL, items=lines, evidence_object="manifests/1"))
    assert (fast.count(agreement_key("a", NOW)), fast.count(agreement_key("b", NOW))) == (2, 0)
    assert [fast.count(key) for key in standing_keys(OPERATOR.hex(), NOW)] == [0, 0, 0, 0]


@pytest.mark.parametrize("seconds", [1, 599])
def test_refusals_of_the_window_lock_out(seconds: int) -> None:
    refused = entry(FETCH, NOW - seconds, Outcome.REFUSED, (Reason.CASE_UNKNOWN,))
    assert judged(counted(refused), 1) is None
    assert judged(counted(refused, refused), 1) is Reason.LOCKED_OUT
    assert judged(counted(refused, refused), 1, OTHER) is None


def test_older_refusals_do_not() -> None:
    refused = entry(FETCH, NOW - 600, Outcome.REFUSED, (Reason.CASE_UNKNOWN,))
    assert judged(counted(refused, refused), 1) is None


@pytest.mark.parametrize("reason", sorted(Reason))
def test_a_reason_counts_after_a_restart_exactly_if_it_counted_before(reason: Reason) -> None:
    """Else killing the recorder would lock people out, or let them go."""
    refused = entry(FETCH, outcome=Outcome.REFUSED, reasons=(reason,))
    live = bool(for_refusal(LIMITS, OPERATOR.hex(), [reason], NOW))
    assert (judged(counted(refused, refused), 1) is Reason.LOCKED_OUT) == live


def test_machines_and_unreadable_entries_charge_nothing() -> None:
    newer = (NOW * 1_000_000, b"\x08\x63")  # version 99
    fast = counted((NOW * 1_000_000, b"not an entry"), newer, entry(FETCH, operator=b"", items=(item(1),)))
    assert fast.count(standing_keys("", NOW)[1]) == 0


def test_a_reason_of_a_later_version_is_passed_over() -> None:
    time_us, raw = entry(FETCH, outcome=Outcome.REFUSED, reasons=(Reason.CASE_UNKNOWN,))
    unknown = raw.replace(b"CASE_UNKNOWN", b"CASE_UNKNOWS")
    assert unknown != raw
    assert judged(counted((time_us, unknown), (time_us, unknown)), 1) is None


def test_counts_are_those_that_the_calls_had_charged() -> None:
    live = MemoryFast(lambda: float(NOW), 10_000)
    for charges in (
        for_fetch(LIMITS, OPERATOR.hex(), [(1).to_bytes(16).hex()], NOW - 60),
        for_case(LIMITS, OPERATOR.hex(), NOW - 60),
        for_refusal(LIMITS, OPERATOR.hex(), [Reason.CONSENT_MISSING], NOW - 60),
    ):
        book = ChargeBook(live)
        assert book.admit(charges) is None
        book.keep()
    again = counted(
        entry(FETCH, items=(item(1),)),
        entry(OPEN, case_tag=b"c" * 16),
        entry(FETCH, outcome=Outcome.REFUSED, reasons=(Reason.CONSENT_MISSING,)),
    )
    keys = (*standing_keys(OPERATOR.hex(), NOW), f"refusals:{OPERATOR.hex()}")
    assert [again.count(key) for key in keys] == [live.count(key) for key in keys] == [0, 1, 1, 1, 1]


def test_a_claim_counts_as_a_case_and_one_of_ones_own_does_not() -> None:
    claimed = Event(EventType.CASE_CLAIMED, "cases/1", frozenset({"9"}))
    fast = counted(entry(CLAIM, case_tag=b"c" * 16, events=(claimed,)), entry(CLAIM, case_tag=b"c" * 16))
    assert fast.count(standing_keys(OPERATOR.hex(), NOW)[3]) == 1


def test_checks_of_the_last_hour_are_counted() -> None:
    few = Limits(checks_per_hour=1)
    check = "onceonly.v1.CaseService/CheckEvidence"

    def judged_check(*entries: tuple[int, bytes]) -> bool:
        fast = counted(*entries, limits=few)
        return isinstance(ChargeBook(fast).admit(for_check(few, OPERATOR.hex(), NOW)), LimitReached)

    assert judged_check(entry(check, NOW - 60))
    assert not judged_check(entry(check, NOW - 3_600))
    assert not judged_check(entry(check, NOW - 60, operator=OTHER))
    unknown = (Reason.CASE_UNKNOWN,)
    assert judged_check(entry(check, NOW - 60, Outcome.REFUSED, unknown))
    assert judged_check(entry(check, NOW - 3_599, Outcome.REFUSED, unknown))
    assert not judged_check(entry(check, NOW - 3_600, Outcome.REFUSED, unknown))
    assert not judged_check(entry(check, NOW - 60, Outcome.REFUSED, (*unknown, Reason.RATE_LIMITED)))
    assert not judged_check(entry(FETCH, NOW - 60, Outcome.REFUSED, unknown))
