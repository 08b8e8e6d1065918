"""What is SQLite's own: the file, its errors, its plans, its version cache and a second writing process."""

import dataclasses
import re
import sqlite3
import stat
import threading
from collections.abc import Mapping
from contextlib import closing, contextmanager

import pytest
from sqlalchemy.dialects import postgresql

from storage.errors import ConditionFailedError, CorruptError, SchemaError, StorageUnavailableError
from storage.records.changes import Delete, Expect, Insert, Remember, Replace, Spend
from storage.records.index_statements import index_statements
from storage.records.migrate import Database
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create
from storage.records.sqlite_index import SqliteAccessIndex
from storage.records.statements import record_statements, sqlite_dialect
from storage.records.version_cache import VersionCache


@pytest.fixture
def path(tmp_path):
    create(tmp_path / "records.db")
    return tmp_path / "records.db"


@pytest.fixture
def records(path):
    with closing(SqliteRecords(path, read_only=False)) as opened:
        yield opened


def write(records, *changes):
    with records.write() as transaction:
        transaction.apply(changes)


@contextmanager
def refused(words):
    with pytest.raises(StorageUnavailableError, match=words):
        yield


def test_the_files_are_their_owners_alone(path, records):
    write(records, Insert("k", "a", b""))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"records.db": 0o600, "records.db-wal": 0o600, "records.db-shm": 0o600}


def test_commits_are_durable(path, records):
    connection = records._writer._connection._connection
    asked = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_a_reader_cannot_write(path, records):
    with closing(SqliteRecords(path, read_only=True)) as reader:
        write(records, Insert("k", "a", b"1"))
        assert reader.get("k", "a").body == b"1"
        with pytest.raises(StorageUnavailableError, match="reading only"):
            reader.write()
        with pytest.raises(StorageUnavailableError, match="READONLY"):
            reader._readers.rows("DELETE FROM record", {})


def test_a_missing_file_names_the_command(tmp_path):
    for opens in (lambda p: SqliteRecords(p, read_only=True), SqliteAccessIndex):
        with pytest.raises(StorageUnavailableError, match="onceonly migrate"):
            opens(tmp_path / "none.db")
    with pytest.raises(StorageUnavailableError, match="cannot make"):
        create(tmp_path / "no" / "folder.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StorageUnavailableError, match="cannot make"):
        create(tmp_path / "link.db")


def test_what_is_no_database_or_damaged_is_told(tmp_path, path):
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all" * 100)
    with pytest.raises(CorruptError, match="backup"):
        SqliteRecords(other, read_only=True)
    with pytest.raises(CorruptError):
        create(other)
    with closing(SqliteRecords(path, read_only=False)) as records:
        write(records, *[Insert("k", f"{n}", b"x" * 3_000) for n in range(50)])
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with closing(SqliteRecords(path, read_only=True)) as records, pytest.raises(CorruptError):
        records.scan("k")


def test_a_database_without_tables_names_the_command(tmp_path):
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("CREATE TABLE x (y)")
    with (
        closing(SqliteRecords(tmp_path / "empty.db", read_only=True)) as records,
        pytest.raises(SchemaError, match="onceonly migrate"),
    ):
        records.get("k", "a")


def test_missing_state_rows_are_corruption(path, records, tmp_path):
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DELETE FROM log_state")
    with pytest.raises(CorruptError, match="journal"):
        records.journal_length()
    create(tmp_path / "index.db", Database.INDEX)
    with closing(sqlite3.connect(tmp_path / "index.db")) as other:
        other.executescript("DELETE FROM progress")
    with closing(SqliteAccessIndex(tmp_path / "index.db")) as index, pytest.raises(CorruptError, match="index"):
        index.indexed_through()


def test_a_gap_in_the_journal_is_corruption(path, records):
    with records.write() as transaction:
        for _ in range(3):
            transaction.append(2, 1, b"")
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DELETE FROM journal WHERE first = 2")
    with pytest.raises(CorruptError, match="position 2"):
        list(records.journal())


def test_a_full_disk_undoes_the_transaction_and_nothing_more(records):
    write(records, Insert("k", "a", b"1"))
    connection = records._writer._connection._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with refused("rolled back"), records.write() as transaction:
        transaction.apply([Replace("k", "a", 1, b"2"), Spend("c", 1, 1)])
        with pytest.raises(StorageUnavailableError, match="FULL"):
            transaction.apply([Insert("k", "big", b"x" * (1 << 20))])
        for attempt in (
            lambda: transaction.apply([Spend("c", 1, 9)]),
            lambda: transaction.append(1, 1, b""),
            transaction.require_usable,
        ):
            with pytest.raises(StorageUnavailableError, match="begin another"):
                attempt()
    assert (records.get("k", "a").version, records.counter("c"), records.get("k", "big")) == (1, 0, None)
    with refused("rolled back"), records.write() as transaction:
        transaction.apply([Spend("c", 1, 1)])
        with refused("FULL"):
            transaction.append(1, 1, b"x" * (1 << 20))
    assert (records.counter("c"), records.journal_length()) == (0, 0)
    connection.execute("PRAGMA max_page_count = 1000000")
    write(records, Expect("k", "a", 1), Insert("k", "big", b"x" * (1 << 20)))
    assert records.get("k", "big") is not None


def test_a_commit_that_fails_leaves_no_version_behind(path, monkeypatch):
    """The disk filled up at the very end: what was about to be true is not, and the next transaction knows."""
    full = []

    class Connection(sqlite3.Connection):
        def execute(self, sql, *parameters):
            if sql == "COMMIT" and full:
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *parameters)

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: real(*args, factory=Connection, **options))
    with closing(SqliteRecords(path, read_only=False)) as records:
        write(records, Insert("k", "a", b"1"))
        full.append(True)
        with refused("cannot be read or written"):
            write(records, Replace("k", "a", 1, b"2"), Insert("k", "b", b""))
        full.clear()
        assert records.get("k", "a").version == 1
        write(records, Expect("k", "a", 1), Expect("k", "b", 0))


def test_another_process_that_holds_the_database_is_waited_for_then_told(path, records):
    records._writer._connection._connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailableError, match="BUSY"), records.write():
            pass
        other.execute("ROLLBACK")
    write(records, Insert("k", "a", b""))


def test_another_writing_process_is_noticed(path, records):
    write(records, Insert("k", "a", b"1"), Expect("k", "b", 0))
    with closing(SqliteRecords(path, read_only=False)) as other:
        write(other, Expect("k", "a", 1), Replace("k", "a", 1, b"2"), Insert("k", "b", b""))
        write(records, Expect("k", "a", 2), Expect("k", "b", 1), Delete("k", "b", 1))
        write(other, Expect("k", "b", 0))


def test_a_closed_writer_refuses_and_waits_for_the_last_transaction(path):
    records = SqliteRecords(path, read_only=False)
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with records.write() as transaction:
            inside.set()
            leave.wait(10)
            transaction.apply([Insert("k", "a", b"")])

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(10)
    threading.Timer(0.05, leave.set).start()
    records.close()
    thread.join()
    with pytest.raises(StorageUnavailableError, match="closed"), records.write():
        pass
    with closing(SqliteRecords(path, read_only=True)) as again:
        assert again.get("k", "a") is not None


def test_a_lent_connection_closes_when_it_comes_back(path):
    records = SqliteRecords(path, read_only=True)
    lent = records._readers.run(lambda connection: (records.close(), connection)[1])
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        lent.execute("SELECT 1")


def test_readers_that_meet_get_connections_of_their_own(records):
    def nested(outer):
        return records._readers.run(lambda inner: inner is not outer)

    assert records._readers.run(nested)


def test_erased_bytes_leave_the_file(path):
    secret = b"wrapped key that must be gone"
    with closing(SqliteRecords(path, read_only=False)) as records:
        write(records, Insert("data_key", "owner", secret))
    assert secret in path.read_bytes()
    with closing(SqliteRecords(path, read_only=False)) as records:
        write(records, Replace("data_key", "owner", 1, b""))
    assert not any(secret in file.read_bytes() for file in path.parent.iterdir())


def test_the_version_cache_is_bounded_and_keeps_what_is_used():
    cache = VersionCache(10)
    cache.put(("k", "used"), 7)
    for number in range(100):
        cache.put(("k", str(number)), number)
        assert cache.get(("k", "used")) == 7
        assert len(cache) <= 10
    assert cache.get(("k", "1")) is None
    cache.forget(("k", "used"))
    assert cache.get(("k", "used")) is None
    cache.clear()
    assert len(cache) == 0


def test_expectations_of_known_records_run_no_statement(records):
    write(records, Insert("k", "a", b""))
    write(records, Expect("k", "a", 1), Expect("k", "b", 0))
    seen = []
    records._writer._connection._connection.set_trace_callback(seen.append)
    with records.write() as transaction:
        for _ in range(3):
            with transaction.unit():
                transaction.apply([Expect("k", "a", 1), Expect("k", "b", 0)])
        with pytest.raises(ConditionFailedError):
            transaction.apply([Expect("k", "a", 2)])
    assert seen == ["BEGIN IMMEDIATE", "PRAGMA data_version", "COMMIT"]


def test_a_unit_of_real_changes_runs_one_statement_each(records):
    seen = []
    records._writer._connection._connection.set_trace_callback(seen.append)
    write(records, Remember(b"a" * 32, b"b" * 32, b"", 1), Spend("c", 1, 9), Insert("k", "a", b""))
    assert [sql.split()[0] for sql in seen] == ["BEGIN", "PRAGMA", "SAVEPOINT", *["INSERT"] * 3, "RELEASE", "COMMIT"]


def plans(path, statements):
    """(name, plan lines) of each statement on the database at ``path``."""
    with closing(sqlite3.connect(path)) as connection:
        for field in dataclasses.fields(statements):
            value = getattr(statements, field.name)
            texts = [value] if isinstance(value, str) else list(value.values() if isinstance(value, Mapping) else value)
            for sql in texts:
                marks = dict.fromkeys(re.findall(r":(\w+)", sql), 1)
                rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", marks).fetchall()
                yield field.name, [row[3] for row in rows]


def test_no_records_statement_scans_or_sorts(path):
    for name, plan in plans(path, record_statements(sqlite_dialect())):
        assert not any(step.startswith("SCAN") or "TEMP B-TREE" in step for step in plan), (name, plan)


def test_no_index_statement_scans_and_only_summaries_sort(tmp_path):
    create(tmp_path / "index.db", Database.INDEX)
    for name, plan in plans(tmp_path / "index.db", index_statements(sqlite_dialect())):
        if name in ("clear_postings", "clear_moments"):
            continue
        # The rarity probe counts its own bounded subquery, which SQLite calls a scan of it.
        scans = [step for step in plan if step.startswith("SCAN") and not (name == "rarity" and "anon" in step)]
        assert not scans, (name, plan)
        if name == "find":
            assert not any("TEMP B-TREE" in step for step in plan), plan
        if name == "summarise":
            assert any("posting_by_position (name=? AND position=?)" in step for step in plan), plan


def test_an_index_opened_for_reading_refuses_changes(tmp_path):
    create(tmp_path / "index.db", Database.INDEX)
    with closing(SqliteAccessIndex(tmp_path / "index.db", read_only=True)) as index:
        with pytest.raises(StorageUnavailableError, match="integrator"):
            index.add(0, [])
        assert index.indexed_through() == 0


def test_statements_also_compile_for_postgresql():
    dialect = postgresql.dialect(paramstyle="pyformat")
    statements = record_statements(dialect)
    assert "ON CONFLICT (name) DO UPDATE" in statements.spend
    assert "ON CONFLICT DO NOTHING" in statements.remember
    assert 'COLLATE "C"' in statements.scan
    assert "CROSS" not in index_statements(dialect).summarise[3]
