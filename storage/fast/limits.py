"""The bounds of the fast store, checked alike by every engine before anything else."""

from collections.abc import Sequence

from storage.errors import LimitExceededError
from storage.fast.interface import Add, AddMember, AtLeast, Step

MAX_KEY = 200
MAX_VALUE = 4096
MAX_TTL = 400 * 86_400
MAX_COUNT = (1 << 63) - 1


def check(key: str, ttl: int = 1, value: bytes = b"") -> None:
    """Raises ``LimitExceededError`` unless the key, the time to live (seconds) and the value or member are allowed."""
    if not 1 <= len(key) <= MAX_KEY:
        raise LimitExceededError(f"key: {len(key)} characters; 1 to {MAX_KEY} are allowed")
    if not 1 <= ttl <= MAX_TTL:
        raise LimitExceededError(f"time to live: {ttl} s; 1 to {MAX_TTL} are allowed")
    if len(value) > MAX_VALUE:
        raise LimitExceededError(f"value: {len(value)} bytes; at most {MAX_VALUE} are allowed")


def check_count(count: int) -> None:
    """Raises ``LimitExceededError`` if a counter, or what is to be added to it, does not fit 64 bits with its sign."""
    if abs(count) > MAX_COUNT:
        raise LimitExceededError("the counter would pass 64 bits")


def check_step(step: Step) -> None:
    """Raises ``LimitExceededError`` unless every part of a step is allowed."""
    match step:
        case Add():
            check(step.key, step.ttl)
            check_count(step.amount)
        case AddMember():
            check(step.key, step.ttl, step.member)
        case AtLeast():
            check(step.key, step.ttl)
            check_count(step.count)


def check_look(keys: Sequence[str], members: Sequence[tuple[str, bytes]]) -> None:
    """Raises ``LimitExceededError`` unless every key and member of a ``look`` is allowed."""
    for key in keys:
        check(key)
    for key, member in members:
        check(key, value=member)
