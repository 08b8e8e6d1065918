"""Several workers behind one port: what one of them did holds at once at the others."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from onceonly.v1 import (
    case_service_pb2,
    catalogue_service_pb2,
    issuance_service_pb2,
    licence_pb2,
    verification_service_pb2,
)

from exchange.client import CallError, HubClient, new_request_id
from exchange.demo import desks
from exchange.demo.city import AUTHOR, PUBLISHER, REGISTRAR
from exchange.entities.catalogue import Department, Status
from exchange.loading import load_catalogue
from tests.fakes.town import LINE, POLICE, Town, reasons, refused

LABOUR = "city-labour"
CONNECTIONS = 8
"""The port is shared by hashing, so that all eight at one worker is a chance in 128."""


@pytest.fixture
def everywhere(town: Town) -> Iterator[list[HubClient]]:
    """Connections of one clerk, most likely to every worker."""
    with ExitStack() as held:
        yield [held.enter_context(town.city.client(LABOUR, "clerk-2")) for _ in range(CONNECTIONS)]


def list_cases(hub: HubClient) -> None:
    hub.call(hub.cases.ListCases, case_service_pb2.ListCasesRequest())


def publish(town: Town, department: Department) -> None:
    with town.city.client(REGISTRAR, AUTHOR) as author, town.city.client(REGISTRAR, PUBLISHER) as publisher:
        load_catalogue(author, publisher, [department])


def test_a_suspended_operator_is_out_everywhere_at_once(town: Town, everywhere: list[HubClient]) -> None:
    before = town.city.department(LABOUR)
    operators = tuple(
        replace(each, status=Status.SUSPENDED) if each.id == "clerk-2" else each for each in before.operators
    )
    for hub in everywhere:
        list_cases(hub)  # so that every worker knows the token as good
    publish(town, replace(before, operators=operators))
    try:
        assert [reasons(list_cases, hub) for hub in everywhere] == [("OPERATOR_UNKNOWN",)] * CONNECTIONS
    finally:
        publish(town, before)
    for hub in everywhere:
        list_cases(hub)


def test_a_suspended_department_and_a_lost_certificate_are_out_everywhere(
    town: Town, everywhere: list[HubClient]
) -> None:
    before = town.city.department(LABOUR)
    for changed, reason in (
        (replace(before, status=Status.SUSPENDED), "CERTIFICATE_REVOKED"),
        (replace(before, certificates=frozenset({"0" * 64})), "CERTIFICATE_UNKNOWN"),
    ):
        publish(town, changed)
        try:
            assert [reasons(list_cases, hub) for hub in everywhere] == [(reason,)] * CONNECTIONS
        finally:
            publish(town, before)


def test_a_revocation_is_seen_by_every_worker_at_the_next_call(town: Town) -> None:
    with ExitStack() as held:
        counters = [held.enter_context(town.city.client("city-market", "clerk-1")) for _ in range(CONNECTIONS)]
        cases = []
        card = None
        company = town.organisation()
        card = town.issue_card(town.head(company))
        cases = [town.open_case(company, hub) for hub in counters]
        fetched = [desks.fetch(hub, case, LINE).extract for hub, case in zip(counters, cases, strict=True)]
        police = town.hub(POLICE, "issuer-1")
        desks.revoke(police, card, "REVOCATION_CAUSE_PENALTY", "测试撤销")
        verdicts = [
            desks.verify(hub, each.presentation, each.receipt) for hub, each in zip(counters, fetched, strict=True)
        ]
        assert {each.verdict for each in verdicts} == {verification_service_pb2.VERDICT_FAILED}
        assert all("STATUS_REVOKED" in {check.code for check in each.checks} for each in verdicts)
        again = [refused(desks.fetch, hub, case, LINE).reasons for hub, case in zip(counters, cases, strict=True)]
        assert set(again) == {("LICENCE_NOT_ACTIVE",)}


def test_of_writers_with_one_etag_one_wins(town: Town) -> None:
    card = town.issue_card(town.head(town.organisation()))
    with ExitStack() as held:
        officers = [held.enter_context(town.city.client(POLICE, "issuer-1")) for _ in range(CONNECTIONS)]
        outcomes = []
        for hub in officers:
            request = issuance_service_pb2.SuspendLicenceRequest(
                name=card.name, etag=card.etag, reason="测试", legal_reference="条", request_id=new_request_id()
            )
            try:
                outcomes.append(hub.call(hub.issuance.SuspendLicence, request).licence.state)
            except CallError as error:
                outcomes.append(error.reason)
    assert outcomes == [licence_pb2.LICENCE_STATE_SUSPENDED] + ["ETAG_MISMATCH"] * (CONNECTIONS - 1)


def test_an_entry_published_through_one_worker_is_in_force_at_all(town: Town, everywhere: list[HubClient]) -> None:
    before = town.city.department(LABOUR)
    publish(town, replace(before, name=replace(before.name, en="Labour, renamed")))
    request = catalogue_service_pb2.GetEntryRequest(name=f"departments/{before.uscc}")
    try:
        names = {hub.call(hub.catalogue.GetEntry, request).entry.department.name.en for hub in everywhere}
        assert names == {"Labour, renamed"}
    finally:
        publish(town, before)
