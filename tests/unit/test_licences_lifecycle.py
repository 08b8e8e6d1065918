"""A licence's life: who may change it, what follows on what, and what stays on record."""

import pytest

from exchange.entities.licence import LicenceState, RevocationCause
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.lifecycle import (
    TRANSITIONS,
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.read import get_licence, list_licences
from exchange.licences.validity import Validity
from exchange.reasons import Reason
from signer import identifier, sdjwt
from tests.fakes.licence_world import DEED, IDENTITY, LAND, POLICE

DAY = 86_400
WHY = Transition("because", "Article 2", 0, RevocationCause.NONE)
PENALTY = Transition("because", "Article 2", 0, RevocationCause.PENALTY)
VERBS = {"suspend": suspend_licence, "reinstate": reinstate_licence, "revoke": revoke_licence}


def change(world, verb, view, transition=PENALTY, authority=POLICE):
    return world.as_issuer(authority, verb, IDENTITY, view.licence.identifier, view.etag, transition)


def amend(world, view, fields=None, holders=None, **options):
    words = {"reason": "moved", "legal_reference": "", **options}
    amendment = Amendment(fields or {}, holders)
    return world.as_issuer(POLICE, amend_licence, IDENTITY, view.licence.identifier, view.etag, amendment, **words)


def renew(world, view, valid_from=0, valid_until=0, reason="again"):
    times = {"valid_from_time": valid_from, "valid_until_time": valid_until}
    words = {"reason": reason, "legal_reference": ""}
    return world.as_issuer(POLICE, renew_licence, IDENTITY, view.licence.identifier, view.etag, **times, **words)


def get(world, licence, at=0, authority=POLICE, type_code=IDENTITY):
    return world.as_issuer(authority, get_licence, type_code, licence.identifier, at)


def held(world, holder, type_code=IDENTITY):
    found = world.store.holdings.fresh(world.store.holding_key(type_code, holder)).value
    return {} if found is None else {one.version: one.state for one in found.licences}


def test_a_day_is_answered_from_history(world):
    view = world.issue(world.person()).view
    issued = world.hub.clock.seconds
    world.hub.clock.advance(10 * DAY)
    view = change(world, suspend_licence, view)
    world.hub.clock.advance(10 * DAY)
    view = change(world, reinstate_licence, view)
    world.hub.clock.advance(10 * DAY)
    backdated = Transition("late", "", issued + 25 * DAY, RevocationCause.ANNULLED)
    view = change(world, revoke_licence, view, backdated)
    assert view.licence.cause is RevocationCause.ANNULLED
    answers = {
        -1: Validity.NOT_ISSUED,
        0: Validity.VALID,
        12: Validity.SUSPENDED,
        22: Validity.VALID,
        26: Validity.REVOKED,
        5000: Validity.REVOKED,
    }
    for day, expected in answers.items():
        assert get(world, view.licence, issued + day * DAY)[1] is expected
    assert [event.operation for event in view.licence.history] == ["issue", "suspend", "reinstate", "revoke"]
    assert {event.operator for event in view.licence.history} == {"issuer"}


@pytest.mark.parametrize("state", ["active", "suspended", "revoked", "superseded"])
def test_only_listed_transitions_happen(world, state):
    view = world.issue(world.person()).view
    if state == "superseded":
        amend(world, view, {"born": "1990-01-02"})
        view = get(world, view.licence)[0]
    elif state != "active":
        view = change(world, suspend_licence if state == "suspended" else revoke_licence, view)
    for operation, (before, after) in TRANSITIONS.items():
        if operation not in VERBS or view.licence.state in before:
            continue
        with pytest.raises(RefusedError) as caught:
            change(world, VERBS[operation], view)
        assert caught.value.reasons == (Reason.LICENCE_STATE,)
        assert after is not None
    if view.licence.state is not LicenceState.ACTIVE:
        with pytest.raises(RefusedError):
            renew(world, view, valid_until=world.hub.clock.seconds + DAY)
        with pytest.raises(RefusedError):
            amend(world, view, {"name": "x"})
    assert get(world, view.licence)[0] == view


def test_an_old_etag_changes_nothing(world):
    view = world.issue(world.person()).view
    newer = change(world, suspend_licence, view)
    with pytest.raises(RefusedError) as caught:
        change(world, reinstate_licence, view)
    assert caught.value.reasons == (Reason.ETAG_MISMATCH,)
    assert newer.etag != view.etag
    assert change(world, reinstate_licence, newer).licence.state is LicenceState.ACTIVE


def test_effects_lie_between_the_last_change_and_now(world):
    view = world.issue(world.person()).view
    now = world.hub.clock.seconds
    for time in (now + 1, now - 1):
        with pytest.raises(InvalidError) as caught:
            change(world, revoke_licence, view, Transition("x", "", time, RevocationCause.PENALTY))
        assert [violation.field for violation in caught.value.violations] == ["effective_time"]


def test_words_and_cause_are_checked_together(world):
    view = world.issue(world.person()).view
    with pytest.raises(InvalidError) as caught:
        change(world, revoke_licence, view, Transition("", "x" * 501, 0, RevocationCause.NONE))
    assert [violation.field for violation in caught.value.violations] == ["reason", "legal_reference", "cause"]


def test_a_renewal_takes_the_old_ones_place(world):
    holder = world.person()
    old = world.issue(holder).view
    world.hub.clock.advance(100 * DAY)
    until = world.hub.clock.seconds + 3650 * DAY
    new = renew(world, old, valid_until=until).view.licence
    assert identifier.parse(new.identifier).serial == identifier.parse(old.licence.identifier).serial
    assert (new.version, new.valid_from_time, new.valid_until_time) == (2, world.hub.clock.seconds, until)
    assert new.predecessor == old.licence.identifier
    stored = get(world, old.licence)[0].licence
    assert (stored.state, stored.successor) == (LicenceState.SUPERSEDED, new.identifier)
    assert held(world, holder) == {2: LicenceState.ACTIVE, 1: LicenceState.SUPERSEDED}
    assert get(world, new, world.hub.clock.seconds - 1)[1] is Validity.NOT_ISSUED


def test_a_renewal_after_the_end_leaves_no_gap(world):
    old = world.issue(world.person()).view
    world.hub.clock.advance(3651 * DAY)
    new = renew(world, old, valid_until=world.hub.clock.seconds + DAY).view.licence
    assert new.valid_from_time == old.licence.valid_until_time


def test_bad_periods_of_a_renewal_are_told_together(world):
    view = world.issue(world.person()).view
    with pytest.raises(InvalidError) as caught:
        renew(world, view, valid_from=world.hub.clock.seconds + DAY, reason="")
    assert {violation.field for violation in caught.value.violations} == {
        "reason",
        "valid_from_time",
        "valid_until_time",
    }


def test_an_amendment_changes_fields_and_holders(world):
    old_holder, new_holder = world.person(), world.person("李四")
    old = world.issue(old_holder).view
    fields = {"name": "李四", "citizen_id": new_holder.id_number, "born": None}
    answer = amend(world, old, fields, (new_holder,))
    new = answer.view.licence
    assert dict(new.fields) == {"name": "李四", "citizen_id": new_holder.id_number}
    assert new.valid_until_time == old.licence.valid_until_time
    assert held(world, old_holder) == {1: LicenceState.SUPERSEDED}
    assert held(world, new_holder) == {2: LicenceState.ACTIVE}
    assert {one.path: one.value for one in sdjwt.parse(answer.credential).disclosures}["holder_name"] == "李四"
    assert change(world, revoke_licence, get(world, new)[0]).licence.state is LicenceState.REVOKED
    assert held(world, new_holder) == {2: LicenceState.REVOKED}


def test_an_amendment_is_checked_like_an_issue(world):
    view = world.issue(world.person()).view
    bad_holder = view.licence.holders[0].__class__("111", "1", "x")
    cases = [
        ({}, None, {"update_fields"}),
        ({"name": None, "colour": "x"}, None, {"licence.fields.name", "licence.fields.colour"}),
        ({"born": "1990-13-01"}, (bad_holder,), {"licence.fields.born", "licence.holders[0].id_number"}),
    ]
    for fields, holders, expected in cases:
        with pytest.raises(InvalidError) as caught:
            amend(world, view, fields, holders)
        assert {violation.field for violation in caught.value.violations} == expected


def test_versions_end_at_999(world, monkeypatch):
    monkeypatch.setattr("exchange.licences.lifecycle.MAX_VERSION", 1)
    view = world.issue(world.person()).view
    with pytest.raises(RefusedError) as caught:
        amend(world, view, {"born": "1990-01-02"})
    assert caught.value.reasons == (Reason.LICENCE_STATE,)


def test_to_other_departments_a_licence_does_not_exist(world):
    licence = world.issue(world.person()).view.licence
    answers = []
    for authority, type_code, name in (
        (LAND, IDENTITY, licence.identifier),
        (POLICE, DEED, licence.identifier),
        (POLICE, IDENTITY, licence.identifier[:-1]),
        (POLICE, IDENTITY, "x" * 500),
        (POLICE, IDENTITY, "\u0000"),
    ):
        with pytest.raises(NotFoundError) as caught:
            world.as_issuer(authority, get_licence, type_code, name, 0)
        answers.append(caught.value.reasons)
    assert set(answers) == {(Reason.LICENCE_NOT_FOUND,)}
    times = {"valid_from_time": 0, "valid_until_time": 0, "reason": "x", "legal_reference": ""}
    with pytest.raises(RefusedError) as caught:
        world.as_issuer(LAND, renew_licence, IDENTITY, licence.identifier, "x", **times)
    assert caught.value.reasons == (Reason.NOT_ISSUER,)
    with pytest.raises(InvalidError):
        get(world, licence, -1)


def test_an_erased_holders_licence_is_gone(world):
    view = world.issue(world.person()).view
    world.hub.write(world.hub.vault.destroy(world.store.owner(view.licence.holders[0])))
    with pytest.raises(NotFoundError):
        get(world, view.licence)


def test_lists_are_paged_by_identifier_and_ones_own(world):
    identifiers = sorted(world.issue(world.person()).view.licence.identifier for _ in range(5))
    world.issue_deed(world.person())
    seen, after = [], ""
    while True:
        page = world.as_issuer(POLICE, list_licences, IDENTITY, after=after, limit=2)
        seen += [view.licence.identifier for view in page.items]
        after = page.next_key
        if not after:
            break
    assert seen == identifiers
    first = world.store.licences.fresh(identifiers[0]).value
    world.hub.write(world.hub.vault.destroy(world.store.owner(first.holders[0])))
    page = world.as_issuer(POLICE, list_licences, IDENTITY, after="", limit=2)
    assert [view.licence.identifier for view in page.items] == identifiers[1:2]
    assert page.next_key == identifiers[1]
    assert world.as_issuer(LAND, list_licences, IDENTITY, after="", limit=2).items == ()
