"""Proposing and reviewing: one revision waits, another person judges it."""

from dataclasses import replace

import pytest

from exchange.catalogue.names import format_entry_name
from exchange.catalogue.propose import propose_entry, review_entry
from exchange.catalogue.read import get_entry, list_entries, validate_catalogue
from exchange.catalogue.room import CatalogueRoom
from exchange.catalogue.store import EntryHead
from exchange.entities.catalogue import EntityKind, Status, TokenKey
from exchange.entities.revision import RevisionState
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.reasons import Reason
from signer.algorithms import SUITES, public_to_jwk
from signer.strict_json import canonical
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import (
    AUTHOR,
    CLERK,
    EDITOR,
    FOOD,
    HEALTH,
    MARKET,
    POLICE,
    food,
    health,
    label,
    market,
    small_catalogue,
)

MATTERS = EntityKind.MATTER
DEPARTMENTS = EntityKind.DEPARTMENT


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    return CatalogueRoom(hub.catalogue, lambda: True)


def author(hub):
    return hub.caller(MARKET, AUTHOR)


def editor(hub):
    return hub.caller(MARKET, EDITOR)


def propose(hub, room, entity=None, note="更正名称", validate_only=False):
    entity = entity or replace(food(), name=label("新名称"))
    return hub.run(author(hub), propose_entry, room, entity, note, validate_only=validate_only)


def review(hub, room, view, *, accepted=True, note="", caller=None):
    revision = view.revision
    return hub.run(
        caller or editor(hub),
        review_entry,
        room,
        revision.kind,
        revision.code,
        revision.number,
        view.etag,
        accepted=accepted,
        note=note,
    )


def reasons(refused):
    return set(refused.value.reasons)


def test_proposal_waits_as_the_next_revision(hub, room):
    view = propose(hub, room)
    assert view.revision.number == 2
    assert view.revision.state is RevisionState.DRAFT
    assert view.revision.author == f"{MARKET}/{AUTHOR}"
    assert view.revision.note == "更正名称"
    stored = hub.catalogue.stored(MATTERS, FOOD, 2)
    assert stored.revision == view.revision
    assert hub.catalogue.head(MATTERS, FOOD)[0] == EntryHead(2, 1, 2)
    assert hub.register.matters[FOOD] == food()
    assert hub.register.epoch == len(small_catalogue())
    read = hub.run(author(hub), get_entry, room, MATTERS, FOOD, 2)
    assert read == view


def test_validate_only_stores_nothing(hub, room):
    view = propose(hub, room, validate_only=True)
    assert view.revision.number == 2
    assert hub.catalogue.stored(MATTERS, FOOD, 2) is None
    assert hub.catalogue.head(MATTERS, FOOD)[0].waiting == 0


def test_only_one_revision_waits_at_a_time(hub, room):
    propose(hub, room)
    with pytest.raises(RefusedError) as refused:
        propose(hub, room)
    assert reasons(refused) == {Reason.CATALOGUE_EXISTS}
    assert refused.value.subject == format_entry_name(MATTERS, FOOD, 2)


def test_two_proposals_at_once_leave_one(hub, room):
    entity = replace(food(), name=label("甲"))
    first, second = hub.call(author(hub)), hub.call(editor(hub))
    propose_entry(first, room, entity, "", validate_only=False)
    propose_entry(second, room, replace(entity, name=label("乙")), "", validate_only=False)
    hub.commit(first)
    with pytest.raises(Exception, match="STORAGE_UNAVAILABLE"):
        hub.commit(second)
    assert hub.catalogue.stored(MATTERS, FOOD, 2).revision.entity == entity
    with pytest.raises(RefusedError):
        propose_entry(hub.call(editor(hub)), room, entity, "", validate_only=False)


def test_people_without_the_role_propose_nothing(hub, room):
    for caller in (hub.caller(MARKET, CLERK), hub.caller(POLICE, CLERK), hub.caller(MARKET, None)):
        with pytest.raises(RefusedError) as refused:
            propose_entry(hub.call(caller), room, food(), "", validate_only=True)
        assert reasons(refused) == {Reason.ROLE_MISSING}


def test_every_malformed_member_is_named(hub, room):
    bad = replace(food(), basic_code="short", steps=(), statutory_days=-1)
    with pytest.raises(InvalidError) as invalid:
        propose(hub, room, bad, note="x" * 501)
    fields = {violation.field for violation in invalid.value.violations}
    assert fields == {"entry.basic_code", "entry.steps", "entry.statutory_days", "note"}


def test_text_that_no_encoding_carries_is_refused(hub, room):
    with pytest.raises(InvalidError):
        propose(hub, room, replace(food(), legal_bases=("\ud800",)))


def test_entity_larger_than_a_record_is_refused(hub, room):
    text = "长" * 390
    large = replace(food(), conditions=(label(text),) * 50, steps=(label(text),) * 50)
    assert propose(hub, room, large, validate_only=True).revision.number == 2
    many = replace(market(), operators=tuple(replace(market().operators[0], id=f"{n:064d}") for n in range(9_000)))
    with pytest.raises(InvalidError) as invalid:
        propose(hub, room, many)
    assert "larger" in invalid.value.violations[0].en


def test_numbers_do_not_run_beyond_what_names_can_say(hub, room, monkeypatch):
    monkeypatch.setattr("exchange.catalogue.propose.MAX_NUMBER", 1)
    with pytest.raises(RefusedError) as refused:
        propose(hub, room)
    assert reasons(refused) == {Reason.CATALOGUE_STATE}


def token_key(**changes):
    public = SUITES["ES256"].generate().public_key()
    key = TokenKey("k1", "ES256", canonical(public_to_jwk(public)).decode(), Status.ACTIVE)
    return replace(key, **changes)


def with_keys(*keys):
    return replace(health(), token_keys=keys)


def test_public_keys_of_both_algorithms_are_accepted(hub, room):
    ed = SUITES["EdDSA"].generate().public_key()
    keys = (token_key(), TokenKey("k2", "EdDSA", canonical(public_to_jwk(ed)).decode(), Status.ACTIVE))
    assert propose(hub, room, with_keys(*keys)).revision.entity.token_keys == keys


def private_jwk():
    private = SUITES["EdDSA"].generate()
    jwk = public_to_jwk(private.public_key())
    return canonical({**jwk, "d": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"}).decode()


@pytest.mark.parametrize(
    ("key", "field", "word"),
    [
        (lambda: token_key(jwk=private_jwk(), alg="EdDSA"), "jwk", "leaked"),
        (lambda: token_key(jwk='{"k":"AAAA","kty":"oct"}', alg="HS256"), "jwk", "leaked"),
        (lambda: token_key(jwk="not json"), "jwk", "public JWK"),
        (lambda: token_key(jwk="[]"), "jwk", "public JWK"),
        (lambda: token_key(jwk='{"kty":"RSA","n":"AQAB","e":"AQAB"}', alg="RS256"), "jwk", "public JWK"),
        (lambda: token_key(jwk=token_key().jwk.replace('"x":"', '"x":"A')), "jwk", "public JWK"),
        (lambda: token_key(jwk=token_key().jwk.replace('{"', '{"a":"b","')), "jwk", "only"),
        (lambda: token_key(jwk=token_key().jwk.replace(',"kty"', ',"kid":"other","kty"')), "jwk", "another kid"),
        (lambda: token_key(jwk=token_key().jwk.replace(",", ", ")), "jwk", "canonical"),
        (lambda: token_key(alg="EdDSA"), "alg", "algorithm"),
    ],
)
def test_other_keys_are_refused_without_repeating_them(hub, room, key, field, word):
    made = key()
    with pytest.raises(InvalidError) as invalid:
        propose(hub, room, with_keys(made))
    (violation,) = invalid.value.violations
    assert violation.field == f"entry.token_keys[0].{field}"
    assert word in violation.en
    assert made.jwk not in str(invalid.value.violations)


def test_lone_surrogate_in_a_key_and_a_repeated_kid_are_refused(hub, room):
    with pytest.raises(InvalidError):
        propose(hub, room, with_keys(token_key(jwk="\ud800")))
    with pytest.raises(InvalidError) as invalid:
        propose(hub, room, with_keys(token_key(), token_key()))
    assert invalid.value.violations[0].field == "entry.token_keys[1].kid"


def test_another_person_accepts_a_draft(hub, room):
    draft = propose(hub, room)
    view = review(hub, room, draft)
    assert view.revision.state is RevisionState.IN_REVIEW
    assert view.revision.note == "更正名称"
    assert view.etag != draft.etag
    assert hub.run(editor(hub), get_entry, room, MATTERS, FOOD, 2) == view


def test_a_draft_sent_back_is_ended_and_makes_room(hub, room):
    view = review(hub, room, propose(hub, room), accepted=False, note="依据不足")
    assert view.revision.state is RevisionState.RETIRED
    assert view.revision.note == "依据不足"
    assert view.revision.superseded_time == hub.clock.seconds
    assert propose(hub, room).revision.number == 3


def test_the_author_reviews_nothing_of_their_own(hub, room):
    draft = propose(hub, room)
    with pytest.raises(RefusedError) as refused:
        review(hub, room, draft, caller=author(hub))
    assert reasons(refused) == {Reason.PUBLISHER_IS_AUTHOR}


def test_every_reason_against_a_review_is_named(hub, room):
    draft = propose(hub, room)
    review(hub, room, draft)
    with pytest.raises(RefusedError) as refused:
        review(hub, room, draft, caller=author(hub))
    assert reasons(refused) == {Reason.PUBLISHER_IS_AUTHOR, Reason.CATALOGUE_STATE, Reason.ETAG_MISMATCH}


def test_reviewing_nothing_is_not_found_and_notes_are_bounded(hub, room):
    draft = propose(hub, room)
    with pytest.raises(NotFoundError):
        hub.run(editor(hub), review_entry, room, MATTERS, FOOD, 7, draft.etag, accepted=True, note="")
    with pytest.raises(InvalidError):
        review(hub, room, draft, note="\u202e")
    with pytest.raises(RefusedError):
        review(hub, room, draft, caller=hub.caller(POLICE, CLERK))


def test_drafts_are_seen_by_managers_only(hub, room):
    draft = propose(hub, room)
    stranger = hub.caller(POLICE, CLERK)
    with pytest.raises(NotFoundError):
        hub.run(stranger, get_entry, room, MATTERS, FOOD, 2)
    with pytest.raises(RefusedError) as refused:
        hub.run(stranger, list_entries, room, MATTERS, waiting=True, after="", limit=10)
    assert reasons(refused) == {Reason.ROLE_MISSING}
    page = hub.run(editor(hub), list_entries, room, MATTERS, waiting=True, after="", limit=10)
    assert page.items == (draft,)
    assert page.next_key == ""


def test_everyone_reads_what_is_in_force_by_pages(hub, room):
    stranger = hub.caller(HEALTH, CLERK)
    codes = []
    after = ""
    while True:
        page = hub.run(stranger, list_entries, room, DEPARTMENTS, waiting=False, after=after, limit=3)
        codes += [view.revision.code for view in page.items]
        assert len(page.items) <= 3
        if not page.next_key:
            break
        after = page.next_key
    assert codes == sorted(hub.register.departments)
    assert hub.run(stranger, get_entry, room, MATTERS, FOOD, None).revision.entity == food()
    with pytest.raises(NotFoundError) as missing:
        hub.run(stranger, get_entry, room, MATTERS, "9" * 31, None)
    assert missing.value.reasons == (Reason.CATALOGUE_NOT_FOUND,)


def test_people_and_keys_of_a_department_are_shown_to_managers_and_itself(hub, room):
    keyed = replace(health(), token_keys=(token_key(),), certificates=frozenset({"ab" * 32}))
    hub.publish(keyed)
    seen = {
        name: hub.run(hub.caller(name, person), get_entry, room, DEPARTMENTS, HEALTH, None).revision
        for name, person in ((HEALTH, CLERK), (POLICE, CLERK), (MARKET, EDITOR), (MARKET, CLERK))
    }
    assert seen[HEALTH].entity == keyed
    hidden = replace(keyed, operators=(), token_keys=(), certificates=frozenset())
    assert seen[POLICE].entity == hidden
    assert seen[POLICE].digest == seen[HEALTH].digest
    assert hub.run(editor(hub), get_entry, room, DEPARTMENTS, HEALTH, None).revision.entity == keyed
    assert seen[MARKET].entity == hidden
    page = hub.run(hub.caller(POLICE, CLERK), list_entries, room, DEPARTMENTS, waiting=False, after="", limit=100)
    others = [view.revision.entity for view in page.items if view.revision.code != POLICE]
    assert all(not (each.operators or each.token_keys or each.certificates) for each in others)


def test_validation_says_everything_and_stores_nothing(hub, room):
    stray = replace(food(), result_type="9" * 21, evidence=())
    problems = hub.run(editor(hub), validate_catalogue, [stray, market()])
    assert [problem.field for problem in problems] == ["result_type"]
    assert hub.run(editor(hub), validate_catalogue, [food()]) == ()


def test_the_record_names_the_entry(hub, room):
    call = hub.call(author(hub))
    propose_entry(call, room, food(), "", validate_only=False)
    assert call.draft.resource == f"matters/{FOOD}/revisions/2"
