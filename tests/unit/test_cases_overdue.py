"""Late cases and lapsed ones: what is listed for whom, what ends by itself, and what is due for nobody any more."""

import pytest

from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.cases.clock import tell_clock
from exchange.cases.lapse import lapse, lapse_case
from exchange.cases.lifecycle import accept_case, decide_case, withdraw_case
from exchange.cases.procedures import resume_clock, stop_clock
from exchange.cases.read import list_cases
from exchange.cases.room import find_due_case
from exchange.cases.window import window_end
from exchange.clocks.due import Due, DueKind, taken
from exchange.entities.case import CaseState
from exchange.reasons import Reason
from tests.fakes.clocked_cases import (
    SUPERVISOR,
    accepted,
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
from tests.fakes.small_catalogue import CLERK, FOOD, MARKET


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
