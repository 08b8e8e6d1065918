"""Missing evidence when calls meet, answers are lost, and data are erased."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import case_service_pb2

from exchange.cases.handing_in import submit_evidence
from exchange.cases.lapsing import lapse_deferred, remind_deferred
from exchange.cases.lifecycle import accept_case
from exchange.entities.case import CaseState
from exchange.errors import NotFoundError, StaleError, UnavailableError
from exchange.licences.evidence_check import check_evidence
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.errors import ErasedError
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import FOOD, MARKET, World, open_keys, open_world
from tests.fakes.missing_world import PDF, Counter, prepare, upload

REQUEST_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def waiting(world: World) -> Counter:
    """A case that awaits tax and deed."""
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    counter.commit("seat")
    counter.defer("tax", "deed")
    counter.accept()
    return counter


def begun(counter: Counter, use_case: Any, *args: Any) -> Any:
    """A call that has decided and has not committed."""
    call = counter.world.hub.call(counter.world.hub.caller(MARKET, "clerk"))
    use_case(call, counter.room, *args)
    return call


def test_the_last_two_lines_handed_in_at_once_make_one_acceptance(world: World, waiting: Counter) -> None:
    slow = begun(waiting, submit_evidence, world.materials, waiting.case, (FOOD, "tax"), upload())
    assert waiting.submit("deed").case.state is CaseState.AWAITING_EVIDENCE
    with pytest.raises(StaleError):
        world.hub.commit(slow)
    assert waiting.submit("tax").case.state is CaseState.ACCEPTED
    assert waiting.events().count("case.completed") == 1


def test_an_acceptance_that_decided_before_a_fetch_awaits_nothing_that_is_in(world: World) -> None:
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    counter.commit("seat")
    counter.submit("tax")
    counter.defer("deed")
    world.issue_deed(holder)
    slow = begun(counter, accept_case, counter.case, counter.view().etag)
    world.fetch(counter.case, "deed")
    with pytest.raises(StaleError):
        world.hub.commit(slow)
    assert counter.accept().case.state is CaseState.ACCEPTED
    assert counter.due() == []


def test_an_acceptance_that_decided_before_a_commitment_is_decided_anew(world: World) -> None:
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    for name in ("tax", "deed"):
        counter.submit(name)
    counter.submit("seat")
    slow = begun(counter, accept_case, counter.case, counter.view().etag)
    counter.submit("extra")
    with pytest.raises(StaleError):
        world.hub.commit(slow)
    assert counter.accept().case.state is CaseState.ACCEPTED


def test_evidence_and_the_end_of_its_deadline_at_once_have_one_winner(world: World, waiting: Counter) -> None:
    deadline = waiting.line("tax").deferral
    assert deadline is not None
    world.hub.clock.us = (deadline.deadline - 1) * 1_000_000
    slow = begun(waiting, submit_evidence, world.materials, waiting.case, (FOOD, "tax"), upload())
    world.hub.clock.advance(1)
    waiting.run_due()
    with pytest.raises(StaleError):
        world.hub.commit(slow)
    assert waiting.view().case.state is CaseState.LAPSED


def test_a_fetch_whose_answer_was_lost_reads_again_what_it_brought_in(world: World, waiting: Counter) -> None:
    world.issue_deed(waiting.view().case.parties[0].holder)
    world.as_clerk(check_evidence, world.exchange_room, waiting.case)  # what is in memory is fresh
    desk = Desk(world)
    desk.recorder.lose_answers = 1
    with pytest.raises(UnavailableError):
        desk.fetch(waiting.case, "deed", request_id=REQUEST_ID)
    assert waiting.line("deed").fetched_time
    assert desk.fetch(waiting.case, "deed", request_id=REQUEST_ID)
    assert waiting.view().case.state is CaseState.AWAITING_EVIDENCE


def test_a_submission_whose_answer_was_lost_gets_the_same_answer(world: World, waiting: Counter) -> None:
    message = case_service_pb2.SubmitEvidenceRequest(
        case=f"cases/{waiting.case}",
        requirement="tax",
        media_type="application/pdf",
        content=PDF,
        sha256=upload().sha256,
        request_id=REQUEST_ID,
    )
    waiting.view()  # what is in memory is fresh
    desk = Desk(world)
    desk.recorder.lose_answers = 1
    request = desk.request("CaseService/SubmitEvidence", message)
    with pytest.raises(UnavailableError):
        desk.answer(request, desk.cases.submit_evidence, message)
    waiting.submit("deed")
    answer = desk.answer(request, desk.cases.submit_evidence, message)
    told = case_service_pb2.SubmitEvidenceResponse.FromString(answer.body).case
    assert told.state == case_service_pb2.CASE_STATE_AWAITING_EVIDENCE
    assert waiting.view().case.state is CaseState.ACCEPTED
    assert len(waiting.line("tax").materials) == 1


def test_with_the_applicants_data_everything_is_gone_and_nothing_fails(world: World, waiting: Counter) -> None:
    waiting.submit("tax")
    material = waiting.line("tax").materials[0]
    due = waiting.due()
    owner = world.case_room.store.owner(waiting.view().case.parties[0].holder)
    world.hub.write(world.hub.vault.destroy(owner))
    for handler in (lapse_deferred, remind_deferred):
        world.as_clerk(handler, waiting.room, due[0].subject)
    with pytest.raises(ErasedError):
        world.materials.content(waiting.case, material)
    with pytest.raises(NotFoundError) as caught:
        waiting.submit("deed")
    assert caught.value.reasons == (Reason.CASE_UNKNOWN,)
