"""Properties of cases: codecs round-trip, masks hide, states never reopen, windows stay in their bounds."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.cases.assurance import case_assurance
from exchange.cases.codec import decode_case, decode_consents, encode_case, encode_consents
from exchange.cases.masking import masked_holder
from exchange.cases.new_case import NewCase, case_problems
from exchange.cases.states import Step, next_state
from exchange.cases.window import expiry
from exchange.civil_time import civil_date
from exchange.entities.case import CLOSED, Case, CaseParty, CaseState, Consent, PinnedMatter, Representation
from exchange.entities.catalogue import CaseAssurance
from exchange.entities.licence import Holder
from exchange.errors import RefusedError
from storage.errors import CorruptError
from tests.fakes.small_catalogue import food

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NAMES = st.frozensets(TEXT, max_size=4)
TIMES = st.integers(0, 2**40)
HOLDERS = st.builds(Holder, TEXT, TEXT, TEXT)
REPRESENTATIONS = st.builds(Representation, TEXT, HOLDERS, NAMES, TIMES, TIMES)
CASES = st.builds(
    Case,
    id=TEXT,
    number=TEXT,
    matters=st.lists(st.builds(PinnedMatter, TEXT, st.integers(1, 999_999), TEXT), max_size=3).map(tuple),
    bundle=TEXT,
    handling_department=TEXT,
    collecting_department=TEXT,
    parties=st.lists(st.builds(CaseParty, TEXT, HOLDERS), max_size=3).map(tuple),
    representations=st.lists(REPRESENTATIONS, max_size=3).map(tuple),
    situations=NAMES,
    channel=TEXT,
    operator=TEXT,
    assurance=st.sampled_from(CaseAssurance),
    state=st.sampled_from(CaseState),
    opened_time=TIMES,
    accepted_time=TIMES,
    closed_time=TIMES,
    expires_time=TIMES,
    note=TEXT,
)
CONSENTS = st.lists(
    st.builds(Consent, TEXT, TEXT, TEXT, NAMES, NAMES, TIMES, TIMES, st.integers(1, 100), TEXT, TEXT, TIMES), max_size=3
).map(tuple)
MAX = settings(max_examples=60, deadline=None)


@MAX
@given(CASES)
def test_cases_round_trip(case):
    assert decode_case(encode_case(case)) == case


@MAX
@given(CASES, st.none() | REPRESENTATIONS)
def test_a_case_written_with_one_representation_still_decodes(case, given):
    acting = () if given is None else (given,)
    members = json.loads(encode_case(replace(case, representations=acting)))
    members["representation"] = next(iter(members.pop("representations")), None)
    assert decode_case(json.dumps(members).encode()) == replace(case, representations=acting)


@MAX
@given(CONSENTS)
def test_consents_round_trip(consents):
    assert decode_consents(encode_consents(consents)) == consents


@MAX
@given(st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b"[{}]", b'{"matters":1}', b"[1]", b"NaN"]))
def test_other_bytes_are_corrupt_or_empty_never_another_error(content):
    with pytest.raises(CorruptError):
        decode_case(content)
    try:
        assert decode_consents(content) == ()
    except CorruptError:
        return


@MAX
@given(HOLDERS.filter(lambda holder: "*" not in holder.name + holder.id_number))
def test_mask_shows_the_ends_at_most(holder):
    shown = masked_holder(holder)
    assert len(shown.id_number.replace("*", "")) <= min(4, len(holder.id_number) // 2)
    assert len(shown.name.replace("*", "")) <= 1
    assert "*" in shown.name
    assert "*" in shown.id_number
    assert masked_holder(shown) == replace(shown, name=shown.name, id_number=masked_holder(shown).id_number)


@MAX
@given(st.lists(st.sampled_from(Step), max_size=12))
def test_no_sequence_of_steps_leaves_a_closed_state_or_approves_unaccepted(steps):
    state, accepted = CaseState.OPEN, False
    for step in steps:
        try:
            following = next_state(state, step)
        except RefusedError:
            continue
        assert state not in CLOSED
        accepted = accepted or following is CaseState.ACCEPTED
        assert accepted or following is not CaseState.APPROVED
        state = following


@MAX
@given(TIMES, st.lists(st.tuples(st.integers(0, 36_600), st.integers(0, 36_600)), max_size=4))
def test_window_is_thirty_to_four_hundred_days_and_never_shorter_for_more_matters(opened, limits):
    matters = [replace(food(), statutory_days=statutory, promised_days=promised) for statutory, promised in limits]
    days = (expiry(opened, matters) - opened) / 86_400
    assert 30 <= days <= 400
    assert expiry(opened, matters[:1]) <= expiry(opened, matters)


@MAX
@given(st.integers(0, 3), TEXT | st.just("counter"))
def test_no_word_of_the_caller_gives_proof_of_the_applicant(login, channel):
    assert case_assurance(login, channel) <= CaseAssurance.C1


@MAX
@given(st.integers(0, 7_258_118_400))
def test_calendar_date_in_china_is_eight_hours_ahead(now):
    assert civil_date(now) == civil_date((now + 8 * 3_600) // 86_400 * 86_400 - 8 * 3_600)


@MAX
@given(
    st.builds(
        NewCase,
        st.text(max_size=60),
        st.lists(st.text(max_size=5), max_size=12).map(tuple),
        st.text(max_size=5),
        st.just(""),
        st.lists(st.builds(CaseParty, st.text(max_size=3), st.builds(Holder, st.text(), st.text(), st.text()))).map(
            tuple
        ),
        st.none(),
        st.frozensets(st.text(max_size=3)),
        st.text(max_size=8),
    )
)
def test_hostile_requests_give_violations_and_no_other_error(new):
    for violation in case_problems(new):
        assert violation.field.startswith("case.")
        assert violation.en
        assert violation.zh
