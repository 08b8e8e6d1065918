"""A case on a real hub that does not stand still: two windows at once, a consent taken back, a guide changed, an answer
lost. One of them wins, the other is told why, and nothing is done twice.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import catalogue_service_pb2 as catalogue
from onceonly.v1 import issuance_service_pb2 as issuance

from exchange.client import CallError, HubClient, new_request_id
from exchange.demo import desks
from exchange.demo.city import AUTHOR, PUBLISHER, REGISTRAR, City
from exchange.entities.catalogue import Matter
from exchange.loading import load_catalogue
from tests.fakes import result_story as story
from tests.fakes.town import CLERK, LINE, MARKET, OTHER_CLERK, POLICE, Town, refused

TITLE = "premises_title"
CASES = 5


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A hub of this page's own: other pages lock one of its clerks out."""
    with City.found(tmp_path_factory.mktemp("city"), workers=2) as city:
        city.start()
        town = Town(city)
        yield town
        town.close()


@pytest.fixture
def windows(town: Town) -> Iterator[tuple[HubClient, HubClient]]:
    """Two people of the market department, each with a connection of their own."""
    with ExitStack() as held:
        yield tuple(held.enter_context(town.city.client(MARKET, who)) for who in (CLERK, OTHER_CLERK))


def etag(hub: HubClient, name: str) -> str:
    return str(hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case.etag)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the error that it was refused with."""
    start = threading.Barrier(len(calls))
    ends: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            ends[place] = call()
        except CallError as error:
            ends[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def publish(town: Town, matter: Matter) -> None:
    with town.city.client(REGISTRAR, AUTHOR) as author, town.city.client(REGISTRAR, PUBLISHER) as publisher:
        load_catalogue(author, publisher, [matter])


def publish_wider(town: Town, matter: Matter) -> None:
    """A guide that lets more be read waits until who issues that has approved it."""
    assert refused(publish, town, matter).reasons == ("APPROVAL_MISSING",)
    waiting = catalogue.ListEntriesRequest(collection="matters", waiting=True)
    with town.city.client(REGISTRAR, AUTHOR) as author:
        (entry,) = author.call(author.catalogue.ListEntries, waiting).entries
    police = town.hub(POLICE, "issuer-1")
    approve = catalogue.ApproveEntryRequest(name=entry.name, etag=entry.etag, request_id=new_request_id())
    police.call(police.catalogue.ApproveEntry, approve)
    publish(town, matter)


def shop_with_title(town: Town) -> str:
    """The name of a case of a company that has a title, and has consented to nothing."""
    organisation = town.organisation()
    land = town.hub("city-land", "issuer-1")
    desks.issue(land, town.synthetic, town.city.licence_type("real-estate"), organisation, "清河市", town.number("T"))
    return town.open_case(organisation)


def test_of_two_windows_one_accepts(town: Town, windows: tuple[HubClient, HubClient]) -> None:
    for _ in range(CASES):
        name = town.open_case(town.organisation())
        read = [etag(hub, name) for hub in windows]

        def accept(hub: HubClient, known: str, name: str = name) -> Any:
            request = case.AcceptCaseRequest(name=name, etag=known, request_id=new_request_id())
            return hub.call(hub.cases.AcceptCase, request)

        ends = at_once(*(lambda pair=pair: accept(*pair) for pair in zip(windows, read, strict=True)))
        errors = [end for end in ends if isinstance(end, CallError)]
        assert len(errors) == 1
        assert errors[0].reasons == ("ETAG_MISMATCH",)
        (won,) = (end for end in ends if not isinstance(end, CallError))
        assert won.case.etag == etag(windows[0], name)


def test_of_two_decisions_one_stands(town: Town, windows: tuple[HubClient, HubClient]) -> None:
    for _ in range(CASES):
        name = town.open_case(town.organisation())
        known = desks.accept(windows[0], name).etag
        decided = {"name": name, "etag": known}
        grant = case.DecideCaseRequest(approved=True, request_id=new_request_id(), **decided)
        why = {"refusal_reasons": ["place"], "legal_reference": story.ARTICLE}
        deny = case.DecideCaseRequest(approved=False, request_id=new_request_id(), **decided, **why)
        one, other = windows
        ends = at_once(
            lambda hub=one, request=grant: hub.call(hub.cases.DecideCase, request),
            lambda hub=other, request=deny: hub.call(hub.cases.DecideCase, request),
        )
        errors = [end for end in ends if isinstance(end, CallError)]
        assert len(errors) == 1
        assert errors[0].reasons == ("ETAG_MISMATCH",)
        read = one.call(one.cases.GetCase, case.GetCaseRequest(name=name)).case
        (won,) = (end for end in ends if not isinstance(end, CallError))
        assert read.state == won.case.state
        assert read.state == (case.CASE_STATE_REFUSED if errors[0] is ends[0] else case.CASE_STATE_APPROVED)


def test_a_consent_is_taken_back_between_check_and_fetch(town: Town, windows: tuple[HubClient, HubClient]) -> None:
    name = shop_with_title(town)
    one, other = windows
    consent = desks.consent(one, name, "applicant", [TITLE])
    told = {check.requirement: check.availability for check in desks.check(one, name)}
    assert told[TITLE] == case.AVAILABILITY_AVAILABLE
    revoke = case.RevokeConsentRequest(name=consent.name, request_id=new_request_id())
    other.call(other.cases.RevokeConsent, revoke)
    assert refused(desks.fetch, one, name, TITLE).reasons == ("CONSENT_REVOKED",)
    told = {check.requirement: check.availability for check in desks.check(one, name)}
    assert told[TITLE] == case.AVAILABILITY_CONSENT_NEEDED
    desks.consent(other, name, "applicant", [TITLE])
    assert desks.fetch(one, name, TITLE).extract.presentation


def test_a_guide_is_changed_in_the_middle_of_a_case(town: Town, windows: tuple[HubClient, HubClient]) -> None:
    one, other = windows
    before = town.city.matter("food-new")
    name, _ = town.ready_case()
    pinned = one.call(one.cases.GetCase, case.GetCaseRequest(name=name)).case.pinned_matters[0]
    known = etag(one, name)
    lines = tuple(replace(line, withdrawn=line.id == LINE) for line in before.evidence)
    publish(town, replace(before, evidence=lines))
    try:
        assert refused(desks.fetch, one, name, LINE).reasons == ("REQUIREMENT_WITHDRAWN",)
        checks = {check.requirement: check for check in desks.check(other, name)}
        assert checks[LINE].availability == case.AVAILABILITY_REFUSED
        request = case.AcceptCaseRequest(name=name, etag=known, request_id=new_request_id())
        accepted = other.call(other.cases.AcceptCase, request).case  # what was read before still holds
        assert accepted.state == case.CASE_STATE_ACCEPTED
        assert accepted.pinned_matters[0] == pinned
        newer = town.open_case(town.organisation())
        assert one.call(one.cases.GetCase, case.GetCaseRequest(name=newer)).case.pinned_matters[0] != pinned
    finally:
        publish_wider(town, before)
    assert desks.fetch(other, name, LINE).extract.presentation


def test_the_answer_to_a_decision_with_a_licence_is_lost(town: Town) -> None:
    """The caller gives up, and asks again twice at once: every answer is the first one, and there is one permit."""
    organisation = town.organisation()
    name = story.accepted(town, organisation, "food-change")
    number = town.number("LOST")
    request = story.decision(town, name, case.ResultContent(licence=story.permit_content(town, organisation, number)))
    with town.city.client(MARKET, story.APPROVER) as one, town.city.client(MARKET, story.APPROVER) as other:
        (early,) = at_once(lambda: one.call(one.cases.DecideCase, request, timeout=0.004))
        answers = at_once(*(lambda hub=hub: hub.call(hub.cases.DecideCase, request) for hub in (one, other, one)))
        assert answers[0] == answers[1] == answers[2]
        assert isinstance(early, CallError) or early == answers[0]
        (result,) = answers[0].results
        again = case.DecideCaseRequest()
        again.CopyFrom(request)
        again.note = "另行准予"
        assert refused(one.call, one.cases.DecideCase, again).reasons == ("REQUEST_ID_REUSED",)
    issuer = town.hub(MARKET, story.ISSUER)
    permits = issuance.ListLicencesRequest(parent=f"licenceTypes/{town.city.licence_type('food-permit').code}")
    listed = issuer.call(issuer.issuance.ListLicences, permits).licences
    assert [each.name for each in listed if each.number == number] == [result.licence.name]
    read = town.hub().call(town.hub().cases.GetCase, case.GetCaseRequest(name=name)).case
    assert list(read.result.licences) == [result.licence.name]
