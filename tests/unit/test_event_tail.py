"""Reading events out of the log: pages, the window, entitlement and cursors, without gRPC."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.call import Caller
from exchange.entities.catalogue import Role, Status
from exchange.errors import InvalidError
from exchange.events.cursor import BEGINNING, Cursors, Place
from exchange.events.entitlement import EventFilter, ended_for, may_be_told
from exchange.events.reader import EventReader, Told
from exchange.events.tail import EventTail
from exchange.reasons import Reason
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import MARKET, World, open_world

NARROW = (frozenset[str](), frozenset[str](), frozenset[str]())
places = st.builds(Place, st.integers(0, 2**63), st.integers(-1, 2**32 - 3))


@given(places | st.builds(Place.before, st.integers(1, 2**63)), st.text(min_size=1, max_size=50))
def test_a_cursor_says_its_place_to_its_subscriber_alone(place: Place, subscriber: str) -> None:
    cursors = Cursors(b"k" * 32)
    cursor = cursors.seal(subscriber, place)
    assert cursors.open(subscriber, cursor) == place
    for other, cut in ((subscriber + "x", cursor), (subscriber, cursor[:-2]), (subscriber, "A" + cursor)):
        with pytest.raises(InvalidError):
            cursors.open(other, cut)
    with pytest.raises(InvalidError):
        Cursors(b"l" * 32).open(subscriber, cursor)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidError):
        Cursors(b"k" * 32).open("d/s/default", text)


def told(**changes: object) -> Told:
    base = Told(Place(1, 0), "case.opened", 0, "d1", frozenset({MARKET}), "m1", "", subject="cases/c1")
    return replace(base, **changes)


@pytest.fixture
def desk(tmp_path: Path):
    with open_world(tmp_path) as world:
        yield Desk(world)


@pytest.mark.parametrize(
    ("scope", "asked", "event", "is_told"),
    [
        (NARROW, EventFilter(), told(), True),
        (NARROW, EventFilter(), told(audience=frozenset({"another"})), False),
        (NARROW, EventFilter(types=frozenset({"case.opened"})), told(), True),
        (NARROW, EventFilter(types=frozenset({"case.lapsed"})), told(), False),
        (NARROW, EventFilter(departments=frozenset({"d2"})), told(), False),
        (NARROW, EventFilter(matters=frozenset({"m2"})), told(), False),
        ((frozenset({"m2"}), frozenset(), frozenset()), EventFilter(), told(), False),
        ((frozenset(), frozenset({"c1"}), frozenset()), EventFilter(), told(), True),
        ((frozenset(), frozenset({"c2"}), frozenset()), EventFilter(), told(), False),
        ((frozenset(), frozenset({"c1"}), frozenset()), EventFilter(), told(subject="", erased=True), False),
    ],
)
def test_who_is_told(desk: Desk, scope, asked: EventFilter, event: Told, is_told: bool) -> None:
    caller = replace(desk.caller(), scope=scope)
    assert may_be_told(caller, asked, event) is is_told


def test_a_stream_ends_with_its_callers_rights(desk: Desk) -> None:
    caller = desk.caller()
    register = desk.registers.current()
    operator = register.operators[MARKET, "clerk"]

    def under(department=caller.department, **operators):
        known = {**register.operators, (MARKET, "clerk"): replace(operator, **operators)}
        return ended_for(caller, replace(register, departments={MARKET: department}, operators=known))

    assert under() is None
    assert under(replace(caller.department, status=Status.SUSPENDED)) is Reason.CERTIFICATE_REVOKED
    assert under(replace(caller.department, roles=frozenset())) is Reason.ROLE_MISSING
    assert under(replace(caller.department, certificates=frozenset())) is Reason.CERTIFICATE_UNKNOWN
    assert under(status=Status.SUSPENDED) is Reason.OPERATOR_UNKNOWN
    assert under(roles=frozenset()) is Reason.ROLE_MISSING
    assert under(roles=operator.roles | {Role.AUDITOR}) is None
    assert ended_for(caller, replace(register, departments={})) is Reason.CERTIFICATE_REVOKED
    assert ended_for(Caller(caller.department, None, "desk", 0, NARROW), register) is None
