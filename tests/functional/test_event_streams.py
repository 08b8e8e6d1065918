"""EventService of a real hub: streams, pages and places; who is told, who is not, and what a crash leaves."""

import json
import os
import queue
import signal
import threading
from typing import Any

import pytest
from onceonly.v1 import case_service_pb2
from onceonly.v1 import event_service_pb2 as pb

from exchange.cli import main
from exchange.client import CallError, HubClient, new_request_id
from tests.fakes.town import MARKET, POLICE, Town, bad_fields, events_of, refused, until


class Heard:
    """What a stream says, read in a thread; ``error`` is what ended it."""

    def __init__(self, hub: HubClient, **request: Any) -> None:
        self.messages: queue.Queue[Any] = queue.Queue()
        self.error: CallError | None = None
        self._call = hub.receive(hub.events.WatchEvents, pb.WatchEventsRequest(**request))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            for message in self._call:
                self.messages.put(message)
        except CallError as error:
            self.error = error

    def next(self) -> Any:
        return self.messages.get(timeout=60)

    def event(self) -> Any:
        """The next event, past heartbeats."""
        while True:
            message = self.next()
            if message.HasField("event"):
                return message.event


def acknowledge(hub: HubClient, cursor: str, subscription: str = "") -> str:
    request = pb.AcknowledgeEventsRequest(cursor=cursor, subscription=subscription, request_id=new_request_id())
    return str(hub.call(hub.events.AcknowledgeEvents, request).cursor)


def test_a_stream_tells_what_happens_and_a_page_tells_the_same(town: Town) -> None:
    with events_of(town) as hub:
        heard = Heard(hub, from_now=True)
        begin = heard.next()
        assert begin.cursor
        assert not begin.HasField("event")
        name = town.open_case(town.organisation())
        event = heard.event()
        assert (event.type, event.subject, event.erased) == ("case.opened", name, False)
        page = hub.call(hub.events.ListEvents, pb.ListEventsRequest(cursor=begin.cursor))
        assert [(each.cursor, each.subject) for each in page.events] == [(event.cursor, name)]


def test_who_is_not_in_the_audience_hears_nothing(town: Town) -> None:
    with events_of(town) as market, events_of(town, POLICE, "issuer-1") as police:
        mine, theirs = Heard(market, from_now=True), Heard(police, from_now=True)
        begin = theirs.next()
        mine.next()
        town.open_case(town.organisation())
        mine.event()
        page = police.call(police.events.ListEvents, pb.ListEventsRequest(cursor=begin.cursor))
        assert list(page.events) == []
        assert theirs.messages.empty()


def test_a_place_moves_on_alone_and_a_stream_begins_there(town: Town) -> None:
    with events_of(town) as hub:
        heard = Heard(hub, subscription="places", from_now=True)
        heard.next()
        first, second = (town.open_case(town.organisation()) for _ in range(2))
        one, two = heard.event(), heard.event()
        assert [one.subject, two.subject] == [first, second]
        assert acknowledge(hub, one.cursor, "places") == one.cursor
        again = Heard(hub, subscription="places")
        assert again.next().cursor == one.cursor
        assert again.event().cursor == two.cursor
        assert acknowledge(hub, two.cursor, "places") == two.cursor
        assert acknowledge(hub, one.cursor, "places") == two.cursor


def test_cursors_of_others_and_forged_ones_are_refused(town: Town) -> None:
    with events_of(town) as hub, events_of(town, POLICE, "issuer-1") as police:
        mine = Heard(hub, from_now=True).next().cursor
        forged = mine[:-2] + ("AA" if mine[-2:] != "AA" else "BB")
        for who, cursor, subscription in ((police, mine, ""), (hub, mine, "other"), (hub, forged, ""), (hub, "x!", "")):
            request = pb.ListEventsRequest(cursor=cursor, subscription=subscription)
            assert list(bad_fields(refused(who.call, who.events.ListEvents, request))) == ["cursor"]
        request = pb.ListEventsRequest(subscription="NO", filter=pb.EventFilter(types=["x"]))
        assert list(bad_fields(refused(hub.call, hub.events.ListEvents, request))) == ["subscription"]


def test_a_filter_narrows(town: Town) -> None:
    with events_of(town) as hub:
        heard = Heard(hub, from_now=True, filter=pb.EventFilter(types=["case.withdrawn"]))
        heard.next()
        name = town.open_case(town.organisation())
        desk = town.hub()
        case = desk.call(desk.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case
        request = case_service_pb2.WithdrawCaseRequest(
            name=name, etag=case.etag, note="applicant left", request_id=new_request_id()
        )
        desk.call(desk.cases.WithdrawCase, request)
        assert heard.event().type == "case.withdrawn"


def test_the_command_writes_events_as_lines(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    with events_of(town) as hub:
        heard = Heard(hub, from_now=True)
        cursor = heard.next().cursor
        names = [town.open_case(town.organisation()) for _ in range(2)]
        address = str(town.city.config.events.address)
        profile = str(town.city.profile_path(MARKET))
        watch = ["events", "watch", "--address", address, "--profile", profile, "--acknowledge"]
        assert main([*watch, "--cursor", cursor, "--count", "1", "--type", "case.opened"]) == 0
        assert main([*watch, "--count", "1"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["subject"] for line in lines] == names


def test_a_killed_process_loses_nothing(town: Town) -> None:
    with events_of(town) as hub:
        heard = Heard(hub, subscription="killed", from_now=True)
        heard.next()
        names = [town.open_case(town.organisation())]
        last = heard.event()
        before = town.city.pids()["events"]
        os.kill(before, signal.SIGKILL)
        heard.thread.join(60)
        assert heard.error is not None
        names += [town.open_case(town.organisation()) for _ in range(3)]
        until(lambda: town.city.pids()["events"] != before, "another events process")

    def resumed() -> Any:
        with events_of(town) as hub:
            try:
                request = pb.ListEventsRequest(subscription="killed", cursor=last.cursor)
                return list(hub.call(hub.events.ListEvents, request).events)
            except CallError as error:
                if error.reason:
                    raise
                return None

    assert [last.subject, *(each.subject for each in until(resumed, "events after the crash"))] == names
