"""EventService: between the contract's messages and the use cases."""

from onceonly.v1 import event_service_pb2 as pb

from exchange.call import Call
from exchange.events.cursor import Place
from exchange.events.messages import event_filter, watched_event
from exchange.events.reader import Told
from exchange.events.subscription import EventRoom, acknowledge, begin, check_filter, list_events, subscriber_name
from exchange.events.webhook import WebhookRoom
from exchange.events.webhook_servicer import WebhookServicer

_DEFAULT_PAGE = 50


class EventServicer(WebhookServicer):
    """What subscribers call."""

    def __init__(self, room: EventRoom, webhooks: WebhookRoom | None = None) -> None:
        super().__init__(webhooks)
        self._room = room

    def watch_events(self, call: Call, request: pb.WatchEventsRequest) -> pb.WatchEventsResponse:
        """The stream's first message: a heartbeat at the place where it begins."""
        subscriber = subscriber_name(call.caller, request.subscription)
        check_filter(event_filter(request.filter))
        return self.heartbeat(
            subscriber, begin(call, self._room, subscriber, request.cursor, from_now=request.from_now)
        )

    def list_events(self, call: Call, request: pb.ListEventsRequest) -> pb.ListEventsResponse:
        subscriber = subscriber_name(call.caller, request.subscription)
        asked = event_filter(request.filter)
        check_filter(asked)
        after = begin(call, self._room, subscriber, request.cursor, from_now=False)
        page = list_events(call, self._room, after, asked, request.page_size or _DEFAULT_PAGE)
        return pb.ListEventsResponse(
            events=[self.event(subscriber, told) for told in page.events],
            next_cursor=self._room.cursors.seal(subscriber, page.reached),
            at_end=page.at_end,
        )

    def acknowledge_events(self, call: Call, request: pb.AcknowledgeEventsRequest) -> pb.AcknowledgeEventsResponse:
        subscriber = subscriber_name(call.caller, request.subscription)
        place = acknowledge(call, self._room, subscriber, request.cursor)
        return pb.AcknowledgeEventsResponse(cursor=self._room.cursors.seal(subscriber, place))

    def event(self, subscriber: str, told: Told) -> pb.WatchedEvent:
        """An event for one subscriber."""
        return watched_event(self._room.cursors, subscriber, told)

    def heartbeat(self, subscriber: str, place: Place) -> pb.WatchEventsResponse:
        """No event: everything up to a place was told."""
        return pb.WatchEventsResponse(cursor=self._room.cursors.seal(subscriber, place))
