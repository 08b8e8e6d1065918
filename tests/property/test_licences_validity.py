"""Was it valid on day D? For any history and period."""

from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.entities.licence import Licence, LicenceEvent, LicenceState, Provenance, RevocationCause
from exchange.licences.codec import (
    HeldLicence,
    Holding,
    decode_holding,
    decode_licence,
    encode_holding,
    encode_licence,
)
from exchange.licences.store import MAX_ENDED, in_force, with_licence
from exchange.licences.validity import Validity, state_at, validity_at
from storage.errors import CorruptError

TIMES = st.integers(0, 1_000)
ENDED = {LicenceState.REVOKED, LicenceState.SUPERSEDED, LicenceState.TRANSFERRED_OUT}


def event(state, time):
    return LicenceEvent("issue", state, RevocationCause.NONE, "", "", "clerk", time, time)


@st.composite
def licences(draw):
    issued = draw(TIMES)
    start = draw(TIMES)
    end = draw(st.one_of(st.just(0), st.integers(start + 1, 1_200)))
    steps = draw(st.lists(st.tuples(st.sampled_from(LicenceState), st.integers(0, 100)), max_size=5))
    history = [event(LicenceState.ACTIVE, issued)]
    for state, later in steps:
        history.append(event(state, history[-1].effective_time + later))
    return Licence(
        identifier=f"id-{draw(st.integers(0, 10_000))}",
        number="n",
        type_code="t",
        type_revision=1,
        holders=(),
        issuing_authority="a",
        fields=MappingProxyType(draw(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)))),
        issued_time=issued,
        valid_from_time=start,
        valid_until_time=end,
        version=1,
        state=history[-1].state,
        cause=RevocationCause.NONE,
        provenance=Provenance.ISSUED_HERE,
        predecessor="",
        successor="",
        status_index=draw(st.integers(0, 2**20 - 1)),
        digest="ab",
        signed_digest="cd",
        object_name="",
        related_matter="",
        history=tuple(history),
        status_list=draw(st.sampled_from(["", "t/2026/1", "t/2026/12"])),
    )


@given(licences(), TIMES)
def test_valid_means_active_and_within_the_period(licence, time):
    valid = validity_at(licence, time) is Validity.VALID
    within = licence.valid_from_time <= time and (not licence.valid_until_time or time < licence.valid_until_time)
    assert valid == (time >= licence.issued_time and state_at(licence, time) is LicenceState.ACTIVE and within)


@given(licences(), TIMES, TIMES)
def test_what_has_ended_never_comes_back_by_waiting(licence, one, other):
    first, last = sorted((one, other))
    between = [item for item in licence.history if first < item.effective_time <= last]
    if not between and validity_at(licence, first) in {Validity.REVOKED, Validity.SUPERSEDED, Validity.EXPIRED}:
        assert validity_at(licence, last) is validity_at(licence, first)


@given(licences(), TIMES)
def test_before_the_issue_there_was_nothing(licence, time):
    if time < licence.issued_time:
        assert validity_at(licence, time) is Validity.NOT_ISSUED
    else:
        assert validity_at(licence, time) is not Validity.NOT_ISSUED


@given(licences())
def test_now_is_the_stored_state(licence):
    assert state_at(licence, 10_000) is licence.state


@given(licences())
def test_a_licence_comes_back_as_it_was_stored(licence):
    assert decode_licence(encode_licence(licence)) == licence


@settings(max_examples=50)
@given(st.lists(licences(), max_size=40))
def test_a_holding_keeps_everything_in_force_and_a_few_that_ended(added):
    holding = None
    for licence in added:
        holding = with_licence(holding, licence)
    latest = {licence.identifier: licence for licence in added}
    live = {name for name, licence in latest.items() if licence.state not in ENDED}
    held = holding.licences if holding else ()
    assert live <= {one.identifier for one in held}
    assert in_force(holding) >= len(live)
    assert sum(one.state in ENDED for one in held) <= MAX_ENDED
    if holding:
        assert decode_holding(encode_holding(holding)) == holding
    assert len({one.identifier for one in held}) == len(held)


@given(st.binary(max_size=200))
def test_other_bytes_are_corrupt_and_nothing_else(body):
    for decode in (decode_licence, decode_holding):
        try:
            decode(body)
        except CorruptError:
            continue
        assert decode is decode_holding
        assert all(isinstance(one, HeldLicence) for one in decode_holding(body).licences)
        assert isinstance(decode_holding(body), Holding)
