"""Decisions on a real hub whose recorder dies among them: each is there as a whole or not at all, and once."""

import threading
import time

import grpc
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import issuance_service_pb2 as issuance

from exchange.client import CallError
from tests.fakes import result_story as story
from tests.fakes.town import MARKET, Town

DECISIONS = 8


def decide(town: Town, request: case.DecideCaseRequest) -> case.DecideCaseResponse | None:
    """The answer, None if it was lost."""
    hub = town.hub(MARKET, story.APPROVER)
    try:
        return hub.call(hub.cases.DecideCase, request, timeout=20)
    except CallError as error:
        if error.code is not grpc.StatusCode.UNAVAILABLE:
            raise
        return None


def permit_of(town: Town, request: case.DecideCaseRequest) -> str:
    """The licence that the case says it has; empty while it is undecided."""
    hub, issuer = town.hub(), town.hub(MARKET, story.ISSUER)
    read = hub.call(hub.cases.GetCase, case.GetCaseRequest(name=request.name)).case
    decided = read.state == case.CASE_STATE_APPROVED
    assert len(read.result.licences) == decided
    if not decided:
        return ""
    (name,) = read.result.licences
    licence = issuer.call(issuer.issuance.GetLicence, issuance.GetLicenceRequest(name=name)).licence
    assert licence.number == request.results[0].licence.number
    return str(name)


def test_a_recorder_that_dies_leaves_no_half_decision(town: Town) -> None:
    requests = []
    for _ in range(DECISIONS):
        organisation = town.organisation()
        name = story.accepted(town, organisation, "food-change")
        content = story.permit_content(town, organisation, town.number("KILLED"))
        requests.append(story.decision(town, name, case.ResultContent(licence=content)))
    answers: dict[str, case.DecideCaseResponse | None] = {}

    def decide_half(half: list[case.DecideCaseRequest]) -> None:
        for request in half:
            answers[request.name] = decide(town, request)

    town.hub(MARKET, story.APPROVER)
    threads = [threading.Thread(target=decide_half, args=(requests[place::2],)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    town.city.kill("recorder")
    for thread in threads:
        thread.join()
    town.wait_serving()
    for request in requests:
        before = answers[request.name]
        licence = permit_of(town, request)
        assert before is None or licence == before.results[0].licence.name
        again = decide(town, request)
        assert again is not None
        assert before is None or again == before
        assert permit_of(town, request) == again.results[0].licence.name
        assert not licence or licence == again.results[0].licence.name
        assert again.rating_ticket
        assert (
            story.take_over(town, story.Approved(request.name, request, again)).licence == again.results[0].licence.name
        )
