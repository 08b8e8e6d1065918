"""Who leads: one at a time, and nobody whose connection is gone."""

import time

import pytest

from storage.errors import StorageUnavailableError
from storage.records.postgres_leader import Leader

PATIENCE = 60.0


@pytest.fixture
def address(postgres_databases):
    return postgres_databases.fresh()


@pytest.fixture
def candidate(address):
    candidates = []

    def make(name="integrator", **options):
        candidates.append(Leader(address, name, **options))
        return candidates[-1]

    yield make
    for one in candidates:
        one.close()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_candidate_leads_until_it_closes(candidate):
    first, second = candidate(), candidate()
    assert not first.leads()
    assert first.try_lead()
    assert first.try_lead()
    assert (first.leads(), second.try_lead(), second.leads()) == (True, False, False)
    first.close()
    until(second.try_lead)
    assert (first.leads(), second.leads()) == (False, True)
    with pytest.raises(StorageUnavailableError):
        first.try_lead()


def test_a_lead_taken_twice_is_given_up_at_once(candidate):
    first, second = candidate(), candidate()
    assert first.try_lead()
    assert first.try_lead()
    first.close()
    until(second.try_lead)


def test_each_work_has_a_leader_of_its_own(candidate):
    assert candidate("integrator").try_lead()
    assert candidate("archiver").try_lead()


def test_each_database_has_a_leader_of_its_own(candidate, postgres_databases):
    assert candidate().try_lead()
    elsewhere = Leader(postgres_databases.fresh(), "integrator")
    assert elsewhere.try_lead()
    elsewhere.close()


def test_a_cut_connection_leads_no_more(candidate, postgres_server, address):
    first, second = candidate(), candidate()
    assert first.try_lead()
    name = address.url.split("?")[0].rpartition("/")[2]
    postgres_server.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert not first.leads()
    until(second.try_lead)
    assert not first.try_lead()
    assert second.leads()


def test_a_leader_that_says_nothing_loses_the_lead(candidate):
    silent, second = candidate(silence_seconds=0.2), candidate()
    assert silent.try_lead()
    until(second.try_lead)
    assert not silent.leads()


def test_a_database_that_is_away_is_told(postgres_servers):
    server = postgres_servers.start()
    leader = Leader(postgres_servers.address(server), "integrator")
    assert leader.try_lead()
    server.kill()
    assert not leader.leads()
    with pytest.raises(StorageUnavailableError):
        leader.try_lead()
    server.start()
    until(leader.try_lead)
    leader.close()
