"""The clock of a case: deadlines, special procedures, what is told when, and what is listed as late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.cases.clock import tell_clock
from exchange.cases.lapse import lapse, lapse_case
from exchange.cases.lifecycle import accept_case, decide_case, withdraw_case
from exchange.cases.open import NewCase, open_case
from exchange.cases.overdue import list_overdue_cases
from exchange.cases.procedures import resume_clock, stop_clock
from exchange.cases.read import get_case, list_cases
from exchange.cases.room import CaseRoom, CaseView, find_due_case
from exchange.cases.store import CaseStore
from exchange.cases.window import window_end
from exchange.catalogue.source import RegisterSource
from exchange.civil_time import civil_midnight
from exchange.clocks.due import DUE, Due, DueKind, taken
from exchange.clocks.metrics import DueMetrics
from exchange.clocks.runner import DueTask
from exchange.entities.case import CaseParty, CaseState
from exchange.entities.catalogue import Calendar, CalendarYear, Label, SpecialProcedure
from exchange.entities.clock import ClockState, Notice
from exchange.errors import NotFoundError, RefusedError
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import CLERK, FOOD, MARKET, POLICE, food, organisation, person, small_catalogue

CALENDAR = Calendar(
    "000000",
    Label("日历", "calendar"),
    frozenset({6, 7}),
    (CalendarYear(2026, frozenset({"2026-03-09"}), frozenset({"2026-03-14"}), provisional=False),),
)
LOOK = SpecialProcedure("inspection", Label("勘验", "inspection"), 2, counts=False)
NOTICE = SpecialProcedure("notice", Label("公示", "public notice"), 3, counts=True)
CASE = NewCase(
    number="1",
    matters=(FOOD,),
    bundle="",
    handling_department="",
    parties=(CaseParty("applicant", organisation()), CaseParty("manager", person(1))),
    representations=(),
    situations=frozenset(),
    channel="counter",
)
SUPERVISOR = POLICE


def at(day: int, hour: int = 10) -> int:
    """Seconds since 1970 of an hour, China Standard Time, of a day of March 2026; the 2nd is a Monday."""
    return int(datetime(2026, 3, day, hour, tzinfo=UTC).timestamp()) - 8 * 3600


def end_of(day: int) -> int:
    return civil_midnight(f"2026-03-{day:02d}") + 86_400


@pytest.fixture
def hub():
    with open_hub() as opened:
        guide = replace(
            food(),
            statutory_days=10,
            promised_days=5,
            special_procedures=(LOOK, NOTICE),
            supervising_department=SUPERVISOR,
        )
        opened.publish(*small_catalogue(), CALENDAR)
        opened.publish(guide)
        opened.clock.us = at(2) * 1_000_000
        yield opened


@pytest.fixture
def room(hub):
    return new_room(hub)


def new_room(hub) -> CaseRoom:
    store = CaseStore(hub.records, hub.vault, hub.blind)
    hub.caches += [store.cases, store.clocks, store.consents, store.consent_cases, store.numbers]
    return CaseRoom(store, hub.catalogue, hub.tagger)


@pytest.fixture
def task(hub, room):
    registers = RegisterSource(hub.catalogue)
    return DueTask(
        records=hub.records,
        attempts=Attempts(
            registers=registers,
            recorder=hub.recorder,
            vault=hub.vault,
            tagger=hub.tagger,
            limits=Limits(),
            caches=hub.caches,
            clock_us=lambda: hub.clock.us,
        ),
        registers=registers,
        handlers={
            DueKind.CASE_CLOCK: lambda call, subject, due: tell_clock(call, room, subject, due),
            DueKind.CASE_WINDOW: lambda call, subject, due: lapse_case(call, room, subject, due),
        },
        metrics=DueMetrics(CollectorRegistry()),
        clock_us=lambda: hub.clock.us,
    )


def opened(hub, room, number="1") -> CaseView:
    return hub.run(hub.caller(MARKET, CLERK), open_case, room, replace(CASE, number=number))


def run(hub, use_case, room, view, *args, department=MARKET, **options) -> CaseView:
    return hub.run(hub.caller(department, CLERK), use_case, room, view.case.id, *args, **options)


def accepted(hub, room, number="1") -> CaseView:
    view = opened(hub, room, number)
    return run(hub, accept_case, room, view, view.etag)


def got(hub, room, view) -> CaseView:
    return run(hub, get_case, room, view)


def go(hub, day, hour=10) -> None:
    hub.clock.us = at(day, hour) * 1_000_000


STEPS = {"case.opened", "case.accepted", "case.withdrawn"}


def told(hub) -> list[str]:
    """The types of all events so far that no step of a case made."""
    items = [item.entry for item in read(hub.records, 0, hub.records.journal_length())]
    return [
        event.type for entry in items if entry != b"test" for event in parse(entry).events if event.type not in STEPS
    ]


def due(hub) -> list[str]:
    return [record.key for record in hub.records.scan(DUE)]


def reasons(run_it):
    with pytest.raises((RefusedError, NotFoundError)) as refused:
        run_it()
    return set(refused.value.reasons)


def test_acceptance_sets_both_deadlines_by_working_days(hub, room):
    view = accepted(hub, room)
    clock = view.clock.clock
    # The 9th is a holiday, Saturday the 14th is worked.
    assert (clock.promised_time, clock.statutory_time) == (end_of(10), end_of(16))
    assert (clock.state, view.clock.days_left, clock.provisional) == (ClockState.RUNNING, 5, False)
    assert got(hub, room, view) == view


def test_before_acceptance_there_is_no_clock(hub, room):
    view = opened(hub, room)
    assert got(hub, room, view).clock is None


def test_a_year_without_a_calendar_is_provisional(hub, room):
    hub.clock.us = (civil_midnight("2026-12-28") + 3600) * 1_000_000
    assert accepted(hub, room).clock.clock.provisional
    hub.publish(replace(CALENDAR, years=(replace(CALENDAR.years[0], provisional=True),)))
    hub.clock.us = at(30) * 1_000_000 + 31_536_000_000_000
    assert accepted(hub, room, "2").clock.clock.provisional


def test_what_comes_near_and_what_is_late_is_told_once(hub, room, task):
    view = accepted(hub, room)
    seen = []
    for day in range(2, 20):
        for hour in (1, 23):
            go(hub, day, hour)
            before = len(told(hub))
            task.run_once()
            seen += [(day, what) for what in told(hub)[before:]]
    # 80 % of five days and one day before are both the end of the fourth, Friday the 6th.
    assert seen == [(7, "case.deadline_near"), (11, "case.overdue"), (17, "case.overdue_statutory")]
    assert due(hub) == []
    assert got(hub, room, view).clock.late == {Notice.OVERDUE, Notice.OVERDUE_STATUTORY}


def test_a_runner_that_comes_late_tells_all_at_once_and_warns_of_nothing_that_has_passed(hub, room, task):
    accepted(hub, room)
    go(hub, 20)
    task.run_once()
    assert told(hub) == ["case.overdue", "case.overdue_statutory"]


def test_lateness_is_judged_from_the_clock_whatever_was_told(hub, room):
    view = accepted(hub, room)
    go(hub, 10, 23)
    shown = got(hub, room, view).clock
    assert (shown.late, shown.days_left) == (frozenset(), 0)
    go(hub, 11, 0)
    shown = got(hub, room, view).clock
    assert (shown.late, shown.days_left) == ({Notice.OVERDUE}, -1)


def test_a_stopped_clock_does_not_run_and_moves_on_by_the_days_that_it_stood(hub, room, task):
    view = accepted(hub, room)
    go(hub, 3)
    stopped = run(hub, stop_clock, room, view, "inspection", view.etag)
    assert (stopped.clock.clock.state, stopped.clock.clock.stop.limit_time) == (ClockState.STOPPED, end_of(5))
    assert stopped.clock.days_left == 4
    go(hub, 5)
    shown = got(hub, room, view)
    assert (shown.clock.days_left, shown.clock.late) == (4, frozenset())
    resumed = run(hub, resume_clock, room, view, shown.etag)
    assert resumed.clock.clock.state is ClockState.RUNNING
    assert (resumed.clock.clock.promised_time, resumed.clock.clock.statutory_time) == (end_of(12), end_of(18))
    assert resumed.clock.days_left == 4
    task.run_once()
    assert told(hub) == ["case.clock_stopped", "case.clock_resumed"]
    go(hub, 12)
    task.run_once()
    assert told(hub)[2:] == ["case.deadline_near"]


def test_a_procedure_of_no_day_moves_nothing(hub, room):
    view = accepted(hub, room)
    before = due(hub)
    stopped = run(hub, stop_clock, room, view, "inspection", view.etag)
    resumed = run(hub, resume_clock, room, stopped, stopped.etag)
    assert resumed.clock.clock.promised_time == view.clock.clock.promised_time
    assert due(hub) == before


def test_a_procedure_beyond_its_limit_is_told_and_shows_while_the_deadlines_stand(hub, room, task):
    view = accepted(hub, room)
    stopped = run(hub, stop_clock, room, view, "inspection", view.etag)
    go(hub, 20)
    task.run_once()
    assert told(hub) == ["case.clock_stopped", "case.procedure_overdue"]
    assert got(hub, room, view).clock.late == {Notice.OVERDUE_PROCEDURE}
    resumed = run(hub, resume_clock, room, stopped, stopped.etag)
    assert resumed.clock.late == frozenset()
    assert resumed.clock.days_left == 5


def test_each_procedure_beyond_its_limit_is_told_and_listed_until_it_ends(hub, room, task):
    view = accepted(hub, room)
    for day in (2, 11):
        go(hub, day)
        view = run(hub, stop_clock, room, view, "inspection", view.etag)
        go(hub, day + 6)
        task.run_once()
        assert [late.case.id for late in overdue(hub, room).items] == [view.case.id]
        view = run(hub, resume_clock, room, view, view.etag)
        assert overdue(hub, room).items == ()
    assert told(hub).count("case.procedure_overdue") == 2


def test_a_procedure_that_counts_leaves_the_deadlines(hub, room, task):
    view = accepted(hub, room)
    stopped = run(hub, stop_clock, room, view, "notice", view.etag)
    assert stopped.clock.clock.stop.limit_time == end_of(5)
    go(hub, 11)
    task.run_once()
    assert told(hub)[1:] == ["case.overdue", "case.procedure_overdue"]
    resumed = run(hub, resume_clock, room, view, stopped.etag)
    assert resumed.clock.clock.promised_time == view.clock.clock.promised_time


def test_a_deadline_that_had_passed_before_the_clock_stood_stays_passed(hub, room, task):
    view = accepted(hub, room)
    go(hub, 11)
    task.run_once()
    stopped = run(hub, stop_clock, room, view, "inspection", view.etag)
    go(hub, 13)
    resumed = run(hub, resume_clock, room, view, stopped.etag)
    assert resumed.clock.clock.promised_time == end_of(10)
    assert resumed.clock.clock.statutory_time == end_of(18)
    assert resumed.clock.late == {Notice.OVERDUE}


def test_wrong_orders_of_steps_have_plain_reasons(hub, room):
    unaccepted = opened(hub, room, "2")
    assert reasons(lambda: run(hub, stop_clock, room, unaccepted, "inspection", unaccepted.etag)) == {Reason.CASE_STATE}
    view = accepted(hub, room)
    assert reasons(lambda: run(hub, resume_clock, room, view, view.etag)) == {Reason.CLOCK_RUNNING}
    assert reasons(lambda: run(hub, stop_clock, room, view, "other", view.etag)) == {Reason.PROCEDURE_UNKNOWN}
    assert reasons(lambda: run(hub, stop_clock, room, view, "inspection", "x")) == {Reason.ETAG_MISMATCH}
    stopped = run(hub, stop_clock, room, view, "inspection", view.etag)
    # A double click in another window has the old etag; who has read anew learns that it is stopped.
    assert reasons(lambda: run(hub, stop_clock, room, view, "inspection", view.etag)) == {Reason.ETAG_MISMATCH}
    assert reasons(lambda: run(hub, stop_clock, room, view, "notice", stopped.etag)) == {Reason.CLOCK_STOPPED}
    closed = run(hub, decide_case, room, view, stopped.etag, approved=True, note="")
    for step in (
        lambda: run(hub, stop_clock, room, view, "inspection", closed.etag),
        lambda: run(hub, resume_clock, room, view, closed.etag),
    ):
        assert reasons(step) == {Reason.CASE_NOT_OPEN}
    assert reasons(lambda: run(hub, stop_clock, room, view, "notice", "", department=POLICE)) == {Reason.CASE_NOT_YOURS}


def test_a_case_has_at_most_fifty_procedures(hub, room):
    view = accepted(hub, room)
    for _ in range(50):
        view = run(hub, stop_clock, room, view, "notice", view.etag)
        view = run(hub, resume_clock, room, view, view.etag)
    assert reasons(lambda: run(hub, stop_clock, room, view, "notice", view.etag)) == {Reason.PROCEDURES_EXHAUSTED}


@pytest.mark.parametrize("late", [False, True])
def test_a_decision_ends_the_clock_and_what_is_due(hub, room, task, late):
    view = accepted(hub, room)
    if late:
        go(hub, 12)
        task.run_once()
    closed = run(hub, decide_case, room, view, view.etag, approved=True, note="")
    assert closed.clock.clock.state is ClockState.ENDED
    assert due(hub) == []
    go(hub, 30)
    task.run_once()
    assert told(hub) == (["case.overdue"] if late else [])
    assert got(hub, room, view).clock.late == ({Notice.OVERDUE} if late else frozenset())
    assert overdue(hub, room).items == ()


def test_a_withdrawal_before_acceptance_takes_the_windows_end_away(hub, room):
    view = opened(hub, room)
    assert len(due(hub)) == 1
    run(hub, withdraw_case, room, view, view.etag, "")
    assert due(hub) == []


def test_a_case_opened_before_there_was_such_a_list_is_handled_to_its_end(hub, room):
    view = opened(hub, room)
    hub.write(taken(window_end(view.case)))
    view = run(hub, accept_case, room, view, view.etag)
    assert run(hub, decide_case, room, view, view.etag, approved=True, note="").case.state is CaseState.APPROVED


def overdue(hub, room, department=MARKET, operator=CLERK, after="", limit=10):
    return hub.run(hub.caller(department, operator), list_overdue_cases, room, after=after, limit=limit)


def test_late_cases_are_listed_for_who_handles_and_who_supervises_with_figures(hub, room, task):
    views = [accepted(hub, room, str(number)) for number in range(3)]
    in_time = run(hub, stop_clock, room, views[0], "inspection", views[0].etag)
    go(hub, 4)
    run(hub, resume_clock, room, views[0], in_time.etag)
    go(hub, 11)
    task.run_once()
    late_ids = sorted(view.case.id for view in views[1:])
    page = overdue(hub, room, limit=1)
    assert [late.case.id for late in page.items] == late_ids[:1]
    assert [(figure.matter, figure.promised, figure.statutory) for figure in page.figures] == [(FOOD, 2, 0)]
    rest = overdue(hub, room, after=page.next_key, limit=1)
    assert [late.case.id for late in rest.items] == late_ids[1:]
    assert (rest.next_key, rest.figures) == ("", ())
    assert [late.case.id for late in overdue(hub, room, SUPERVISOR).items] == late_ids


def test_an_unaccepted_case_lapses_by_itself_and_is_read_as_lapsed_before(hub, room, task):
    view, kept = opened(hub, room), opened(hub, room, "2")
    run(hub, accept_case, room, kept, kept.etag)
    hub.clock.us = view.case.expires_time * 1_000_000
    shown = got(hub, room, view).case
    assert (shown.state, shown.closed_time) == (CaseState.LAPSED, view.case.expires_time)
    listed = hub.run(hub.caller(MARKET, CLERK), list_cases, room, after="", limit=10).items
    assert {each.case.id: each.case.state for each in listed}[view.case.id] is CaseState.LAPSED
    hub.clock.advance(3600)
    task.run_once()
    assert got(hub, room, view).case == shown
    assert got(hub, room, view).etag != view.etag
    assert got(hub, room, kept).case.state is CaseState.ACCEPTED
    assert told(hub).count("case.lapsed") == 1
    assert reasons(lambda: run(hub, withdraw_case, room, view, got(hub, room, view).etag, "")) == {Reason.CASE_NOT_OPEN}
    task.run_once()
    assert told(hub).count("case.lapsed") == 1


def test_a_case_withdrawn_after_its_window_does_not_lapse_too(hub, room, task):
    view = opened(hub, room)
    hub.clock.us = view.case.expires_time * 1_000_000
    run(hub, withdraw_case, room, view, view.etag, "")
    task.run_once()
    assert got(hub, room, view).case.state is CaseState.WITHDRAWN
    assert "case.lapsed" not in told(hub)


def test_a_due_record_that_was_left_over_does_nothing(hub, room):
    view = accepted(hub, room)
    go(hub, 20)

    def handled(handler, time):
        hub.run(hub.caller(MARKET, CLERK), handler, room, view.case.id, Due(time, DueKind.CASE_CLOCK, view.case.id))

    handled(tell_clock, view.clock.clock.due_time - 1)
    hub.clock.us = view.case.expires_time * 1_000_000
    handled(lapse_case, view.case.expires_time)
    assert told(hub) == []
    assert got(hub, room, view).case.state is CaseState.ACCEPTED
    assert got(hub, room, view).etag == view.etag


def test_the_event_of_a_lapse_tells_who_answers_for_the_case(hub, room):
    view = opened(hub, room)

    def lapses(call):
        return lapse(call, room, find_due_case(call, room, view.case.id), "evidence")

    lapsed = hub.run(hub.caller(MARKET, CLERK), lapses)
    assert lapsed.case.state is CaseState.LAPSED
    (event,) = parse([item.entry for item in read(hub.records, 0, hub.records.journal_length())][-1]).events
    assert set(event.audience) == {MARKET, SUPERVISOR}
    assert event.matter == FOOD
    assert due(hub) == []


def test_what_is_due_for_an_erased_applicant_is_given_up(hub, room, task):
    view = opened(hub, room)
    accepted_too = accepted(hub, room, "2")
    assert accepted_too.clock is not None
    hub.write(hub.vault.destroy(room.store.owner(view.case.parties[0].holder)))
    hub.clock.us = view.case.expires_time * 1_000_000
    task.run_once()
    assert due(hub) == []
    assert overdue(hub, room).items == ()
