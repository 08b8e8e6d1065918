"""Processes of a real hub killed in the middle of its work: what was answered is there, nothing happened twice."""

import os
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable

import grpc
import pytest
from grpc_health.v1 import health_pb2
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import case_service_pb2, issuance_service_pb2, licence_pb2
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

from exchange.audit import journal
from exchange.audit.entry import parse
from exchange.audit.offline import verify_log
from exchange.client import CallError, new_request_id
from exchange.demo import desks
from exchange.layout import layout
from exchange.licences.gathering import uses_counter
from storage.records.sqlite import SqliteRecords
from tests.fakes.busy_town import Clerk, Write, at_once, busy
from tests.fakes.town import CLERK, LINE, MARKET, OTHER_CLERK, POLICE, Town, refused, until

WRITES = 600
CLERKS = 6
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(scope="module")
def people(town: Town) -> list[Clerk]:
    """Hundreds of mixed writes, a worker and then the recorder and then the other worker killed among them."""

    def disturb(wait_for: Callable[[int], None]) -> None:
        for share, role in ((0.2, "worker-0"), (0.4, "recorder"), (0.6, "worker-1"), (0.8, "integrator")):
            wait_for(int(WRITES * share))
            town.city.kill(role)

    people = busy(town, WRITES, CLERKS, disturb)
    town.wait_serving()
    return people


def writes(people: list[Clerk], *methods: str) -> list[tuple[Clerk, Write]]:
    return [(person, write) for person in people for write in person.done if not methods or write.method in methods]


def records_of(town: Town) -> SqliteRecords:
    return SqliteRecords(layout(town.city.config).records, read_only=True)


def test_callers_saw_unavailable_at_worst(people: list[Clerk]) -> None:
    assert [surprise for person in people for surprise in person.surprises] == []
    assert len(writes(people)) >= WRITES
    assert sum(write.answer is not None for _, write in writes(people)) > WRITES / 2


def test_a_retry_learns_what_became_of_a_write(people: list[Clerk]) -> None:
    """Every write whose answer was lost is sent again as it was; every one that was answered answers the same."""

    def retry(person: Clerk) -> None:
        for write in person.done:
            before, answer = write.answer, person.send(write)
            assert answer is not None
            if before is not None and write.method != "FetchLicence":  # a fetch is decided anew
                assert answer == before

    at_once(people, retry)
    assert [surprise for person in people for surprise in person.surprises] == []


def test_every_write_is_there_and_none_twice(town: Town, people: list[Clerk]) -> None:
    suspended = {write.request.name for _, write in writes(people, "SuspendLicence")}
    police, counter = town.hub(POLICE, "issuer-1"), town.hub(MARKET, CLERK)
    identifiers = Counter()
    for _, write in writes(people, "IssueLicence"):
        name = write.answer.licence.name
        identifiers[name] += 1
        licence = police.call(police.issuance.GetLicence, issuance_service_pb2.GetLicenceRequest(name=name)).licence
        assert licence.number == write.request.licence.number
        expected = licence_pb2.LICENCE_STATE_SUSPENDED if name in suspended else licence_pb2.LICENCE_STATE_ACTIVE
        assert licence.state == expected
        assert len(licence.history) == 1 + (name in suspended)
    assert set(identifiers.values()) == {1}
    accepted = {write.request.name for _, write in writes(people, "AcceptCase")}
    numbers = Counter()
    for _, write in writes(people, "OpenCase"):
        case = counter.call(counter.cases.GetCase, case_service_pb2.GetCaseRequest(name=write.answer.case.name)).case
        numbers[case.number] += 1
        state = case_service_pb2.CASE_STATE_ACCEPTED if case.name in accepted else case_service_pb2.CASE_STATE_OPEN
        assert case.state == state
    assert set(numbers.values()) == {1}


def test_no_use_was_spent_twice(town: Town, people: list[Clerk]) -> None:
    matter = town.city.matter("food-new").code
    fetched = Counter(write.request.case.removeprefix("cases/") for _, write in writes(people, "FetchLicence"))
    records = records_of(town)
    spent = {case: records.counter(uses_counter(case, matter, LINE)) for case in fetched}
    records.close()
    assert spent == dict(fetched)


def test_each_change_is_in_the_log_and_in_it_once(town: Town, people: list[Clerk]) -> None:
    """Of repeats there are entries too, and all of them name the one licence that was issued."""
    records = records_of(town)
    entries = [parse(item.entry) for item in journal.read(records, 0, records.journal_length())]
    records.close()
    allowed = Counter(
        entry.request_id for entry in entries if entry.outcome == log.OUTCOME_ALLOWED and entry.request_id
    )
    for _, write in writes(people):
        assert allowed[write.request.request_id] >= 1
    issued: defaultdict[str, set[bytes]] = defaultdict(set)
    for entry in entries:
        if entry.method.endswith("/IssueLicence") and entry.outcome == log.OUTCOME_ALLOWED:
            issued[entry.request_id] |= {item.licence_tag for item in entry.items}
    assert {len(issued[write.request.request_id]) for _, write in writes(people, "IssueLicence")} == {1}


def test_the_public_log_verifies_with_our_program_and_with_anothers(town: Town, people: list[Clerk]) -> None:
    folder = layout(town.city.config).objects / "log"
    vkey = (folder / "vkey").read_text().strip()
    records = records_of(town)
    until(lambda: verify_log(folder, vkey).size >= records.journal_length() - 50, "the tree to come up to date")
    records.close()
    report = verify_log(folder, vkey)
    assert report.ok, report.first
    assert report.size > WRITES
    reader = TilesReader(LocalBackend(folder))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(vkey))
    assert checkpoint.root_hash == reader.calculate_root_hash()


def test_a_frozen_recorder_lets_nothing_out(town: Town) -> None:
    """Stopped between decision and release: no byte of the licence leaves, and the retry is no second use."""
    case, _ = town.ready_case()
    hub = town.hub()
    assert desks.fetch(hub, case, LINE).extract.presentation  # decisions need nothing of the recorder for a second
    request = desks.exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    pid = town.city.pids()["recorder"]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(grpc.RpcError) as caught:
            hub.exchange.FetchLicence(request, timeout=8, metadata=(("authorization", f"Bearer {hub.token()}"),))
        error = CallError(caught.value)
        assert error.reasons == ("AUDIT_UNAVAILABLE",)
        assert error.retry_seconds >= 1
        until(lambda: town.health() == NOT_SERVING, "health NOT_SERVING")
    finally:
        os.kill(pid, signal.SIGCONT)
    town.wait_serving()
    assert hub.call(hub.exchange.FetchLicence, request).extract.presentation
    records = records_of(town)
    counter = uses_counter(case.removeprefix("cases/"), town.city.matter("food-new").code, LINE)
    assert records.counter(counter) == 2
    records.close()


def test_a_killed_recorder_keeps_the_limits(town: Town) -> None:
    """Ten refusals lock an operator out; killing the recorder opens no door."""
    case, _ = town.ready_case()
    with town.city.client(MARKET, OTHER_CLERK) as hub:  # who fetches nothing in any other test
        for _ in range(10):
            refused(desks.fetch, hub, case, "premises_title")
        time.sleep(1.1)  # a worker's knowledge of the counts is at most a second old
        assert "LOCKED_OUT" in refused(desks.fetch, hub, case, LINE).reasons
        town.city.kill("recorder")
        town.wait_serving()
        assert "LOCKED_OUT" in refused(desks.fetch, hub, case, LINE).reasons


def test_a_restarted_hub_knows_what_it_answered(town: Town) -> None:
    case, card = town.ready_case()
    accept = case_service_pb2.AcceptCaseRequest(name=case, request_id=new_request_id())
    hub = town.hub()
    accept.etag = hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=case)).case.etag
    first = hub.call(hub.cases.AcceptCase, accept)
    stopped = threading.Event()

    def read() -> None:
        """Reads that are under way while the hub stops end in an answer or in UNAVAILABLE."""
        while not stopped.is_set():
            try:
                hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=case))
            except CallError as error:
                outcomes.append(error.code)

    outcomes: list[grpc.StatusCode] = []
    reader = threading.Thread(target=read)
    reader.start()
    assert town.city.stop() == 0
    town.city.start()
    stopped.set()
    reader.join()
    assert set(outcomes) <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert hub.call(hub.cases.AcceptCase, accept) == first
    assert hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=case)).case.state == first.case.state
    again = town.hub(POLICE, "issuer-1")
    assert again.call(again.issuance.GetLicence, issuance_service_pb2.GetLicenceRequest(name=card.name)).licence.etag
