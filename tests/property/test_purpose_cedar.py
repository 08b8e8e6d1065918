"""The decision stated twice: Cedar reads ``docs/policy`` and must refuse and release the same."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.entities.catalogue import Purpose
from exchange.purpose.decision import (
    Allow,
    Deny,
    answers,
    decide,
    decide_release,
    guards_for,
    release_answers,
    release_guards_for,
)
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.guards import EVERY_CALL, NO_LICENCE, PHASE_ONE, PHASE_TWO
from exchange.reasons import Reason
from tests.fakes.cedar_policy import CedarPolicy
from tests.fakes.purpose_facts import BASELINES, LICENCE, NOW, changed
from tests.property.test_purpose_properties import HINTS, RESTRICTED, _of

CEDAR = CedarPolicy()
REASONS = {rule.guard: Reason(rule.reason) for rule in CEDAR.rules}
OF_CASE = {Reason(rule.reason) for rule in CEDAR.rules if rule.of_case}
SEED, CALLS = 20_260_107, 3_200
BOUND = 2**40
"""Cedar's integers are of 64 bits and an overflow is an error, which no policy may have: counts are kept below this."""


def _compare(facts: Facts) -> set[str]:
    """Asserts that both statements agree; the guards that refused."""
    refused = {guard.rule.__name__ for guard, reason in zip(guards_for(facts), answers(facts), strict=True) if reason}
    said = CEDAR.answer(facts)
    assert said.failed == refused
    reasons = {REASONS[name] for name in said.failed}
    if Reason.CASE_UNKNOWN in reasons:
        reasons -= OF_CASE
    decision = decide(facts)
    if isinstance(decision, Deny):
        assert set(decision.reasons) == reasons or (
            not reasons and not said.fields and decision.reasons == (Reason.FIELD_NOT_ALLOWED,)
        )
    else:
        assert not reasons
        if facts.purpose is not Purpose.OVERSIGHT:
            assert set(decision.fields) == said.fields
    return refused


def _compare_release(facts: Facts, licence: LicenceFacts) -> set[str]:
    guards, found = release_guards_for(facts), release_answers(facts, licence)
    refused = {guard.rule.__name__ for guard, reason in zip(guards, found, strict=True) if reason}
    assert CEDAR.release(facts, licence) == refused
    assert isinstance(decide_release(facts, licence), Allow) is (not refused and isinstance(decide(facts), Allow))
    return refused


def _bounded(value: Any) -> Any:
    return max(-BOUND, min(BOUND, value)) if type(value) is int else value


@st.composite
def near(draw: st.DrawFn) -> Facts:
    facts = draw(st.sampled_from(BASELINES))
    for path in draw(st.lists(st.sampled_from(sorted(HINTS)), max_size=4)):
        facts = changed(facts, **{path: _bounded(draw(_of(HINTS[path])))})
    if draw(st.integers(0, 3)) == 0:
        facts = changed(facts, restricted=draw(RESTRICTED))
    return facts


LICENCE_VALUES: dict[str, tuple[Any, ...]] = {
    "found": (False, None),
    "holders": (frozenset(), None),
    "type_code": ("another", None),
    "valid_from_time": (NOW, NOW + 1, None),
    "valid_until_time": (0, NOW, NOW + 1, None),
    "state": (None,),
    "digest_ok": (False, None),
    "signature_ok": (False, None),
    "status_fresh": (False, None),
}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(near())
def test_purpose_cedar_agrees_on_generated_facts(facts: Facts) -> None:
    _compare(facts)


def _nudged(value: Any, chance: random.Random, pool: dict[type, list[Any]]) -> Any:
    """Another value of the kind: missing, off by a little, or one that some baseline has."""
    if value is None or chance.random() < 0.25:
        return None
    if isinstance(value, bool):
        return not value
    if type(value) is int:
        return _bounded(chance.choice([0, value - 1, value + 1, 2 * value, NOW, NOW + 1, value // 2]))
    if isinstance(value, frozenset):
        members = sorted(value)
        return frozenset(chance.sample(members, chance.randint(0, len(members))))
    return chance.choice(pool[type(value)])


def test_purpose_cedar_agrees_on_seeded_facts_that_reach_each_guard_both_ways() -> None:
    chance, restricting = random.Random(SEED), random.Random(SEED)
    pool: dict[type, list[Any]] = {}
    values: dict[str, list[Any]] = {}
    for facts in BASELINES:
        for path in HINTS:
            group, _, name = path.partition("__")
            value = getattr(getattr(facts, group), name) if name else getattr(facts, group)
            values.setdefault(path, []).append(value)
            pool.setdefault(type(value), []).append(value)
    pool[str] += ["", "another"]
    forbidden: list[str] = []
    refused: set[tuple[str, str]] = set()
    held: set[tuple[str, str]] = set()
    for _ in range(CALLS):
        base = chance.choice(BASELINES)
        facts = base
        for path in chance.sample(sorted(HINTS), chance.choice([1, 1, 2, 3, 8])):
            facts = changed(facts, **{path: _nudged(chance.choice(values[path]), chance, pool)})
        if restricting.random() < 0.25:
            forbids = frozenset(restricting.sample(sorted(Purpose), restricting.randint(1, 3)))
            facts = changed(facts, restricted=forbids)
            forbidden += [str(facts.purpose)] if facts.purpose in forbids else []
        found = _compare(facts)
        asked = {guard.rule.__name__ for guard in guards_for(facts)}
        purpose = str(facts.purpose)
        refused |= {(purpose, name) for name in found}
        held |= {(purpose, name) for name in asked - found}
    every = {(str(purpose), guard.rule.__name__) for purpose, guards in PHASE_ONE.items() for guard in guards}
    assert every - refused == set()
    assert every - held == set()
    assert {purpose for purpose, name in every if name == "holder_is_not_restricted"} <= set(forbidden)
    assert len(forbidden) > CALLS // 20


def test_purpose_cedar_agrees_on_each_fact_that_is_missing() -> None:
    for facts in BASELINES:
        assert _compare(facts) == set()
        for path in HINTS:
            _compare(changed(facts, **{path: None}))


@pytest.mark.parametrize("facts", [*BASELINES, Facts()], ids=lambda facts: str(facts.purpose))
def test_purpose_cedar_agrees_on_the_licence(facts: Facts) -> None:
    refused = _compare_release(facts, LICENCE)
    for name, values in LICENCE_VALUES.items():
        for value in values:
            refused |= _compare_release(facts, changed_licence(**{name: value}))
    assert refused == {guard.rule.__name__ for guard in release_guards_for(facts)}
    _compare_release(facts, LicenceFacts())


def changed_licence(**changes: Any) -> LicenceFacts:
    return LicenceFacts(**{name: changes.get(name, getattr(LICENCE, name)) for name in LICENCE.__slots__})


def test_purpose_cedar_states_every_guard_with_its_reason_and_no_other() -> None:
    asked = [*PHASE_ONE.values(), EVERY_CALL, *PHASE_TWO.values(), NO_LICENCE]
    assert {guard.rule.__name__: guard.reason for guards in asked for guard in guards} == REASONS
