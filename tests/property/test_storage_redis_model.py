"""Valkey answers as memory does, whatever is asked in whatever order."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.errors import LimitExceededError, StorageError
from storage.fast.interface import Add, AddMember, AtLeast
from storage.fast.limits import MAX_COUNT
from storage.fast.memory import MemoryFast
from storage.fast.redis import RedisFast
from tests.real_valkey import valkey_address

MOST = (1 << 63) - 1
KEYS = st.sampled_from(["a", "b", "{a}", "键", "k" * 200, "", "k" * 201])
TTLS = st.sampled_from([60, 60, 60, 400 * 86_400, 0, 400 * 86_400 + 1])
VALUES = st.sampled_from([b"", b"1", b"-5", b"=", b"!OOM", b"a,b", b"\x00" * 4096, b"x" * 4097])
AMOUNTS = st.one_of(st.integers(-3, 3), st.sampled_from([MOST, -MOST, MOST + 1, -MOST - 1, 1 << 53, 1 << 70]))
STEPS = st.lists(
    st.one_of(
        st.builds(Add, KEYS, TTLS, AMOUNTS),
        st.builds(AddMember, KEYS, TTLS, VALUES),
        st.builds(AtLeast, KEYS, TTLS, AMOUNTS),
    ),
    max_size=6,
)
CALLS = st.one_of(
    st.tuples(st.sampled_from(["put", "put_if_absent"]), KEYS, VALUES, TTLS),
    st.tuples(st.sampled_from(["get", "take", "count", "delete"]), KEYS),
    st.tuples(st.just("add"), KEYS, AMOUNTS, TTLS),
    st.tuples(st.just("add_member"), KEYS, VALUES, TTLS),
    st.tuples(st.just("has_member"), KEYS, VALUES),
    st.tuples(st.just("look"), st.lists(KEYS, max_size=4), st.lists(st.tuples(KEYS, VALUES), max_size=4)),
    st.tuples(st.just("charge"), STEPS),
)


def answer(fast, name, *arguments):
    """What a call returns, errors as their types."""
    try:
        said = getattr(fast, name)(*arguments)
    except (StorageError, LimitExceededError) as error:
        return type(error)
    return [type(each) if isinstance(each, Exception) else each for each in said] if name == "charge" else said


@pytest.mark.parametrize("engine", ["valkey", "valkey-cluster"])
@settings(deadline=None)
@given(calls=st.lists(CALLS, max_size=12))
@example(calls=[("charge", [Add("b", 60, -1), Add("b", 60, MAX_COUNT), AtLeast("b", 60, MAX_COUNT)])])
@example(calls=[("charge", [AtLeast("b", 60, -9), AtLeast("b", 60, -10), AtLeast("b", 60, 9), AtLeast("b", 60, 10)])])
def test_any_calls_are_answered_as_memory_answers_them(engine, calls):
    memory, redis = MemoryFast(lambda: 0.0, 1_000), RedisFast(valkey_address(engine))
    try:
        for call in calls:
            assert answer(redis, *call) == answer(memory, *call)
    finally:
        redis.close()
