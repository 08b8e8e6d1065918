"""A city's hub is carried from its data folder to PostgreSQL and S3 and back, and kept there while it runs."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.config import load
from exchange.demo.city import City
from exchange.demo.machine import write_config
from exchange.layout import layout
from exchange.moving import carrying
from exchange.moving.stores import UNFINISHED
from exchange.stores import open_objects
from servers.postgres import PostgresOptions, PostgresServer
from signer.checkpoint import Checkpoint
from tests.fakes.moved_city import (
    Acknowledged,
    at_work,
    elsewhere,
    published,
    require_all,
    require_prefix,
    run,
    work,
    working,
)
from tests.fakes.town import Town
from tests.real_seaweed import BUCKET, shared_seaweed
from tests.real_servers import PostgresDatabases

Sections = dict[str, dict[str, Any]]
Servers = Callable[[Path], Sections]


@pytest.fixture(scope="module")
def databases(short_folder: Path, postgres_template: Path) -> Iterator[PostgresDatabases]:
    """Databases on a server that a hub may be served from: it loses nothing that it has acknowledged."""
    with PostgresServer(short_folder / "moved", PostgresOptions(template=postgres_template)) as server:
        yield PostgresDatabases(server)


@pytest.fixture(scope="module")
def servers(databases: PostgresDatabases) -> Servers:
    """Options of an empty database and an empty part of the bucket, for the hub whose files are in a folder."""
    numbers = iter(range(1_000))

    def fresh(folder: Path) -> Sections:
        server = shared_seaweed()
        for name, secret in (("access", server.access_key), ("secret", server.secret_key)):
            (folder / name).write_text(f"{secret}\n")
            (folder / name).chmod(0o600)
        return {
            "records": {"url": databases.fresh().url, "statement_timeout_seconds": 30.0},
            "objects": {
                "url": f"{server.url}/{BUCKET}",
                "access_key_file": "access",
                "secret_key_file": "secret",
                "prefix": f"moved-{next(numbers)}/",
                "timeout_seconds": 20.0,
            },
        }

    return fresh


def told(capsys: Any, *words: object, code: int = 0) -> Any:
    """What a command answers as JSON, or the sentences with which it fails."""
    capsys.readouterr()
    assert run(*words, *(() if code else ("--json",))) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    return err if code else json.loads(out)


class Moved:
    """A city that worked on its data folder and stopped; and its configuration with servers, to which it is carried."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self.told = Acknowledged()
        with City.found(folder / "city") as city:
            city.start()
            town = Town(city)
            work(town, self.told)
            work(town, self.told)
            town.close()
        self.old: Checkpoint = published(city)
        self.source = city.data
        self.first = city
        self.file = elsewhere(city, folder / "at")
        shutil.copytree(city.data / "keys", folder / "at" / "data" / "keys")
        shutil.copytree(city.data / "tls", folder / "at" / "data" / "tls")
        (folder / "at" / "data").chmod(0o700)
        self.sections = servers(folder / "at")
        self._with(self.file, self.sections)
        self.url = self.sections["records"]["url"]

    def _with(self, file: Path, sections: Sections) -> None:
        extra = file.with_name("extra.toml")
        write_config(extra, sections)
        file.write_text(file.read_text() + extra.read_text())

    def another(self, folder: Path, servers: Servers) -> tuple[Path, str]:
        """The same hub's configuration with other, empty servers, and their database's url."""
        file = elsewhere(self.first, folder)
        sections = servers(folder)
        self._with(file, sections)
        (folder / "data").mkdir(mode=0o700)
        shutil.copytree(self.source / "keys", folder / "data" / "keys")
        return file, sections["records"]["url"]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Moved:
    return Moved(tmp_path_factory.mktemp("m"), servers)


def test_a_hub_is_carried_to_servers_kept_there_and_carried_back(
    moved: Moved, servers: Servers, tmp_path: Path, capsys: Any
) -> None:
    # 1. To the servers: everything is there, the log is the same.
    there = told(capsys, "migrate", "--from", f"sqlite:{moved.source}", "--to", moved.url, "-c", moved.file)
    assert there["log"] == {"root": moved.old.root.hex(), "size": moved.old.size}
    assert there["objects"]["count"] > 15
    assert there["tables"]["journal"]["rows"] > 100
    sentence = told(capsys, "migrate", "--from", f"sqlite:{moved.source}", "--to", moved.url, "-c", moved.file, code=2)
    assert f"{moved.url} cannot take a hub: the database holds rows of" in sentence

    # 2. It serves there, and is backed up and not moved while it does.
    back, kept = tmp_path / "back", tmp_path / "kept"
    meanwhile = Acknowledged()
    with City.reopen(moved.file.parent) as city:
        city.start()
        town = at_work(city, 2_000)
        require_all(town, moved.told)
        with working(town, meanwhile):
            while not meanwhile.extracts:
                pass
            before = Acknowledged(meanwhile.licences[:1], meanwhile.extracts[:1], meanwhile.cases[:1])
            backup = told(capsys, "backup", kept, "-c", moved.file)
            sentence = told(capsys, "migrate", "--from", moved.url, "--to", f"sqlite:{back}", "-c", moved.file, code=2)
            assert "Another hub runs" in sentence
            # Another machine's folder is free, but the database knows who leads.
            other = elsewhere(city, tmp_path / "other", **moved.sections)
            for name in ("access", "secret"):
                shutil.copy(moved.file.with_name(name), other.with_name(name))
            sentence = told(capsys, "migrate", "--from", moved.url, "--to", f"sqlite:{back}", "-c", other, code=2)
            assert f"A hub runs on {moved.url}: stop it on every machine" in sentence
        town.close()
    newest = require_prefix(city, moved.old)
    assert newest.size > moved.old.size

    # 3. The backup is whole, and is restored to other servers.
    assert told(capsys, "restore", kept, "--check", "-c", moved.file)["proven"] == backup["proven"]
    file, _ = moved.another(tmp_path / "third", servers)
    assert told(capsys, "restore", kept, "-c", file)["restored"]
    with City.reopen(file.parent) as third:
        third.start()
        town = at_work(third, 4_000)
        require_all(town, moved.told)
        require_all(town, before)
        work(town, Acknowledged())
        town.close()
    assert require_prefix(third, moved.old).size > backup["proven"]

    # 4. Back to a data folder, which then serves.
    capsys.readouterr()
    assert run("migrate", "--from", moved.url, "--to", f"sqlite:{back}", "-c", moved.file) == 0
    out = capsys.readouterr().out
    assert f"the log is unbroken: {newest.size} entries, root {newest.root.hex()}" in out
    last = elsewhere(city, tmp_path / "last")
    back.rename(tmp_path / "last" / "data")
    shutil.copytree(moved.source / "keys", tmp_path / "last" / "data" / "keys")
    shutil.copytree(moved.source / "tls", tmp_path / "last" / "data" / "tls")
    with City.reopen(last.parent) as home:
        home.start()
        town = at_work(home, 6_000)
        for each in (moved.told, meanwhile):
            require_all(town, each)
        work(town, Acknowledged())
        town.close()
    assert require_prefix(home, newest).size > newest.size


def test_an_interrupted_carry_goes_on(
    moved: Moved, servers: Servers, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    file, url = moved.another(tmp_path / "at", servers)
    words = ("migrate", "--from", f"sqlite:{moved.source}", "--to", url, "-c", file)
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "copy_records", lambda *_, **__: 1 / 0)
        told(capsys, *words, code=1)
    objects = open_objects(load(file))
    assert objects.exists(UNFINISHED)
    assert told(capsys, *words)["log"]["size"] == moved.old.size
    assert not objects.exists(UNFINISHED)
    objects.close()


def test_objects_may_stay_where_they_are(moved: Moved, servers: Servers, tmp_path: Path, capsys: Any) -> None:
    """Records alone go to a database; the data folder and its objects remain in use."""
    file = elsewhere(moved.first, tmp_path / "at")
    shutil.copytree(moved.source, tmp_path / "at" / "data")
    sections = servers(tmp_path / "at")
    extra = tmp_path / "extra.toml"
    write_config(extra, {"records": sections["records"]})
    file.write_text(file.read_text() + extra.read_text())
    data = load(file).hub.data_dir
    answer = told(capsys, "migrate", "--from", f"sqlite:{data}", "--to", sections["records"]["url"], "-c", file)
    assert (answer["objects"], answer["log"]["size"]) == (None, moved.old.size)
    with City.reopen(file.parent) as city:
        city.start()
        town = at_work(city, 8_000)
        require_all(town, moved.told)
        town.close()
    require_prefix(city, moved.old)


def test_what_does_not_fit_together_is_refused(
    moved: Moved, servers: Servers, tmp_path: Path, short_folder: Path, capsys: Any
) -> None:
    file, url = moved.another(tmp_path / "at", servers)
    folder = f"sqlite:{moved.source}"

    def refused(source: str, target: str) -> str:
        return str(told(capsys, "migrate", "--from", source, "--to", target, "-c", file, code=2))

    assert "one each" in refused(folder, "")
    assert "one each" in refused(folder, folder)
    assert "one each" in refused(url, url)
    assert "must read as [records] url in the configuration does" in refused(folder, f"{url}&x=1")
    assert "holds no hub" in refused(f"sqlite:{tmp_path}", url)
    assert "holds no hub" in refused(url, f"sqlite:{tmp_path}/new")
    shutil.rmtree(layout(load(file)).keys)
    other = City.found(short_folder / "foreign")
    shutil.copytree(other.data / "keys", layout(load(file)).keys)
    shutil.copy(other.folder / "passphrase", file.with_name("passphrase"))
    assert "signed by another key than the one in" in refused(folder, url)


def test_a_damaged_source_is_not_carried(moved: Moved, servers: Servers, tmp_path: Path, capsys: Any) -> None:
    file, url = moved.another(tmp_path / "at", servers)
    shutil.copytree(moved.source, tmp_path / "source")
    tile = tmp_path / "source" / "objects" / "log" / "tile" / "0" / "000"
    tile.write_bytes(tile.read_bytes()[:-1] + b"?")
    sentence = told(capsys, "migrate", "--from", f"sqlite:{tmp_path / 'source'}", "--to", url, "-c", file, code=1)
    assert "log/tile/0/000, entry 255" in sentence
    objects = open_objects(load(file))
    assert objects.names() == []
    objects.close()
