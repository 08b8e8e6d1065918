"""Frames between worker and recorder: every kind round trips, everything else is refused."""

import msgpack
import pytest

from exchange.audit import wire
from exchange.audit.errors import FrameError
from exchange.audit.unit import WEBHOOK_DELAY, Bar, Committed, ConditionFailed, Limit, LimitReached, Note, Tally, Unit
from exchange.reasons import Reason
from storage.errors import Cause
from storage.records.changes import Delete, Expect, Insert, Remember, Replace, Spend

UNIT = Unit(
    b"entry",
    b"s" * 32,
    (
        Insert("case", "k", b"body", (("holder", b"h"),)),
        Replace("case", "k", 1, b"body", ()),
        Delete("case", "k", 2),
        Expect("case", "k", 0),
        Spend("uses", 1, 3),
        Remember(b"r" * 32, b"d" * 32, b"", 5),
    ),
    (
        Limit("rate/a", 3600, 60, Reason.RATE_LIMITED),
        Limit("trawl/a", 86400, 5, Reason.TRAWL_SUSPECTED, b"m", "cases/a"),
        Tally("refusals/a", 600, 10, "bar/a", 600),
        Bar("bar/a", Reason.LOCKED_OUT),
    ),
)


def body(frame: bytes) -> bytes:
    (only,) = wire.FrameReader().feed(frame)
    return only


def test_a_unit_round_trips():
    assert wire.decode_request(body(wire.encode_commit(7, UNIT))) == wire.CommitRequest(7, UNIT)


def test_a_note_round_trips():
    note = Note((Insert(WEBHOOK_DELAY, "k", b"1"), Replace(WEBHOOK_DELAY, "k", 1, b"2"), Delete(WEBHOOK_DELAY, "k", 2)))
    assert wire.decode_request(body(wire.encode_note(7, note))) == wire.CommitRequest(7, note)


@pytest.mark.parametrize("kind", ["webhook", "case", "consent", ""])
def test_a_note_of_what_needs_an_entry_cannot_be_made(kind):
    with pytest.raises(ValueError, match="without an entry"):
        Note((Delete(WEBHOOK_DELAY, "k", 1), Insert(kind, "k", b"")))


def test_other_requests_round_trip():
    assert wire.decode_request(body(wire.encode_standing(1, ("a", "b")))) == wire.StandingRequest(1, ("a", "b"))
    assert wire.decode_request(body(wire.encode_health(2))) == wire.HealthRequest(2)
    put = wire.encode_fast(3, "put", ("k", b"v", 60))
    assert wire.decode_request(body(put)) == wire.FastRequest(3, "put", ("k", b"v", 60))


@pytest.mark.parametrize(
    "reply",
    [
        Committed(12),
        ConditionFailed(Cause.REMEMBERED, 3, same=True),
        LimitReached(Reason.RATE_LIMITED, 60),
        wire.Unable(Reason.AUDIT_UNAVAILABLE, 1),
        wire.OutOfBounds("key too long"),
        wire.Value(None),
        wire.Value(b"x"),
        wire.Value(value=True),
        wire.Value(-3),
        wire.Value((1, 2)),
    ],
)
def test_replies_round_trip(reply):
    assert wire.decode_reply(body(wire.encode_reply(9, reply))) == (9, reply)


def good(**changed):
    fields = {"kind": 1, "id": 1, "entry": b"e", "salt": b"s" * 32, "changes": [], "charges": []} | changed
    return list(fields.values())


@pytest.mark.parametrize(
    "message",
    [
        {"not": "an array"},
        [],
        [1],
        [9, 1],
        ["1", 1],
        [True, 1],
        [4, -1],
        [4, 2**63],
        good(kind=2),
        good(entry="text"),
        good(entry=b""),
        good(entry=b"x" * (256 * 1024 + 1)),
        good(salt=b"short"),
        good(changes=[[]]),
        good(changes=["text"]),
        good(changes=[[{}]]),
        good(changes=[[99, "a"]]),
        good(changes=[[3, "case", "k", -1]]),
        good(changes=[[3, "case", "k", True]]),
        good(changes=[[3, "case", "k"]]),
        good(changes=[[1, "case", "k", b"", [["holder", "text"]]]]),
        good(changes=[[1, "case", "k", b"", ["ab"]]]),
        good(changes=[[3, "case", "k", 1]] * 1025),
        good(charges=[[3, "bar", "LOCKED_OUT"]] * 257),
        good(charges=[[3, "bar", "NO_SUCH_REASON"]]),
        good(charges=[[1, "k", 1, 1, "NO_SUCH_REASON", b"", ""]]),
        good(charges=[[1, "k", 1, 1, "RATE_LIMITED", b""]]),
        [5, 1, [[1, "case", "k", b"", []]]],
        [5, 1, [[1, WEBHOOK_DELAY, "k", b"", []], [3, "consent", "k", 1]]],
        [5, 1, [[4, WEBHOOK_DELAY, "k", 1]]],
        [5, 1, [[5, "uses", 1, 1]]],
        [5, 1, [[3, WEBHOOK_DELAY, "k", 1]] * 1025],
        [5, 1, b"entry"],
        [2, 1, ["k"] * 65],
        [2, 1, [1]],
        [3, 1, "close", []],
        [3, 1, "put", ["k", b"v"]],
        [3, 1, "put", ["k", b"v", 2**63]],
    ],
)
def test_malformed_requests_are_refused(message):
    with pytest.raises(FrameError):
        wire.decode_request(msgpack.packb(message))


@pytest.mark.parametrize(
    "message",
    [
        [],
        [1],
        ["1", 0, 1],
        [-1, 0, 1],
        [1, 0],
        [1, 0, -1],
        [1, 0, "x"],
        [1, 1, "no-cause", 0, False],
        [1, 2, "NO_SUCH_REASON", 1],
        [1, 5, ["x"]],
        [1, 5, 1.5],
        [1, 6, 1],
        [1, 5, 1, 1],
    ],
)
def test_malformed_replies_are_refused(message):
    with pytest.raises(FrameError):
        wire.decode_reply(msgpack.packb(message))


@pytest.mark.parametrize(
    "junk", [b"", b"\xc1", b"\x93\x01", b"\x91\xa2\xff\xff", b"\x01\x01", b"\x91" * 3000 + b"\x01"]
)
def test_bytes_that_are_not_msgpack_are_refused(junk):
    with pytest.raises(FrameError):
        wire.decode_request(junk)


def test_frames_are_cut_at_any_boundary():
    frames = wire.encode_health(1) + wire.encode_standing(2, ("k",))
    reader = wire.FrameReader()
    bodies = [found for at in range(len(frames)) for found in reader.feed(frames[at : at + 1])]
    assert [wire.decode_request(found).id for found in bodies] == [1, 2]


def test_an_oversized_frame_is_refused_before_it_is_read():
    with pytest.raises(FrameError, match="at most 1048576"):
        wire.FrameReader().feed((wire.MAX_FRAME + 1).to_bytes(4))


def test_a_unit_too_large_for_a_frame_is_refused_at_home():
    large = tuple(Insert("case", str(number), b"x" * 600_000) for number in range(2))
    with pytest.raises(FrameError, match="at most 1048576"):
        wire.encode_commit(1, Unit(b"e", b"s" * 32, large))
    with pytest.raises(FrameError, match="65 keys"):
        wire.encode_standing(1, ("k",) * 65)
