"""PostgreSQL with a synchronous standby: nothing acknowledged is lost, and nothing lost is acknowledged."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.postgres import PostgresOptions
from storage.errors import StorageUnavailableError
from storage.records.postgres import PostgresRecords
from tests.fakes.postgres_calls import PATIENCE, address, eventually, insert, wait_for


def test_a_failover_loses_no_acknowledged_batch(postgres_servers, open_postgres):
    primary = postgres_servers.start(options=PostgresOptions())
    standby = postgres_servers.follow(primary)
    both = f"postgresql://onceonly@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
    records = open_postgres(both)
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


def test_a_commit_that_the_standby_did_not_confirm_is_not_acknowledged(postgres_servers, open_postgres):
    primary = postgres_servers.start(options=PostgresOptions())
    standby = postgres_servers.follow(primary)
    records = open_postgres(primary.address, lock_seconds=1.0)
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
