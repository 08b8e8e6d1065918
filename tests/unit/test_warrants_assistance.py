"""One department asks another by law; what was agreed to may be read, so often and so long, and nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.assistance.answering import approve_letter, get_received_letter, list_received_letters, refuse_letter
from exchange.assistance.requesting import NewLetter, get_letter, list_letters, request_letter, withdraw_letter
from exchange.entities.catalogue import Purpose, Role
from exchange.entities.letter import Letter, LetterState
from exchange.entities.licence import Holder
from exchange.errors import HubError, InvalidError
from exchange.licences.issue import issue_licence
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import (
    IDENTITY,
    IDENTITY_TYPE,
    LAND,
    MARKET,
    POLICE,
    SERVICE_CENTRE,
    TAX,
    World,
    department,
    field,
    open_keys,
    open_world,
    operator,
)
from tests.fakes.restriction_world import prepare, restrict
from tests.fakes.warrant_world import fetch_under, last_entry, letter_room

LAW = "《示例条例》第九条"
DAY = 86_400


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        secret = field("faith", prohibited_purposes=frozenset({Purpose.ASSISTANCE}))
        fields = tuple(secret if each.name == "faith" else each for each in IDENTITY_TYPE.fields)
        world.hub.publish(replace(IDENTITY_TYPE, fields=fields))
        yield world


@pytest.fixture
def holder(world: World) -> Holder:
    holder = world.person()
    world.issue(holder)
    return holder


def by(world: World, department: str, who: str, use_case: Any, *args: Any) -> Any:
    return world.hub.run(world.hub.caller(department, who), use_case, letter_room(world), *args)


def new(world: World, holder: Holder, **changes: Any) -> NewLetter:
    letter = NewLetter(
        issuer=POLICE,
        holder=holder,
        profile={IDENTITY: ("name", "born")},
        legal_reference=LAW,
        note="核实当事人身份",
        until_time=world.hub.clock.seconds + DAY,
        max_uses=2,
    )
    return replace(letter, **changes)


def requested(world: World, holder: Holder, **changes: Any) -> Letter:
    letter: Letter = by(world, MARKET, "clerk", request_letter, new(world, holder, **changes))
    return letter


def approved(world: World, holder: Holder, **changes: Any) -> Letter:
    letter = requested(world, holder, **changes)
    answered: Letter = by(world, letter.issuer, "issuer", approve_letter, letter.id)
    return answered


def read(world: World, letter: Letter, *fields: str, department: str = MARKET, **options: Any) -> Any:
    return fetch_under(world, department, "clerk", f"letters/{letter.id}", *fields, **options).extract


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def test_what_the_issuer_agreed_to_is_read_so_often(world: World, holder: Holder) -> None:
    letter = approved(world, holder)
    assert (letter.state, letter.decided_by) == (LetterState.APPROVED, f"{POLICE}/issuer")
    assert holder.id_number not in repr(letter)
    assert read(world, letter).fields == {"name": holder.name, "born": "1990-01-01"}
    entry = last_entry(world)
    assert (entry.purpose, entry.evidence_object) == ("assistance", f"letters/{letter.id}")
    (told,) = entry.events
    assert (told.type, list(told.audience)) == ("letter.read", sorted({MARKET, POLICE}))
    assert read(world, letter, "name")
    assert reasons(read, world, letter) == (Reason.LETTER_EXHAUSTED,)
    events = [event.type for record in world.records() for event in record.events if event.type.startswith("letter")]
    assert events == ["letter.requested", "letter.approved", "letter.read", "letter.read"]


def test_of_many_calls_for_the_last_use_one_wins(world: World, holder: Holder) -> None:
    letter = approved(world, holder, max_uses=1)

    def outcome(_: int) -> tuple[Reason, ...]:
        try:
            read(world, letter)
        except HubError as error:
            return tuple(error.reasons)
        return ()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(outcome, range(16)))
    assert sorted(found) == [(), *[(Reason.LETTER_EXHAUSTED,)] * 15]


def test_nothing_is_read_before_the_issuer_agrees(world: World, holder: Holder) -> None:
    letter = requested(world, holder)
    assert reasons(read, world, letter) == (Reason.LETTER_NOT_APPROVED,)
    refused = by(world, POLICE, "issuer", refuse_letter, letter.id, "依据不足")
    assert (refused.state, refused.answer) == (LetterState.REFUSED, "依据不足")
    assert reasons(read, world, letter) == (Reason.LETTER_NOT_APPROVED,)
    assert reasons(by, world, POLICE, "issuer", approve_letter, letter.id) == (Reason.LETTER_STATE,)
    assert reasons(by, world, MARKET, "clerk", withdraw_letter, letter.id) == (Reason.LETTER_STATE,)
    assert bad(by, world, POLICE, "issuer", refuse_letter, letter.id, "") == {"answer"}


def test_what_is_taken_back_is_not_read_any_more(world: World, holder: Holder) -> None:
    letter = approved(world, holder)
    by(world, MARKET, "clerk", withdraw_letter, letter.id)
    assert by(world, MARKET, "clerk", withdraw_letter, letter.id).state is LetterState.WITHDRAWN
    assert reasons(read, world, letter) == (Reason.LETTER_NOT_APPROVED,)


def test_it_ends_with_its_time(world: World, holder: Holder) -> None:
    letter, waiting = approved(world, holder), requested(world, holder)
    world.hub.clock.us = letter.until_time * 1_000_000
    assert reasons(read, world, letter) == (Reason.LETTER_EXPIRED,)
    assert reasons(by, world, POLICE, "issuer", approve_letter, waiting.id) == (Reason.LETTER_EXPIRED,)


def test_nothing_else_is_read_under_it(world: World, holder: Holder) -> None:
    letter = approved(world, holder)
    assert reasons(read, world, letter, "citizen_id") == (Reason.FIELD_NOT_ALLOWED,)
    assert Reason.LETTER_SCOPE in reasons(read, world, letter, licence_type=TAX)
    assert bad(read, world, letter, licence_type="x" * 101) == {"licence_type"}
    assert read(world, letter, licence_type=IDENTITY)


def test_other_issuers_licences_are_not_read(world: World, holder: Holder) -> None:
    """The tax voucher is issued by two departments; the land department agrees for its own alone."""
    voucher = world.identity(holder, number="T-1", fields={"voucher": "market's"})
    by_market = world.hub.caller(MARKET, "issuer")
    world.hub.run(by_market, issue_licence, world.room, TAX, voucher, validate_only=False)
    letter = approved(world, holder, issuer=LAND, profile={TAX: ("voucher",)})
    assert reasons(read, world, letter) == (Reason.LICENCE_NOT_FOUND,)
    own = world.hub.caller(LAND, "issuer")
    mine = replace(voucher, number="T-2", fields={"voucher": "land's"})
    world.hub.run(own, issue_licence, world.room, TAX, mine, validate_only=False)
    assert read(world, letter).fields == {"voucher": "land's"}


def test_a_letter_of_others_looks_like_none(world: World, holder: Holder) -> None:
    letter = approved(world, holder)
    for name in (letter.id, "0" * 32, "x"):
        other = replace(letter, id=name)
        assert reasons(read, world, other, department=SERVICE_CENTRE) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
        for code, who, use_case in (
            (SERVICE_CENTRE, "clerk", get_letter),
            (SERVICE_CENTRE, "clerk", withdraw_letter),
            (LAND, "issuer", get_received_letter),
            (LAND, "issuer", approve_letter),
        ):
            assert reasons(by, world, code, who, use_case, name) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)


def test_the_log_says_when_the_issuer_was_shown_whom_it_is_about(world: World, holder: Holder) -> None:
    letter = requested(world, holder)
    by(world, POLICE, "issuer", get_received_letter, letter.id)
    (item,) = world.records()[-1].items
    assert list(item.fields_released) == ["holder_id_number", "holder_id_type", "holder_name"]
    assert item.holder_tag == world.tagger.holder(holder.id_type, holder.id_number, 2026)
    by(world, POLICE, "issuer", approve_letter, letter.id)
    for who, read in ((POLICE, get_received_letter), (MARKET, get_letter)):
        by(world, who, "issuer" if who == POLICE else "clerk", read, letter.id)
        assert not world.records()[-1].items[0].fields_released


def test_nobody_answers_their_own_letter(world: World, holder: Holder) -> None:
    both = operator("both", Role.ISSUER, Role.REQUESTER)
    police = department(POLICE, Role.ISSUER, Role.REQUESTER, operators=(both, operator("issuer", Role.ISSUER)))
    world.hub.publish(police)
    letter = by(world, POLICE, "both", request_letter, new(world, holder))
    assert reasons(by, world, POLICE, "both", approve_letter, letter.id) == (Reason.SECOND_PERSON_NEEDED,)
    assert by(world, POLICE, "issuer", approve_letter, letter.id).state is LetterState.APPROVED


def test_each_side_lists_its_letters(world: World, holder: Holder) -> None:
    letter = requested(world, holder)

    def listed(use_case: Any) -> Any:
        return lambda call, room: [each.id for each in use_case(call, room, after="", limit=10).items]

    assert by(world, MARKET, "clerk", listed(list_letters)) == [letter.id]
    assert by(world, POLICE, "issuer", listed(list_received_letters)) == [letter.id]
    assert by(world, LAND, "issuer", listed(list_received_letters)) == []
    assert by(world, POLICE, "issuer", get_received_letter, letter.id).holder == holder


def test_every_bad_field_is_told_at_once(world: World) -> None:
    wrong = new(
        world,
        Holder("111", "12", ""),
        profile={IDENTITY: ("faith",)},
        legal_reference="",
        note="",
        until_time=world.hub.clock.seconds + 90 * DAY + 1,
        max_uses=21,
    )
    found = bad(by, world, MARKET, "clerk", request_letter, wrong)
    assert found == {
        "letter.holder.id_number",
        "letter.holder.name",
        "letter.types.fields",
        "letter.legal_reference",
        "letter.note",
        "letter.until_time",
        "letter.max_uses",
    }
    person = world.person()
    for profile in ({}, {TAX: ("voucher",)}, {"x": ("name",)}):
        assert bad(requested, world, person, profile=profile) == {"letter.types"}
    for fields in ((), ("unknown",)):
        assert bad(requested, world, person, profile={IDENTITY: fields}) == {"letter.types.fields"}


def test_a_restriction_on_the_holder_forbids_it(world: World, holder: Holder) -> None:
    prepare(world)
    letter = approved(world, holder)
    restrict(world, holder, Purpose.SERVICE)
    assert read(world, letter)
    restrict(world, holder, Purpose.ASSISTANCE)
    assert reasons(read, world, letter) == (Reason.PROHIBITED,)
    assert last_entry(world).evidence_object == f"letters/{letter.id}"
