"""PostgreSQL that is away, slow, full, read-only or locked: what callers hear, and recovery by itself."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from storage.errors import Cause, ConditionFailedError, SchemaError, StorageError, StorageUnavailableError
from storage.records.changes import Expect, Insert, Remember, Replace
from storage.records.interface import Record
from storage.records.migrate import Database, check, upgrade
from storage.records.postgres import PostgresRecords
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.postgres_leader import Leader
from storage.records.postgres_migrate import PostgresTarget
from tests.fakes.postgres_calls import PATIENCE, address, eventually, insert, wait_for, write_and


@pytest.fixture
def server(postgres_servers):
    return postgres_servers.start()


def test_a_server_that_is_away_is_told_and_comes_back_by_itself(server, open_postgres):
    records = open_postgres(server.address)
    insert(records, "a")
    server.kill()
    with pytest.raises(StorageUnavailableError, match="check that the server runs"):
        records.get("k", "a")
    with pytest.raises(StorageUnavailableError, match="check that the server runs"):
        insert(records, "b")
    with pytest.raises(StorageUnavailableError, match="check that the server runs"):
        PostgresRecords(address(server.address), read_only=True)
    server.start()
    assert eventually(lambda: records.get("k", "a")) == Record("k", "a", 1, b"")
    assert eventually(lambda: insert(records, "b")) == 1


def test_a_restart_between_two_calls_is_not_noticed(server, open_postgres):
    records = open_postgres(server.address)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: records.get("k", "a"), range(50)))
    insert(records, "a")
    server.restart()
    assert records.get("k", "a") is not None
    assert insert(records, "b") == 1
    server.restart()
    assert records.forget_requests(10) == 0


def test_a_connection_cut_in_the_middle_keeps_nothing(server, open_postgres):
    records = open_postgres(server.address)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    with pytest.raises(StorageUnavailableError):
        write_and(records, [Insert("k", "a", b"")], lambda: server.ask(cut))
    assert (records.get("k", "a"), records.journal_length()) == (None, 0)
    assert insert(records, "a") == 0


def test_a_cut_while_waiting_for_the_log_keeps_nothing(server, open_postgres):
    records = open_postgres(server.address)
    with psycopg.connect(server.local()) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("SELECT next FROM log_state FOR UPDATE")
        waiting = pool.submit(insert, records, "a")
        stuck = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_for(server, stuck)
        server.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with pytest.raises(StorageUnavailableError, match="cancelled"):
            waiting.result()
    assert insert(records, "a") == 0


def test_a_log_held_for_too_long_is_told(server, open_postgres):
    records = open_postgres(server.address, lock_seconds=0.2)
    with psycopg.connect(server.local()) as holder:
        holder.execute("SELECT next FROM log_state FOR UPDATE")
        with pytest.raises(StorageUnavailableError, match="a lock was not free in time"):
            insert(records, "a")
    assert insert(records, "a") == 0


def test_a_server_that_stands_still_holds_nobody_for_ever(server, open_postgres):
    records = open_postgres(server.address, connections=4)
    insert(records, "a")
    server.pause()
    try:
        with ThreadPoolExecutor(40) as pool:
            ends = [pool.submit(records.get, "k", "a") for _ in range(40)]
            ends.append(pool.submit(insert, records, "b"))
            for end in ends:
                with pytest.raises(StorageUnavailableError):
                    end.result(PATIENCE)
    finally:
        server.resume()
    assert eventually(lambda: records.get("k", "a")) is not None
    assert eventually(lambda: insert(records, "c")) in (1, 2)


def test_a_commit_without_an_answer_is_made_good_under_the_same_id(server, open_postgres):
    records = open_postgres(server.address)
    unit = [Insert("k", "a", b""), Remember(b"a" * 32, b"b" * 32, b"", 1)]
    with pytest.raises(StorageUnavailableError, match="under the same id"):
        write_and(records, unit, server.pause)
    server.resume()

    def again():
        try:
            write_and(records, unit[::-1], lambda: None)
        except ConditionFailedError as error:
            return error.cause, error.same
        return None

    assert eventually(again) in (None, (Cause.REMEMBERED, True))
    assert (records.get("k", "a"), records.journal_length()) == (Record("k", "a", 1, b""), 1)


def test_a_read_only_database_still_answers_reads(server, open_postgres):
    insert(open_postgres(server.address), "a")
    server.ask("ALTER SYSTEM SET default_transaction_read_only = on")
    server.restart()
    records = open_postgres(server.address)
    assert records.get("k", "a") is not None
    with pytest.raises(StorageUnavailableError, match="takes no writes: point the address at the primary"):
        insert(records, "b")
    server.ask("ALTER SYSTEM RESET default_transaction_read_only")
    server.ask("SELECT pg_reload_conf()")
    assert eventually(lambda: insert(records, "b")) == 1


def test_a_full_disk_keeps_nothing_and_goes_on_once_there_is_room(server, open_postgres):
    records = open_postgres(server.address)
    server.ask(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'could not extend file with secret value' USING ERRCODE = '53100'; END$$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON journal EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(StorageUnavailableError, match="disk is full: free space") as caught:
        insert(records, "a")
    assert "secret" not in str(caught.value)
    assert records.get("k", "a") is None
    server.ask("DROP TRIGGER full_disk ON journal")
    assert insert(records, "a") == 0


def test_a_hand_that_goes_around_the_log_fails_the_transaction(server, open_postgres):
    records = open_postgres(server.address)
    insert(records, "a", b"1")
    for meddle in ("UPDATE record SET version = 7", "DELETE FROM record", "UPDATE record SET kind = 'other'"):
        with pytest.raises(StorageUnavailableError, match="another hand"):
            write_and(records, [Replace("k", "a", 1, b"2")], lambda sql=meddle: server.ask(sql))
        server.ask("DELETE FROM record; INSERT INTO record VALUES ('k', 'a', 1, 'x')")
    meddle = "INSERT INTO record VALUES ('k', 'b', 1, '')"
    with pytest.raises(StorageUnavailableError, match="another hand"):
        write_and(records, [Expect("k", "b", 0), Insert("k", "b", b"")], lambda: server.ask(meddle))
    assert insert(records, "c") == 1


def test_what_the_schema_lacks_is_told(server, open_postgres):
    server.ask("CREATE DATABASE bare")
    empty = open_postgres(server.database("bare"))
    for attempt in (lambda: empty.get("k", "a"), lambda: insert(empty, "a"), lambda: empty.forget_requests(1)):
        with pytest.raises(SchemaError, match="run `onceonly migrate`"):
            attempt()
    with pytest.raises(SchemaError, match="run `onceonly migrate`"):
        check(PostgresTarget(address(server.database("bare"))))
    index = PostgresAccessIndex(address(server.database("bare")))
    with pytest.raises(SchemaError, match="run `onceonly migrate`"):
        index.add(0, [(1, [("n", b"v")])])
    index.close()
    with pytest.raises(StorageError, match="no such database"):
        open_postgres(server.database("none"))


def test_a_database_that_cannot_hold_every_name_is_refused(server):
    server.ask("CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    for attempt in (
        lambda url: PostgresRecords(address(url), read_only=True),
        lambda url: check(PostgresTarget(address(url))),
    ):
        with pytest.raises(SchemaError, match=r"encoded in SQL_ASCII.*CREATE DATABASE"):
            attempt(server.database("plain"))


def test_a_user_without_any_special_right_suffices(server, open_postgres):
    server.ask("CREATE ROLE plain LOGIN")
    server.ask("CREATE DATABASE owned OWNER plain")
    url = server.database("owned").replace("onceonly@", "plain@")
    for database in Database:
        upgrade(PostgresTarget(address(url)), database)
    assert insert(open_postgres(url), "a") == 0
    index = PostgresAccessIndex(address(url))
    index.add(0, [(1, [("n", b"v")])])
    index.clear()
    index.close()
    leader = Leader(address(url), "integrator")
    assert leader.try_lead()
    leader.close()
    server.ask("REVOKE CONNECT ON DATABASE owned FROM public; CREATE ROLE stranger LOGIN")
    with pytest.raises(StorageUnavailableError):
        PostgresRecords(address(url.replace("plain@", "stranger@")), read_only=True)
    server.ask("GRANT CONNECT ON DATABASE owned TO stranger")
    stranger = open_postgres(url.replace("plain@", "stranger@"))
    with pytest.raises(StorageUnavailableError, match="lacks a right"):
        stranger.get("k", "a")
