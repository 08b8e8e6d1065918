"""The register in force in a process: swapped whole when something is published, kept when storage fails."""

import threading

import pytest

from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from storage.errors import StorageUnavailableError
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import FOOD, food, small_catalogue


def wait_until(holds):
    """Generous, since it only bounds a failure."""
    never = threading.Event()
    for _ in range(6_000):
        if holds():
            return
        never.wait(0.005)
    raise AssertionError("did not come to hold within half a minute")


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


def test_refresh_swaps_the_register_only_when_the_epoch_moved(hub):
    source = RegisterSource(hub.catalogue)
    first = source.current()
    assert source.refresh() is first
    hub.publish(food())
    assert source.current() is first
    second = source.refresh()
    assert second.epoch == first.epoch + 1
    assert source.current() is second
    assert first.matters[FOOD] == food()


def test_polling_thread_learns_of_a_publication(hub):
    source = RegisterSource(hub.catalogue, poll_seconds=0.005)
    before = source.current().epoch
    source.start()
    try:
        hub.publish(food())
        wait_until(lambda: source.current().epoch != before)
    finally:
        source.stop()
    assert source.current().epoch == before + 1


def test_starting_twice_is_an_error_and_stopping_without_start_is_none(hub):
    RegisterSource(hub.catalogue).stop()
    source = RegisterSource(hub.catalogue)
    source.start()
    with pytest.raises(RuntimeError):
        source.start()
    source.stop()


class FailingStore(CatalogueStore):
    """Cannot be read while ``away``; ``tried`` counts the attempts meanwhile."""

    away = False
    tried = 0

    def epoch(self):
        if self.away:
            self.tried += 1
            raise StorageUnavailableError("away")
        return super().epoch()


@pytest.mark.parametrize("told", [True, False])
def test_failed_look_keeps_the_register_and_is_reported(hub, told):
    store = FailingStore(hub.records)
    failures = []
    source = RegisterSource(store, failed=failures.append if told else None, poll_seconds=0.005)
    before = source.current()
    store.away = True
    source.start()
    try:
        wait_until(lambda: store.tried >= 3)
        assert all(isinstance(failure, StorageUnavailableError) for failure in failures)
        assert bool(failures) is told
        assert source.current() is before
        store.away = False
        hub.publish(food())
        wait_until(lambda: source.current() is not before)
    finally:
        source.stop()


def test_a_source_of_an_unreadable_catalogue_cannot_be_made(hub):
    store = FailingStore(hub.records)
    store.away = True
    with pytest.raises(StorageUnavailableError):
        RegisterSource(store)
