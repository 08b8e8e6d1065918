"""Migrations on PostgreSQL: from nothing to the newest schema, in turn, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.errors import SchemaError, StorageUnavailableError
from storage.records.migrate import Database, check, current, upgrade
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_migrate import PostgresTarget
from storage.records.schema import ACCESS_INDEX, RECORDS

METADATA = {Database.RECORDS: RECORDS, Database.INDEX: ACCESS_INDEX}
CATALOGUE = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname, c.reloptions
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
 WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%_revision%' ORDER BY c.relname, a.attnum
"""


@pytest.fixture(params=list(Database))
def database(request):
    return request.param


@pytest.fixture
def address(postgres_databases):
    return postgres_databases.empty()


@pytest.fixture
def target(address):
    return PostgresTarget(address)


def ask(address, sql):
    with psycopg.connect(address.url) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_upgrade_reaches_the_newest_and_may_repeat(target, database):
    with pytest.raises(SchemaError, match="empty: run `onceonly migrate`"):
        check(target, database)
    assert current(target, database) is None
    reached = upgrade(target, database)
    assert upgrade(target, database) == current(target, database) == reached == f"{database}_0001"
    check(target, database)


def test_both_chains_share_a_database(target):
    for database in Database:
        upgrade(target, database)
    for database in Database:
        check(target, database)


def test_what_is_built_equals_the_metadata(target, address, database, postgres_databases):
    upgrade(target, database)
    engine = target.engine(writing=False)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": f"{database}_revision"})
        assert compare_metadata(context, METADATA[database]) == []
    engine.dispose()
    declared = postgres_databases.empty()
    engine = PostgresTarget(declared).engine(writing=False)
    METADATA[database].create_all(engine)
    engine.dispose()
    assert ask(address, CATALOGUE) == ask(declared, CATALOGUE)


def test_names_compare_by_bytes_and_bodies_are_not_compressed(target, address):
    for database in Database:
        upgrade(target, database)
    texts = [row for row in ask(address, CATALOGUE) if row[2] == "text"]
    assert texts
    assert {row[4] for row in texts} == {"C"}
    bodies = ask(
        address,
        "SELECT attrelid::regclass::text, attstorage FROM pg_attribute WHERE attname IN ('body', 'answer')",
    )
    assert sorted(bodies) == [("journal", "e"), ("record", "e"), ("request", "e")]


def test_a_newer_schema_and_tables_of_unknown_origin_are_refused(target, address):
    upgrade(target)
    ask(address, "UPDATE records_revision SET version_num = 'records_9999'")
    for refuse in (check, upgrade):
        with pytest.raises(SchemaError, match="newer version, then run `onceonly migrate`"):
            refuse(target)
    ask(address, "DROP TABLE records_revision")
    for refuse in (check, upgrade):
        with pytest.raises(SchemaError, match="no known schema version"):
            refuse(target)


def test_a_migration_that_fails_leaves_nothing(target, address, monkeypatch):
    monkeypatch.setattr("alembic.op.bulk_insert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upgrade(target)
    assert ask(address, CATALOGUE) == []


def test_processes_that_migrate_at_once_take_turns(target, address):
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(upgrade, [target] * 4)) == {"records_0001"}
    check(target)


def test_a_server_that_is_away_is_told():
    nowhere = PostgresTarget(PostgresAddress("postgresql://hub@127.0.0.1:1/onceonly", password="correct-horse"))
    for refuse in (check, upgrade, current):
        with pytest.raises(StorageUnavailableError, match="check that the server runs") as caught:
            refuse(nowhere)
        assert "horse" not in repr(caught.value.__cause__)
    with pytest.raises(StorageUnavailableError, match="plain URL"):
        check("postgresql://hub@127.0.0.1:1/onceonly")
