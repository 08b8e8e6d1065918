"""A city whose hub is kept and moved: what it acknowledged, and what must be there wherever it serves again."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from onceonly.v1 import issuance_service_pb2, verification_service_pb2

from exchange.audit.offline import verify_log
from exchange.audit.proofs import PublishedLog, log_key
from exchange.cli import main
from exchange.demo import desks
from exchange.demo.city import City
from exchange.demo.machine import write_config
from exchange.stores import open_objects
from signer.checkpoint import Checkpoint
from signer.merkle import verify_consistency
from tests.fakes.town import LINE, POLICE, Town


@dataclass
class Acknowledged:
    """What callers were told: names of licences, and the extracts with their receipts that counters fetched."""

    licences: list[str] = field(default_factory=list)
    extracts: list[tuple[str, str]] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)


def work(town: Town, told: Acknowledged) -> None:
    """Issue a card, open a case, fetch the card's extract."""
    case, card = town.ready_case()
    told.licences.append(card.name)
    told.cases.append(case)
    answer = desks.fetch(town.hub(), case, LINE)
    told.extracts.append((answer.extract.presentation, answer.extract.receipt))


def at_work(city: City, numbers: int) -> Town:
    """People of a city that served before: what they number is new."""
    town = Town(city)
    town._people, town._numbers = iter(range(numbers, numbers + 900)), iter(range(numbers, numbers + 900))
    return town


@contextmanager
def working(town: Town, told: Acknowledged) -> Iterator[None]:
    """Somebody who works on and on in a thread meanwhile."""
    stop, failures = threading.Event(), []

    def go() -> None:
        try:
            while not stop.wait(0.05):  # a pause, since all of it is asked for again elsewhere
                work(town, told)
        except Exception as error:  # noqa: BLE001 told to the test below
            failures.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failures == []


def require_all(town: Town, told: Acknowledged) -> None:
    """Everything that was acknowledged is there: licences, cases that fetch again, extracts that verify."""
    police = town.hub(POLICE, "issuer-1")
    for name in told.licences:
        request = issuance_service_pb2.GetLicenceRequest(name=name)
        assert police.call(police.issuance.GetLicence, request).licence.name == name
    for extract, receipt in told.extracts:
        report = desks.verify(town.hub(), extract, receipt)
        assert report.verdict == verification_service_pb2.VERDICT_PASSED, report
    for case in told.cases[:2]:
        assert desks.fetch(town.hub(), case, LINE).extract.presentation


def elsewhere(city: City, folder: Path, **options: dict[str, int | float | str | bool]) -> Path:
    """A folder for the same hub on another machine: its configuration, passphrase and clients, and no data.

    Returns the configuration's file.
    """
    folder.mkdir(mode=0o700)
    shutil.copy(city.folder / "passphrase", folder / "passphrase")
    shutil.copytree(city.folder / "departments", folder / "departments")
    config = city.config
    sections = {
        "hub": {"name": config.hub.name, "data_dir": "data", "region": config.hub.region},
        "listen": {"address": config.listen.address, "workers": 1},
        "keys": {"passphrase_file": "passphrase"},
        "public": {"address": config.public.address or ""},
        "metrics": {"address": config.metrics.address or ""},
        "audit": {"checkpoint_interval_seconds": 0.5},
        "limits": {"fetches_per_hour": 100_000},
    }
    write_config(folder / "onceonly.toml", sections | options)
    return folder / "onceonly.toml"


def run(*words: object) -> int:
    """Run a command in this process."""
    return main([str(word) for word in words])


def published(city: City) -> Checkpoint:
    """The newest checkpoint of a stopped hub, over a log that is whole."""
    objects = open_objects(city.config)
    try:
        key = log_key(objects)
        report = verify_log(objects, key.vkey)
        assert report.findings == []
        return PublishedLog(objects, key).checkpoint()[0]
    finally:
        objects.close()


def require_prefix(city: City, old: Checkpoint) -> Checkpoint:
    """The stopped hub's log goes on from ``old``: proven as an outsider would."""
    new = published(city)
    objects = open_objects(city.config)
    try:
        proof = PublishedLog(objects, log_key(objects)).consistency(old.size)
    finally:
        objects.close()
    verify_consistency(old.size, new.size, old.root, new.root, proof.hashes)
    return new
