"""The clock of a case: deadlines, special procedures, and what is told when."""

from dataclasses import replace

import pytest

from exchange.cases.lifecycle import decide_case
from exchange.cases.procedures import resume_clock, stop_clock
from exchange.civil_time import civil_midnight
from exchange.entities.clock import ClockState, Notice
from exchange.reasons import Reason
from tests.fakes.clocked_cases import (
    CALENDAR,
    accepted,
    at,
    due,
    due_task,
    go,
    got,
    new_room,
    open_clocked_hub,
    opened,
    overdue,
    reasons,
    run,
    told,
)
from tests.fakes.small_catalogue import POLICE


def end_of(day: int) -> int:
    return civil_midnight(f"2026-03-{day:02d}") + 86_400


@pytest.fixture
def hub():
    with open_clocked_hub() as opened:
        yield opened


@pytest.fixture
def room(hub):
    return new_room(hub)


@pytest.fixture
def task(hub, room):
    return due_task(hub, room)


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
