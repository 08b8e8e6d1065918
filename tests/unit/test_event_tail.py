"""Reading events out of the log: pages, the window, entitlement and cursors, without gRPC."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onceonly.v1.event_service_pb2 import WatchEventsResponse

from exchange.call import Caller
from exchange.entities.catalogue import Role, Status
from exchange.entities.event import EVERY_DEPARTMENT
from exchange.errors import InvalidError, RefusedError
from exchange.events.cursor import BEGINNING, Cursors, Place
from exchange.events.entitlement import EventFilter, ended_for, may_be_told
from exchange.events.reader import EventReader, Told
from exchange.events.servicer import EventServicer
from exchange.events.streams import Bell, EventStreams, Opened, Pace
from exchange.events.subscription import EventRoom, place_cache
from exchange.events.tail import EventTail
from exchange.reasons import Reason
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import MARKET, World, open_world
from tests.fakes.running_hub import until

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
        (NARROW, EventFilter(), told(audience=EVERY_DEPARTMENT), True),
        (NARROW, EventFilter(licence_types=frozenset({"l1"})), told(licence_type="l1"), True),
        (NARROW, EventFilter(licence_types=frozenset({"l1"})), told(licence_type="l2"), False),
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
    caller = replace(caller, department=replace(caller.department, certificates=frozenset({"spki"})))
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
    assert ended_for(Caller(desk.caller().department, None, "desk", 0, NARROW), register) is None


# Reading the log


def reader(world: World) -> EventReader:
    return EventReader(world.hub.records, world.hub.vault)


def test_bounded_reads_find_everything_once(desk: Desk) -> None:
    world = desk.world
    opened = [f"cases/{world.open_case(world.person())}" for _ in range(3)]
    found, at, ended = [], BEGINNING, False
    while not ended:
        stretch = reader(world).read(at, 1)
        found += stretch.events
        at, ended = stretch.reached, stretch.at_end
    assert [each.subject for each in found if each.type == "case.opened"] == opened
    assert [each.place for each in found] == sorted({each.place for each in found})
    assert reader(world).read(found[-1].place, 100).events == ()
    assert at == reader(world).end()


def test_an_erased_holder_leaves_no_subject(desk: Desk) -> None:
    world = desk.world
    holder = world.person()
    world.open_case(holder)
    before = reader(world).read(BEGINNING, 100).events[-1]
    assert (before.subject != "", before.erased) == (True, False)
    owner = world.case_room.store.owner(holder)
    world.hub.write(world.hub.vault.destroy(owner))
    after = reader(world).read(BEGINNING, 100).events[-1]
    assert (after.place, after.type, after.subject, dict(after.details), after.erased) == (
        before.place,
        before.type,
        "",
        {},
        True,
    )


def test_the_window_is_bounded_and_says_who_lags(desk: Desk) -> None:
    world = desk.world
    rings: list[int] = []
    tail = EventTail(reader(world), 2, lambda: rings.append(1), lambda: world.hub.clock.us)
    begin = tail.end()
    assert tail.look() is False
    assert rings == []
    for _ in range(3):
        world.open_case(world.person())
    tail.look()
    assert len(rings) == 1
    assert tail.after(begin) is None
    assert [len(stretch.events) for stretch in [reader(world).read(begin, 100)]] == [3]
    first = reader(world).read(begin, 100).events[0].place
    newest = tail.after(first)
    assert newest is not None
    assert len(newest.events) == 2
    assert newest.reached == tail.end()


# Streams


def test_a_stream_ends_when_its_department_is_suspended(desk: Desk) -> None:
    world = desk.world
    read = reader(world)
    tail = EventTail(read, 100, lambda: None, lambda: world.hub.clock.us)
    servicer = EventServicer(EventRoom(place_cache(world.hub.records), Cursors(b"k" * 32), read))
    opened = Opened(desk.caller(), "d/s/default", EventFilter(), read.end())

    async def watched() -> tuple[list[str], list[Reason]]:
        bell = Bell(asyncio.get_running_loop())
        with ThreadPoolExecutor(1) as pool:
            streams = EventStreams(servicer, read, tail, desk.registers, Pace(60, 60), pool, lambda: bell)
            messages = streams.messages(opened)
            world.open_case(world.person())
            tail.look()
            told = [WatchEventsResponse.FromString(await anext(messages)).event.type]
            world.hub.publish(replace(opened.caller.department, status=Status.SUSPENDED))
            desk.registers.refresh()
            with pytest.raises(RefusedError) as caught:
                await anext(messages)
        return told, list(caught.value.reasons)

    assert asyncio.run(watched()) == (["case.opened"], [Reason.CERTIFICATE_REVOKED])


def test_a_slow_stream_reads_the_log_and_a_quiet_one_shows_that_it_lives(desk: Desk) -> None:
    world = desk.world
    read = reader(world)
    tail = EventTail(read, 1, lambda: None, lambda: world.hub.clock.us)
    cursors = Cursors(b"k" * 32)
    servicer = EventServicer(EventRoom(place_cache(world.hub.records), cursors, read))
    opened = Opened(desk.caller(), "d/s/default", EventFilter(), read.end())
    names = [f"cases/{world.open_case(world.person())}" for _ in range(4)]
    tail.look()
    assert tail.after(opened.place) is None

    async def watched() -> list[WatchEventsResponse]:
        bell = Bell(asyncio.get_running_loop())
        with ThreadPoolExecutor(1) as pool:
            streams = EventStreams(servicer, read, tail, desk.registers, Pace(0.05, 0.6), pool, lambda: bell)
            return [WatchEventsResponse.FromString(each) async for each in streams.messages(opened)]

    messages = asyncio.run(watched())
    assert [each.event.subject for each in messages if each.HasField("event")] == names
    beats = [each.cursor for each in messages if not each.HasField("event")]
    assert {cursors.open("d/s/default", each) for each in beats} == {read.end()}


def test_the_bell_rings_for_events_and_for_another_register_alone(desk: Desk) -> None:
    world = desk.world
    rings: list[int] = []
    tail = EventTail(reader(world), 10, lambda: rings.append(1), lambda: world.hub.clock.us, desk.registers.current)
    world.hub.write()
    tail.look()
    assert (tail.end(), rings) == (reader(world).end(), [])
    tail.start()
    try:
        world.hub.publish(replace(desk.caller().department, status=Status.SUSPENDED))
        desk.registers.refresh()
        until(lambda: rings, "the bell for the register")
    finally:
        tail.stop()
