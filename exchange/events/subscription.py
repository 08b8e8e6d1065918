"""What a subscriber does: begin somewhere, take a page, say how far it has come.

Rules:
1. A subscriber is a department, one of its systems and a name of its own choice; its place is a record.
2. A place only moves on: acknowledging what lies before it changes nothing.
3. Beginning needs no record of its own: a cursor, else the kept place, else the beginning of the log.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

import msgpack

from exchange.cache import RecordCache
from exchange.call import Call, Caller
from exchange.codes import licence_type_code_problem, matter_code_problem, uscc_problem
from exchange.entities.event import EventType
from exchange.errors import InvalidError, Violation
from exchange.events.cursor import BEGINNING, Cursors, Place
from exchange.events.entitlement import EventFilter, may_be_told
from exchange.events.reader import EventReader, Told
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from storage.records.interface import Record, Records

PLACE_KIND: Final = "event_place"
DEFAULT_NAME: Final = "default"
ENTRIES_A_PAGE: Final = 5_000
"""Log entries that one page looks through at most."""
_NAME: Final = re.compile("[a-z0-9-]{1,64}")
_MOST_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class EventRoom:
    """What the use cases need."""

    places: RecordCache[Place]
    cursors: Cursors
    reader: EventReader


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of a page, where to go on, and whether the log ends there."""

    events: tuple[Told, ...]
    reached: Place
    at_end: bool


def place_cache(records: Records) -> RecordCache[Place]:
    """The kept places, by subscriber."""
    return RecordCache(records, PLACE_KIND, _decode, _MOST_KEPT)


def subscriber_name(caller: Caller, subscription: str) -> str:
    """Who a cursor is for. Raises ``InvalidError`` for a subscription that is no name."""
    name = subscription or DEFAULT_NAME
    if _NAME.fullmatch(name) is None:
        raise InvalidError(
            (Violation("subscription", "must be 1 to 64 of a-z, 0-9 and -", "须为1至64位小写字母、数字或连字符"),)
        )
    return f"{caller.department.uscc}/{caller.system}/{name}"


def check_filter(asked: EventFilter) -> None:
    """Raises ``InvalidError`` for types that do not exist, and for codes that can be nobody's: whoever mistypes one
    would be told of nothing for ever. Not checked: that departments, matters and licence types are in the catalogue.
    """
    bad = []
    if asked.types - {str(each) for each in EventType}:
        bad.append(Violation("filter.types", "names a type of event that is none", "包含不存在的事件类型"))
    for name, codes, problem_of in (
        ("departments", asked.departments, uscc_problem),
        ("matters", asked.matters, matter_code_problem),
        ("licence_types", asked.licence_types, licence_type_code_problem),
    ):
        problem = next((problem for code in sorted(codes) if (problem := problem_of(code)) is not None), None)
        if problem is not None:
            bad.append(Violation(f"filter.{name}", problem.en, problem.zh))
    if bad:
        raise InvalidError(tuple(bad))


def begin(call: Call, room: EventRoom, subscriber: str, cursor: str, *, from_now: bool) -> Place:
    """Where a subscriber's stream or page begins. Raises ``InvalidError`` for a cursor that is not its own."""
    if cursor and from_now:
        raise InvalidError((Violation("from_now", "does not go with a cursor", "不能与游标同时使用"),))
    if cursor:
        return room.cursors.open(subscriber, cursor)
    if from_now:
        return room.reader.end()
    return call.read(room.places, _key(subscriber)).value or BEGINNING


def list_events(call: Call, room: EventRoom, after: Place, asked: EventFilter, limit: int) -> EventPage:
    """At most ``limit`` events after a place that the caller may be told of, from a bounded part of the log."""
    stretch = room.reader.read(after, ENTRIES_A_PAGE)
    found = [told for told in stretch.events if may_be_told(call.caller, asked, told)]
    if len(found) > limit:
        return EventPage(tuple(found[:limit]), found[limit - 1].place, at_end=False)
    return EventPage(tuple(found), stretch.reached, stretch.at_end)


def acknowledge(call: Call, room: EventRoom, subscriber: str, cursor: str) -> Place:
    """Keep the place of a cursor unless one further on is kept; returns the place kept. Raises ``InvalidError``."""
    place = room.cursors.open(subscriber, cursor)
    key = _key(subscriber)
    kept = call.read(room.places, key)
    if kept.value is not None and kept.value >= place:
        return kept.value
    body = msgpack.packb(list(place))
    call.change(Replace(PLACE_KIND, key, kept.version, body) if kept.version else Insert(PLACE_KIND, key, body))
    return place


def _key(subscriber: str) -> str:
    return hashlib.sha256(subscriber.encode()).hexdigest()


def _decode(record: Record) -> Place:
    try:
        index, number = msgpack.unpackb(record.body)
        return Place(int(index), int(number))
    except (ValueError, TypeError) as error:
        raise CorruptError("the place of a subscriber does not decode") from error
