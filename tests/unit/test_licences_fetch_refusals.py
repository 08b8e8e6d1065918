"""What a fetch refuses: damaged and erased licences, lines of others, limits, and people without authority."""

from dataclasses import replace

import pytest

from exchange.entities.case import CaseParty, Representation
from exchange.entities.catalogue import Status
from exchange.errors import RefusedError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.opening import CredentialOpener
from exchange.reasons import Reason
from signer.trust import SealTrust
from tests.fakes.licence_world import CITY, IDENTITY, LAND, MARKET, make_ca, open_keys
from tests.fakes.refused_fetch import refused

DAY = 86_400
FOOD_GUIDE = CITY[-1]


def test_a_missing_licence_and_anothers_answer_alike(world):
    with_licence, without = world.person(), world.person()
    world.issue(with_licence)
    missing = refused(world, world.open_case(without))
    # The register says that this holder has the other's licence: somebody wrote where they must not.
    key = world.store.holding_key(IDENTITY, without)
    theirs = world.store.holdings.fresh(world.store.holding_key(IDENTITY, with_licence)).value
    world.hub.write(world.store.held(key, 0, theirs))
    assert missing == (Reason.LICENCE_NOT_FOUND,)
    assert refused(world, world.open_case(without)) == (Reason.RECORD_CORRUPT,)


def test_an_unknown_case_and_another_departments_answer_alike(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    foreign = refused(world, case, department=LAND, operator="issuer")
    unknown = refused(world, "0" * 32, department=LAND, operator="issuer")
    assert foreign == unknown == (Reason.CASE_UNKNOWN,)
    for strange in ("", "x" * 500, "\u0000", "案"):
        assert refused(world, strange) == (Reason.CASE_UNKNOWN,)
    assert world.records()[-1].items[0].reasons == ["CASE_UNKNOWN"]


@pytest.mark.parametrize("damage", ["flipped", "another", "gone", "cut"])
def test_a_damaged_credential_is_not_released(world, damage):
    holder = world.person()
    name = world.issue(holder).view.licence.object_name
    other = world.issue(world.person()).view.licence.object_name
    whole = world.objects.get(name)
    match damage:
        case "flipped":
            world.objects.replace(name, whole[:-1] + bytes([whole[-1] ^ 1]))
        case "another":
            world.objects.replace(name, world.objects.get(other))
        case "gone":
            world.objects.delete(name)
        case "cut":
            world.objects.replace(name, whole[:20])
    assert refused(world, world.open_case(holder)) == (Reason.RECORD_CORRUPT,)
    assert world.records()[-1].items[0].reasons == ["RECORD_CORRUPT"]


def test_a_seal_of_another_root_is_not_believed(world, tmp_path):
    holder = world.person()
    world.issue(holder)
    elsewhere = make_ca(open_keys(tmp_path / "other"))
    room = replace(
        world.exchange_room, opener=CredentialOpener(world.store, SealTrust((elsewhere,)), world.seconds.demands)
    )
    assert refused(world, world.open_case(holder), room=room) == (Reason.SIGNATURE_FAILED,)


def test_an_erased_holder_has_no_licence_even_where_it_is_cached(world):
    applicant, seller = world.person(), world.person()
    world.issue(applicant)
    world.issue(seller)
    parties = (*world_parties(applicant), *world_parties(seller, "seller"))
    case = world.open_case(applicant, parties=parties, situations=frozenset({"abroad"}))
    world.fetch(case, "seller_identity")
    world.hub.write(world.hub.vault.destroy(world.store.owner(seller)))
    world.hub.vault.forget(world.store.owner(seller))
    assert refused(world, case, "seller_identity") == (Reason.LICENCE_NOT_FOUND,)


@pytest.mark.parametrize("cached", [True, False])
def test_a_licence_is_erased_with_its_first_holder_for_the_others_too(world, cached):
    first, second = world.person(), world.person("李四")
    world.issue_deed(first, second)
    case = world.open_case(second)
    world.consent(case, "deed")
    room = world.exchange_room
    if cached:
        world.fetch(case, "deed")
    else:
        world.hub.vault.forget(world.store.owner(first))
    world.hub.write(world.hub.vault.destroy(world.store.owner(first)))
    assert refused(world, case, "deed", room=room) == (Reason.LICENCE_NOT_FOUND,)


@pytest.mark.parametrize("cached", [True, False])
def test_a_case_of_an_erased_applicant_is_unknown(world, cached):
    holder, seller = world.person(), world.person()
    world.issue(seller)
    parties = (*world_parties(holder), *world_parties(seller, "seller"))
    case = world.open_case(holder, parties=parties, situations=frozenset({"abroad"}))
    if cached:
        world.fetch(case, "seller_identity")
    world.hub.write(world.hub.vault.destroy(world.store.owner(holder)))
    assert refused(world, case, "seller_identity") == (Reason.CASE_UNKNOWN,)


def test_an_agent_needs_authority_for_the_line(world):
    holder, agent = world.person(), world.person("王五")
    world.issue(holder)
    now = world.hub.clock.seconds
    authority = Representation("applicant", agent, frozenset({"deed"}), now, now + DAY)
    case = world.open_case(holder, representations=(authority,))
    assert refused(world, case) == (Reason.REPRESENTATION_SCOPE,)
    wide = world.open_case(holder, representations=(replace(authority, requirements=frozenset()),))
    assert world.fetch(wide).extract.fields
    world.hub.clock.advance(DAY)
    assert refused(world, wide) == (Reason.REPRESENTATION_EXPIRED,)


def world_parties(holder, role="applicant"):
    return (CaseParty(role, holder),)


def test_lines_of_other_situations_and_parties_are_refused(world):
    holder = world.person()
    world.issue(holder)
    assert Reason.EVIDENCE_NOT_REQUIRED in refused(world, world.open_case(holder), "seller_identity")
    assert refused(world, world.open_case(holder), "nothing") == (Reason.EVIDENCE_NOT_REQUIRED,)


def test_the_record_names_every_reason_of_a_line_that_no_guide_has_and_the_caller_hears_one(world):
    case = world.open_case(world.person())
    (line,) = world.as_clerk(fetch_evidence, world.exchange_room, case, ("nothing",)).results
    assert line.reasons == (Reason.EVIDENCE_NOT_REQUIRED,)
    recorded = list(world.records()[-1].items[0].reasons)
    assert len(recorded) == 8
    assert {"EVIDENCE_NOT_REQUIRED", "BASIS_MISSING", "SHARING_FORBIDDEN"} < set(recorded)


def test_a_token_limits_to_its_cases(world):
    holder = world.person()
    world.issue(holder)
    case, other = world.open_case(holder), world.open_case(holder)
    scope = (frozenset(), frozenset({other}), frozenset())
    assert refused(world, case, scope=scope) == (Reason.TOKEN_EXCEEDED,)


def test_a_guide_that_drops_the_line_ends_it_or_gives_it_time(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    rest = FOOD_GUIDE.evidence[1:]
    world.hub.publish(replace(FOOD_GUIDE, evidence=rest, transition_seconds=DAY))
    assert world.fetch(case).extract.fields
    world.hub.clock.advance(DAY)
    assert Reason.REQUIREMENT_WITHDRAWN in refused(world, case)


def test_limits_refuse_the_whole_call(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    limits = replace(world.exchange_room.gathering.limits, fetches_per_hour=1)
    gathering = replace(world.exchange_room.gathering, limits=limits)
    room = replace(world.exchange_room, gathering=gathering)
    request = FetchRequest(case, "identity", (), "")
    world.as_clerk(fetch_licence, room, request)
    with pytest.raises(RefusedError) as caught:  # the standing is a second old, the recorder counts exactly
        world.as_clerk(fetch_evidence, room, case, ("identity",))
    assert caught.value.reasons == (Reason.RATE_LIMITED,)
    world.hub.clock.advance(1)
    assert refused(world, case, room=room) == (Reason.RATE_LIMITED,)


def test_an_operator_who_left_is_refused(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    caller = world.hub.caller(MARKET, "clerk")
    gone = replace(caller, operator=replace(caller.operator, status=Status.SUSPENDED))
    with pytest.raises(RefusedError) as caught:
        world.hub.run(gone, fetch_licence, world.exchange_room, FetchRequest(case, "identity", (), ""))
    assert caught.value.reasons == (Reason.OPERATOR_UNKNOWN,)
