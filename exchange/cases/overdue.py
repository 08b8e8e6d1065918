"""Cases that are late: for the department that handles them and for the one that supervises their matter.

A case is listed from when its lateness was told (seconds after the deadline, while the hub runs) until it is closed, or
has lapsed by the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.call import Call
from exchange.cases.case_now import case_now
from exchange.cases.clock import case_calendar
from exchange.cases.room import CaseRoom
from exchange.clocks.case_clock import ClockView, view
from exchange.entities.case import CLOSED, Case, CaseState
from exchange.entities.clock import CaseClock, Notice
from storage.errors import ErasedError

MOST_COUNTED = 1_000
"""Late cases that the figures count."""


@dataclass(frozen=True, slots=True)
class LateCase:
    """A late case and its clock as it stands now; its parties are not shown."""

    case: Case
    clock: ClockView


@dataclass(frozen=True, slots=True)
class LateFigure:
    """How many cases of a matter are beyond which deadline."""

    matter: str
    promised: int
    statutory: int
    procedure: int


@dataclass(frozen=True, slots=True)
class LateCases:
    """A page. ``figures`` count all pages, by matter, up to 1,000 cases (``all_counted``: there are no more).

    They come with the first page alone.
    """

    items: tuple[LateCase, ...]
    next_key: str
    figures: tuple[LateFigure, ...]
    all_counted: bool


def list_overdue_cases(call: Call, room: CaseRoom, *, after: str, limit: int) -> LateCases:
    """A page of the late cases that the caller's department handles or supervises, oldest first.

    ``after`` is the case id to read on after. Cases whose applicant's data were erased are left out, and a token that
    is limited to some cases or matters lists those, so that a page may be shorter than ``limit`` and not be the last.
    """
    department = call.caller.department.uscc
    records = room.store.overdue(department, after=after, limit=limit + 1)
    clocks = [room.store.decoded_clock(record) for record in records[:limit] if _is_kept(room, record.key)]
    items = tuple(_late(call, room, clocks))
    figures: tuple[LateFigure, ...] = ()
    all_counted = True
    if not after:
        everything = room.store.overdue(department, after="", limit=MOST_COUNTED)
        all_counted = len(everything) < MOST_COUNTED
        counted = (room.store.decoded_clock(record) for record in everything if _is_kept(room, record.key))
        figures = _figures(_late(call, room, counted))
    return LateCases(items, records[limit - 1].key if len(records) > limit else "", figures, all_counted)


def _is_kept(room: CaseRoom, case_id: str) -> bool:
    """Whether the case was not erased."""
    try:
        return room.store.cases.fresh(case_id).value is not None
    except ErasedError:
        return False


def _late(call: Call, room: CaseRoom, clocks: Iterator[CaseClock] | list[CaseClock]) -> Iterator[LateCase]:
    matters, cases, _ = call.caller.scope
    for clock in clocks:
        case = room.store.cases.get(clock.case).value
        if case is None or (cases and case.id not in cases):
            continue
        if matters and matters.isdisjoint(pin.code for pin in case.matters):
            continue
        lines = room.store.evidence.lines.get(case.id).value if case.state is CaseState.AWAITING_EVIDENCE else None
        case = case_now(call, room.catalogue, case, lines or ())
        if case.state in CLOSED:
            continue
        yield LateCase(case, view(clock, case_calendar(call, case), call.now))


def _figures(found: Iterator[LateCase]) -> tuple[LateFigure, ...]:
    counts: dict[str, dict[Notice, int]] = {}
    for late in found:
        of_matter = counts.setdefault(late.case.matters[0].code, dict.fromkeys(Notice, 0))
        for notice in late.clock.late:
            of_matter[notice] += 1
    return tuple(
        LateFigure(
            matter,
            of_matter[Notice.OVERDUE],
            of_matter[Notice.OVERDUE_STATUTORY],
            of_matter[Notice.OVERDUE_PROCEDURE],
        )
        for matter, of_matter in sorted(counts.items())
    )
