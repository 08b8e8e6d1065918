"""The fetch walk: what leaves, for what, and what never does."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.call import remembered_uses
from exchange.entities.catalogue import Agreement, Basis, Department
from exchange.entities.delegation import CounterDelegation
from exchange.entities.licence import RevocationCause
from exchange.errors import InvalidError, RefusedError, UnavailableError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.gathering import uses_counter
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.lifecycle import Transition, revoke_licence, suspend_licence
from exchange.licences.receipts import ReceiptKeys
from exchange.purpose import codec
from exchange.purpose.decision import Allow, decide_release
from exchange.reasons import Reason
from signer import receipt as receipts
from signer import sdjwt
from signer.receipt import Act
from tests.fakes.licence_world import (
    CITY,
    FOOD,
    IDENTITY,
    LAND,
    MARKET,
    POLICE,
    SERVICE_CENTRE,
    TAX,
    line,
    matter,
)
from tests.fakes.meddling import Away, Meddler
from tests.fakes.refused_fetch import refused

DAY = 86_400
WHY = Transition("because", "", 0, RevocationCause.PENALTY)
FOOD_GUIDE = CITY[-1]


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


def test_a_delegated_counter_that_did_not_open_the_case_must_choose_too(world):
    second = matter(FOOD[:-1] + "1", line("identity", IDENTITY, "born"))
    market = next(one for one in CITY if isinstance(one, Department) and one.uscc == MARKET)
    given = CounterDelegation(SERVICE_CENTRE, frozenset({FOOD, second.code}), "2025-01-01", "2030-01-01")
    world.hub.publish(second, replace(market, delegations=(given,)))
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder, matters=(FOOD, second.code))

    def fetched(matter):
        caller = world.hub.caller(SERVICE_CENTRE, "clerk")
        return world.hub.run(caller, fetch_licence, world.exchange_room, FetchRequest(case, "identity", (), matter))

    with pytest.raises(InvalidError):
        fetched("")
    assert set(fetched(second.code).extract.fields) == {"born"}
