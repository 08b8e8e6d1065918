"""Properties of the decision over generated facts: what it releases, what it needs, and that it never gives way."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.entities.case import CaseState
from exchange.entities.catalogue import Basis, Purpose, Sharing
from exchange.purpose.codec import FactsError, read, to_bytes
from exchange.purpose.decision import Allow, Deny, decide, decide_release, guards_for, reasons_shown
from exchange.purpose.explanation import RecordedOutcome, explain
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.guards import NO_LINE, TELLS_OF_LINE
from exchange.reasons import Reason
from tests.fakes.purpose_facts import (
    BASELINES,
    CASE,
    DAY,
    DEPARTMENT,
    FULL,
    HOLDER,
    LICENCE,
    MATTER,
    NOW,
    OTHER,
    TYPE,
    changed,
    leaves,
    some,
)

TEXTS = st.sampled_from(
    [
        "",
        "name",
        "code",
        "phone",
        "scope",
        "applicant",
        "business_licence",
        DEPARTMENT,
        OTHER,
        TYPE,
        MATTER,
        HOLDER,
        CASE,
        'é中\u2028\\"',
    ]
)
INTEGERS = st.sampled_from([-1, 0, 1, 2, 3, 5, 60, NOW - DAY, NOW, NOW + 1, NOW + DAY, 2**63 - 1])
quickly = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a fact's type; for an optional one, ``None`` too."""
    if get_origin(hint) is UnionType:
        return st.none() | st.one_of(*(_of(option) for option in get_args(hint) if option is not type(None)))
    if get_origin(hint) is frozenset:
        return st.frozensets(_of(get_args(hint)[0]), max_size=4)
    if get_origin(hint) is tuple:
        return st.lists(st.tuples(TEXTS, _of(frozenset[Purpose])), max_size=3).map(tuple)
    if is_dataclass(hint):
        return st.builds(hint, **{name: _of(leaf) for name, leaf in get_type_hints(hint).items()})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return {bool: st.booleans(), int: INTEGERS, str: TEXTS}[hint]


ANY_FACTS = _of(Facts)
ANY_LICENCE = _of(LicenceFacts)
HINTS = {
    f"{group}__{leaf}": hint
    for group, cls in get_type_hints(Facts).items()
    if is_dataclass(cls)
    for leaf, hint in get_type_hints(cls).items()
} | {name: hint for name, hint in get_type_hints(Facts).items() if not is_dataclass(hint)}


RESTRICTED = st.frozensets(st.sampled_from(Purpose), min_size=1, max_size=3)
"""Left to chance, one in fifty would forbid something."""


@st.composite
def near(draw: st.DrawFn, most: int = 3) -> Facts:
    """Facts that differ from an allowed baseline in a few places."""
    facts = draw(st.sampled_from(BASELINES))
    for path in draw(st.lists(st.sampled_from(sorted(HINTS)), max_size=most)):
        facts = changed(facts, **{path: draw(_of(HINTS[path]))})
    if draw(st.integers(0, 3)) == 0:
        facts = changed(facts, restricted=draw(RESTRICTED))
    return facts


SETS = st.frozensets(st.sampled_from(["name", "code", "phone", "scope", "address"]))


@quickly
@given(st.tuples(SETS, SETS, SETS, SETS, SETS), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_purpose_released_fields_are_inside_guide_agreement_and_consent(
    sets: tuple[frozenset[str], ...], switches: tuple[bool, ...]
) -> None:
    guide, current, agreed, consented, asked = sets
    transition, conditional, consent = switches
    facts = changed(
        FULL,
        pinned__fields=guide,
        current__fields=current,
        agreement__fields=agreed,
        consent__fields=consented,
        request__fields=asked,
        guide__transition_end_time=NOW + transition,
        licence_type__sharing=Sharing.CONDITIONAL if conditional else Sharing.UNCONDITIONAL,
        pinned__bases=some(Basis.CONSENT if consent else Basis.DUTY),
        current__bases=some(Basis.CONSENT if consent else Basis.DUTY),
        licence_type__prohibitions=(("address", some(Purpose.SERVICE)),),
    )
    allowed = guide if transition else guide & current
    if conditional:
        allowed &= agreed
    if consent and consented:
        allowed &= consented
    decision = decide(facts)
    if isinstance(decision, Allow):
        assert set(decision.fields) == (allowed & asked if asked else allowed)
        assert asked <= allowed
        assert decision.fields
        assert "address" not in decision.fields
    else:
        assert not allowed or not asked <= allowed or "address" in (asked or allowed)


@quickly
@given(near(most=6))
def test_purpose_whatever_is_released_was_required_and_asked_for(facts: Facts) -> None:
    decision = decide(facts)
    if isinstance(decision, Deny):
        assert decision.reasons
        return
    released = set(decision.fields)
    asked = facts.request.fields
    assert asked is not None
    assert asked <= released
    if facts.purpose is Purpose.SERVICE:
        assert released
        assert released <= (facts.pinned.fields or set())
    if facts.purpose is Purpose.OVERSIGHT:
        assert not released


@pytest.mark.parametrize(
    ("facts", "path"),
    [(facts, path) for facts in BASELINES for path in leaves(facts)],
    ids=[f"{facts.purpose}-{path}" for facts in BASELINES for path in leaves(facts)],
)
def test_purpose_any_fact_that_is_missing_denies(facts: Facts, path: str) -> None:
    assert isinstance(decide(facts), Allow)
    assert isinstance(decide(changed(facts, **{path: None})), Deny)


@quickly
@given(near(), st.data())
def test_purpose_a_failing_fact_more_never_allows(facts: Facts, data: st.DataObject) -> None:
    before = decide(facts)
    path = data.draw(st.sampled_from(sorted(FAILING)))
    worse = changed(facts, **{path: FAILING[path]})
    after = decide(worse)
    if isinstance(before, Deny):
        assert isinstance(after, Deny)
    if facts.purpose is Purpose.SERVICE:
        assert isinstance(after, Deny)


FAILING: dict[str, Any] = {
    "caller__certificate_registered": False,
    "caller__certificate_revoked": True,
    "caller__token_valid": False,
    "caller__token_bound": False,
    "caller__department_roles": some(),
    "caller__operator_roles": some(),
    "caller__operator_assurance": None,
    "request__fresh": False,
    "request__requirement": None,
    "case__exists": False,
    "case__state": CaseState.LAPSED,
    "case__assurance": None,
    "guide__verified": False,
    "guide__current_revision": 0,
    "pinned__fields": some(),
    "pinned__withdrawn": True,
    "current__withdrawn": True,
    "licence_type__sharing": Sharing.NONE,
    "pinned__bases": some(),
    "restricted": some(*Purpose),
    "standing__locked": True,
    "standing__fetches": 2**63,
    "standing__holders": 2**70,
    "standing__uses": 2**63,
    "time": None,
}
"""Each denies SERVICE whatever else is true."""


@quickly
@given(ANY_FACTS, ANY_LICENCE)
def test_purpose_arbitrary_facts_are_decided_explained_and_written(facts: Facts, licence: LicenceFacts) -> None:
    first, second = decide(facts), decide_release(facts, licence)
    assert isinstance(second, Deny) or second == first
    if isinstance(first, Deny):
        assert second == first
        shown = reasons_shown(first.reasons)
        assert shown
        if set(first.reasons) >= NO_LINE and not {Reason.CASE_UNKNOWN, Reason.CASE_NOT_YOURS} & set(first.reasons):
            assert Reason.EVIDENCE_NOT_REQUIRED in shown
            assert not set(shown) & TELLS_OF_LINE
        assert len(set(first.reasons)) == len(first.reasons)
    explanation = explain(facts, licence, RecordedOutcome.REFUSED, getattr(second, "reasons", ()), ())
    assert explanation.decision == second
    assert explanation.agrees is isinstance(second, Deny)
    assert len(explanation.findings) <= len(guards_for(facts)) + 5


@quickly
@given(st.one_of(ANY_FACTS, near()), st.none() | ANY_LICENCE)
def test_purpose_facts_read_again_decide_the_same(facts: Facts, licence: LicenceFacts | None) -> None:
    raw = to_bytes(facts, licence)
    assert read(raw) == (facts, licence)
    assert decide(read(raw)[0]) == decide(facts)


@quickly
@given(st.sampled_from([to_bytes(facts, LICENCE) for facts in BASELINES]), st.data())
def test_purpose_facts_with_a_changed_byte_are_refused_or_read_as_written(raw: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(raw) - 1))
    flipped = raw[:position] + bytes([raw[position] ^ data.draw(st.integers(1, 255))]) + raw[position + 1 :]
    try:
        facts, licence = read(flipped)
    except FactsError:
        return
    assert to_bytes(facts, licence) == flipped


@quickly
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_purpose_facts_reader_raises_only_its_own_error(raw: bytes) -> None:
    with pytest.raises(FactsError):
        read(raw)


@quickly
@given(near(), st.sampled_from([field.name for field in fields(LicenceFacts)]))
def test_purpose_licence_fact_that_is_missing_denies(facts: Facts, name: str) -> None:
    assert isinstance(decide_release(facts, replace(LICENCE, **{name: None})), Deny)
