"""Calendars in the catalogue: what is refused at publishing, and which calendar counts where."""

from dataclasses import replace

import pytest
from onceonly.v1 import catalogue_pb2

from exchange.catalogue.codec import from_json, to_json
from exchange.catalogue.propose import propose_entry
from exchange.catalogue.room import CatalogueRoom
from exchange.catalogue.validation import validate
from exchange.civil_time import civil_midnight
from exchange.clocks.working_days import add_working_days, calendar_of
from exchange.edge.convert.catalogue import entity_of, put_entity
from exchange.entities.catalogue import Calendar, CalendarYear, EntityKind, Label, SpecialProcedure
from exchange.entities.register import Register
from exchange.errors import InvalidError
from tests.fakes.licence_world import FOOD, matter
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import food, small_catalogue

YEAR = CalendarYear(2026, frozenset({"2026-03-09"}), frozenset({"2026-03-14"}), provisional=False)
CALENDAR = Calendar("990100", Label("清河日历", "Qinghe"), frozenset({6, 7}), (YEAR,))

LOOK = SpecialProcedure("look", Label("勘验", "look"), 3, counts=True)


def wrong(calendar: Calendar) -> dict[str, str]:
    return {problem.field: problem.en for problem in validate([calendar])}


def with_year(**changes) -> Calendar:
    return replace(CALENDAR, years=(replace(YEAR, **changes),))


def test_a_right_calendar_has_nothing_wrong():
    assert wrong(CALENDAR) == {}


@pytest.mark.parametrize(
    ("calendar", "field", "says"),
    [
        (
            replace(CALENDAR, years=(YEAR, replace(YEAR, year=2028, holidays=frozenset(), workdays=frozenset()))),
            "years[2028]",
            "gap",
        ),
        (replace(CALENDAR, years=(YEAR, YEAR)), "years[2026]", "repeats"),
        (with_year(holidays=frozenset({"2026-02-30"})), "years[2026].holidays[2026-02-30]", ""),
        (with_year(holidays=frozenset({"2027-01-01"})), "years[2026].holidays[2027-01-01]", "not a day of its year"),
        (with_year(workdays=frozenset({"2026-03-10"})), "years[2026].workdays[2026-03-10]", "working day anyway"),
        (with_year(workdays=frozenset({"2026-03-09"})), "years[2026].workdays[2026-03-09]", "both"),
        (replace(with_year(workdays=frozenset()), rest_days=frozenset({8})), "rest_days[0]", "at most 7"),
        (replace(with_year(workdays=frozenset()), rest_days=frozenset()), "rest_days", "at least 1"),
        (replace(CALENDAR, years=()), "years", "at least 1"),
        (replace(CALENDAR, code="Qinghe"), "code", "match"),
    ],
)
def test_everything_wrong_is_named(calendar, field, says):
    found = wrong(calendar)
    assert list(found) == [field]
    assert says in found[field]


def test_a_proposal_with_years_out_of_bounds_is_refused():
    with open_hub() as hub:
        hub.publish(*small_catalogue())
        room = CatalogueRoom(hub.catalogue, lambda: True)
        manager = next(
            (department, operator)
            for (department, operator), person in hub.register.operators.items()
            if "catalogue_manager" in person.roles
        )
        bad = replace(CALENDAR, years=(replace(YEAR, year=1999),))
        with pytest.raises(InvalidError) as refused:
            hub.run(hub.caller(*manager), propose_entry, room, bad, "", validate_only=False)
        assert [problem.field for problem in refused.value.violations] == ["entry.years[0].year"]
        view = hub.run(hub.caller(*manager), propose_entry, room, CALENDAR, "", validate_only=False)
        assert view.revision.entity == CALENDAR


@pytest.mark.parametrize(
    "entity",
    [CALENDAR, replace(food(), special_procedures=(LOOK,))],
)
def test_calendars_and_procedures_pass_the_wire_and_the_store(entity):
    message = catalogue_pb2.CatalogueEntry()
    put_entity(message, entity)
    assert entity_of(message) == entity
    kind = EntityKind.CALENDAR if entity is CALENDAR else EntityKind.MATTER
    assert from_json(kind, to_json(entity)) == entity


def test_a_guide_without_procedures_keeps_the_bytes_that_it_had():
    assert "special_procedures" not in to_json(food())


def test_a_guide_names_each_procedure_once():
    problems = validate([matter(FOOD, special_procedures=(LOOK, LOOK))])
    assert "special_procedures[look]" in {problem.field for problem in problems}


def test_the_nearest_calendar_counts():
    with open_hub() as hub:
        hub.publish(CALENDAR, replace(CALENDAR, code="000000"))
        register: Register = hub.register
    assert calendar_of(register, "990100").code == "990100"
    assert calendar_of(register, "990102").code == "990100"
    assert calendar_of(register, "990200").code == "000000"
    assert calendar_of(register, "").code == "000000"


def test_without_any_calendar_weekends_count_provisionally():
    with open_hub() as hub:
        nothing = calendar_of(hub.register, "990100")
    friday = civil_midnight("2026-03-06") + 3600
    end = add_working_days(nothing, friday, 1)
    assert (end.time, end.provisional) == (civil_midnight("2026-03-10"), True)


@pytest.mark.parametrize("days", [-1, 36_601])
def test_a_number_of_days_out_of_bounds_is_refused(days):
    with pytest.raises(ValueError, match="working days"):
        add_working_days(CALENDAR, 0, days)
