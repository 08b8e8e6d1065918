"""Ratings: one by the applicant's ticket, never by who handled the case; bad ones are answered."""

import threading
from dataclasses import replace

import pytest

from exchange.clocks.working_days import department_deadline
from exchange.entities.rating import RatingChannel, RectificationOutcome
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.ratings.counting import RatingFigures, summarise_ratings
from exchange.ratings.rectify import (
    answer_rectification,
    list_ratings,
    list_rectifications,
    report_overdue_rectification,
)
from exchange.reasons import Reason
from storage.records.changes import Delete
from storage.vault import ERASED, KIND
from tests.fakes.licence_world import LAND, MARKET, SERVICE_CENTRE, open_keys
from tests.fakes.result_world import PERMIT_MATTER, PLATFORM, open_result_world

DAY = 86_400
ONLINE, PHONE = RatingChannel.ONLINE, RatingChannel.PHONE
RECTIFIED = RectificationOutcome.RECTIFIED
MADE_UP = "0" * 32


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_result_world(tmp_path, keys=keys) as world:
        yield world


@pytest.fixture
def rated(world):
    """A case and its ticket."""
    decided = world.approved_permit()
    return decided.view.case.id, decided.rating_ticket


def refusal(world, *args, **options):
    with pytest.raises(RefusedError) as refused:
        world.rate(*args, **options)
    return refused.value.reasons


def market(world, use_case, *args, department=MARKET, operator="clerk", **options):
    caller = world.hub.caller(department, operator)
    return world.hub.run(caller, use_case, world.result_room.ratings, *args, **options)


def bad(world, **changes):
    return market(world, list_rectifications, after="", limit=10, **changes).items


def answer(world, case, text="已整改", outcome=RECTIFIED, channel=ONLINE, **changes):
    return market(world, answer_rectification, case, channel, text, outcome, **changes)


def figures(world, matter=""):
    return market(world, summarise_ratings, MARKET, matter, "2026-01", "2026-01")[0]


def report(world, subject):
    caller = world.hub.caller(MARKET, "clerk")
    world.hub.run(caller, report_overdue_rectification, world.result_room.ratings.store, subject)


def run_due(world, now):
    """What the runner does: hand each due record to its handler and take it away with it."""
    for record in world.hub.records.scan("due"):
        time, kind, subject = record.key.split("/", 2)
        if kind == "rectification" and int(time) <= now:
            world.hub.write(Delete("due", record.key, record.version))
            report(world, subject)


def test_a_ticket_rates_once(world, rated):
    case, ticket = rated
    assert len(ticket) == 32
    rating = world.rate(case, ticket, 4, reasons=("quick",), comment="办得快")
    assert (rating.level, rating.channel) == (4, ONLINE)
    for channel in (ONLINE, PHONE):
        assert refusal(world, case, ticket, 1, channel=channel) == (Reason.RATING_EXISTS,)
    assert market(world, list_ratings, after="", limit=10).items == (rating,)
    assert market(world, list_ratings, department=LAND, operator="issuer", after="", limit=10).items == ()
    assert figures(world).ratings == (0, 0, 0, 1, 0)
    assert bad(world) == ()
    assert world.events().count("rating.given") == 1


def test_the_ticket_is_not_kept(world, rated):
    case, ticket = rated
    record = world.hub.records.get("case_rating", case)
    assert ticket.encode() not in record.body
    assert bytes.fromhex(ticket) not in record.body
    found = world.result_room.ratings.store.ratings.page("department", MARKET, after="", limit=1).items[0]
    assert ticket not in repr(found)


def test_a_wrong_ticket_an_unknown_case_and_an_erased_one_are_refused_alike(world, rated):
    case, ticket = rated
    other = world.approved_permit("P-2")
    invalid = (Reason.RATING_TICKET_INVALID,)
    assert refusal(world, case, MADE_UP) == invalid
    assert refusal(world, case, "") == invalid
    assert refusal(world, case, ticket.upper() + "x") == invalid
    assert refusal(world, case, other.rating_ticket) == invalid
    assert refusal(world, "f" * 32, ticket) == invalid
    assert refusal(world, "no case", ticket) == invalid
    assert refusal(world, world.accepted(PERMIT_MATTER), ticket) == invalid
    owner = world.hub.records.get("case_rating", case).body[:16].hex()
    world.hub.write(world.hub.vault.destroy(owner))
    assert world.hub.records.get(KIND, owner).body == ERASED
    assert refusal(world, case, ticket) == invalid
    assert figures(world).ratings == (0, 0, 0, 0, 0)


def test_who_handled_the_case_never_rates_it(world, rated):
    case, ticket = rated
    assert refusal(world, case, MADE_UP, department=MARKET, who="clerk") == (Reason.RATING_TICKET_INVALID,)
    for who in ("clerk", "decider"):
        assert refusal(world, case, ticket, department=MARKET, who=who) == (Reason.RATER_HANDLED_CASE,)
    counter = {"department": SERVICE_CENTRE, "who": "clerk"}  # it might have handled it: the matter is delegated to it
    assert refusal(world, case, ticket, **counter) == (Reason.RATER_HANDLED_CASE,)
    assert world.rate(case, ticket, department=LAND, who="issuer").level == 5


def test_every_bad_field_is_told_at_once(world, rated):
    case, ticket = rated
    with pytest.raises(InvalidError) as invalid:
        world.rate(case, ticket, 6, reasons=("Bad", "Bad"), comment="x" * 501, channel=None)
    told = [violation.field for violation in invalid.value.violations]
    assert told == ["rating.level", "rating.channel", "rating.reasons", "rating.comment"]
    for level in (0, -1):
        with pytest.raises(InvalidError):
            world.rate(case, ticket, level)
    assert world.rate(case, ticket, 1, comment="x" * 500)


def test_one_of_many_at_once_wins(world, rated):
    case, ticket = rated
    ends = []

    def rate(level):
        try:
            ends.append(world.rate(case, ticket, level).level)
        except RefusedError as error:
            ends.append(error.reasons[0])

    threads = [threading.Thread(target=rate, args=(1 + number % 5,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count(Reason.RATING_EXISTS) == 7
    assert sum(figures(world).ratings) == 1


def test_a_bad_rating_is_contacted_and_answered(world, rated):
    case, ticket = rated
    world.rate(case, ticket, 2, reasons=("slow",), comment="等了三次")
    (open_one,) = bad(world)
    now = world.hub.clock.seconds
    assert (open_one.rating.comment, open_one.contacted_time) == ("等了三次", 0)
    assert open_one.contact_due_time == now + DAY + 16 * 3600
    assert open_one.answer_due_time == department_deadline(world.hub.register, open_one.department, now, 15)
    assert "张三" not in repr(open_one)
    assert len(world.due()) == 2
    contacted = answer(world, case, "", None)
    assert (contacted.contacted_time, contacted.answered_time) == (now, 0)
    assert len(world.due()) == 1
    with pytest.raises(RefusedError) as refused:
        answer(world, case, "", None)
    assert refused.value.reasons == (Reason.RECTIFICATION_STATE,)
    answered = answer(world, case)
    assert (answered.answer, answered.outcome) == ("已整改", RECTIFIED)
    assert (bad(world), world.due()) == ((), [])
    with pytest.raises(RefusedError):
        answer(world, case)
    month = figures(world, PERMIT_MATTER)
    assert month == RatingFigures("2026-01", (0, 1, 0, 0, 0), 1, 1)
    assert "rectification.overdue" not in world.events()


def test_limits_that_pass_are_told_once_each(world, rated):
    case, ticket = rated
    world.rate(case, ticket, 1)
    (open_one,) = bad(world)
    assert not open_one.overdue(open_one.contact_due_time - 1)
    assert open_one.overdue(open_one.contact_due_time)
    world.hub.clock.advance(3 * DAY)
    run_due(world, world.hub.clock.seconds)
    report(world, f"{case}/online/contact")
    assert world.events().count("rectification.overdue") == 1
    answer(world, case, "", None)
    world.hub.clock.advance(40 * DAY)
    run_due(world, world.hub.clock.seconds)
    assert world.events().count("rectification.overdue") == 2
    assert world.due() == []
    late = answer(world, case)
    assert late.answered_time > late.answer_due_time
    assert figures(world) == RatingFigures("2026-01", (1, 0, 0, 0, 0), 1, 0)
    report(world, f"{case}/online/answer")
    assert world.events().count("rectification.overdue") == 2
    with pytest.raises(NotFoundError):
        report(world, f"{'0' * 32}/online/answer")


def test_only_the_handling_department_answers(world, rated):
    case, ticket = rated
    world.rate(case, ticket, 1)
    for changes in (
        {"department": LAND, "operator": "issuer"},
        {"department": PLATFORM, "operator": "desk"},
        {"channel": PHONE},
    ):
        with pytest.raises(NotFoundError) as unknown:
            answer(world, case, **changes)
        assert unknown.value.reasons == (Reason.RECTIFICATION_NOT_FOUND,)
    assert bad(world, department=LAND, operator="issuer") == ()
    for text, outcome in (("", RECTIFIED), ("好", None), ("x" * 501, RECTIFIED)):
        with pytest.raises(InvalidError):
            answer(world, case, text, outcome)
    with pytest.raises(InvalidError):
        answer(world, case, channel=None)


def test_figures_are_by_department_matter_and_month(world):
    for number, level in enumerate((5, 4, 3, 2)):
        decided = world.approved_permit(f"P-{number}")
        world.rate(decided.view.case.id, decided.rating_ticket, level)
    world.hub.clock.advance(31 * DAY)
    decided = world.approved_permit("P-9")
    world.rate(decided.view.case.id, decided.rating_ticket, 1)
    january, february = market(world, summarise_ratings, MARKET, PERMIT_MATTER, "2026-01", "2026-02")
    assert (january.ratings, january.satisfied_permille) == ((0, 1, 1, 1, 1), 750)
    assert (february.ratings, february.satisfied_permille) == ((1, 0, 0, 0, 0), 0)
    assert market(world, summarise_ratings, LAND, "", "2025-12", "2026-02") == tuple(
        RatingFigures(month, (0, 0, 0, 0, 0), 0, 0) for month in ("2025-12", "2026-01", "2026-02")
    )
    assert len(market(world, summarise_ratings, MARKET, "", "2024-02", "2026-01")) == 24


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"department": "x"}, "department"),
        ({"matter": "x"}, "matter"),
        ({"first": "2026-13"}, "first_month"),
        ({"first": "2026-02"}, "first_month"),
        ({"first": "2024-01"}, "first_month"),
        ({"last": ""}, "first_month"),
        ({"last": "2099-12"}, "first_month"),
    ],
)
def test_bad_questions(world, changes, field):
    asked = {"department": MARKET, "matter": "", "first": "2026-01", "last": "2026-01"} | changes
    with pytest.raises(InvalidError) as invalid:
        market(world, summarise_ratings, asked["department"], asked["matter"], asked["first"], asked["last"])
    assert [violation.field for violation in invalid.value.violations] == [field]


def test_what_is_kept_is_what_was_given(world, rated):
    case, ticket = rated
    world.rate(case, ticket, 1, comment="生僻字𠮷·好")
    kept = world.result_room.ratings.store.rectifications.page("open", MARKET, after="", limit=1).items[0]
    assert kept.rating.comment == "生僻字𠮷·好"
    assert replace(kept, answer="x").key == f"{case}/online"
