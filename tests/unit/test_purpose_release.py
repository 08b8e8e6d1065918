"""Phase two, the failing guard, the policy's digest and the register of guards."""

from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest

from exchange.entities.catalogue import Purpose
from exchange.entities.licence import LicenceState
from exchange.purpose import decision as decision_module
from exchange.purpose.decision import Allow, Deny, decide, decide_release, guards_for, policy_digest, release_guards_for
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.guards import EVERY_CALL, NO_LICENCE, PHASE_ONE, PHASE_TWO, Guard
from exchange.purpose.titles import TITLES
from exchange.reasons import TEXTS, Reason
from tests.fakes.purpose_facts import BASELINES, FULL, LICENCE, NOW, OVERSIGHT, SERVICE, changed, some

R = Reason


@pytest.mark.parametrize("facts", [facts for facts in BASELINES if facts is not OVERSIGHT])
def test_purpose_release_keeps_what_phase_one_allowed(facts: Facts) -> None:
    assert isinstance(decide(facts), Allow)
    assert decide_release(facts, LICENCE) == decide(facts)
    assert decide_release(facts, replace(LICENCE, valid_until_time=0)) == decide(facts)
    assert decide_release(facts, replace(LICENCE, valid_from_time=NOW, valid_until_time=NOW + 1)) == decide(facts)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"found": False}, R.LICENCE_NOT_FOUND),
        ({"holders": some("99" * 16), "state": LicenceState.REVOKED, "signature_ok": False}, R.LICENCE_NOT_FOUND),
        ({"type_code": "another", "status_fresh": False}, R.LICENCE_NOT_FOUND),
        *(({"state": state}, R.LICENCE_NOT_ACTIVE) for state in LicenceState if state is not LicenceState.ACTIVE),
        ({"valid_from_time": NOW + 1}, R.LICENCE_NOT_ACTIVE),
        ({"valid_until_time": NOW}, R.LICENCE_NOT_ACTIVE),
        ({"status_fresh": False}, R.STATUS_STALE),
        ({"digest_ok": False}, R.RECORD_CORRUPT),
        ({"signature_ok": False}, R.SIGNATURE_FAILED),
    ],
)
def test_purpose_release_is_denied(changes: dict[str, Any], reason: Reason) -> None:
    assert decide_release(SERVICE, replace(LICENCE, **changes)) == Deny((reason,))


def test_purpose_release_collects_every_reason() -> None:
    licence = replace(LICENCE, state=LicenceState.SUSPENDED, status_fresh=False, signature_ok=False, digest_ok=False)
    reasons = (R.LICENCE_NOT_ACTIVE, R.STATUS_STALE, R.RECORD_CORRUPT, R.SIGNATURE_FAILED)
    assert decide_release(SERVICE, licence) == Deny(reasons)


@pytest.mark.parametrize("name", [field.name for field in fields(LicenceFacts)])
def test_purpose_release_without_a_fact_is_denied(name: str) -> None:
    assert isinstance(decide_release(SERVICE, replace(LICENCE, **{name: None})), Deny)


def test_purpose_release_repeats_phase_one() -> None:
    refused = changed(SERVICE, standing__locked=True)
    assert decide_release(refused, replace(LICENCE, found=False)) == Deny((R.LOCKED_OUT,))
    assert decide_release(changed(FULL, consent__revoked=True), LICENCE) == Deny((R.CONSENT_REVOKED,))


def test_purpose_without_licences_releases_none() -> None:
    assert isinstance(decide(OVERSIGHT), Allow)
    assert decide_release(OVERSIGHT, LICENCE) == Deny((R.PURPOSE_NOT_ALLOWED,))
    assert release_guards_for(Facts()) is NO_LICENCE
    assert guards_for(Facts()) is EVERY_CALL
    assert guards_for(changed(SERVICE, purpose=None)) is EVERY_CALL


def test_purpose_guard_that_breaks_refuses() -> None:
    broken: Any = changed(FULL, caller__operator_roles=7, consent__fields="name", guide__transition_end_time="later")
    decision = decide(broken)
    assert isinstance(decision, Deny)
    assert {R.ROLE_MISSING, R.CONSENT_SCOPE} <= set(decision.reasons)
    assert decide_release(SERVICE, replace(LICENCE, valid_from_time="never")) == Deny((R.LICENCE_NOT_ACTIVE,))


def test_purpose_decision_that_breaks_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    unhashable: Any = replace(SERVICE, purpose=["service"])
    assert decide(unhashable) == Deny((R.INTERNAL,))
    nothing: Any = None
    assert decide(nothing) == Deny((R.INTERNAL,))
    # No guard at all is a broken hub: what is released is still only what the fields' own rule allows.
    monkeypatch.setattr(decision_module, "PHASE_ONE", MappingProxyType({Purpose.SERVICE: ()}))
    assert decide(Facts(purpose=Purpose.SERVICE)) == Deny((R.FIELD_NOT_ALLOWED,))
    assert decide(changed(SERVICE, request__fields=5)) == Deny((R.INTERNAL,))


def test_purpose_register_is_in_the_order_of_the_steps_and_each_guard_is_titled() -> None:
    register = [*PHASE_ONE.values(), *PHASE_TWO.values(), EVERY_CALL, NO_LICENCE]
    for guards in register:
        names = [guard.rule.__name__ for guard in guards]
        assert len(set(names)) == len(names)
        steps = [guard.step for guard in guards]
        assert steps == sorted(steps)
        for guard in guards:
            assert guard.rule.__doc__ is not None
            assert guard.rule.__doc__.startswith(f"Step {guard.step}")
            assert guard.reason in TEXTS
    assert set(TITLES) == {guard.rule.__name__ for guards in register for guard in guards}
    assert all(title.zh and title.en for title in TITLES.values())


@pytest.mark.parametrize("guard", dict.fromkeys(guard for guards in PHASE_ONE.values() for guard in guards))
def test_purpose_guard_answers_its_own_reason_or_nothing(guard: Guard) -> None:
    for facts in (*BASELINES, Facts()):
        assert guard.rule(facts) in {None, guard.reason}


def test_purpose_policy_digest_changes_with_the_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    before = policy_digest()
    assert len(before) == 32
    assert before == policy_digest()
    shorter = {**PHASE_ONE, Purpose.SERVICE: PHASE_ONE[Purpose.SERVICE][1:]}
    monkeypatch.setattr(decision_module, "PHASE_ONE", MappingProxyType(shorter))
    assert policy_digest() != before
