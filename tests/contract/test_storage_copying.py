"""Copying a whole records database: between every pair of engines, from a running one, into an empty one alone."""

import sqlite3
import threading
from contextlib import closing

import pytest

from storage.errors import CorruptError, SchemaError, StorageError, StorageUnavailableError
from storage.records import copying
from storage.records.changes import Delete, Insert, Remember, Replace, Spend
from storage.records.copying import NotEmptyError, copy_records, require_empty
from storage.records.copying_sqlite import fold
from storage.records.limits import MAX_BATCH_BODY
from storage.records.migrate import Database, sqlite_url
from storage.records.postgres import PostgresRecords
from storage.records.postgres_connection import connect, migrating
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create

KEYS = ("a", "A", "é", "e\u0301", "营业执照", "\U00020bb7野家", "\uffff", "\x01", "k" * 200)
LARGE = 1_000_000
PAIRS = [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")]


def quiet(done, total):
    assert 0 <= done <= total


@pytest.fixture
def places(tmp_path, request):
    """Makes fresh places of an engine."""
    numbers = iter(range(100))

    def fresh(engine):
        if engine == "postgres":
            return request.getfixturevalue("postgres_databases").fresh()
        path = tmp_path / f"{next(numbers)}.sqlite"
        create(path)
        return sqlite_url(path)

    return fresh


def file_of(place):
    return place.removeprefix("sqlite:///")


def opened(place, tmp_path, read_only=False):
    if isinstance(place, str):
        return SqliteRecords(tmp_path / file_of(place), read_only=read_only, lock_seconds=30)
    return PostgresRecords(place, read_only=read_only, lock_seconds=30)


def fill(records):
    with records.write() as transaction:
        for place, key in enumerate(KEYS):
            entries = (("i", b"\x00"), ("I", b"\xff" * 200), ("i", bytes([place])))
            transaction.apply([Insert("kind", key, bytes(range(256)) * place, entries)])
        transaction.apply([Replace("kind", "a", 1, b"second"), Delete("kind", "A", 1)])
        transaction.apply([Spend("counter", 7, 100), Remember(b"\x00" * 32, b"d" * 32, b"", (1 << 62) - 1)])
        assert transaction.append(3, 5, b"first") == 0
        assert transaction.append(2, 6, b"x" * LARGE) == 3


def answers(records):
    return (
        records.scan("kind"),
        records.find("kind", "i", b"\x00"),
        records.find("kind", "I", b"\xff" * 200),
        records.counter("counter"),
        records.remembered(b"\x00" * 32),
        records.journal_length(),
        list(records.journal()),
    )


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_copy_answers_alike_and_goes_on(places, tmp_path, source, target):
    old, new = places(source), places(target)
    with closing(opened(old, tmp_path)) as records:
        fill(records)
        copied = copy_records(old, new, progress=quiet)
        with closing(opened(new, tmp_path)) as copy:
            assert answers(copy) == answers(records)
            with copy.write() as transaction:
                assert transaction.append(1, 7, b"next") == 5
                transaction.apply([Replace("kind", "a", 2, b"third")])
            assert records.journal_length() == 5
    assert {table.name: table.rows for table in copied.tables} == {
        "counter": 1, "journal": 2, "log_state": 1, "record": 8, "record_index": 21, "request": 1,
    }  # fmt: skip
    assert copied.rows == 34


def test_the_largest_batch_is_carried_there_and_back(places, tmp_path):
    first, there, back = places("sqlite"), places("postgres"), places("sqlite")
    with closing(opened(first, tmp_path)) as records, records.write() as transaction:
        transaction.append(1, 1, bytes(MAX_BATCH_BODY))
    assert copy_records(first, there, progress=quiet) == copy_records(there, back, progress=quiet)
    with closing(opened(back, tmp_path)) as records:
        assert [len(batch.body) for batch in records.journal()] == [MAX_BATCH_BODY]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_equal_databases_have_equal_digests_and_others_not(places, tmp_path, engine):
    first, second, third = (places(engine) for _ in range(3))
    with closing(opened(first, tmp_path)) as records:
        fill(records)
    one = copy_records(first, second, progress=quiet)
    assert one == copy_records(second, places("sqlite"), progress=quiet)
    with closing(opened(second, tmp_path)) as records, records.write() as transaction:
        transaction.apply([Replace("kind", "é", 1, b"?")])
    other = copy_records(second, third, progress=quiet)
    assert [a.name for a, b in zip(one.tables, other.tables, strict=True) if a != b] == ["record", "record_index"]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    "change", [Insert("k", "k", b""), Spend("c", 1, 1), Remember(b"r" * 32, b"d" * 32, b"", 1), None]
)
def test_a_target_that_holds_anything_is_refused_and_left(places, tmp_path, engine, change):
    source, target = places("sqlite"), places(engine)
    require_empty(target)
    with closing(opened(target, tmp_path)) as records, records.write() as transaction:
        if change is None:
            transaction.append(1, 1, b"b")
        else:
            transaction.apply([change])
    for refuse in (lambda: copy_records(source, target, progress=quiet), lambda: require_empty(target)):
        with pytest.raises(NotEmptyError, match="name an empty database"):
            refuse()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_snapshot_is_one_although_others_write(places, tmp_path, engine):
    """Each unit adds a record, an index entry, a counter and a batch: in a copy there are as many of each."""
    source = places(engine)
    stop = threading.Event()
    written = []
    with closing(opened(source, tmp_path)) as records:

        def work():
            while not stop.is_set():
                number = len(written)
                with records.write() as transaction:
                    change = Insert("kind", f"{number}", b"b" * 500, (("i", b"v"),))
                    transaction.apply([change, Spend("counter", 1, 1 << 40)])
                    transaction.append(1, number, b"batch")
                written.append(number)

        writer = threading.Thread(target=work)
        writer.start()
        copies = []
        try:
            for _ in range(5):
                before = len(written)
                copied = copy_records(source, places("sqlite"), progress=quiet)
                copies.append((before, {table.name: table.rows for table in copied.tables}, len(written) + 1))
        finally:
            stop.set()
            writer.join()
    for before, rows, after in copies:
        assert before <= rows["record"] == rows["record_index"] == rows["journal"] <= after
    assert len(written) > 5


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_interrupted_copy_leaves_the_target_empty(places, tmp_path, engine, monkeypatch):
    source, target = places("sqlite"), places(engine)
    with closing(opened(source, tmp_path)) as records:
        fill(records)

    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "_TELL_EVERY", 20)
    with pytest.raises(KeyboardInterrupt):
        copy_records(source, target, progress=interrupt)
    require_empty(target)
    assert copy_records(source, target, progress=quiet).rows == 34


def test_a_target_that_changes_what_it_takes_is_found_out(places, tmp_path):
    source, target = places("sqlite"), places("sqlite")
    with closing(opened(source, tmp_path)) as records:
        fill(records)
    with closing(sqlite3.connect(file_of(target))) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON counter BEGIN UPDATE counter SET value = value + 1; END")
    with pytest.raises(CorruptError, match="table counter: the target gave back other rows"):
        copy_records(source, target, progress=quiet)
    require_empty(target)


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("record", "UPDATE record SET body = 'text' WHERE key = 'é'"),
        ("counter", "UPDATE counter SET value = x'00'"),
        ("journal", "UPDATE journal SET body = 'text'"),
    ],
)
def test_values_of_another_type_are_refused(places, tmp_path, table, statement):
    source = places("sqlite")
    with closing(opened(source, tmp_path)) as records:
        fill(records)
    with closing(sqlite3.connect(file_of(source))) as database, database:
        database.execute(statement)
    for engine in ("sqlite", "postgres"):
        with pytest.raises(CorruptError, match=f"table {table} holds a value of another type"):
            copy_records(source, places(engine), progress=quiet)


def test_what_cannot_be_copied_is_told(places, tmp_path):
    whole = places("sqlite")
    (tmp_path / "empty.sqlite").touch(0o600)
    empty = sqlite_url(tmp_path / "empty.sqlite")
    for pair in ((whole, empty), (empty, whole)):
        with pytest.raises(SchemaError, match="run `onceonly migrate`"):
            copy_records(*pair, progress=quiet)
    with closing(sqlite3.connect(file_of(whole))) as database, database:
        database.execute("UPDATE records_revision SET version_num = 'records_0000'")
    with pytest.raises(SchemaError, match="are at records_0000 and records_0001"):
        copy_records(whole, places("sqlite"), progress=quiet)
    with pytest.raises(StorageUnavailableError, match="URL"):
        require_empty("no url")
    with pytest.raises(StorageUnavailableError, match="no database file"):
        require_empty(sqlite_url(tmp_path / "none.sqlite"))


def test_a_recorder_at_work_on_the_target_is_waited_for_and_told(places, postgres_databases):
    target = postgres_databases.fresh()
    with closing(connect(target, migrating(target), "read-write", 60.0)) as recorder:
        recorder.autocommit = False
        recorder.execute("SELECT next FROM log_state FOR UPDATE")
        with pytest.raises(StorageError):
            copy_records(places("sqlite"), target, progress=quiet)
        recorder.rollback()


def test_a_folded_file_stands_alone(places, tmp_path):
    place = places("sqlite")
    path = tmp_path / file_of(place)
    with closing(opened(place, tmp_path)) as records:
        fill(records)
        with pytest.raises(StorageUnavailableError):
            fold(path)
    fold(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with closing(opened(place, tmp_path, read_only=True)) as records:
        assert records.journal_length() == 5
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_index_is_no_part_of_it():
    assert {table.name for table in copying.TABLES}.isdisjoint({"posting", "moment", "progress", "named_state"})
    assert Database.INDEX not in {table.name for table in copying.TABLES}
