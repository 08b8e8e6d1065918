"""PostgreSQL that is away, slow, full, read-only or gone over to its standby: what callers hear, and recovery."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import trustme

from servers.postgres import PostgresOptions
from servers.tls_front import TlsFront
from storage.errors import Cause, ConditionFailedError, SchemaError, StorageError, StorageUnavailableError
from storage.records.changes import Expect, Insert, Remember, Replace
from storage.records.interface import Record
from storage.records.migrate import check
from storage.records.postgres import PostgresRecords
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_index import PostgresAccessIndex
from storage.records.postgres_migrate import PostgresTarget

PATIENCE = 60.0
SECRET = "correct-horse-battery"
A = b"a" * 32
B = b"b" * 32


@pytest.fixture
def server(postgres_servers):
    return postgres_servers.start()


@pytest.fixture
def opened():
    """Opens records with short times, and closes them after the test."""
    stores = []

    def open_records(url, **options):
        stores.append(PostgresRecords(address(url), read_only=False, **options))
        return stores[-1]

    yield open_records
    for store in stores:
        store.close()


def address(url, **options):
    times = {"statement_seconds": 1.0, "connect_seconds": 2.0, "idle_seconds": 1.0}
    return PostgresAddress(url, **{**times, **options})


def insert(records, key, body=b""):
    with records.write() as transaction:
        transaction.apply([Insert("k", key, body)])
        return transaction.append(1, 1, key.encode())


def write_and(records, changes, meanwhile):
    """One transaction with one entry, and what happens before it commits."""
    with records.write() as transaction:
        transaction.apply(changes)
        transaction.append(1, 1, b"entry")
        meanwhile()


def eventually(attempt):
    """What the attempt returns once the database is back; it must come back by itself."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except StorageUnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def wait_for(server, sql):
    until = time.monotonic() + PATIENCE
    while server.ask(sql) != "t":
        assert time.monotonic() < until, sql
        time.sleep(0.02)


def test_a_server_that_is_away_is_told_and_comes_back_by_itself(server, opened):
    records = opened(server.address)
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


def test_a_restart_between_two_calls_is_not_noticed(server, opened):
    records = opened(server.address)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: records.get("k", "a"), range(50)))
    insert(records, "a")
    server.restart()
    assert records.get("k", "a") is not None
    assert insert(records, "b") == 1
    server.restart()
    assert records.forget_requests(10) == 0


def test_a_connection_cut_in_the_middle_keeps_nothing(server, opened):
    records = opened(server.address)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    with pytest.raises(StorageUnavailableError):
        write_and(records, [Insert("k", "a", b"")], lambda: server.ask(cut))
    assert (records.get("k", "a"), records.journal_length()) == (None, 0)
    assert insert(records, "a") == 0


def test_a_cut_while_waiting_for_the_log_keeps_nothing(server, opened):
    records = opened(server.address)
    with psycopg.connect(server.local()) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("SELECT next FROM log_state FOR UPDATE")
        waiting = pool.submit(insert, records, "a")
        stuck = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_for(server, stuck)
        server.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with pytest.raises(StorageUnavailableError, match="cancelled"):
            waiting.result()
    assert insert(records, "a") == 0


def test_a_log_held_for_too_long_is_told(server, opened):
    records = opened(server.address, lock_seconds=0.2)
    with psycopg.connect(server.local()) as holder:
        holder.execute("SELECT next FROM log_state FOR UPDATE")
        with pytest.raises(StorageUnavailableError, match="another recorder held the log"):
            insert(records, "a")
    assert insert(records, "a") == 0


def test_a_server_that_stands_still_holds_nobody_for_ever(server, opened):
    records = opened(server.address, connections=4)
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


def test_a_commit_without_an_answer_is_made_good_under_the_same_id(server, opened):
    records = opened(server.address)
    unit = [Insert("k", "a", b""), Remember(A, B, b"", 1)]
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


def test_a_read_only_database_still_answers_reads(server, opened):
    insert(opened(server.address), "a")
    server.ask("ALTER SYSTEM SET default_transaction_read_only = on")
    server.restart()
    records = opened(server.address)
    assert records.get("k", "a") is not None
    with pytest.raises(StorageUnavailableError, match="takes no writes: point the address at the primary"):
        insert(records, "b")
    server.ask("ALTER SYSTEM RESET default_transaction_read_only")
    server.ask("SELECT pg_reload_conf()")
    assert eventually(lambda: insert(records, "b")) == 1


def test_a_full_disk_keeps_nothing_and_goes_on_once_there_is_room(server, opened):
    records = opened(server.address)
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


def test_a_hand_that_goes_around_the_log_fails_the_transaction(server, opened):
    records = opened(server.address)
    insert(records, "a", b"1")
    for meddle in ("UPDATE record SET version = 7", "DELETE FROM record", "UPDATE record SET kind = 'other'"):
        with pytest.raises(StorageUnavailableError, match="another hand"):
            write_and(records, [Replace("k", "a", 1, b"2")], lambda sql=meddle: server.ask(sql))
        server.ask("DELETE FROM record; INSERT INTO record VALUES ('k', 'a', 1, 'x')")
    meddle = "INSERT INTO record VALUES ('k', 'b', 1, '')"
    with pytest.raises(StorageUnavailableError, match="another hand"):
        write_and(records, [Expect("k", "b", 0), Insert("k", "b", b"")], lambda: server.ask(meddle))
    assert insert(records, "c") == 1


def test_wrong_credentials_are_told_and_never_shown(postgres_servers, caplog):
    server = postgres_servers.start(options=PostgresOptions(durable=False, password=SECRET))
    right = address(server.address, password=SECRET)
    PostgresRecords(right, read_only=True).close()
    for wrong in (SECRET + "x", ""):
        with pytest.raises(StorageUnavailableError, match="refuses the credentials") as caught:
            PostgresRecords(address(server.address, password=wrong), read_only=True)
        assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text} {right!r}"
    server.ask("ALTER USER onceonly PASSWORD 'another'")
    records = PostgresRecords(address(server.local()), read_only=True)
    records.close()
    with pytest.raises(StorageUnavailableError, match="refuses the credentials"):
        check(PostgresTarget(right))


def test_a_server_that_asks_for_no_password_is_not_believed(server):
    with pytest.raises(StorageUnavailableError, match="credentials"):
        PostgresRecords(address(server.address, password=SECRET), read_only=True)


def test_tls_proves_the_server_or_nothing_is_sent(postgres_servers, tmp_path):
    ca, other = trustme.CA(), trustme.CA()
    certificate = ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    server = postgres_servers.start(options=PostgresOptions(durable=False, tls_alone=True))

    def get(ca_file, url):
        records = PostgresRecords(address(url, tls_ca=ca_file), read_only=False)
        try:
            return insert(records, "a")
        finally:
            records.close()

    with TlsFront(server, tmp_path / "server.pem", tmp_path / "key.pem") as front:
        assert get(tmp_path / "ca.pem", front.database()) == 0
        with pytest.raises(StorageUnavailableError, match="demands TLS: set the CA"):
            get(None, front.database())
        with pytest.raises(StorageUnavailableError, match="does not prove its name"):
            get(tmp_path / "other.pem", front.database())
        with pytest.raises(StorageUnavailableError, match="does not prove its name"):
            get(tmp_path / "ca.pem", front.database(host="localhost"))
        with pytest.raises(StorageUnavailableError):
            get(tmp_path / "none.pem", front.database())


def test_tls_is_not_given_up_where_the_server_has_none(server, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    with pytest.raises(StorageUnavailableError, match="speaks no TLS"):
        PostgresRecords(address(server.address, tls_ca=tmp_path / "ca.pem"), read_only=True)


def test_a_failover_loses_no_acknowledged_batch(postgres_servers, opened):
    primary = postgres_servers.start(options=PostgresOptions())
    standby = postgres_servers.follow(primary)
    both = f"postgresql://onceonly@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
    records = opened(both)
    with pytest.raises(StorageUnavailableError, match="point the address at the primary"):
        PostgresRecords(address(standby.address), read_only=True)
    acknowledged, stop = [], threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            try:
                insert(records, f"{number:06}")
                acknowledged.append(number)
            except StorageUnavailableError:
                time.sleep(0.02)
            number += 1

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        while len(acknowledged) < 20:
            time.sleep(0.01)
        primary.kill()
        standby.promote()
        before = len(acknowledged)
        until = time.monotonic() + PATIENCE
        while len(acknowledged) < before + 20 and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()
        writer.result()
    assert len(acknowledged) >= before + 20
    kept = [int(batch.body) for batch in eventually(lambda: list(records.journal()))]
    assert set(acknowledged) <= set(kept)
    assert kept == sorted(set(kept))


def test_a_commit_that_the_standby_did_not_confirm_is_not_acknowledged(postgres_servers, opened):
    primary = postgres_servers.start(options=PostgresOptions())
    standby = postgres_servers.follow(primary)
    records = opened(primary.address, lock_seconds=1.0)
    insert(records, "a")
    standby.pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(insert, records, "b")
        wait_for(primary, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        # An operator's cancel makes the server answer as if all were well, with no more than a warning.
        primary.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        with pytest.raises(StorageUnavailableError, match="unknown"):
            waiting.result()
    with pytest.raises(StorageUnavailableError, match="unknown"):
        insert(records, "c")
    standby.resume()
    assert eventually(lambda: insert(records, "d")) >= 1


def test_what_the_schema_lacks_is_told(server, opened):
    server.ask("CREATE DATABASE bare")
    empty = opened(server.database("bare"))
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
        opened(server.database("none"))


def test_a_database_that_cannot_hold_every_name_is_refused(server):
    server.ask("CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    for attempt in (
        lambda url: PostgresRecords(address(url), read_only=True),
        lambda url: check(PostgresTarget(address(url))),
    ):
        with pytest.raises(SchemaError, match=r"encoded in SQL_ASCII.*CREATE DATABASE"):
            attempt(server.database("plain"))
