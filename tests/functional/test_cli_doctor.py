"""What the doctor makes of an installation that served once, stopped, and then suffered."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import inspection, main
from exchange.cli.doctor import _licences
from exchange.cli.inspection import CHECKS, Installation, Level
from exchange.config import load
from exchange.demo import desks
from exchange.demo.cast import choose
from exchange.demo.city import City
from exchange.installation import open_keys
from exchange.layout import layout
from exchange.licences.store import LICENCE
from storage.objects.files import FileObjects
from storage.records.changes import Replace
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_index import SqliteAccessIndex
from storage.vault import ERASED
from storage.vault import KIND as DATA_KEY


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city that served, issued a licence and stopped."""
    folder = tmp_path_factory.mktemp("s") / "city"
    with City.found(folder) as city:
        city.start()
        with city.client("city-police", "issuer-1") as hub:
            cast = choose()
            desks.issue(hub, cast.synthetic, city.licence_type("identity-card"), cast.cook, "清河市公安局", "D-1")
    return folder


@pytest.fixture
def city(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    shutil.copytree(stopped, tmp_path / "city")
    return tmp_path / "city"


def problems(city: Path, capsys: Any, level: str = "problem") -> list[str]:
    """What the command finds at a level; its exit code fits."""
    code = main(["doctor", "--config", str(city / "onceonly.toml"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == int(any(each["level"] == "problem" for each in found))
    return [f"{each['check']}: {each['text']}" for each in found if each["level"] == level]


@contextmanager
def opened(city: Path) -> Iterator[Installation]:
    config = load(city / "onceonly.toml")
    places = layout(config)
    with ExitStack() as held:
        records = SqliteRecords(places.records, read_only=True)
        held.callback(records.close)
        index = SqliteAccessIndex(places.index, read_only=True)
        held.callback(index.close)
        objects = FileObjects(places.objects)
        held.callback(objects.close)
        licences = _licences(open_keys(config), records, objects)
        yield Installation(config, records, index, objects, licences, datetime.now(UTC))


def found_at(city: Path, check: str, now: datetime, level: Level) -> list[str]:
    with opened(city) as installation:
        look = dict(CHECKS)[check]
        return [each.text for each in look(replace(installation, now=now)) if each.level is level]


def test_nothing_is_wrong_with_it(city: Path, capsys: Any) -> None:
    assert problems(city, capsys) == []


def test_a_lost_credential(city: Path, capsys: Any) -> None:
    for path in (city / "data" / "objects" / "credentials").rglob("*"):
        if path.is_file():  # one or two: an attempt that was started anew leaves its own
            path.unlink()
    assert ["is missing" in each for each in problems(city, capsys)] == [True]


def test_a_flipped_byte_in_the_published_log(city: Path, capsys: Any) -> None:
    bundle = city / "data" / "objects" / "log" / "tile" / "entries" / "000"
    content = bytearray(bundle.read_bytes())
    content[35 * 7 + 3] ^= 1
    bundle.write_bytes(bytes(content))
    assert problems(city, capsys) == [
        "log: tile/entries/000, entry 7: the commitment is not the one that the signed root covers"
    ]


def test_a_journal_that_lost_entries(city: Path, capsys: Any) -> None:
    """First rows that vanish, then a whole database of an earlier day."""
    database = sqlite3.connect(city / "data" / "records.sqlite")
    with database:
        database.execute("DELETE FROM journal WHERE first >= (SELECT max(first) FROM journal)")
    assert any("the journal lacks the batch" in each for each in problems(city, capsys))
    with database:
        database.execute("UPDATE log_state SET next = (SELECT max(first + count) FROM journal)")
    database.close()
    assert any("entries were lost" in each for each in problems(city, capsys))


def test_a_tree_that_stays_behind(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MOST_LAG", -1)
    found = found_at(city, "log", datetime.now(UTC), Level.PROBLEM)
    assert ["behind the journal" in each for each in found] == [True, True]


def test_a_journal_that_was_never_published(city: Path, capsys: Any) -> None:
    (city / "data" / "objects" / "log" / "checkpoint").unlink()
    assert any("nothing is published" in each for each in problems(city, capsys))


def test_certificates_end(city: Path) -> None:
    now = datetime.now(UTC)
    soon = found_at(city, "certificates", now + timedelta(days=380), Level.NOTICE)
    assert ["server.pem ends on" in each for each in soon] == [True]
    ended = found_at(city, "certificates", now + timedelta(days=5_000), Level.PROBLEM)
    assert len(ended) == 3
    assert len(found_at(city, "seals", now + timedelta(days=5_000), Level.PROBLEM)) == 15


def test_a_missing_seal_is_a_notice(city: Path, capsys: Any) -> None:
    next((city / "data" / "objects" / "seals").glob("*.pem")).unlink()
    assert any("issues and has no seal" in each for each in problems(city, capsys, "notice"))


def test_a_clock_that_stepped_back(city: Path) -> None:
    found = found_at(city, "clock", datetime.now(UTC) - timedelta(days=1), Level.PROBLEM)
    assert ["in the future: set the clock right" in each for each in found] == [True]


def test_a_disk_that_is_nearly_full(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "LEAST_DISK_BYTES", 1 << 60)
    assert len(found_at(city, "disk", datetime.now(UTC), Level.PROBLEM)) == 1


def test_erased_holders_are_counted_and_not_missed(city: Path, capsys: Any) -> None:
    places = layout(load(city / "onceonly.toml"))
    with closing(SqliteRecords(places.records, read_only=False)) as records:
        owner = records.scan(LICENCE)[0].body[:16].hex()
        key = records.get(DATA_KEY, owner)
        assert key is not None
        with records.write() as transaction:
            transaction.apply([Replace(DATA_KEY, owner, key.version, ERASED)])
    assert problems(city, capsys) == []
    assert "objects: 0 licences with their credentials, 1 erased" in problems(city, capsys, "ok")
