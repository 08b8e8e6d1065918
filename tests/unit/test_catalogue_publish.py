"""Publishing takes two people and reaches every hub; retiring ends; an empty hub begins with two managers."""

from dataclasses import replace

import pytest

from exchange.catalogue.approve import approve_entry
from exchange.catalogue.bootstrap import AUTHOR as BOOTSTRAP
from exchange.catalogue.bootstrap import bootstrap
from exchange.catalogue.propose import propose_entry, review_entry
from exchange.catalogue.publish import publish_entry, retire_entry
from exchange.catalogue.read import get_entry
from exchange.catalogue.room import CatalogueRoom, EntryView
from exchange.catalogue.store import REVISION_KIND, revision_key
from exchange.clocks.due import DueKind, due_now
from exchange.entities.catalogue import EntityKind, Status, TokenKey
from exchange.entities.revision import RevisionState
from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError
from exchange.reasons import Reason
from storage.errors import CorruptError
from storage.records.changes import Delete
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import (
    AUTHOR,
    CLERK,
    EDITOR,
    FOOD,
    HOUSEHOLD,
    IDENTITY_CARD,
    ISSUER,
    MARKET,
    POLICE,
    RESTAURANT,
    SERVICE,
    food,
    label,
    market,
    police,
    restaurant,
    service,
    small_catalogue,
)

MATTERS = EntityKind.MATTER


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    return CatalogueRoom(hub.catalogue, lambda: True)


def run(hub, person, use_case, room, view, *args, **options):
    revision = view.revision
    name = (revision.kind, revision.code, revision.number)
    return hub.run(hub.caller(MARKET, person), use_case, room, *name, view.etag, *args, **options)


def reviewed(hub, room, entity):
    draft = hub.run(hub.caller(MARKET, AUTHOR), propose_entry, room, entity, "", validate_only=False)
    return run(hub, EDITOR, review_entry, room, draft, accepted=True, note="")


def approved(hub, room, view, department=POLICE, person=ISSUER) -> EntryView:
    name = (view.revision.kind, view.revision.code, view.revision.number)
    return hub.run(hub.caller(department, person), approve_entry, room, *name, view.etag)


def publish(hub, room, view, person=EDITOR, *, validate_only=False) -> EntryView:
    return run(hub, person, publish_entry, room, view, validate_only=validate_only)


def in_force(hub, room, kind=MATTERS, code=FOOD) -> EntryView:
    return hub.run(hub.caller(MARKET, EDITOR), get_entry, room, kind, code, None)


def reasons(refused):
    return set(refused.value.reasons)


FIRST = (service(), market())
CHANGED = replace(food(), name=label("新名称"))


def test_second_person_publishes_and_the_old_revision_is_superseded(hub, room):
    before = hub.register.epoch
    view = reviewed(hub, room, CHANGED)
    hub.clock.advance(60)
    published = publish(hub, room, view)
    assert published.revision.state is RevisionState.PUBLISHED
    assert published.revision.publisher == f"{MARKET}/{EDITOR}"
    assert published.revision.published_time == hub.clock.seconds
    register = hub.register
    assert register.epoch == before + 1
    assert register.matters[FOOD] == CHANGED
    old = hub.catalogue.stored(MATTERS, FOOD, 1).revision
    assert (old.state, old.superseded_time) == (RevisionState.SUPERSEDED, hub.clock.seconds)
    assert in_force(hub, room) == published
    assert hub.catalogue.head(MATTERS, FOOD)[0].waiting == 0


def test_first_revision_of_an_entity_is_published_too(hub, room):
    bundle = replace(restaurant(), code="second-bundle")
    published = publish(hub, room, reviewed(hub, room, bundle))
    assert published.revision.number == 1
    assert hub.register.bundles["second-bundle"] == bundle


def test_a_guide_that_withdraws_a_line_has_the_waiting_cases_looked_for(hub, room):
    kept, *others = food().evidence
    publish(hub, room, reviewed(hub, room, replace(food(), evidence=(replace(kept, withdrawn=True), *others))))
    [due] = due_now(hub.records, hub.clock.seconds)
    assert (due.kind, due.subject) == (DueKind.GUIDE_WITHDRAWAL, f"{FOOD}/2")


def test_validate_only_publishes_nothing(hub, room):
    view = reviewed(hub, room, CHANGED)
    shown = publish(hub, room, view, validate_only=True)
    assert shown.revision.state is RevisionState.PUBLISHED
    assert hub.register.matters[FOOD] == food()
    assert publish(hub, room, view).revision.state is RevisionState.PUBLISHED


def test_the_author_publishes_nothing_of_their_own(hub, room):
    with pytest.raises(RefusedError) as refused:
        publish(hub, room, reviewed(hub, room, CHANGED), AUTHOR)
    assert reasons(refused) == {Reason.PUBLISHER_IS_AUTHOR}
    assert hub.register.matters[FOOD] == food()


def test_nothing_is_published_unreviewed_twice_or_unseen(hub, room):
    draft = hub.run(hub.caller(MARKET, AUTHOR), propose_entry, room, CHANGED, "", validate_only=False)
    with pytest.raises(RefusedError) as refused:
        publish(hub, room, draft)
    assert reasons(refused) == {Reason.CATALOGUE_STATE}
    view = run(hub, EDITOR, review_entry, room, draft, accepted=True, note="")
    with pytest.raises(RefusedError) as refused:
        publish(hub, room, draft)
    assert reasons(refused) == {Reason.ETAG_MISMATCH}
    publish(hub, room, view)
    with pytest.raises(RefusedError) as refused:
        publish(hub, room, view)
    assert reasons(refused) == {Reason.CATALOGUE_STATE, Reason.ETAG_MISMATCH}
    with pytest.raises(RefusedError) as refused:
        publish(hub, room, view, CLERK)
    assert reasons(refused) == {Reason.ROLE_MISSING}


def test_an_entity_that_does_not_fit_what_is_in_force_is_not_published(hub, room):
    line = food().evidence[0]
    stray = replace(food(), evidence=(replace(line, fields=frozenset({"shoe_size"}), party="nobody"),))
    with pytest.raises(InvalidError) as invalid:
        publish(hub, room, reviewed(hub, room, stray))
    fields = {violation.field for violation in invalid.value.violations}
    assert fields == {"entry.evidence[licence].party", "entry.evidence[licence].fields[shoe_size]"}


def test_two_publishers_at_once_leave_one(hub, room):
    view = reviewed(hub, room, CHANGED)
    bundle = reviewed(hub, room, replace(restaurant(), name=label("新一件事")))
    calls = [hub.call(hub.caller(MARKET, EDITOR)) for _ in range(2)]
    publish_entry(calls[0], room, MATTERS, FOOD, 2, view.etag, validate_only=False)
    publish_entry(calls[1], room, EntityKind.BUNDLE, RESTAURANT, 2, bundle.etag, validate_only=False)
    hub.commit(calls[0])
    with pytest.raises(StaleError) as stale:
        hub.commit(calls[1])
    assert ("catalogue", "epoch") in stale.value.subjects
    publish(hub, room, bundle)
    assert hub.register.bundles[RESTAURANT].name == label("新一件事")


def test_no_department_locks_everyone_out_of_the_catalogue(hub, room):
    operators = tuple(each for each in market().operators if each.id != AUTHOR)
    with pytest.raises(InvalidError) as invalid:
        publish(hub, room, reviewed(hub, room, replace(market(), operators=operators)))
    assert [violation.field for violation in invalid.value.violations] == ["entry.operators"]


def test_department_with_a_bad_key_is_not_published_either(hub, room):
    keyed = replace(police(), token_keys=(TokenKey("k", "ES256", "{}", Status.ACTIVE),))
    hub.publish(keyed)  # as if it had come in before keys were checked
    with pytest.raises(InvalidError):
        publish(hub, room, reviewed(hub, room, keyed))


def test_retiring_ends_what_is_in_force(hub, room):
    hub.publish(food(), author="someone else")
    before = hub.register.epoch
    known = frozenset({f"bundles/{RESTAURANT}", f"departments/{MARKET}"})
    retired = run(hub, EDITOR, retire_entry, room, in_force(hub, room), "事项取消", known)
    assert retired.revision.state is RevisionState.RETIRED
    assert retired.revision.note == "事项取消"
    assert FOOD not in hub.register.matters
    assert hub.register.epoch == before + 1
    with pytest.raises(NotFoundError):
        in_force(hub, room)
    old = hub.run(hub.caller(POLICE, CLERK), get_entry, room, MATTERS, FOOD, 2)
    assert old.revision == retired.revision
    again = publish(hub, room, approved(hub, room, reviewed(hub, room, CHANGED)))
    assert again.revision.number == 3
    assert hub.register.matters[FOOD] == CHANGED


def test_retiring_needs_a_reason_another_person_and_the_revision_in_force(hub, room):
    view = publish(hub, room, reviewed(hub, room, CHANGED))
    with pytest.raises(InvalidError):
        run(hub, EDITOR, retire_entry, room, view, "")
    with pytest.raises(RefusedError) as refused:
        run(hub, AUTHOR, retire_entry, room, view, "理由")
    assert reasons(refused) == {Reason.PUBLISHER_IS_AUTHOR}
    old = hub.run(hub.caller(MARKET, EDITOR), get_entry, room, MATTERS, FOOD, 1)
    with pytest.raises(RefusedError) as refused:
        run(hub, EDITOR, retire_entry, room, old, "理由")
    assert reasons(refused) == {Reason.CATALOGUE_STATE}


def test_the_department_of_the_last_managers_is_not_retired(hub, room):
    department = in_force(hub, room, EntityKind.DEPARTMENT, MARKET)
    with pytest.raises(RefusedError) as refused:
        run(hub, EDITOR, retire_entry, room, department, "理由")
    assert reasons(refused) == {Reason.CATALOGUE_STATE}
    other = in_force(hub, room, EntityKind.DEPARTMENT, POLICE)
    known = frozenset({f"licenceTypes/{IDENTITY_CARD}", f"matters/{HOUSEHOLD}"})
    assert run(hub, EDITOR, retire_entry, room, other, "理由", known).revision.state is RevisionState.RETIRED


def test_a_missing_revision_in_force_is_corruption_not_a_gap(hub, room):
    view = reviewed(hub, room, CHANGED)
    hub.write(Delete(REVISION_KIND, revision_key(MATTERS, FOOD, 1), 1))
    view = approved(hub, room, view)  # with nothing in force, all of it is new
    with pytest.raises(CorruptError):
        publish(hub, room, view)


def test_an_empty_hub_begins_with_two_managers():
    with open_hub() as hub:
        hub.write(*bootstrap(hub.catalogue, FIRST, now=hub.clock.seconds))
        register = hub.register
        assert register.departments == {MARKET: market(), SERVICE: service()}
        assert register.epoch == 1
        assert register.revisions[EntityKind.DEPARTMENT, MARKET].publisher == BOOTSTRAP
        room = CatalogueRoom(hub.catalogue, lambda: True)
        published = publish(hub, room, reviewed(hub, room, replace(police(), delegations=())))
        assert published.revision.state is RevisionState.PUBLISHED
        with pytest.raises(RefusedError) as refused:
            bootstrap(hub.catalogue, FIRST, now=hub.clock.seconds)
        assert reasons(refused) == {Reason.CATALOGUE_EXISTS}


def test_beginning_twice_at_once_happens_once():
    with open_hub() as hub:
        changes = bootstrap(hub.catalogue, FIRST, now=hub.clock.seconds)
        hub.write(*changes)
        with pytest.raises(AssertionError, match="ConditionFailed"):
            hub.write(*changes)


def test_a_beginning_without_two_managers_or_with_bad_departments_is_refused():
    with open_hub() as hub:
        suspended = replace(market(), status=Status.SUSPENDED)
        with pytest.raises(InvalidError) as invalid:
            bootstrap(hub.catalogue, [service(), police(), suspended], now=0)
        assert [violation.field for violation in invalid.value.violations] == ["operators"]
        surrogate = replace(market(), token_keys=(TokenKey("k", "ES256", "\ud800", Status.ACTIVE),))
        with pytest.raises(InvalidError) as invalid:
            bootstrap(hub.catalogue, [service(), surrogate], now=0)
        assert "token_keys[0].jwk" in {violation.field for violation in invalid.value.violations}
        bad = replace(market(), parent=POLICE, token_keys=(TokenKey("k", "ES256", "{}", Status.ACTIVE),))
        with pytest.raises(InvalidError) as invalid:
            bootstrap(hub.catalogue, [service(), bad], now=0)
        assert {violation.field for violation in invalid.value.violations} == {"parent", "token_keys[0].jwk"}
