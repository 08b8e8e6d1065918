"""Migrations: from nothing to the newest schema, and what is refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from storage.errors import SchemaError, StorageUnavailableError
from storage.records.migrate import Database, check, current, sqlite_url, upgrade
from storage.records.schema import ACCESS_INDEX, RECORDS
from storage.records.sqlite_file import create

METADATA = {Database.RECORDS: RECORDS, Database.INDEX: ACCESS_INDEX}


@pytest.fixture(params=list(Database))
def database(request):
    return request.param


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some %20 folder"
    path.mkdir()
    (path / "x.db").touch()
    return path / "x.db"


def test_upgrade_reaches_the_newest_and_may_repeat(file, database):
    url = sqlite_url(file)
    assert current(url, database) is None
    reached = upgrade(url, database)
    assert upgrade(url, database) == current(url, database) == reached == f"{database}_0001"
    check(url, database)


def test_what_is_built_equals_the_metadata(file, database):
    upgrade(sqlite_url(file), database)
    engine = create_engine(sqlite_url(file))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": f"{database}_revision"})
        assert compare_metadata(context, METADATA[database]) == []
    engine.dispose()
    with closing(sqlite3.connect(file)) as built, closing(sqlite3.connect(":memory:")) as declared:
        memory = create_engine("sqlite://", creator=lambda: declared)
        METADATA[database].create_all(memory)
        sql = "SELECT name, sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE '%_revision' ORDER BY name"
        assert built.execute(sql).fetchall() == declared.execute(sql).fetchall()
        memory.dispose()


def test_an_empty_or_missing_database_names_the_command(file, tmp_path, database):
    with pytest.raises(SchemaError, match=r"empty: run `onceonly migrate`"):
        check(sqlite_url(file), database)
    with pytest.raises(SchemaError, match="run `onceonly migrate`"):
        check(sqlite_url(tmp_path / "none.db"), database)
    assert not (tmp_path / "none.db").exists()


def test_a_newer_schema_is_refused(file, database):
    upgrade(sqlite_url(file), database)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"UPDATE {database}_revision SET version_num = 'records_9999'")
        connection.commit()
    for refuse in (check, upgrade):
        with pytest.raises(SchemaError, match=r"newer version, then run `onceonly migrate`"):
            refuse(sqlite_url(file), database)


def test_tables_of_unknown_origin_are_refused(file):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE journal (x)")
    for refuse in (check, upgrade):
        with pytest.raises(SchemaError, match="no known schema version"):
            refuse(sqlite_url(file))


def test_an_older_schema_is_refused_by_check_alone(file, monkeypatch):
    upgrade(sqlite_url(file))
    monkeypatch.setattr("alembic.script.ScriptDirectory.get_current_head", lambda self: "records_0002")
    with pytest.raises(SchemaError, match=r"older than records_0002: run `onceonly migrate`"):
        check(sqlite_url(file))


def test_a_migration_that_fails_leaves_nothing(file, monkeypatch):
    monkeypatch.setattr("alembic.op.bulk_insert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upgrade(sqlite_url(file))
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_processes_that_migrate_at_once_take_turns(tmp_path):
    path = tmp_path / "x.db"
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, [path] * 4)) == [None] * 4
    check(sqlite_url(path))


def test_what_is_no_database_is_told(file):
    file.write_bytes(b"no database" * 500)
    for refuse in (check, upgrade, current):
        with pytest.raises(StorageUnavailableError, match="DatabaseError"):
            refuse(sqlite_url(file))
    with pytest.raises(StorageUnavailableError, match="URL"):
        check("not a url")
