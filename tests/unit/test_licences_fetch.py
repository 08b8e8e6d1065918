"""The fetch walk: what leaves, for what, and what never does."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.call import remembered_uses
from exchange.entities.case import CaseParty, Representation
from exchange.entities.catalogue import Agreement, Basis, Status
from exchange.entities.licence import RevocationCause
from exchange.errors import InvalidError, RefusedError, UnavailableError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.gathering import uses_counter
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.lifecycle import Transition, revoke_licence, suspend_licence
from exchange.licences.opening import CredentialOpener
from exchange.licences.receipts import ReceiptKeys
from exchange.purpose import codec
from exchange.purpose.decision import Allow, decide_release
from exchange.reasons import Reason
from signer import receipt as receipts
from signer import sdjwt
from signer.receipt import Act
from signer.trust import SealTrust
from tests.fakes.licence_world import (
    CITY,
    FOOD,
    IDENTITY,
    LAND,
    MARKET,
    POLICE,
    TAX,
    line,
    make_ca,
    matter,
    open_keys,
    open_world,
)
from tests.fakes.meddling import Away, Meddler

DAY = 86_400
WHY = Transition("because", "", 0, RevocationCause.PENALTY)
FOOD_GUIDE = CITY[-1]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as world:
        yield world


def refused(world, case, requirement="identity", *fields, room=None, department=MARKET, operator="clerk", scope=None):
    caller = world.hub.caller(department, operator, **({"scope": scope} if scope else {}))
    request = FetchRequest(case, requirement, fields, "")
    with pytest.raises(RefusedError) as caught:
        world.hub.run(caller, fetch_licence, room or world.exchange_room, request)
    return caught.value.reasons


def revoke(world, view):
    return world.as_issuer(POLICE, revoke_licence, IDENTITY, view.licence.identifier, view.etag, WHY)


def test_what_leaves_is_what_the_line_asks_for(world):
    holder = world.person()
    licence = world.issue(holder).view.licence
    case = world.open_case(holder)
    extract = world.fetch(case).extract
    assert (extract.identifier, extract.licence_type) == (licence.identifier, IDENTITY)
    assert dict(extract.fields) == {
        "name": "张三",
        "born": "1990-01-01",
        "citizen_id": "990***********" + holder.id_number[-4:],
    }
    disclosed = {one.path for one in sdjwt.parse(extract.presentation).disclosures}
    assert disclosed == {"name", "born"}
    assert holder.id_number not in extract.presentation


def test_a_receipt_ties_extract_case_and_record_together(world):
    holder = world.person()
    licence = world.issue(holder).view.licence
    case = world.open_case(holder)
    fetched = world.fetch(case)
    keys = ReceiptKeys(world.keys).current()
    receipt = receipts.verify(fetched.extract.receipt, keys, at=world.hub.clock.seconds)
    assert receipt.act is Act.RELEASED
    assert (receipt.audience, receipt.case, receipt.matter) == (MARKET, case, FOOD)
    assert receipt.sd_hash == sdjwt.sd_hash(fetched.extract.presentation)
    assert receipt.commitment == fetched.position.commitment
    assert receipt.fields == ("born", "citizen_id", "name")
    assert (receipt.licence, receipt.licence_version, receipt.legal_basis) == (licence.identifier, 1, Basis.DUTY)


def test_the_record_explains_the_decision_and_names_nobody(world):
    holder = world.person()
    licence = world.issue(holder).view.licence
    case = world.open_case(holder)
    world.fetch(case)
    record = world.records()[-1]
    item = record.items[0]
    facts, seen = codec.read(item.facts)
    decision = decide_release(facts, seen)
    assert isinstance(decision, Allow)
    assert tuple(item.fields_released) == decision.fields
    assert (record.matter, record.matter_revision, record.purpose) == (FOOD, 1, "service")
    assert record.response_digest == item.response_digest != b""
    text = record.SerializeToString()
    for secret in (holder.id_number, holder.name, licence.identifier, case):
        assert secret.encode() not in text


def test_a_request_narrows_and_never_widens(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    assert set(world.fetch(case, "identity", "name").extract.fields) == {"name"}
    assert refused(world, case, "identity", "name", "nation") == (Reason.FIELD_NOT_ALLOWED,)
    assert refused(world, case, "identity", "holder_id_number") == (Reason.FIELD_NOT_ALLOWED,)


def test_a_field_that_fills_a_form_is_released_whole(world):
    filling = replace(FOOD_GUIDE.evidence[0], prefills=(("citizen_id", "applicant_number"), ("nation", "nation")))
    world.hub.publish(replace(FOOD_GUIDE, evidence=(filling,)))
    holder = world.person()
    world.issue(holder)
    extract = world.fetch(world.open_case(holder)).extract
    assert extract.prefill == {"applicant_number": holder.id_number}
    assert extract.fields["citizen_id"] == holder.id_number
    assert "citizen_id" in {one.path for one in sdjwt.parse(extract.presentation).disclosures}


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


def test_a_revoked_licence_is_refused_at_the_very_next_fetch_everywhere(world):
    holder = world.person()
    view = world.issue(holder).view
    case = world.open_case(holder)
    other_process = world.new_exchange_room()
    world.fetch(case)
    world.hub.run(
        world.hub.caller(MARKET, "clerk"), fetch_licence, other_process, FetchRequest(case, "identity", (), "")
    )
    revoke(world, view)
    assert refused(world, case) == (Reason.LICENCE_NOT_ACTIVE,)
    assert refused(world, case, room=other_process) == (Reason.LICENCE_NOT_ACTIVE,)


def test_a_licence_revoked_between_decision_and_commit_does_not_leave(world):
    holder = world.person()
    view = world.issue(holder).view
    case = world.open_case(holder)
    world.fetch(case)
    real = world.hub.recorder

    def meanwhile():
        world.hub.recorder = real
        revoke(world, view)

    world.hub.recorder = Meddler(real, meanwhile)
    assert refused(world, case) == (Reason.LICENCE_NOT_ACTIVE,)


def test_nothing_leaves_without_the_recorder(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    world.fetch(case)
    length = world.hub.records.journal_length()
    world.hub.recorder = Away()
    for use_case, args in ((fetch_licence, (FetchRequest(case, "identity", (), ""),)), (fetch_evidence, (case, ()))):
        with pytest.raises(UnavailableError) as caught:
            world.as_clerk(use_case, world.exchange_room, *args)
        assert caught.value.reasons == (Reason.AUDIT_UNAVAILABLE,)
    assert world.hub.records.journal_length() == length


def test_uses_run_out_and_a_repeat_costs_none(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    for _ in range(3):
        world.fetch(case)
    assert refused(world, case) == (Reason.USES_EXHAUSTED,)
    spent = remembered_uses(sha256(uses_counter(case, FOOD, "identity").encode()).digest()[:16])
    call = world.hub.call(world.hub.caller(MARKET, "clerk"), used_before=spent)
    assert fetch_licence(call, world.exchange_room, FetchRequest(case, "identity", (), "")).extract.presentation
    assert refused(world, case) == (Reason.USES_EXHAUSTED,)


def test_of_two_calls_for_the_last_use_one_wins(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    world.fetch(case)
    world.fetch(case)
    real = world.hub.recorder
    world.hub.recorder = Meddler(real, lambda: world.fetch(case))
    with pytest.raises(RefusedError) as caught:
        world.fetch(case)
    assert caught.value.reasons == (Reason.USES_EXHAUSTED,)


def test_consent_is_needed_spent_and_taken_back(world):
    holder = world.person()
    world.issue_deed(holder)
    case = world.open_case(holder)
    assert refused(world, case, "deed") == (Reason.CONSENT_MISSING,)
    consent = world.consent(case, "deed", max_uses=1)
    extract = world.fetch(case, "deed").extract
    assert receipts.verify(extract.receipt, ReceiptKeys(world.keys).current(), at=None).consent == consent
    assert refused(world, case, "deed") == (Reason.CONSENT_EXHAUSTED,)
    world.consent(case, "deed", fields=frozenset({"unit_number"}))
    assert set(world.fetch(case, "deed").extract.fields) == {"unit_number"}
    assert refused(world, case, "deed", "address") == (Reason.CONSENT_SCOPE,)


def test_agreements_open_their_issuers_licences_alone(world):
    holder = world.person()
    new = NewLicence("T-1", (holder,), {"voucher": "V-1"}, 0, 0, 0, "")
    world.as_issuer(LAND, issue_licence, TAX, new, validate_only=False)
    case = world.open_case(holder)
    assert refused(world, case, "tax") == (Reason.AGREEMENT_MISSING,)
    agreement = Agreement(
        "land-market",
        LAND,
        MARKET,
        frozenset({TAX}),
        frozenset({"voucher"}),
        frozenset({FOOD}),
        "2025-01-01",
        "2026-01-01",
        1,
    )
    other = replace(agreement, id="other", matters=frozenset({FOOD[:-1] + "1"}))
    world.hub.publish(other)
    assert refused(world, case, "tax") == (Reason.AGREEMENT_SCOPE,)
    world.hub.publish(replace(agreement, issuer=POLICE))
    assert refused(world, case, "tax") == (Reason.LICENCE_NOT_FOUND,)
    world.hub.publish(agreement)
    assert dict(world.fetch(case, "tax").extract.fields) == {"voucher": "V-1"}
    assert world.records()[-1].items[0].agreement == "land-market"
    world.hub.clock.advance(2)
    assert refused(world, case, "tax") == (Reason.AGREEMENT_SCOPE,)  # the daily cap
    world.hub.clock.advance(DAY)
    assert refused(world, case, "tax") == (Reason.AGREEMENT_SCOPE,)  # over: its last day was the first of January


def test_the_licence_in_force_with_the_latest_begin_answers(world):
    holder = world.person()
    now = world.hub.clock.seconds
    world.issue(holder, number="1", valid_from_time=now - 300, valid_until_time=now + 50)
    best = world.issue(holder, number="2", valid_from_time=now - 200)
    suspended = world.issue(holder, number="3", valid_from_time=now - 100).view
    world.issue(holder, number="4", valid_from_time=now + 100)
    world.as_issuer(POLICE, suspend_licence, IDENTITY, suspended.licence.identifier, suspended.etag, WHY)
    case = world.open_case(holder)
    assert world.fetch(case).extract.identifier == best.view.licence.identifier


def test_a_licence_outside_its_period_is_not_active(world):
    holder = world.person()
    now = world.hub.clock.seconds
    world.issue(holder, valid_until_time=now + 10)
    case = world.open_case(holder)
    world.hub.clock.advance(10)
    assert refused(world, case) == (Reason.LICENCE_NOT_ACTIVE,)


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


def test_of_two_matters_with_one_requirement_the_caller_must_choose(world):
    second = matter(FOOD[:-1] + "1", line("identity", IDENTITY, "born"), line("only_here", IDENTITY, "name"))
    world.hub.publish(second)
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder, matters=(FOOD, second.code))
    with pytest.raises(InvalidError):
        world.fetch(case)
    chosen = world.as_clerk(fetch_licence, world.exchange_room, FetchRequest(case, "identity", (), second.code))
    assert set(chosen.extract.fields) == {"born"}
    assert set(world.fetch(case, "only_here").extract.fields) == {"name"}
    with pytest.raises(RefusedError):
        world.as_clerk(fetch_licence, world.exchange_room, FetchRequest(case, "identity", (), "elsewhere"))


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
