"""What a verifier may conclude from the lists it has, and when it may conclude nothing."""

import pytest

from signer.errors import FormatError
from signer.report import Outcome
from signer.status_keeper import StatusKeeper
from signer.status_list import StatusList

URI = "https://hub.qinghe.example/status/11980000MB0000019A001/2026/1"
PACKED = bytes([0b11_10_01_00])
"""Places 0 to 3: valid, invalid, suspended, undefined."""


def made(issue_time: int, *, packed: bytes = PACKED, uri: str = URI, expire_time: int | None = 10_000) -> StatusList:
    return StatusList(uri, issue_time, expire_time, 300, 2, packed)


def claims(index: object, uri: object = URI) -> dict[str, object]:
    return {"status": {"status_list": {"idx": index, "uri": uri}}}


@pytest.fixture
def keeper() -> StatusKeeper:
    keeper = StatusKeeper(max_age=500)
    keeper.keep(made(1000))
    return keeper


@pytest.mark.parametrize(
    ("index", "outcome", "code"),
    [
        (0, Outcome.PASSED, "OK"),
        (1, Outcome.FAILED, "STATUS_INVALID"),
        (2, Outcome.FAILED, "STATUS_SUSPENDED"),
        (3, Outcome.FAILED, "STATUS_UNDEFINED"),
        (4, Outcome.FAILED, "STATUS_INDEX_OUT_OF_BOUNDS"),
        (-1, Outcome.FAILED, "STATUS_INDEX_OUT_OF_BOUNDS"),
    ],
)
def test_a_place_says_what_the_licence_is(keeper: StatusKeeper, index: int, outcome: Outcome, code: str) -> None:
    found = keeper.check(claims(index), 1042)
    assert (found.name, found.outcome, found.code) == ("status", outcome, code)
    if outcome is Outcome.PASSED:
        assert "42 seconds old" in found.detail


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (939, "STATUS_LIST_OF_OTHER_TIME"),
        (940, "OK"),
        (1500, "OK"),
        (1501, "STATUS_LIST_STALE"),
        (10_000, "STATUS_LIST_EXPIRED"),
    ],
)
def test_a_list_answers_for_its_own_time(keeper: StatusKeeper, at: int, code: str) -> None:
    found = keeper.check(claims(0), at)
    assert found.code == code
    assert (found.outcome is Outcome.PASSED) == (code == "OK")
    assert found.outcome is not Outcome.FAILED
    # What the list says of an ended licence is no more certain at another time.
    ended = keeper.check(claims(1), at)
    assert ended.outcome is (Outcome.FAILED if code == "OK" else Outcome.INDETERMINATE)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"status": None},
        {"status": {"status_list": []}},
        claims("0"),
        claims(True),
        claims(0, None),
        {"status": {"status_list": {"idx": 0}}},
    ],
)
def test_without_a_reference_nothing_is_known(keeper: StatusKeeper, broken: dict[str, object]) -> None:
    found = keeper.check(broken, 1042)
    assert (found.outcome, found.code) == (Outcome.INDETERMINATE, "STATUS_REFERENCE_MISSING")


def test_without_the_list_nothing_is_known(keeper: StatusKeeper) -> None:
    found = keeper.check(claims(0, URI + "0"), 1042)
    assert (found.outcome, found.code) == (Outcome.INDETERMINATE, "STATUS_LIST_MISSING")
    assert keeper.kept(URI + "0") is None


def test_the_newest_list_is_kept_and_an_older_one_refused(keeper: StatusKeeper) -> None:
    newer = made(1001, packed=bytes(1))
    keeper.keep(newer)
    with pytest.raises(FormatError) as refused:
        keeper.keep(made(1000))
    assert refused.value.code == "STATUS_LIST_ROLLED_BACK"
    assert keeper.kept(URI) == newer
    assert keeper.check(claims(1), 1042).code == "OK"


def test_the_same_list_again_is_accepted_and_another_of_the_same_second_is_not(keeper: StatusKeeper) -> None:
    keeper.keep(made(1000))
    with pytest.raises(FormatError) as refused:
        keeper.keep(made(1000, packed=bytes(1)))
    assert refused.value.code == "STATUS_LIST_FORKED"


def test_what_was_seen_outlives_the_keeper(keeper: StatusKeeper) -> None:
    keeper.keep(made(1200))
    after = StatusKeeper(max_age=500, seen=keeper.seen_times())
    with pytest.raises(FormatError) as refused:
        after.keep(made(1199))
    assert refused.value.code == "STATUS_LIST_ROLLED_BACK"
    assert after.check(claims(0), 1300).code == "STATUS_LIST_MISSING"
    after.keep(made(1200))
    assert after.check(claims(0), 1300).code == "OK"


def test_lists_are_bounded_in_number() -> None:
    keeper = StatusKeeper(max_age=500, most=1)
    keeper.keep(made(1000))
    keeper.keep(made(1001))
    with pytest.raises(FormatError) as refused:
        keeper.keep(made(1000, uri=URI + "0"))
    assert refused.value.code == "STATUS_LIST_TOO_MANY"


@pytest.mark.parametrize("age", [0, -1])
def test_a_list_needs_time_to_be_used(age: int) -> None:
    with pytest.raises(ValueError, match="max_age"):
        StatusKeeper(max_age=age)
