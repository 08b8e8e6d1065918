"""Restrictions: what is kept is read back as it was, bytes that are not are never taken for none, and hiding ends."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import to_json

from exchange.cases.restricted import RESTRICTED, is_concealed, restricted_cache
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.entities.restriction import CONCEALED, Effect, HolderRestrictions, Restriction, RestrictionState
from exchange.restrictions.placing import MAX_SECONDS
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from tests.fakes.rooms import Hub, open_hub

TIMES = st.integers(0, 2**40)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FORBIDS = st.sets(st.sampled_from(Purpose), max_size=7).map(lambda purposes: tuple(sorted(purposes)))
EFFECTS = st.builds(Effect, NAMES, FORBIDS, TIMES, TIMES, TIMES)
RESTRICTIONS = st.builds(
    Restriction,
    id=NAMES,
    department=NAMES,
    holder=st.builds(Holder, NAMES, NAMES, NAMES),
    forbids=FORBIDS,
    legal_reference=NAMES,
    reason=NAMES,
    proposed_by=NAMES,
    proposed_time=TIMES,
    until_time=TIMES,
    conceal_until=TIMES,
    approved_by=NAMES,
    approved_time=TIMES,
    lifted_by=NAMES,
    lifted_time=TIMES,
)
OWNER, ERASED = "ab" * 16, "cd" * 16

quickly = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with open_hub() as hub:
        hub.write(*hub.vault.assume(OWNER)[1])
        hub.write(hub.vault.destroy(ERASED))
        yield hub


def body_of(hub: Hub, content: bytes) -> bytes:
    """The body of a record with this content, sealed as it is stored."""
    return bytes.fromhex(OWNER) + hub.vault.data_key(OWNER).seal(content, f"{RESTRICTED}/{OWNER}".encode())


def opened(hub: Hub, body: bytes) -> HolderRestrictions | None:
    """What is read of a record with this body."""
    held = hub.records.get(RESTRICTED, OWNER)
    hub.write(Replace(RESTRICTED, OWNER, held.version, body) if held else Insert(RESTRICTED, OWNER, body))
    return restricted_cache(hub.records, hub.vault, 1).get(OWNER).value


@quickly
@given(effects=st.lists(EFFECTS, max_size=10).map(tuple))
def test_what_is_kept_is_read_back(hub: Hub, effects: tuple[Effect, ...]) -> None:
    kept = HolderRestrictions(effects)
    assert opened(hub, body_of(hub, to_json(kept))) == kept


@quickly
@given(restriction=RESTRICTIONS)
def test_a_restriction_is_read_back(restriction: Restriction) -> None:
    assert TypeAdapter(Restriction).validate_json(to_json(restriction)) == restriction


@quickly
@given(effects=st.lists(EFFECTS, min_size=1, max_size=2).map(tuple), at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_a_changed_byte_is_never_read_as_no_restriction(
    hub: Hub, effects: tuple[Effect, ...], at: int, flip: int
) -> None:
    body = bytearray(body_of(hub, to_json(HolderRestrictions(effects))))
    body[at % len(body)] ^= flip
    with pytest.raises(CorruptError):
        opened(hub, bytes(body))


@quickly
@given(effects=st.lists(EFFECTS, max_size=2).map(tuple))
def test_what_was_sealed_for_another_is_not_taken_for_erased(hub: Hub, effects: tuple[Effect, ...]) -> None:
    body = body_of(hub, to_json(HolderRestrictions(effects)))
    with pytest.raises(CorruptError):
        opened(hub, bytes.fromhex(ERASED) + body[16:])


@quickly
@given(content=st.one_of(st.binary(max_size=40), st.sampled_from([b"{}", b"[]", b"null", b'{"effects":null}'])))
def test_other_content_is_never_read_as_no_restriction(hub: Hub, content: bytes) -> None:
    with pytest.raises(CorruptError):
        opened(hub, body_of(hub, content))


@quickly
@given(RESTRICTIONS, TIMES)
def test_it_binds_exactly_while_it_is_in_force(restriction: Restriction, now: int) -> None:
    in_force = restriction.state(now) is RestrictionState.IN_FORCE and restriction.approved_time <= now
    assert (not restriction.lifted_time and restriction.effect.binds(now)) == in_force


@quickly
@given(
    st.lists(st.tuples(TIMES, st.integers(0, MAX_SECONDS), st.integers(0, MAX_SECONDS)), max_size=5),
    st.sampled_from(Purpose),
    TIMES,
    TIMES,
)
def test_no_look_is_hidden_for_more_than_a_year(
    placed: list[tuple[int, int, int]], purpose: Purpose, look: int, now: int
) -> None:
    """Whatever restrictions there are of those that can be placed: in force since some time, for at most a year."""
    effects = tuple(
        Effect(str(place), (), start, start + lasts, start + min(lasts, hides))
        for place, (start, lasts, hides) in enumerate(placed)
    )
    hiding = tuple(effect for effect in effects if effect.conceals(now))
    hidden = look <= now and is_concealed(hiding, purpose, "cases/1", look)
    assert not hidden or (purpose in CONCEALED and now - look < MAX_SECONDS)
    assert hidden == any(
        purpose in CONCEALED and 0 < effect.from_time <= look <= now < effect.conceal_until for effect in effects
    )
