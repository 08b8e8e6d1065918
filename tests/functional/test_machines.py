"""Three machines, two workers each, on shared servers: what one did, all see; what is lost for a while comes back.

How soon a change was seen is printed; a test fails only where it was not seen within ``SOON``, which leaves a busy
machine ten times what is promised.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from grpc_health.v1 import health_pb2
from onceonly.v1 import case_service_pb2, catalogue_service_pb2, verification_service_pb2

from exchange.cli import main
from exchange.client import CallError, HubClient, new_request_id
from exchange.demo import desks
from exchange.demo.city import AUTHOR, PUBLISHER, REGISTRAR
from exchange.entities.catalogue import Department, Status
from exchange.loading import load_catalogue
from tests.fakes.machines import MACHINES, Machines, running_machines
from tests.fakes.town import CLERK, LINE, MARKET, OTHER_CLERK, POLICE, reasons, refused, until

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SOON = 10.0
LABOUR = "city-labour"


@pytest.fixture(scope="module")
def machines(postgres_template: Path) -> Iterator[Machines]:
    with running_machines(postgres_template) as machines:
        yield machines


@contextmanager
def everywhere(machines: Machines, department: str, operator: str) -> Iterator[list[HubClient]]:
    """A connection to each machine."""
    with ExitStack() as held:
        yield [held.enter_context(machines.hub(number, department, operator)) for number in range(MACHINES)]


def seen_after(seen: Callable[[], bool]) -> float:
    """Seconds until ``seen``."""
    began = time.monotonic()
    while not seen():
        assert time.monotonic() - began < SOON
        time.sleep(0.01)
    return time.monotonic() - began


def say(capsys: pytest.CaptureFixture[str], what: str, seconds: list[float]) -> None:
    with capsys.disabled():
        told = ", ".join(f"{1000 * each:.0f} ms" for each in seconds)
        print(f"\n{what}, seen by each of {MACHINES} machines after {told}")


def publish(machines: Machines, department: Department) -> None:
    with (
        machines.hub(0, REGISTRAR, AUTHOR) as author,
        machines.hub(0, REGISTRAR, PUBLISHER) as publisher,
    ):
        load_catalogue(author, publisher, [department])


def healthy(machines: Machines, number: int) -> bool:
    """What the health page of a machine says."""
    try:
        address = machines.machine(number).config.metrics.address
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        with error:
            return False


def until_all(machines: Machines, *, healthy_now: bool) -> None:
    until(
        lambda: all(healthy(machines, number) is healthy_now for number in range(MACHINES)),
        f"every machine to say {'well' if healthy_now else 'unwell'}",
    )


def test_a_revocation_is_seen_by_all(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    company = machines.town.organisation()
    card = machines.town.issue_card(machines.town.head(company))
    with everywhere(machines, MARKET, CLERK) as counters:
        cases = [machines.town.open_case(company, hub) for hub in counters]
        extracts = [desks.fetch(hub, case, LINE).extract for hub, case in zip(counters, cases, strict=True)]
        desks.revoke(machines.town.hub(POLICE, "issuer-1"), card, "REVOCATION_CAUSE_PENALTY", "测试撤销")
        seconds = []
        for hub, case, extract in zip(counters, cases, extracts, strict=True):
            report = desks.verify(hub, extract.presentation, extract.receipt)
            assert report.verdict == verification_service_pb2.VERDICT_FAILED
            assert "STATUS_REVOKED" in {check.code for check in report.checks}
            seconds.append(
                seen_after(lambda hub=hub, case=case: "LICENCE_NOT_ACTIVE" in reasons(desks.fetch, hub, case, LINE))
            )
    say(capsys, "a revoked licence", seconds)


def test_a_suspended_operator_and_a_new_entry_are_seen_by_all(
    machines: Machines, capsys: pytest.CaptureFixture[str]
) -> None:
    before = machines.city.department(LABOUR)
    operators = tuple(
        replace(each, status=Status.SUSPENDED) if each.id == "clerk-2" else each for each in before.operators
    )
    renamed = replace(before, operators=operators, name=replace(before.name, en="Labour, renamed"))
    asked = catalogue_service_pb2.GetEntryRequest(name=f"departments/{before.uscc}")
    with everywhere(machines, LABOUR, "clerk-2") as suspended, everywhere(machines, LABOUR, "clerk-1") as others:
        for hub in (*suspended, *others):
            hub.call(hub.cases.ListCases, case_service_pb2.ListCasesRequest())
        publish(machines, renamed)
        out = [
            seen_after(
                lambda hub=hub: (
                    "OPERATOR_UNKNOWN" in reasons(hub.call, hub.cases.ListCases, case_service_pb2.ListCasesRequest())
                )
            )
            for hub in suspended
        ]
        names = [
            seen_after(
                lambda hub=hub: hub.call(hub.catalogue.GetEntry, asked).entry.department.name.en == "Labour, renamed"
            )
            for hub in others
        ]
        publish(machines, before)
    say(capsys, "a suspended operator", out)
    say(capsys, "a published entry", names)


def test_the_doctor_finds_nothing_wrong_with_any(machines: Machines, capsys: pytest.CaptureFixture[str]) -> None:
    machines.town.entries()  # so that something is published

    def diagnosed(number: int) -> Any:
        healthy = main(["doctor", "--json", "--config", str(machines.machine(number).file)]) == 0
        told = capsys.readouterr().out
        return json.loads(told) if healthy else None

    for number in range(MACHINES):
        # On a machine that is very busy a server may answer later than the half second that it is given.
        found = until(lambda number=number: diagnosed(number), "a doctor who finds nothing wrong")
        texts = [each["text"] for each in found if each["check"] == "servers"]
        assert [text.split()[0] for text in texts] == ["PostgreSQL", "PostgreSQL", "S3", "Redis"]
        assert "no synchronous standby" in texts[1]
        assert "6 of 6 answer" in texts[3]


def test_a_request_id_is_known_to_all(machines: Machines) -> None:
    clerk = case_service_pb2.OpenCaseRequest(
        case=machines.town.new_case(machines.town.organisation()), request_id=new_request_id()
    )
    with everywhere(machines, MARKET, CLERK) as counters:
        answers = [hub.call(hub.cases.OpenCase, clerk) for hub in counters]
        assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
        clerk.case.number = machines.town.number("OTHER")
        assert [reasons(hub.call, hub.cases.OpenCase, clerk) for hub in counters] == [("REQUEST_ID_REUSED",)] * MACHINES


def test_refusals_on_all_machines_add_up(machines: Machines) -> None:
    case, _ = machines.town.ready_case()
    with everywhere(machines, MARKET, OTHER_CLERK) as counters:
        for number in range(12):
            refused(desks.fetch, counters[number % MACHINES], case, "premises_title")
        for hub in counters:
            seen_after(lambda hub=hub: "LOCKED_OUT" in reasons(desks.fetch, hub, case, LINE))


def test_metrics_of_all_workers_of_a_machine_are_one_answer(machines: Machines) -> None:
    with machines.hub(1, MARKET, CLERK) as hub:
        for _ in range(20):
            hub.call(hub.cases.ListCases, case_service_pb2.ListCasesRequest())
    address = machines.machine(1).config.metrics.address

    def counted() -> bool:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        label = '{method="onceonly.v1.CaseService/ListCases",reason="OK"}'
        return any(line.startswith(f"onceonly_calls_total{label}") and float(line.split()[-1]) >= 20 for line in lines)

    until(counted, "twenty calls to be counted")


def leading(machines: Machines, among: list[int]) -> list[int]:
    """Which of these machines say that they integrate."""
    found = []
    for number in among:
        address = machines.machine(number).config.metrics.address
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        found += [number for line in lines if line.startswith("onceonly_log_leading") and line.endswith(" 1.0")]
    return found


def test_one_machine_integrates_and_another_takes_over(machines: Machines) -> None:
    everybody = list(range(MACHINES))
    until(lambda: len(leading(machines, everybody)) == 1, "one machine to lead")
    (first,) = leading(machines, everybody)
    machines.machine(first).crash()
    try:
        until(lambda: leading(machines, [each for each in everybody if each != first]), "another machine to lead")
    finally:
        machines.machine(first).start()
    assert machines.town.entries()  # which waits until what was just recorded is integrated and indexed


def unavailable(call: Callable[..., Any], *args: Any) -> tuple[str, ...]:
    """The reasons of a call that ends in UNAVAILABLE, whatever the client tried."""
    error = refused(call, *args)
    assert error.code.name == "UNAVAILABLE", error
    assert error.retry_seconds >= 1
    return error.reasons


def test_a_lost_database_stops_every_answer_and_comes_back(machines: Machines) -> None:
    case, _ = machines.town.ready_case()
    hub = machines.town.hub()
    held = desks.exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    machines.farm.postgres.kill()
    try:
        assert unavailable(hub.call, hub.exchange.FetchLicence, held)
        until_all(machines, healthy_now=False)
        until(lambda: machines.town.health() == NOT_SERVING, "health NOT_SERVING")
    finally:
        machines.farm.postgres.start()
    until_all(machines, healthy_now=True)
    assert until(lambda: answered(hub, held), "an answer")


def test_a_database_that_stands_still_takes_no_thread_for_long(machines: Machines) -> None:
    hub = machines.town.hub()
    machines.farm.postgres.pause()
    try:
        until_all(machines, healthy_now=False)
        began = time.monotonic()
        for _ in range(40):  # more than the threads of all workers could hold for long
            with pytest.raises(Exception):  # noqa: B017 any failure will do: how soon it comes is what is looked at
                hub.cases.ListCases(
                    case_service_pb2.ListCasesRequest(),
                    timeout=SOON,
                    metadata=(("authorization", f"Bearer {hub.token()}"),),
                )
        assert time.monotonic() - began < 4 * SOON
    finally:
        machines.farm.postgres.resume()
    until_all(machines, healthy_now=True)
    assert until(lambda: listed(hub), "an answer")


def test_without_counts_nobody_is_let_through_and_they_come_back(machines: Machines) -> None:
    case, _ = machines.town.ready_case()
    hub = machines.town.hub()
    request = desks.exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    for node in machines.farm.valkey.nodes:
        node.pause()
    try:
        assert unavailable(hub.call, hub.exchange.FetchLicence, request)
    finally:
        for node in machines.farm.valkey.nodes:
            node.resume()
    machines.farm.valkey.wait_whole()
    assert until(lambda: answered(hub, request), "an answer")


def test_lost_objects_stop_new_licences_and_come_back(machines: Machines) -> None:
    machines.farm.seaweed.kill()
    try:
        error = refused(machines.town.issue_card, machines.town.head(machines.town.organisation()))
        assert error.code.name == "UNAVAILABLE"
    finally:
        machines.farm.seaweed.start()
    card = until(lambda: issued(machines), "a licence")
    assert card.name


def answered(hub: HubClient, request: Any) -> bool:
    """Whether the fetch is answered now; a refusal, unlike UNAVAILABLE, is raised."""
    return bool(once_there(lambda: hub.call(hub.exchange.FetchLicence, request).extract.presentation))


def listed(hub: HubClient) -> bool:
    return once_there(lambda: hub.call(hub.cases.ListCases, case_service_pb2.ListCasesRequest())) is not None


def issued(machines: Machines) -> Any:
    return once_there(lambda: machines.town.issue_card(machines.town.head(machines.town.organisation())))


def once_there(call: Callable[[], Any]) -> Any:
    """The answer, or None while the hub is unavailable."""
    try:
        return call()
    except CallError as error:
        if error.code.name != "UNAVAILABLE":
            raise
        return None
