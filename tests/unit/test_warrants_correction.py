"""Both sides of an open dispute read what is in dispute, and nobody reads more."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.disputes.answering import answer_dispute
from exchange.disputes.opening import NewDispute, open_dispute
from exchange.disputes.reading import get_received
from exchange.disputes.room import DisputeRoom
from exchange.entities.catalogue import Purpose
from exchange.entities.dispute import Dispute, DisputeKind
from exchange.errors import HubError, InvalidError
from exchange.purpose.codec import read
from exchange.reasons import Reason
from signer import receipt
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import (
    DEED,
    FOOD,
    IDENTITY,
    LAND,
    MARKET,
    POLICE,
    SERVICE_CENTRE,
    World,
    open_keys,
    open_world,
)
from tests.fakes.missing_world import prepare
from tests.fakes.restriction_world import prepare as prepare_restrictions
from tests.fakes.restriction_world import restrict
from tests.fakes.warrant_world import fetch_under, last_entry


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def dispute(world: World) -> Dispute:
    """The market department says that the name on an applicant's identity card is wrong."""
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    identifier = world.fetch(case).extract.identifier
    new = NewDispute(case, FOOD, "identity", DisputeKind.WRONG, "", identifier, ("name", "citizen_id"))
    opened: Dispute = world.as_clerk(open_dispute, room_of(world), new).dispute
    return opened


def room_of(world: World) -> DisputeRoom:
    return DisputeRoom(world.case_room, world.store)


def as_police(world: World, use_case: Any, *args: Any, **options: Any) -> Any:
    return world.hub.run(world.hub.caller(POLICE, "issuer"), use_case, *args, **options)


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def test_the_disputing_side_reads_the_disputed_fields(world: World, dispute: Dispute) -> None:
    fetched = fetch_under(world, MARKET, "clerk", f"disputes/{dispute.id}")
    assert fetched.extract.identifier == dispute.licence
    assert fetched.extract.fields["name"] == dispute.holder.name
    assert set(fetched.extract.fields) == {"name", "citizen_id"}
    assert "*" in str(fetched.extract.fields["citizen_id"])
    entry = last_entry(world)
    assert (entry.purpose, entry.evidence_object) == ("correction", f"disputes/{dispute.id}")
    assert list(entry.items[0].fields_released) == ["citizen_id", "name"]
    facts, licence = read(entry.items[0].facts)
    assert facts.dispute.issuer == POLICE
    assert licence is not None


def test_the_issuer_reads_it_too_and_may_narrow(world: World, dispute: Dispute) -> None:
    fetched = fetch_under(world, POLICE, "issuer", f"disputes/{dispute.id}", "name", licence_type=IDENTITY)
    assert set(fetched.extract.fields) == {"name"}


def test_the_receipt_names_the_dispute(world: World, dispute: Dispute) -> None:
    fetched = fetch_under(world, MARKET, "clerk", f"disputes/{dispute.id}")
    signer = world.keys.signer("receipts")
    told = receipt.verify(fetched.extract.receipt, {signer.kid: signer.public}, at=world.hub.clock.seconds)
    assert (told.evidence_object, told.purpose, told.case) == (f"disputes/{dispute.id}", "correction", None)
    assert told.expire_time <= dispute.answer_deadline


def test_a_strangers_dispute_looks_like_none(world: World, dispute: Dispute) -> None:
    for name in (f"disputes/{dispute.id}", f"disputes/{'0' * 32}", "disputes/x", "letters/x"):
        told = reasons(fetch_under, world, SERVICE_CENTRE, "clerk", name)
        assert told == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
        assert last_entry(world).items[0].reasons[0] == "EVIDENCE_OBJECT_UNKNOWN"


def test_nothing_outside_the_dispute_is_read(world: World, dispute: Dispute) -> None:
    name = f"disputes/{dispute.id}"
    assert reasons(fetch_under, world, MARKET, "clerk", name, "born") == (Reason.FIELD_NOT_ALLOWED,)
    assert Reason.DISPUTE_SCOPE in reasons(fetch_under, world, MARKET, "clerk", name, licence_type=DEED)
    assert Reason.ROLE_MISSING in reasons(fetch_under, world, MARKET, "issuer", name)
    with pytest.raises(InvalidError):
        fetch_under(world, MARKET, "clerk", name, "x" * 101)


def test_another_licence_of_the_same_holder_is_not_read(world: World, dispute: Dispute) -> None:
    second = world.issue(dispute.holder, number="second")
    assert second.view.licence.identifier != dispute.licence
    fetched = fetch_under(world, MARKET, "clerk", f"disputes/{dispute.id}")
    assert fetched.extract.identifier == dispute.licence


def test_a_limited_token_reads_nothing_outside_its_cases(world: World, dispute: Dispute) -> None:
    scope = frozenset({FOOD}), frozenset[str](), frozenset[str]()
    told = reasons(fetch_under, world, MARKET, "clerk", f"disputes/{dispute.id}", scope=scope)
    assert told == (Reason.TOKEN_EXCEEDED,)


def test_it_ends_with_the_answer(world: World, dispute: Dispute) -> None:
    view = as_police(world, get_received, room_of(world), dispute.id)
    answer = (answer_dispute, room_of(world), dispute.id, view.etag)
    as_police(world, *answer, corrected_licence="", reason="与登记一致")
    assert reasons(fetch_under, world, MARKET, "clerk", f"disputes/{dispute.id}") == (Reason.DISPUTE_NOT_OPEN,)


def test_it_ends_with_the_deadline(world: World, dispute: Dispute) -> None:
    world.hub.clock.us = dispute.answer_deadline * 1_000_000
    assert Reason.DISPUTE_NOT_OPEN in reasons(fetch_under, world, MARKET, "clerk", f"disputes/{dispute.id}")


def test_of_a_missing_licence_nothing_is_read(world: World, dispute: Dispute) -> None:
    new = NewDispute(dispute.case, FOOD, "deed", DisputeKind.MISSING, "", "", ())
    missing = world.as_clerk(open_dispute, room_of(world), new).dispute
    world.issue_deed(dispute.holder)
    for department, operator in ((MARKET, "clerk"), (LAND, "issuer")):
        told = reasons(fetch_under, world, department, operator, f"disputes/{missing.id}")
        assert told == (Reason.FIELD_NOT_ALLOWED,)


def test_it_counts_as_a_fetch_of_the_hour(world: World, dispute: Dispute) -> None:
    for _ in range(60 - 1):  # the case's own fetch was the first
        fetch_under(world, MARKET, "clerk", f"disputes/{dispute.id}")
        world.hub.clock.advance(2)
    assert reasons(fetch_under, world, MARKET, "clerk", f"disputes/{dispute.id}") == (Reason.RATE_LIMITED,)


def test_a_restriction_on_the_holder_forbids_it(world: World, dispute: Dispute) -> None:
    prepare_restrictions(world)
    name = f"disputes/{dispute.id}"
    restrict(world, dispute.holder, Purpose.SERVICE)
    assert fetch_under(world, MARKET, "clerk", name)
    restrict(world, dispute.holder, Purpose.CORRECTION)
    assert reasons(fetch_under, world, POLICE, "issuer", name) == (Reason.PROHIBITED,)
    assert last_entry(world).evidence_object == name
