"""What calls charge, judged by the recorder's own book of charges over the embedded fast store."""

import pytest

from exchange.audit.charges import ChargeBook
from exchange.audit.unit import Bar, Limit, Tally
from exchange.purpose.decision import Allow, Deny, decide
from exchange.purpose.limits import (
    MAX_KEY,
    UNCOUNTED,
    Limits,
    agreement_key,
    for_agreement,
    for_case,
    for_check,
    for_code,
    for_fetch,
    for_manifest_fetch,
    for_refusal,
    standing,
    standing_keys,
)
from exchange.reasons import Reason
from storage.fast.memory import MemoryFast
from tests.fakes.purpose_facts import FULL, NOW, SERVICE, changed

OPERATOR = "0a" * 16
LIMITS = Limits()
DAY = 86_400


def _tag(number: int) -> str:
    return f"{number:032x}"


def test_purpose_fetch_charges_the_hour_and_each_holder_once() -> None:
    bar, rate, *trawl = for_fetch(LIMITS, OPERATOR, [_tag(1), _tag(2), _tag(1)], NOW)
    locked, fetches, holders, cases = standing_keys(OPERATOR, NOW)
    assert bar == Bar(locked, Reason.LOCKED_OUT)
    assert rate == Limit(fetches, 3_600, 60, Reason.RATE_LIMITED)
    assert trawl == [
        Limit(holders, DAY, 5, Reason.TRAWL_SUSPECTED, member=bytes.fromhex(_tag(number)), per=cases)
        for number in (1, 2)
    ]


def test_purpose_days_are_counted_apart() -> None:
    assert standing_keys(OPERATOR, NOW) == standing_keys(OPERATOR, NOW - NOW % DAY)
    today, tomorrow = standing_keys(OPERATOR, NOW, "agreement-1"), standing_keys(OPERATOR, NOW + DAY, "agreement-1")
    assert today[:2] == tomorrow[:2]
    assert not set(today[2:]) & set(tomorrow[2:])
    assert not set(standing_keys(_tag(1), NOW)) & set(standing_keys(_tag(2), NOW))


def test_purpose_case_opened_counts_for_the_operators_day() -> None:
    _, _, _, cases = standing_keys(OPERATOR, NOW)
    assert for_case(LIMITS, OPERATOR, NOW) == (Limit(cases, DAY, LIMITS.cases_per_day, Reason.RATE_LIMITED),)


def test_purpose_code_counts_for_the_holders_minute_and_hour() -> None:
    """By the holder's tag, which is no operator's: neither counts for the other."""
    minute, hour = for_code(LIMITS, OPERATOR)
    assert isinstance(minute, Limit)
    assert isinstance(hour, Limit)
    assert minute == Limit(f"codes:minute:{OPERATOR}", 60, 5, Reason.RATE_LIMITED)
    assert hour == Limit(f"codes:hour:{OPERATOR}", 3_600, 60, Reason.RATE_LIMITED)
    assert not {minute.key, hour.key} & set(standing_keys(OPERATOR, NOW))


def test_purpose_check_counts_for_the_operators_hour_and_meets_the_lock_out() -> None:
    bar, limit = for_check(LIMITS, OPERATOR, NOW)
    assert bar == Bar(standing_keys(OPERATOR, NOW)[0], Reason.LOCKED_OUT)
    assert isinstance(limit, Limit)
    assert (limit.ttl, limit.limit, limit.reason) == (3_600, LIMITS.checks_per_hour, Reason.RATE_LIMITED)
    assert limit.key not in standing_keys(OPERATOR, NOW)


def test_purpose_cases_opened_without_end_take_no_room_from_anyones_counts() -> None:
    fast = MemoryFast(lambda: float(NOW), 3)
    for _ in range(50):
        book = ChargeBook(fast)
        assert book.admit(for_case(LIMITS, OPERATOR, NOW)) is None
        book.keep()
    assert fast.count(standing_keys(OPERATOR, NOW)[3]) == 50


def test_purpose_refusal_leads_to_the_lock_out_that_the_fetch_meets() -> None:
    (tally,) = for_refusal(LIMITS, OPERATOR, [Reason.CASE_UNKNOWN], NOW)
    assert isinstance(tally, Tally)
    assert (tally.threshold, tally.ttl, tally.bar_ttl) == (10, 600, 600)
    assert tally.bar == standing_keys(OPERATOR, NOW)[0]
    assert tally.key not in standing_keys(OPERATOR, NOW)


@pytest.mark.parametrize("reason", sorted(UNCOUNTED))
def test_purpose_refusal_that_is_not_the_operators_doing_counts_nothing(reason: Reason) -> None:
    assert for_refusal(LIMITS, OPERATOR, [reason], NOW) == ()
    assert len(for_refusal(LIMITS, OPERATOR, [reason, Reason.CASE_NOT_YOURS], NOW)) == 1


def test_purpose_agreement_is_charged_up_to_its_daily_cap() -> None:
    assert for_agreement("agreement-1", 0, NOW) == ()
    key = agreement_key("agreement-1", NOW)
    assert for_agreement("agreement-1", 9, NOW) == (Limit(key, DAY, 9, Reason.AGREEMENT_SCOPE),)
    assert standing_keys(OPERATOR, NOW, "agreement-1") == (*standing_keys(OPERATOR, NOW), key)


def test_purpose_keys_are_bounded_and_tags_are_hex() -> None:
    assert max(map(len, standing_keys("f" * 64, NOW, "a" * 64))) <= MAX_KEY
    with pytest.raises(ValueError, match="at most 200"):
        for_agreement("a" * 200, 1, NOW)
    with pytest.raises(ValueError, match="at most 200"):
        standing_keys("f" * 200, NOW)
    with pytest.raises(ValueError, match="hexadecimal"):
        for_fetch(LIMITS, OPERATOR, ["not a tag"], NOW)


def test_purpose_standing_is_read_into_facts_that_the_decision_understands() -> None:
    limits = Limits(fetches_per_hour=10, trawl_extra=2)
    fine = standing(limits, [0, 9, 8, 5], 0)
    assert isinstance(decide(changed(SERVICE, standing=fine)), Allow)
    assert isinstance(decide(changed(FULL, standing=standing(limits, [0, 9, 8, 5, 4], 2))), Allow)
    assert decide(changed(SERVICE, standing=standing(limits, [1, 10, 9, 5], 3))) == Deny(
        (Reason.LOCKED_OUT, Reason.RATE_LIMITED, Reason.USES_EXHAUSTED, Reason.TRAWL_SUSPECTED)
    )
    with pytest.raises(ValueError, match="3 counts"):
        standing(limits, [0, 0, 0], 0)


def test_purpose_the_numbers_are_those_of_the_manual() -> None:
    assert Limits(60, 120, 500, refusals=10, refusal_window=600, lockout=600, trawl_extra=5) == LIMITS


@pytest.mark.parametrize("reason", [Reason.PURPOSE_NOT_ALLOWED, Reason.EVIDENCE_NOT_REQUIRED, Reason.CASE_UNKNOWN])
def test_purpose_asking_for_what_is_not_permitted_is_counted(reason: Reason) -> None:
    assert for_refusal(LIMITS, OPERATOR, [Reason.FIELD_INVALID, reason], NOW)


@pytest.mark.parametrize("reason", [Reason.FIELD_INVALID, Reason.LICENCE_NOT_FOUND, Reason.RATE_LIMITED])
def test_purpose_what_says_nothing_against_the_operator_is_not_counted(reason: Reason) -> None:
    assert for_refusal(LIMITS, OPERATOR, [reason], NOW) == ()


def test_purpose_manifest_is_stopped_by_a_lock_out_alone() -> None:
    locked, *_ = standing_keys(OPERATOR, NOW)
    assert for_manifest_fetch(OPERATOR, NOW) == (Bar(locked, Reason.LOCKED_OUT),)


def test_purpose_agreement_is_counted_by_the_day() -> None:
    assert agreement_key("a", DAY) == agreement_key("a", 2 * DAY - 1) != agreement_key("a", 2 * DAY)


def test_purpose_longest_key_is_kept() -> None:
    room = MAX_KEY - len(agreement_key("", NOW))
    assert len(agreement_key("a" * room, NOW)) == MAX_KEY
    with pytest.raises(ValueError, match="characters"):
        agreement_key("a" * (room + 1), NOW)
