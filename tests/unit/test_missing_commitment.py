"""告知承诺 in place of evidence, and what one check tells of every line (一次性告知)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack
import pytest

from exchange.cases.committing import COMMITMENT_CHECK, SUPERVISOR
from exchange.cases.requirements import case_lines
from exchange.entities.case import Representation
from exchange.entities.catalogue import Label
from exchange.entities.evidence import Standing
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_words import notice_of
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import CITY, DEED, FOOD, IDENTITY, LAND, MARKET, World, line, open_keys, open_world
from tests.fakes.missing_world import NOTHING, OPTIONAL, Counter, guide, prepare, promise


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> set[Reason]:
    with pytest.raises(RefusedError) as caught:
        run(*args, **options)
    return set(caught.value.reasons)


def check(world: World, case: str, *situations: str) -> dict[str, Any]:
    found = world.as_clerk(check_evidence, world.exchange_room, case, frozenset(situations))
    return {one.requirement: one for one in found}


def test_a_commitment_is_the_guides_own_text_and_leaves_a_task_to_check(world: World) -> None:
    world.hub.publish(guide(supervising_department=LAND))
    counter = Counter(world)
    made = counter.committing("seat", NOTHING, validate_only=True)
    assert made.text == Label(zh="承诺", en="I commit")
    assert made.text_digest == sha256("承诺\nI commit".encode()).hexdigest()
    assert counter.view().evidence == ()
    counter.committing("seat", promise(made.text_digest))
    (task,) = world.hub.records.find(COMMITMENT_CHECK, SUPERVISOR, LAND.encode(), after="", limit=10)
    assert task.key == f"{counter.case}/{FOOD}/seat"
    assert msgpack.unpackb(task.body) == {
        "case": counter.case,
        "matter": FOOD,
        "requirement": "seat",
        "made_time": world.hub.clock.seconds,
        "state": "open",
    }
    assert counter.events()[-2:] == ["evidence.committed", "supervision.commitment_to_check"]
    commitment = counter.line("seat").commitment
    assert commitment is not None
    assert commitment.text_digest == made.text_digest


def test_a_guide_without_a_text_gets_the_hubs_own(world: World) -> None:
    lines = [replace(one, commitment_text=None) for one in guide().evidence]
    world.hub.publish(replace(guide(), evidence=tuple(lines)))
    text = Counter(world).committing("seat", NOTHING, validate_only=True).text
    assert "seat" in text.zh
    assert "seat" in text.en


def test_only_what_the_guide_lets_be_replaced_and_only_once(world: World) -> None:
    counter = Counter(world)
    made = counter.committing("seat", NOTHING, validate_only=True)
    assert reasons(counter.committing, "tax", NOTHING) == {Reason.NOT_REPLACEABLE}
    assert reasons(counter.committing, "seat", promise("ab" * 32)) == {Reason.PROMISE_CHANGED}
    counter.committing("seat", promise(made.text_digest))
    assert reasons(counter.committing, "seat", promise(made.text_digest)) == {Reason.EVIDENCE_ALREADY_IN}
    holder = world.person()
    world.issue_deed(holder)
    with_deed = Counter(world, world.open_case(holder))
    assert reasons(with_deed.commit, "seat") == {Reason.EVIDENCE_AVAILABLE}


def test_one_check_tells_everything_of_every_line(world: World) -> None:
    holder = world.person()
    issued = world.issue(holder).view.licence
    world.hub.clock.advance(60)
    counter = Counter(world, world.open_case(holder))
    first = check(world, counter.case)
    now = world.hub.clock.seconds
    assert (first["identity"].issued_time, first["identity"].status_time) == (issued.issued_time, now)
    assert first["tax"].deferrable_until > now
    assert first["seat"].commitment_text == Label(zh="承诺", en="I commit")
    assert {one.standing for one in first.values()} == {Standing.OUT}
    world.fetch(counter.case)
    deadline = counter.defer("tax").deadline
    counter.submit("deed")
    counter.commit("seat")
    later = check(world, counter.case)
    assert {name: one.standing for name, one in later.items()} == {
        "identity": Standing.FETCHED,
        "tax": Standing.DEFERRED,
        "deed": Standing.HANDED_IN,
        "seat": Standing.COMMITTED,
        "extra": Standing.OUT,
        "seller_deed": Standing.OUT,
    }
    assert later["tax"].deferrable_until == deadline
    world.hub.clock.us = deadline * 1_000_000
    assert check(world, counter.case)["tax"].standing is Standing.OUT


def test_the_notice_names_every_line_in_both_languages(world: World) -> None:
    counter = Counter(world)
    checks = world.as_clerk(check_evidence, world.exchange_room, counter.case)
    notice = notice_of(checks)
    for one in checks:
        assert one.sentence.zh in notice.text.zh
        assert one.sentence.en in notice.text.en
    assert notice.digest == sha256(f"{notice.text.zh}\n{notice.text.en}".encode()).hexdigest()
    assert notice_of(world.as_clerk(check_evidence, world.exchange_room, counter.case)) == notice
    assert notice_of(()).text.en


def test_a_line_that_another_one_covers_is_not_asked_for(world: World) -> None:
    lines = (
        line("short", IDENTITY, "name"),
        line("long", IDENTITY, "name", "citizen_id"),
        line("again", IDENTITY, "citizen_id", "name"),
        line("sellers", IDENTITY, "name", party="seller"),
        line("maybe", DEED, "address", "unit_number", necessity=OPTIONAL),
        line("must", DEED, "unit_number"),
    )
    world.hub.publish(replace(guide(), evidence=lines))
    counter = Counter(world)
    checks = check(world, counter.case)
    assert {name: one.covered_by and one.covered_by[1] for name, one in checks.items()} == {
        "short": "long",
        "long": None,
        "again": "long",
        "sellers": None,
        "maybe": None,
        "must": None,
    }
    assert "long" in checks["short"].sentence.en
    assert reasons(counter.deferring, "short") == reasons(counter.commit, "again") == {Reason.EVIDENCE_NOT_REQUIRED}
    with pytest.raises(RefusedError) as caught:
        counter.accept()
    assert [name.split("/")[1] for name in caught.value.subject.split(",")] == ["long", "must"]


def test_a_judging_departments_line_covers_none_that_must_be_complete(world: World) -> None:
    case = Counter(world).view().case
    found = case_lines(world.hub.catalogue, world.hub.register, case)
    assert [one.covered_by for one in found] == [None] * len(found)


def test_situations_narrow_what_is_shown(world: World) -> None:
    lines = (line("always", DEED, "address"), line("abroad", DEED, "unit_number", situations=frozenset({"abroad"})))
    world.hub.publish(replace(guide(), evidence=lines))
    counter = Counter(world, situations=frozenset({"abroad"}))
    assert set(check(world, counter.case)) == set(check(world, counter.case, "abroad")) == {"always", "abroad"}

    # a misspelt one leaves out no line: the applicant is told once
    with pytest.raises(InvalidError) as refused:
        check(world, counter.case, "abroad", "elsewhere")
    assert [violation.field for violation in refused.value.violations] == ["situations"]


def test_an_agreement_that_is_missing_is_told_with_whom(world: World) -> None:
    world.hub.publish(*[entity for entity in CITY if getattr(entity, "code", "") == "x"], guide())
    tax_type = next(entity for entity in CITY if getattr(entity, "name", None) == Label(zh="Type 003", en="Type 003"))
    world.hub.publish(tax_type)
    tax = check(world, Counter(world).case)["tax"]
    assert tax.reasons == (Reason.AGREEMENT_MISSING,)
    assert tax.agreement_issuers == tuple(sorted({MARKET, LAND}))
    assert "agreement" in tax.sentence.en


def test_a_clerk_who_acts_for_the_applicant_commits_nothing_in_place_of_evidence(world: World) -> None:
    agent = Holder("414", "CLERK", "窗口")
    given = Representation("applicant", agent, frozenset(), 0, world.hub.clock.seconds + 86_400)
    case = world.open_case(world.person(), clerk="issuer", representations=(given,))
    assert reasons(Counter(world, case).commit, "seat") == {Reason.CLERK_IS_AGENT}
