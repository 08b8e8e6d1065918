"""一次性告知: what is there, what to do about the rest, and never more than a fetch would tell."""

from dataclasses import replace

import pytest

from exchange.entities.catalogue import Agreement, Basis, Necessity
from exchange.entities.licence import RevocationCause
from exchange.errors import HubError, InvalidError, RefusedError
from exchange.licences.evidence_check import Availability, check_evidence
from exchange.licences.lifecycle import Transition, revoke_licence
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from tests.fakes.licence_world import CITY, DEED, FOOD, IDENTITY, LAND, MARKET, POLICE, TAX, line

WHY = Transition("because", "", 0, RevocationCause.PENALTY)


def check(world, case):
    return {one.requirement: one for one in world.as_clerk(check_evidence, world.exchange_room, case)}


def test_each_line_says_what_to_do(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    checks = check(world, case)
    assert {name: one.availability for name, one in checks.items()} == {
        "identity": Availability.AVAILABLE,
        "deed": Availability.CONSENT_NEEDED,
        "tax": Availability.REFUSED,
    }
    identity = checks["identity"]
    assert (identity.fields, identity.uses_left, identity.matter) == (("born", "citizen_id", "name"), 3, FOOD)
    assert checks["tax"].reasons == (Reason.AGREEMENT_MISSING,)
    assert all(one.advice.zh and one.advice.en for one in checks.values())
    world.fetch(case)
    assert check(world, case)["identity"].uses_left == 2


def test_without_a_licence_the_guide_says_what_follows(world):
    lines = [line(f"line_{necessity}", IDENTITY, "name", necessity=necessity, max_uses=2) for necessity in Necessity]
    world.hub.publish(replace(CITY[-1], evidence=tuple(lines)))
    case = world.open_case(world.person())
    assert {one.availability for one in check(world, case).values()} == {
        Availability.HAND_IN,
        Availability.NOT_NEEDED,
        Availability.DEFERRABLE,
        Availability.REPLACEABLE,
    }
    assert {one.reasons for one in check(world, case).values()} == {(Reason.LICENCE_NOT_FOUND,)}


def test_a_revoked_licence_is_not_available(world):
    holder = world.person()
    view = world.issue(holder).view
    case = world.open_case(holder)
    assert check(world, case)["identity"].availability is Availability.AVAILABLE
    world.as_issuer(POLICE, revoke_licence, IDENTITY, view.licence.identifier, view.etag, WHY)
    assert check(world, case)["identity"].reasons == (Reason.LICENCE_NOT_ACTIVE,)


def test_without_consent_nobody_learns_whether_there_is_a_licence(world):
    owner, stranger = world.person(), world.person()
    world.issue_deed(owner)
    with_deed, without = (check(world, world.open_case(one))["deed"] for one in (owner, stranger))
    assert with_deed == without
    case = world.open_case(owner)
    world.consent(case, "deed")
    assert check(world, case)["deed"].availability is Availability.AVAILABLE


def test_nothing_is_used_up_and_the_record_holds_no_facts(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    for _ in range(5):
        check(world, case)
    record = world.records()[-1]
    assert [item.outcome for item in record.items] == [1, 2, 2]
    assert {item.facts for item in record.items} == {b""}
    assert {tuple(item.fields_released) for item in record.items} == {()}


def test_of_another_departments_case_nothing_is_told(world):
    case = world.open_case(world.person())
    for name, department, operator in ((case, LAND, "issuer"), ("0" * 32, MARKET, "clerk")):
        with pytest.raises(RefusedError) as caught:
            world.hub.run(world.hub.caller(department, operator), check_evidence, world.exchange_room, name)
        assert caught.value.reasons == (Reason.CASE_UNKNOWN,)


def test_a_situation_that_a_case_does_not_have_tells_nobody_else_of_the_case(world):
    case = world.open_case(world.person())

    def asked(case, department, clerk):
        caller = world.hub.caller(department, clerk)
        with pytest.raises(HubError) as caught:
            world.hub.run(caller, check_evidence, world.exchange_room, case, frozenset({"made_up"}))
        return caught.value

    assert isinstance(asked(case, MARKET, "clerk"), InvalidError)
    others = [asked(each, LAND, "issuer") for each in (case, "0" * 32)]
    assert [each.reasons for each in others] == [(Reason.CASE_UNKNOWN,)] * 2


def test_an_agreement_opens_the_line(world):
    agreement = Agreement(
        id="a",
        issuer=LAND,
        requester=MARKET,
        licence_types=frozenset({TAX}),
        fields=frozenset({"voucher"}),
        matters=frozenset({FOOD}),
        valid_from="2025-01-01",
        valid_until="2030-01-01",
        daily_cap=5,
    )
    world.hub.publish(agreement)
    tax = check(world, world.open_case(world.person()))["tax"]
    assert (tax.availability, tax.reasons) == (Availability.DEFERRABLE, (Reason.LICENCE_NOT_FOUND,))


def test_a_line_that_two_matters_share_is_told_once(world):
    second = replace(CITY[-1], code=FOOD[:-1] + "1", basic_code=FOOD[19:30] + "1")
    second = replace(
        second, evidence=(*second.evidence[:1], line("more", DEED, "address", bases=frozenset({Basis.DUTY})))
    )
    world.hub.publish(second)
    case = world.open_case(world.person(), matters=(FOOD, second.code))
    assert list(check(world, case)) == ["identity", "deed", "tax", "more"]


def test_checks_are_limited_by_the_hour(world):
    """What a check tells (there is a licence, there is none) must not be had without end."""
    case = world.open_case(world.person())
    room = world.new_exchange_room(Limits(checks_per_hour=2))
    for _ in range(2):
        world.as_clerk(check_evidence, room, case)
    with pytest.raises(RefusedError) as refused:
        world.as_clerk(check_evidence, room, case)
    assert refused.value.reasons == (Reason.RATE_LIMITED,)
