"""Cases under a clock in March 2026, steps of their clerk, and what was told and is due."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.cases.clock import tell_clock
from exchange.cases.lapse import lapse_case
from exchange.cases.lifecycle import accept_case
from exchange.cases.open import NewCase, open_case
from exchange.cases.overdue import list_overdue_cases
from exchange.cases.read import get_case
from exchange.cases.room import CaseRoom, CaseView
from exchange.cases.store import CaseStore
from exchange.catalogue.source import RegisterSource
from exchange.clocks.due import DUE, DueKind
from exchange.clocks.metrics import DueMetrics
from exchange.clocks.runner import DueTask
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Calendar, CalendarYear, Label, SpecialProcedure
from exchange.errors import NotFoundError, RefusedError
from exchange.purpose.limits import Limits
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


@contextmanager
def open_clocked_hub():
    """A hub whose food guide promises days and has special procedures; it is Monday."""
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


def new_room(hub) -> CaseRoom:
    store = CaseStore(hub.records, hub.vault, hub.blind)
    hub.caches += [store.cases, store.clocks, store.consents, store.consent_cases, store.numbers]
    return CaseRoom(store, hub.catalogue, hub.tagger)


def due_task(hub, room) -> DueTask:
    """What does what is due of clocks and windows."""
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


def overdue(hub, room, department=MARKET, operator=CLERK, after="", limit=10):
    return hub.run(hub.caller(department, operator), list_overdue_cases, room, after=after, limit=limit)
