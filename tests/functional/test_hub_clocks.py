"""A whole hub whose time passes: what is due happens by itself, is in the log, and is seen by whoever asks."""

import time
from collections.abc import Iterator

import pytest
from onceonly.v1 import case_service_pb2 as case
from prometheus_client import CollectorRegistry

from exchange import due_work
from exchange.app import build_single
from exchange.client import new_request_id
from exchange.demo import desks
from exchange.demo.city import City
from tests.fakes.town import Town, refused, until

DAY = 86_400


class Ahead:
    """The clock that the runner of what is due goes by: ``seconds`` ahead of the others."""

    seconds = 0

    def us(self) -> int:
        return (time.time_ns() // 1000) + self.seconds * 1_000_000


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    clock = Ahead()
    monkeypatch.setattr(due_work, "clock_us", clock.us)
    return clock


@pytest.fixture
def town(tmp_path, ahead: Ahead) -> Iterator[Town]:
    city = City.found(tmp_path / "city", workers=0)
    single = build_single(city.config, CollectorRegistry())
    single.start(lambda: None)
    city.loaded = city.load()
    town = Town(city)
    yield town
    town.close()
    single.stop(5)
    single.wait()


def read(town: Town, name: str) -> case.Case:
    hub = town.hub()
    return hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case


def test_time_passes_for_cases(town: Town, ahead: Ahead) -> None:
    hub = town.hub()
    forgotten, handled = town.open_case(town.organisation()), town.open_case(town.organisation())
    accepted = desks.accept(hub, handled)
    assert accepted.clock_state == case.CLOCK_STATE_RUNNING
    assert accepted.promised_deadline_time.seconds < accepted.statutory_deadline_time.seconds
    assert accepted.working_days_left == 8

    stop = case.StopClockRequest(name=handled, procedure="inspection", etag=accepted.etag, request_id=new_request_id())
    stopped = hub.call(hub.cases.StopClock, stop).case
    assert (stopped.clock_state, stopped.stopped_procedure) == (case.CLOCK_STATE_STOPPED, "inspection")
    assert hub.call(hub.cases.StopClock, stop).case == stopped  # a lost answer, asked for again
    stop.request_id = new_request_id()
    assert refused(hub.call, hub.cases.StopClock, stop).reasons == ("ETAG_MISMATCH",)
    resume = case.ResumeClockRequest(name=handled, etag=stopped.etag, request_id=new_request_id())
    resumed = hub.call(hub.cases.ResumeClock, resume).case
    assert resumed.promised_deadline_time == accepted.promised_deadline_time

    ahead.seconds = 400 * DAY
    until(lambda: read(town, forgotten).state == case.CASE_STATE_LAPSED, "the case to lapse")
    assert read(town, handled).state == case.CASE_STATE_ACCEPTED
    supervisor = town.city.client("province-market", "supervisor-1")
    with supervisor:
        for desk in (hub, supervisor):

            def late(desk=desk) -> case.ListOverdueCasesResponse | None:
                page = desk.call(desk.cases.ListOverdueCases, case.ListOverdueCasesRequest())
                return page if page.cases else None

            page = until(late, "the late case")
            assert [each.case.name for each in page.cases] == [handled]
            assert not page.cases[0].case.parties
            assert [figure.matter for figure in page.figures] == [town.city.matter("food-new").code]
    assert desks.approve(hub, handled, "准予").clock_state == case.CLOCK_STATE_ENDED
    assert not hub.call(hub.cases.ListOverdueCases, case.ListOverdueCasesRequest()).cases
    methods = {record.entry.method for record in town.entries()}
    assert {"onceonly.clocks/case-window", "onceonly.clocks/case-clock"} <= methods
