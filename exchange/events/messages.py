"""Events and filters as the contract's messages."""

from google.protobuf import timestamp_pb2
from onceonly.v1 import event_service_pb2 as pb

from exchange.events.cursor import Cursors
from exchange.events.entitlement import EventFilter
from exchange.events.reader import Told


def watched_event(cursors: Cursors, subscriber: str, told: Told) -> pb.WatchedEvent:
    """An event for one subscriber."""
    seconds, micros = divmod(told.time_us, 1_000_000)
    return pb.WatchedEvent(
        cursor=cursors.seal(subscriber, told.place),
        type=told.type,
        event_time=timestamp_pb2.Timestamp(seconds=seconds, nanos=micros * 1000),
        subject=told.subject,
        department=told.department,
        matter=told.matter,
        licence_type=told.licence_type,
        details=told.details,
        erased=told.erased,
        log_index=told.place.at,
    )


def event_filter(message: pb.EventFilter) -> EventFilter:
    """The filter of a request."""
    return EventFilter(
        frozenset(message.types),
        frozenset(message.departments),
        frozenset(message.matters),
        frozenset(message.licence_types),
    )


def filter_message(asked: EventFilter) -> pb.EventFilter:
    """A filter as it is shown."""
    return pb.EventFilter(
        types=sorted(asked.types),
        departments=sorted(asked.departments),
        matters=sorted(asked.matters),
        licence_types=sorted(asked.licence_types),
    )
