"""Codecs of the access log: round trips, and parsers that raise only our own errors."""

import contextlib

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit import journal, wire
from exchange.audit.entry import parse
from exchange.audit.entry_lines import EntryLine, read_lines, write_line
from exchange.audit.errors import FrameError, JournalError, ProofError
from exchange.audit.journal import JournalEntry
from exchange.audit.proofs import parse_receipt
from exchange.audit.unit import NOTED_KINDS, Bar, Limit, Note, Tally, Unit
from exchange.reasons import Reason
from storage.records.changes import Delete, Expect, Insert, Remember, Replace, Spend

SALTS = st.binary(min_size=32, max_size=32)
ENTRIES = st.binary(min_size=1, max_size=200)
NUMBERS = st.integers(0, 2**63 - 1)
TEXT = st.text(max_size=20)
BYTES = st.binary(max_size=40)
INDEXES = st.lists(st.tuples(TEXT, BYTES), max_size=3).map(tuple)
CHANGES = st.one_of(
    st.builds(Insert, TEXT, TEXT, BYTES, INDEXES),
    st.builds(Replace, TEXT, TEXT, NUMBERS, BYTES, INDEXES),
    st.builds(Delete, TEXT, TEXT, NUMBERS),
    st.builds(Expect, TEXT, TEXT, NUMBERS),
    st.builds(Spend, TEXT, NUMBERS, NUMBERS),
    st.builds(Remember, BYTES, BYTES, BYTES, NUMBERS),
)
REASONS = st.sampled_from(Reason)
CHARGES = st.one_of(
    st.builds(Limit, TEXT, NUMBERS, NUMBERS, REASONS, BYTES, TEXT),
    st.builds(Tally, TEXT, NUMBERS, NUMBERS, TEXT, NUMBERS, BYTES),
    st.builds(Bar, TEXT, REASONS),
)
UNITS = st.builds(
    Unit, ENTRIES, SALTS, st.lists(CHANGES, max_size=4).map(tuple), st.lists(CHARGES, max_size=4).map(tuple)
)
NOTED = st.sampled_from(sorted(NOTED_KINDS))
NOTES = st.builds(
    Note,
    st.lists(
        st.one_of(
            st.builds(Insert, NOTED, TEXT, BYTES, INDEXES),
            st.builds(Replace, NOTED, TEXT, NUMBERS, BYTES, INDEXES),
            st.builds(Delete, NOTED, TEXT, NUMBERS),
        ),
        max_size=4,
    ).map(tuple),
)


@given(st.lists(st.tuples(SALTS, ENTRIES), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_round_trips(pairs):
    assert journal.decode(journal.encode(pairs), len(pairs)) == pairs


@given(st.lists(st.tuples(SALTS, ENTRIES), min_size=1, max_size=4), st.data())
@settings(max_examples=60, deadline=None)
def test_a_cut_batch_never_reads_as_the_same(pairs, data):
    body = journal.encode(pairs)
    cut = data.draw(st.integers(0, len(body) - 1))
    with contextlib.suppress(JournalError):
        raise AssertionError(journal.decode(body[:cut], len(pairs)))


@given(st.binary(max_size=300), st.integers(-1, 5))
@settings(max_examples=60, deadline=None)
def test_journal_parser_raises_only_its_error(body, count):
    with contextlib.suppress(JournalError):
        journal.decode(body, count)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_entry_parser_raises_only_its_error(data):
    with contextlib.suppress(JournalError):
        parse(data)


@given(NUMBERS, UNITS)
@settings(max_examples=60, deadline=None)
def test_a_unit_round_trips(request_id, unit):
    (body,) = wire.FrameReader().feed(wire.encode_commit(request_id, unit))
    assert wire.decode_request(body) == wire.CommitRequest(request_id, unit)


@given(NUMBERS, NOTES)
@settings(max_examples=60, deadline=None)
def test_a_note_round_trips(request_id, note):
    (body,) = wire.FrameReader().feed(wire.encode_note(request_id, note))
    assert wire.decode_request(body) == wire.CommitRequest(request_id, note)


@given(st.lists(CHANGES, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_note_of_other_kinds_is_refused(changes):
    unit = wire.encode_commit(1, Unit(b"e", b"s" * 32, tuple(changes)))
    _, request_id, _, _, raw, _ = msgpack.unpackb(unit[4:])
    with pytest.raises(FrameError):
        wire.decode_request(msgpack.packb([5, request_id, raw]))


@given(UNITS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_frame_raises_only_its_error(unit, data):
    body = bytearray(wire.encode_commit(1, unit)[4:])
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    for decode in (wire.decode_request, wire.decode_reply):
        with contextlib.suppress(FrameError):
            decode(bytes(body))


@given(NUMBERS, SALTS, ENTRIES)
@settings(max_examples=60, deadline=None)
def test_an_exported_line_round_trips(index, salt, entry):
    line = write_line(JournalEntry(index, 0, salt, entry))
    assert list(read_lines([line])) == [EntryLine(index, salt, entry)]


@given(SALTS, ENTRIES, st.data())
@settings(max_examples=100, deadline=None)
def test_no_two_lines_say_the_same(salt, entry, data):
    line = bytearray(write_line(JournalEntry(5, 0, salt, entry)))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(JournalError):
        assert list(read_lines([bytes(line)])) != [EntryLine(5, salt, entry)]


@given(st.text(max_size=200).map(lambda text: f"c2sp.org/tlog-proof@v1\n{text}"))
@settings(max_examples=60, deadline=None)
def test_receipt_parser_raises_only_its_error(text):
    with contextlib.suppress(ProofError):
        parse_receipt(text)
