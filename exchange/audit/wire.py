"""Frames on the recorder's socket: a 4-byte length (big-endian), then one msgpack array of at most 1 MiB.

To the recorder:   [1, id, entry, salt, changes, charges]   commit a unit
                   [2, id, keys]                            standing of limits' keys
                   [3, id, operation, arguments]            an operation of the fast store
                   [4, id]                                  are you well?
                   [5, id, changes]                         keep a note: changes without an entry
From it:           [id, 0, index]                           committed
                   [id, 1, cause, position, same]           a condition failed
                   [id, 2, reason, retry seconds]           a limit or bar refused
                   [id, 3, reason, retry seconds]           the recorder cannot: nothing was kept
                   [id, 4, message]                         the unit or operation is outside the stores' bounds
                   [id, 5, value]                           of a standing, fast operation, health question or note

Changes and charges are arrays that begin with the number of their kind, followed by their fields in order. Both ends
are processes of one hub on one machine, yet every shape, length and number is checked here: a frame that fails raises
``FrameError`` and nothing else. Keys and sizes inside changes are checked by the stores.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgpack

from exchange.audit.errors import FrameError
from exchange.audit.journal import MAX_ENTRY_BYTES, SALT_BYTES
from exchange.audit.unit import Answer, Bar, Charge, Committed, ConditionFailed, Limit, LimitReached, Note, Tally, Unit
from exchange.reasons import Reason
from storage.errors import Cause
from storage.records.changes import Change, Delete, Expect, Insert, Remember, Replace, Spend

MAX_FRAME = 1 << 20
MAX_CHANGES = 1024
MAX_CHARGES = 256
MAX_STANDING_KEYS = 64
MAX_INTEGER = (1 << 63) - 1
HEAD = struct.Struct(">I")

_Kind = TypeVar("_Kind", Change, Charge)
_Kinds = dict[int, tuple[Callable[..., _Kind], tuple[type, ...], tuple[int, ...]]]
"""Number of a kind: how to make one, the types of its array, and which places hold numbers."""

FastValue = bytes | int | bool | None
_BAD_BYTES = (ValueError, TypeError, OverflowError, msgpack.UnpackException)


@dataclass(frozen=True, slots=True)
class Unable:
    """The recorder cannot commit now (``AUDIT_UNAVAILABLE``, ``OVERLOADED``, ``CLOCK_UNTRUSTED``): nothing was kept."""

    reason: Reason
    retry_seconds: int = 1


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """The unit or operation holds a key, number or size that the stores do not take: nothing was kept."""

    message: str


@dataclass(frozen=True, slots=True)
class Value:
    """The answer to a standing, fast operation, health question or note (True; ``Unable`` if it could not commit)."""

    value: FastValue | tuple[int, ...]


Reply = Answer | Unable | OutOfBounds | Value


@dataclass(frozen=True, slots=True)
class CommitRequest:
    id: int
    unit: Unit | Note


@dataclass(frozen=True, slots=True)
class StandingRequest:
    id: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FastRequest:
    id: int
    operation: str
    arguments: tuple[str | bytes | int, ...]


@dataclass(frozen=True, slots=True)
class HealthRequest:
    id: int


Request = CommitRequest | StandingRequest | FastRequest | HealthRequest

FAST_OPERATIONS: dict[str, tuple[type, ...]] = {
    "put": (str, bytes, int),
    "put_if_absent": (str, bytes, int),
    "get": (str,),
    "take": (str,),
    "add": (str, int, int),
    "count": (str,),
    "add_member": (str, bytes, int),
    "has_member": (str, bytes),
    "delete": (str,),
}

_REASONS: dict[str, Reason] = {str(reason): reason for reason in Reason}
_CHANGE_KINDS: _Kinds[Change] = {
    1: (Insert, (int, str, str, bytes, tuple), ()),
    2: (Replace, (int, str, str, int, bytes, tuple), (3,)),
    3: (Delete, (int, str, str, int), (3,)),
    4: (Expect, (int, str, str, int), (3,)),
    5: (Spend, (int, str, int, int), (2, 3)),
    6: (Remember, (int, bytes, bytes, bytes, int), (4,)),
}
_CHARGE_KINDS: _Kinds[Charge] = {
    1: (Limit, (int, str, int, int, str, bytes, str), (2, 3)),
    2: (Tally, (int, str, int, int, str, int, bytes), (2, 3, 5)),
    3: (Bar, (int, str, str), ()),
}
_CHANGE_FIELDS: dict[type, Callable[[Any], tuple[object, ...]]] = {
    Insert: lambda c: (1, c.kind, c.key, c.body, c.indexes),
    Replace: lambda c: (2, c.kind, c.key, c.version, c.body, c.indexes),
    Delete: lambda c: (3, c.kind, c.key, c.version),
    Expect: lambda c: (4, c.kind, c.key, c.version),
    Spend: lambda c: (5, c.counter, c.amount, c.limit),
    Remember: lambda c: (6, c.request, c.body_digest, c.answer, c.time_us),
}
_CHARGE_FIELDS: dict[type, Callable[[Any], tuple[object, ...]]] = {
    Limit: lambda c: (1, c.key, c.ttl, c.limit, c.reason, c.member, c.per),
    Tally: lambda c: (2, c.key, c.ttl, c.threshold, c.bar, c.bar_ttl, c.member),
    Bar: lambda c: (3, c.key, c.reason),
}


def encode_commit(request_id: int, unit: Unit) -> bytes:
    """A framed unit. Raises ``FrameError`` if it is over 1 MiB."""
    changes = [_CHANGE_FIELDS[type(change)](change) for change in unit.changes]
    charges = [_CHARGE_FIELDS[type(charge)](charge) for charge in unit.charges]
    return _frame((1, request_id, unit.entry, unit.salt, changes, charges))


def encode_standing(request_id: int, keys: tuple[str, ...]) -> bytes:
    """A framed question for the standing of at most 64 keys."""
    if len(keys) > MAX_STANDING_KEYS:
        raise FrameError(f"standing of {len(keys)} keys; at most {MAX_STANDING_KEYS} at once")
    return _frame((2, request_id, keys))


def encode_fast(request_id: int, operation: str, arguments: tuple[str | bytes | int, ...]) -> bytes:
    """A framed operation of the fast store."""
    return _frame((3, request_id, operation, arguments))


def encode_health(request_id: int) -> bytes:
    """A framed health question; its value is true if the recorder could commit now."""
    return _frame((4, request_id))


def encode_note(request_id: int, note: Note) -> bytes:
    """A framed note."""
    return _frame((5, request_id, [_CHANGE_FIELDS[type(change)](change) for change in note.changes]))


def encode_reply(request_id: int, reply: Reply) -> bytes:
    """A framed answer."""
    match reply:
        case Committed():
            return _frame((request_id, 0, reply.index))
        case ConditionFailed():
            return _frame((request_id, 1, reply.cause, reply.position, reply.same))
        case LimitReached():
            return _frame((request_id, 2, reply.reason, reply.retry_seconds))
        case Unable():
            return _frame((request_id, 3, reply.reason, reply.retry_seconds))
        case OutOfBounds():
            return _frame((request_id, 4, reply.message))
        case Value():
            return _frame((request_id, 5, reply.value))


def decode_request(body: bytes) -> Request:
    """Read one frame's body that came to the recorder. Raises ``FrameError``."""
    message = _unpack(body)
    kinds = tuple(map(type, message))
    if kinds == (int, int, bytes, bytes, tuple, tuple) and message[0] == 1:
        return CommitRequest(_number(message[1]), _unit(*message[2:]))
    if kinds == (int, int, tuple) and message[0] == 2:
        return StandingRequest(_number(message[1]), _keys(message[2]))
    if kinds == (int, int, str, tuple) and message[0] == 3:
        return FastRequest(_number(message[1]), message[2], _arguments(message[2], message[3]))
    if kinds == (int, int) and message[0] == 4:
        return HealthRequest(_number(message[1]))
    if kinds == (int, int, tuple) and message[0] == 5:
        return CommitRequest(_number(message[1]), _note(message[2]))
    raise FrameError("the frame is of no kind that the recorder knows")


def decode_reply(body: bytes) -> tuple[int, Reply]:
    """Read one frame's body that came from the recorder: the request's id and its answer. Raises ``FrameError``."""
    message = _unpack(body)
    kinds = tuple(map(type, message))
    if kinds[:2] != (int, int):
        raise FrameError("the answer has no request id and kind")
    try:
        return _number(message[0]), _reply(message[1], kinds[2:], message[2:])
    except ValueError as error:
        raise FrameError("the answer names an unknown reason or cause") from error


class FrameReader:
    """Cuts a byte stream into frame bodies."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came in and return the bodies now whole. Raises ``FrameError`` for a frame over 1 MiB."""
        buffer = self._buffer + data if self._buffer else data
        bodies: list[bytes] = []
        at, end = 0, len(buffer)
        while end - at >= HEAD.size:
            (length,) = HEAD.unpack_from(buffer, at)
            if length > MAX_FRAME:
                raise FrameError(f"a frame of {length} bytes; at most {MAX_FRAME}")
            stop = at + HEAD.size + length
            if stop > end:
                break
            bodies.append(buffer[at + HEAD.size : stop])
            at = stop
        self._buffer = buffer[at:]
        return bodies


def _frame(message: tuple[object, ...]) -> bytes:
    body: bytes = msgpack.packb(message)
    if len(body) > MAX_FRAME:
        raise FrameError(f"a frame of {len(body)} bytes; at most {MAX_FRAME}")
    return HEAD.pack(len(body)) + body


def _unpack(body: bytes) -> tuple[Any, ...]:
    try:
        message = msgpack.unpackb(body, use_list=False)
    except _BAD_BYTES as error:
        raise FrameError("the frame is not msgpack") from error
    if type(message) is not tuple:
        raise FrameError("the frame is not an array")
    return message


def _number(value: int) -> int:
    if not 0 <= value <= MAX_INTEGER:
        raise FrameError("a number is outside 0 to 2^63-1")
    return value


def _unit(entry: bytes, salt: bytes, changes: tuple[Any, ...], charges: tuple[Any, ...]) -> Unit:
    if not 0 < len(entry) <= MAX_ENTRY_BYTES or len(salt) != SALT_BYTES:
        raise FrameError(f"an entry has 1 to {MAX_ENTRY_BYTES} bytes and its salt {SALT_BYTES}")
    if len(changes) > MAX_CHANGES or len(charges) > MAX_CHARGES:
        raise FrameError(f"a unit has at most {MAX_CHANGES} changes and {MAX_CHARGES} charges")
    return Unit(entry, salt, tuple([_change(raw) for raw in changes]), tuple([_charge(raw) for raw in charges]))


def _note(changes: tuple[Any, ...]) -> Note:
    if len(changes) > MAX_CHANGES:
        raise FrameError(f"a note has at most {MAX_CHANGES} changes")
    read = [_change(raw) for raw in changes]
    allowed = tuple(change for change in read if isinstance(change, Insert | Replace | Delete))
    try:
        if len(allowed) == len(read):
            return Note(allowed)
    except ValueError as error:
        raise FrameError("a note changes a kind of record that only units may change") from error
    raise FrameError("a note holds a change that only units may hold")


def _change(raw: Any) -> Change:
    make = _shaped(raw, _CHANGE_KINDS)
    if raw[0] <= 2:
        for index in raw[-1]:
            if type(index) is not tuple or tuple(map(type, index)) != (str, bytes):
                raise FrameError("an index entry is not a name and its bytes")
    return make(*raw[1:])


def _charge(raw: Any) -> Charge:
    make = _shaped(raw, _CHARGE_KINDS)
    try:
        if raw[0] == 1:
            _, key, ttl, limit, reason, member, per = raw
            return Limit(key, ttl, limit, _REASONS[reason], member, per)
        if raw[0] == 3:
            return Bar(raw[1], _REASONS[raw[2]])
    except KeyError as error:
        raise FrameError("a charge names an unknown reason") from error
    return make(*raw[1:])


def _shaped(raw: Any, kinds: _Kinds[_Kind]) -> Callable[..., _Kind]:
    try:
        make, shape, numbers = kinds[raw[0]]
    except (TypeError, LookupError) as error:
        raise FrameError("a change or charge is not an array that begins with a known kind") from error
    if type(raw) is not tuple or tuple(map(type, raw)) != shape:
        raise FrameError("a change or charge is not of the shape of its kind")
    for place in numbers:
        if not 0 <= raw[place] <= MAX_INTEGER:
            raise FrameError("a number is outside 0 to 2^63-1")
    return make


def _keys(keys: tuple[Any, ...]) -> tuple[str, ...]:
    if len(keys) > MAX_STANDING_KEYS or not all(type(key) is str for key in keys):
        raise FrameError(f"standing is asked of at most {MAX_STANDING_KEYS} keys, each a string")
    return keys


def _arguments(operation: str, arguments: tuple[Any, ...]) -> tuple[str | bytes | int, ...]:
    shape = FAST_OPERATIONS.get(operation)
    if shape is None or tuple(map(type, arguments)) != shape:
        raise FrameError("the fast store has no operation of that name and shape")
    for value in arguments:
        if type(value) is int and not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise FrameError("a number is outside 64 signed bits")
    return arguments


def _reply(kind: int, kinds: tuple[type, ...], fields: tuple[Any, ...]) -> Reply:
    make = _REPLIES.get((kind, kinds))
    if make is None:
        raise FrameError("the answer is of no kind that a client knows")
    return make(*fields)


def _counts(counts: tuple[Any, ...]) -> Value:
    if not all(type(count) is int for count in counts):
        raise FrameError("a standing is not a row of numbers")
    return Value(counts)


_REPLIES: dict[tuple[int, tuple[type, ...]], Callable[..., Reply]] = {
    (0, (int,)): lambda index: Committed(_number(index)),
    (1, (str, int, bool)): lambda cause, position, same: ConditionFailed(Cause(cause), _number(position), same),
    (2, (str, int)): lambda reason, seconds: LimitReached(Reason(reason), _number(seconds)),
    (3, (str, int)): lambda reason, seconds: Unable(Reason(reason), _number(seconds)),
    (4, (str,)): OutOfBounds,
    (5, (int,)): Value,
    (5, (bool,)): Value,
    (5, (bytes,)): Value,
    (5, (type(None),)): Value,
    (5, (tuple,)): _counts,
}
