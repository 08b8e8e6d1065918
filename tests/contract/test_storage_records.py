"""The records interface: what every engine must do with reads, changes, units and transactions."""

from contextlib import contextmanager

import pytest
from storage_engines import LASTING_RECORDS, RECORDS, open_records

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageError, StorageUnavailableError
from storage.records.changes import Delete, Expect, Insert, Remember, Replace, Spend
from storage.records.interface import Batch, Record, Remembered

A = b"a" * 32
B = b"b" * 32
C = b"c" * 32
KEYS = [
    "a",
    "A",
    "Z",
    "é",
    "e\u0301",
    "营业执照",
    "\U00020bb7野家",
    "\U0001f9fe",
    "k" * 200,
    "\U00030000" * 200,
    "a%b_c",
    "a'b\"c",
    "\x01",
    "\uffff",
]


@pytest.fixture(params=RECORDS)
def engine(request):
    return request.param


@pytest.fixture
def records(engine, tmp_path):
    opened = open_records(engine, tmp_path)
    yield opened
    opened.close()


def write(records, *changes):
    with records.write() as transaction, transaction.unit():
        transaction.apply(changes)


class UndoError(Exception):
    """Raised by a test to leave a unit or a transaction."""


@contextmanager
def undone():
    with pytest.raises(UndoError):
        yield


@contextmanager
def refused():
    with pytest.raises(ConditionFailedError):
        yield


def failure(records, *changes):
    with pytest.raises(ConditionFailedError) as caught:
        write(records, *changes)
    return caught.value.cause, caught.value.position


def test_a_new_database_is_empty(records):
    assert records.get("licence", "x") is None
    assert records.get_many("licence", []) == {}
    assert records.scan("licence") == []
    assert records.find("licence", "holder", b"h") == []
    assert records.counter("c") == 0
    assert records.remembered(A) is None
    assert records.journal_length() == 0
    assert list(records.journal()) == []


def test_keys_compare_by_bytes_and_scan_in_their_order(records):
    write(records, *[Insert("k", key, key.encode()) for key in KEYS])
    ordered = sorted(KEYS, key=str.encode)
    assert [row.key for row in records.scan("k")] == ordered
    assert [row.key for row in records.scan("k", after=ordered[4], limit=3)] == ordered[5:8]
    assert records.get_many("k", [*KEYS, "absent"]) == {key: Record("k", key, 1, key.encode()) for key in KEYS}
    for key in KEYS:
        assert records.get("k", key) == Record("k", key, 1, key.encode())
        assert records.get("K", key) is None
    assert records.get("k", "É") is None


def test_scan_pages_through_everything_once(records):
    keys = [f"{number:03}" for number in range(57)]
    write(records, *[Insert("k", key, b"") for key in keys], Insert("other", "5", b""))
    seen, after = [], ""
    while page := records.scan("k", after=after, limit=10):
        seen += [row.key for row in page]
        after = page[-1].key
    assert seen == keys


def test_get_many_takes_a_thousand(records):
    keys = [f"{number:04}" for number in range(1_000)]
    write(records, *[Insert("k", key, b"") for key in keys])
    for size in (1, 4, 5, 33, 257, 1_000):
        assert set(records.get_many("k", keys[:size])) == set(keys[:size])
    with pytest.raises(LimitExceededError):
        records.get_many("k", [*keys, "x"])


def test_find_follows_index_entries_through_changes(records):
    blue, red = ("colour", b"\x00blue"), ("colour", b"red")
    write(records, *[Insert("k", key, b"1", (blue,)) for key in ("c", "a", "b")], Insert("k", "d", b"1", (blue, blue)))
    assert [row.key for row in records.find("k", "colour", b"\x00blue")] == ["a", "b", "c", "d"]
    assert [row.key for row in records.find("k", "colour", b"\x00blue", after="a", limit=2)] == ["b", "c"]
    write(records, Replace("k", "b", 1, b"2", (red, ("size", b"9"))), Delete("k", "c", 1), Delete("k", "d", 1))
    assert records.find("k", "colour", b"\x00blue") == [Record("k", "a", 1, b"1")]
    assert records.find("k", "colour", b"red") == [Record("k", "b", 2, b"2")]
    assert records.find("k", "size", b"9") == [Record("k", "b", 2, b"2")]
    assert records.find("k", "Colour", b"red") == records.find("j", "colour", b"red") == []
    write(records, Insert("k", "c", b"3"))
    assert records.find("k", "colour", b"\x00blue") == [Record("k", "a", 1, b"1")]


def test_versions_count_from_one(records):
    write(records, Expect("k", "a", 0), Insert("k", "a", b"1"), Expect("k", "a", 1), Replace("k", "a", 1, b"2"))
    assert records.get("k", "a") == Record("k", "a", 2, b"2")
    write(records, Expect("k", "a", 2), Delete("k", "a", 2), Expect("k", "a", 0), Insert("k", "a", b"3"))
    assert records.get("k", "a") == Record("k", "a", 1, b"3")


def test_every_condition_names_its_cause_and_position(records):
    write(records, Insert("k", "a", b""), Replace("k", "a", 1, b""), Spend("c", 3, 5), Remember(A, B, b"x", 7))
    ok = Expect("k", "a", 2)
    assert failure(records, ok, Insert("k", "a", b"")) == (Cause.EXISTS, 1)
    assert failure(records, Replace("k", "b", 1, b"")) == (Cause.MISSING, 0)
    assert failure(records, ok, Replace("k", "a", 1, b"")) == (Cause.VERSION, 1)
    assert failure(records, Replace("k", "b", 0, b"")) == (Cause.MISSING, 0)
    assert failure(records, Delete("k", "b", 1)) == (Cause.MISSING, 0)
    assert failure(records, ok, ok, Delete("k", "a", 3)) == (Cause.VERSION, 2)
    assert failure(records, Expect("k", "a", 1)) == (Cause.VERSION, 0)
    assert failure(records, ok, Expect("k", "b", 1)) == (Cause.VERSION, 1)
    assert failure(records, Expect("k", "a", 0)) == (Cause.VERSION, 0)
    assert failure(records, ok, Spend("c", 3, 5)) == (Cause.SPENT, 1)
    assert failure(records, Spend("new", 6, 5)) == (Cause.SPENT, 0)
    assert failure(records, ok, Remember(A, B, b"", 8)) == (Cause.REMEMBERED, 1)
    assert records.get("k", "a") == Record("k", "a", 2, b"")
    assert records.counter("c") == 3
    assert records.counter("new") == 0


def test_spending_reaches_but_never_passes_the_limit(records):
    write(records, Spend("c", 2, 5), Spend("c", 3, 5), Spend("C", 1, 1))
    assert failure(records, Spend("c", 1, 5)) == (Cause.SPENT, 0)
    write(records, Spend("c", 1, 6))
    assert (records.counter("c"), records.counter("C")) == (6, 1)


def test_a_remembered_request_tells_whether_it_was_the_same(records):
    write(records, Remember(A, B, b"answer", 7))
    assert records.remembered(A) == Remembered(B, b"answer", 7)
    for digest, same in ((B, True), (C, False)):
        with pytest.raises(ConditionFailedError) as caught:
            write(records, Remember(A, digest, b"other", 8))
        assert caught.value.same is same
    assert records.remembered(A) == Remembered(B, b"answer", 7)


def test_old_requests_are_forgotten_oldest_first(records):
    write(records, *[Remember(bytes([n]) * 32, B, b"", n) for n in range(10)])
    assert records.forget_requests(8, limit=3) == 3
    assert [records.remembered(bytes([n]) * 32) is None for n in range(10)] == [True] * 3 + [False] * 7
    assert records.forget_requests(8) == 5
    assert records.forget_requests(8) == 0
    assert records.remembered(b"\x08" * 32) is not None


def test_a_failed_unit_leaves_the_others(records):
    with records.write() as transaction:
        with transaction.unit():
            transaction.apply([Insert("k", "a", b"1", (("i", b"v"),)), Spend("c", 1, 9)])
        with pytest.raises(ConditionFailedError), transaction.unit():
            transaction.apply(
                [
                    Replace("k", "a", 1, b"2"),
                    Insert("k", "b", b"", (("i", b"v"),)),
                    Spend("c", 5, 9),
                    Remember(A, B, b"", 1),
                    Delete("k", "x", 1),
                ]
            )
        with transaction.unit():
            transaction.apply([Expect("k", "a", 1), Expect("k", "b", 0), Spend("c", 2, 9), Remember(A, C, b"", 1)])
    assert records.get("k", "a") == Record("k", "a", 1, b"1")
    assert [row.key for row in records.find("k", "i", b"v")] == ["a"]
    assert records.counter("c") == 3
    assert records.remembered(A) == Remembered(C, b"", 1)


def test_any_exception_undoes_its_unit_alone(records):
    with records.write() as transaction:
        with undone(), transaction.unit():
            transaction.apply([Insert("k", "a", b"")])
            raise UndoError
        with transaction.unit():
            transaction.apply([Expect("k", "a", 0), Insert("k", "b", b"")])
    assert [row.key for row in records.scan("k")] == ["b"]


def test_a_failure_caught_inside_its_unit_is_raised_at_its_end(records):
    with records.write() as transaction, refused(), transaction.unit():
        with pytest.raises(ConditionFailedError):
            transaction.apply([Insert("k", "a", b""), Delete("k", "b", 1)])
        transaction.apply([Insert("k", "c", b"")])
    assert records.scan("k") == []


def test_changes_outside_a_unit_are_one(records):
    with records.write() as transaction:
        transaction.apply([Insert("k", "a", b"")])
        with pytest.raises(ConditionFailedError):
            transaction.apply([Insert("k", "b", b""), Insert("k", "a", b"")])
        transaction.apply([Expect("k", "b", 0)])
    assert [row.key for row in records.scan("k")] == ["a"]


def test_a_transaction_that_appends_nothing_is_kept_as_well(records):
    insert = Insert("webhook_delay", "k", b"1")
    with records.write() as transaction:
        transaction.preload([insert])
        end = transaction.log_end()
        with transaction.unit():
            transaction.apply([insert])
    assert end.time_us == 0
    assert [record.body for record in records.scan("webhook_delay")] == [b"1"]
    assert records.journal_length() == 0


def test_units_do_not_nest(records):
    with records.write() as transaction, transaction.unit():
        transaction.apply([Insert("k", "a", b"")])
        with pytest.raises(StorageError), transaction.unit():
            pass
    assert records.get("k", "a") is not None


def test_an_exception_undoes_the_whole_transaction(records):
    write(records, Insert("k", "a", b"1"))
    with undone(), records.write() as transaction:
        transaction.apply([Replace("k", "a", 1, b"2"), Insert("k", "b", b""), Spend("c", 1, 1), Remember(A, B, b"", 1)])
        assert transaction.append(3, 1, b"lost") == 0
        raise UndoError
    assert records.scan("k") == [Record("k", "a", 1, b"1")]
    assert (records.counter("c"), records.remembered(A), records.journal_length()) == (0, None, 0)
    write(records, Expect("k", "a", 1), Expect("k", "b", 0), Replace("k", "a", 1, b"3"))
    assert records.get("k", "a") == Record("k", "a", 2, b"3")


def test_readers_see_a_transaction_only_after_its_commit(records):
    with records.write() as transaction:
        transaction.apply([Insert("k", "a", b"", (("i", b"v"),)), Spend("c", 1, 1)])
        transaction.append(1, 1, b"x")
        assert records.get("k", "a") is None
        assert records.scan("k") == records.find("k", "i", b"v") == list(records.journal()) == []
        assert records.counter("c") == 0
    assert records.get("k", "a") is not None


def test_a_large_batch_is_kept_whole(records):
    """Larger than what any buffer on the way holds."""
    body = bytes(range(256)) * (80 << 10)
    with records.write() as transaction:
        assert transaction.append(1, 1, body) == 0
    (batch,) = records.journal()
    assert batch.body == body


def test_the_journal_is_contiguous(records):
    with records.write() as transaction:
        assert transaction.append(3, 10, b"first") == 0
        assert transaction.append(1, 11, b"second") == 3
        with undone(), transaction.unit():
            assert transaction.append(5, 11, b"undone") == 4
            raise UndoError
        with transaction.unit():
            assert transaction.append(2, 12, b"third") == 4
    with records.write() as transaction:
        assert transaction.append(1, 13, b"fourth") == 6
    batches = [
        Batch(0, 3, 10, b"first"),
        Batch(3, 1, 11, b"second"),
        Batch(4, 2, 12, b"third"),
        Batch(6, 1, 13, b"fourth"),
    ]
    assert records.journal_length() == 7
    for first, skipped in ((0, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 3), (7, 4), (99, 4)):
        assert list(records.journal(first)) == batches[skipped:]


def test_the_journal_ends_where_it_ended_when_asked(records):
    with records.write() as transaction:
        transaction.append(1, 1, b"a")
    batches = records.journal()
    with records.write() as transaction:
        transaction.append(1, 2, b"b")
    assert [batch.body for batch in batches] == [b"a"]


@pytest.mark.parametrize(
    "change",
    [
        Insert("", "a", b""),
        Insert("k" * 41, "a", b""),
        Insert("k", "", b""),
        Insert("k", "a" * 201, b""),
        Insert("k", "a\0b", b""),
        Insert("k", "\ud800", b""),
        Insert("k", "a", b"x" * ((1 << 20) + 1)),
        Insert("k", "a", b"", (("", b"v"),)),
        Insert("k", "a", b"", (("i" * 41, b"v"),)),
        Insert("k", "a", b"", (("i", b""),)),
        Insert("k", "a", b"", (("i", b"v" * 201),)),
        Insert("k", "a", b"", tuple((f"i{n}", b"v") for n in range(65))),
        Replace("k", "b", 1 << 63, b""),
        Replace("k", "b", 1, b"x" * ((1 << 20) + 1)),
        Delete("k", "b", -1),
        Expect("k", "", 1),
        Spend("", 1, 1),
        Spend("c" * 201, 1, 1),
        Spend("c", 0, 1),
        Spend("c", -1, 1),
        Spend("c", 1, 1 << 64),
        Remember(b"short", B, b"", 1),
        Remember(A, b"short", b"", 1),
        Remember(A, B, b"x" * ((1 << 20) + 1), 1),
        Remember(A, B, b"", -1),
    ],
)
def test_changes_are_bounded_and_leave_nothing(records, change):
    with pytest.raises(LimitExceededError):
        write(records, Insert("k", "before", b""), change)
    assert records.scan("k") == []


def test_questions_are_bounded(records):
    questions = [
        lambda: records.get("", "a"),
        lambda: records.get("k", "a" * 201),
        lambda: records.scan("k" * 41),
        lambda: records.scan("k", limit=0),
        lambda: records.scan("k", limit=1_001),
        lambda: records.scan("k", after="a" * 201),
        lambda: records.find("k", "i", b""),
        lambda: records.find("k", "", b"v"),
        lambda: records.find("k", "i", b"v", limit=1_001),
        lambda: records.counter(""),
        lambda: records.remembered(b""),
        lambda: records.journal(-1),
        lambda: records.forget_requests(-1),
        lambda: records.forget_requests(1, limit=10_001),
    ]
    for question in questions:
        with pytest.raises(LimitExceededError):
            question()
    with records.write() as transaction:
        for count, time_us in ((0, 1), (-1, 1), (1, -1), (1 << 64, 1)):
            with pytest.raises(LimitExceededError):
                transaction.append(count, time_us, b"")
    assert records.journal_length() == 0


def test_the_largest_values_are_kept(records):
    body = b"\x00\xff" * (1 << 19)
    write(records, Insert("k" * 40, "a" * 200, body, (("i" * 40, b"\x00" * 200),)))
    assert records.find("k" * 40, "i" * 40, b"\x00" * 200) == [Record("k" * 40, "a" * 200, 1, body)]


@pytest.mark.parametrize("engine", LASTING_RECORDS)
def test_what_was_committed_is_there_after_reopening(engine, tmp_path):
    records = open_records(engine, tmp_path)
    write(records, Insert("k", "a", b"1", (("i", b"v"),)), Spend("c", 1, 9), Remember(A, B, b"x", 1))
    with records.write() as transaction:
        transaction.append(2, 1, b"batch")
    records.close()
    again = open_records(engine, tmp_path)
    assert again.find("k", "i", b"v") == [Record("k", "a", 1, b"1")]
    assert (again.counter("c"), again.remembered(A)) == (1, Remembered(B, b"x", 1))
    with again.write() as transaction:
        transaction.apply([Expect("k", "a", 1)])
        assert transaction.append(1, 2, b"next") == 2
    again.close()


def test_transactions_of_one_thread_do_not_nest(records):
    with records.write() as transaction:
        with pytest.raises(StorageError), records.write():
            pass
        transaction.apply([Insert("k", "a", b"")])
    assert records.get("k", "a") is not None


def test_a_closed_store_refuses(engine, tmp_path):
    closed = open_records(engine, tmp_path)
    closed.close()
    with pytest.raises(StorageUnavailableError):
        closed.get("k", "a")
    with pytest.raises(StorageUnavailableError), closed.write():
        pass
