"""A city's hub is backed up while people work, and restored elsewhere; damaged backups are refused and named."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import issuance_service_pb2

from exchange.audit.proofs import PublishedLog, log_key
from exchange.client import CallError
from exchange.config import load
from exchange.demo.city import City
from exchange.installation import open_keys
from exchange.layout import layout
from exchange.moving import carrying, manifest
from exchange.moving.backup import back_up
from exchange.moving.stores import UNFINISHED
from signer.tiles import TILE_WIDTH
from storage.objects.files import FileObjects
from storage.records import migrate
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
from tests.fakes.town import POLICE, Town, until

ADDITIVE = """
import sqlalchemy as sa
from alembic import op

revision = "records_0002"
down_revision = "records_0001"

def upgrade():
    op.add_column("record", sa.Column("note", sa.Text, nullable=True))
"""


class Kept:
    """A stopped city, its backup of a busy moment, and what had been acknowledged when that began."""

    def __init__(self, folder: Path) -> None:
        self.city = City.found(folder / "city", limits={"fetches_per_hour": 100_000})
        self.backup = folder / "kept" / "backup"
        self.before, meanwhile = Acknowledged(), Acknowledged()
        with self.city:
            self.city.start()
            town = Town(self.city)
            while len(self.before.licences) < 3 or self.published() <= TILE_WIDTH:
                work(town, self.before)
            with working(town, meanwhile):
                while not meanwhile.extracts:
                    pass
                self.before.licences += meanwhile.licences[:1]
                assert run("backup", self.backup, "-c", self.config) == 0
                done = len(meanwhile.extracts)
                while len(meanwhile.extracts) == done:
                    pass
            town.close()

    def published(self) -> int:
        """How many entries the newest checkpoint covers."""
        with closing(FileObjects(layout(self.city.config).objects)) as objects:
            return PublishedLog(objects, log_key(objects)).checkpoint()[0].size

    @property
    def config(self) -> Path:
        return self.city.folder / "onceonly.toml"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("m"))


@pytest.fixture
def damaged(kept: Kept, tmp_path: Path) -> Path:
    """A copy of the backup, to be damaged."""
    return Path(shutil.copytree(kept.backup, tmp_path / "backup"))


def refusal(capsys: Any, *words: object, code: int = 1) -> str:
    """What a command that fails says."""
    capsys.readouterr()
    assert run(*words) == code
    return str(capsys.readouterr().err)


def test_a_backup_is_private_and_holds_no_passphrase(kept: Kept) -> None:
    passphrase = (kept.city.folder / "passphrase").read_bytes().strip()
    assert kept.backup.stat().st_mode & 0o777 == 0o700
    for path in kept.backup.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
        assert path.is_dir() or passphrase not in path.read_bytes()
    top = {"SHA256SUMS", "backup.json", "keys", "objects", "records.sqlite", "tls"}
    assert {path.name for path in kept.backup.iterdir()} == top
    assert not kept.backup.with_name("backup.part").exists()


def test_other_software_checks_its_bytes(kept: Kept) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(command, cwd=kept.backup, check=True, timeout=60)


def test_a_check_changes_nothing(kept: Kept, capsys: Any) -> None:
    def state() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in kept.backup.rglob("*") if path.is_file()}

    before = state()
    capsys.readouterr()
    assert run("restore", kept.backup, "--check", "-c", kept.config, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["hub"], told["restored"]) == (kept.city.config.hub.name, False)
    assert state() == before


def test_a_restored_hub_has_all_and_goes_on_with_the_same_log(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    file = elsewhere(kept.city, tmp_path / "new")
    assert run("restore", kept.backup, "-c", file) == 0
    assert run("restore", kept.backup, "-c", file) == 2
    assert "data cannot take a hub: the database holds rows of" in capsys.readouterr().err
    new = City.reopen(file.parent)
    old = published(new)
    with new:
        new.start()
        town = at_work(new, 5_000)
        require_all(town, kept.before)
        work(town, Acknowledged())
        town.close()
    assert require_prefix(new, old).size > old.size
    capsys.readouterr()
    assert run("doctor", "-c", file, "--json") == 0
    assert not (layout(new.config).objects / UNFINISHED).exists()


def test_what_happens_between_the_steps_of_a_backup(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    """One licence is issued right before the records are read, another right before the objects; both are published."""
    told = Acknowledged()
    with City.reopen(kept.city.folder) as city:
        city.start()
        town = at_work(city, 2_000)

        @contextmanager
        def disturbed(step: str) -> Iterator[Callable[[int, int], None]]:
            if step in {"records", "objects"}:
                before = kept.published()
                work(town, told)
                until(lambda: kept.published() > before, "a newer checkpoint")
            yield lambda done, total: None

        taken = back_up(city.config, tmp_path / "kept", datetime.now(UTC), disturbed)
        assert taken.log_size < kept.published()
        assert taken.log_size < taken.journal
        town.close()
    file = elsewhere(kept.city, tmp_path / "new")
    assert run("restore", tmp_path / "kept", "-c", file) == 0
    with City.reopen(file.parent) as new:
        new.start()
        town = at_work(new, 3_000)
        require_all(town, Acknowledged(told.licences[:1], told.extracts[:1], told.cases[:1]))
        police = town.hub(POLICE, "issuer-1")
        lost = issuance_service_pb2.GetLicenceRequest(name=told.licences[1])
        with pytest.raises(CallError, match="NOT_FOUND"):
            police.call(police.issuance.GetLicence, lost)
        town.close()
    published(new)
    capsys.readouterr()
    assert run("doctor", "-c", file, "--json") == 0


def test_a_backup_can_be_served_as_it_is(kept: Kept, tmp_path: Path) -> None:
    """A backup is an embedded hub without its index: point a data folder at a copy and migrate."""
    file = elsewhere(kept.city, tmp_path / "new")
    shutil.copytree(kept.backup, tmp_path / "new" / "data")
    assert run("migrate", "-c", file) == 0
    with City.reopen(file.parent) as new:
        new.start()
        town = Town(new)
        require_all(town, kept.before)
        town.close()


def flip(path: Path, at: int = -40) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def first_credential(backup: Path) -> Path:
    return next(path for path in sorted((backup / "objects" / "credentials").rglob("*")) if path.is_file())


def swap_checkpoint(backup: Path) -> None:
    path = backup / "objects" / "log" / "checkpoint"
    path.write_text(path.read_text().replace("\n", "\n\n", 1))


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda backup: flip(backup / "records.sqlite"), "records.sqlite was changed"),
    (lambda backup: flip(first_credential(backup)), "objects/credentials/"),
    (lambda backup: first_credential(backup).unlink(), "is missing"),
    (lambda backup: (backup / "objects/log/tile/0/000").unlink(), "objects/log/tile/0/000 is missing"),
    (lambda backup: flip(backup / "objects/log/tile/entries/000"), "objects/log/tile/entries/000 was changed"),
    (swap_checkpoint, "objects/log/checkpoint was changed"),
    (lambda backup: (backup / "objects/log/zz").write_bytes(b""), "objects/log/zz does not belong"),
    (lambda backup: (backup / "zz").write_bytes(b""), "zz does not belong"),
    (lambda backup: flip(backup / "tls/server.pem"), "tls/server.pem was changed"),
    (lambda backup: flip(backup / "keys/log.v1.pem"), "keys/log.v1.pem was changed"),
    (lambda backup: flip(backup / "SHA256SUMS"), "SHA256SUMS is not the one"),
    (lambda backup: (backup / "SHA256SUMS").unlink(), "SHA256SUMS is not the one"),
    (lambda backup: flip(backup / "backup.json"), "backup.json"),
    (lambda backup: (backup / "backup.json").write_text("[]"), "backup.json cannot be read"),
    (lambda backup: shutil.rmtree(backup / "keys"), "holds no keys"),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGES, ids=[sentence for _, sentence in DAMAGES])
def test_a_damaged_backup_is_refused_and_the_damage_named(
    kept: Kept, damaged: Path, tmp_path: Path, capsys: Any, damage: Callable[[Path], object], sentence: str
) -> None:
    damage(damaged)
    assert sentence in refusal(capsys, "restore", damaged, "--check", "-c", kept.config)
    file = elsewhere(kept.city, tmp_path / "new")
    assert sentence in refusal(capsys, "restore", damaged, "-c", file)
    assert not (tmp_path / "new" / "data" / "records.sqlite").exists()


def rewrite(kept: Kept, backup: Path, **changes: Any) -> None:
    """Write backup.json anew with the hub's own keys."""
    keys = open_keys(load(kept.config))
    whole = manifest.read_manifest(backup, keys)
    (backup / "backup.json").unlink()
    members = {name: getattr(whole, name) for name in whole.__slots__} | changes
    manifest.write_manifest(backup, manifest.Manifest(**members), keys)


def test_who_lacks_the_keys_cannot_cover_up(kept: Kept, damaged: Path, capsys: Any) -> None:
    flip(damaged / "tls" / "server.pem")
    (damaged / "SHA256SUMS").unlink()
    sums, files = manifest.write_sums(damaged, lambda *_: None)
    told = json.loads((damaged / "backup.json").read_text())
    (damaged / "backup.json").write_text(json.dumps(told | {"sums": sums, "files": files}))
    assert "backup.json is not what this hub wrote" in refusal(capsys, "restore", damaged, "--check", "-c", kept.config)


def change_entry(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "records.sqlite")) as database, database:
        body = bytearray(database.execute("SELECT body FROM journal WHERE first = 0").fetchone()[0])
        body[-1] ^= 1
        database.execute("UPDATE journal SET body = ? WHERE first = 0", (bytes(body),))


COVERED: list[tuple[Callable[[Path], object], str]] = [
    (change_entry, "entry 0 of the journal is not the one that was published"),
    (lambda backup: flip(backup / "objects/log/tile/0/000"), "log/tile/0/000, entry "),
    (lambda backup: (backup / "objects/log/tile/entries/000").unlink(), "log/tile/entries/000, entry 0: is missing"),
    (swap_checkpoint, "checkpoint"),
]


@pytest.mark.parametrize(("damage", "sentence"), COVERED, ids=[sentence for _, sentence in COVERED])
def test_not_even_who_has_the_keys_changes_the_log(
    kept: Kept, damaged: Path, capsys: Any, damage: Callable[[Path], object], sentence: str
) -> None:
    """Every digest is written anew with the hub's own keys; the signed checkpoint still tells."""
    damage(damaged)
    (damaged / "SHA256SUMS").unlink()
    sums, files = manifest.write_sums(damaged, lambda *_: None)
    rewrite(kept, damaged, sums=sums, files=files)
    assert sentence in refusal(capsys, "restore", damaged, "--check", "-c", kept.config)


def test_what_the_manifest_says_is_compared(kept: Kept, damaged: Path, capsys: Any) -> None:
    words = ("restore", damaged, "--check", "-c", kept.config)
    rewrite(kept, damaged, checkpoint="")
    assert "the proven checkpoint is not the one that backup.json speaks of" in refusal(capsys, *words)
    with (damaged / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  ../outside\n")
    rewrite(kept, damaged, sums=sha256((damaged / "SHA256SUMS").read_bytes()).hexdigest())
    assert "SHA256SUMS has a line that is none" in refusal(capsys, *words)
    rewrite(kept, damaged, format=2)
    assert "another format than 1: a newer version made this backup" in refusal(capsys, *words)


def test_a_pipe_among_the_files_is_no_trap(kept: Kept, damaged: Path, capsys: Any) -> None:
    (damaged / "tls" / "server.pem").unlink()
    os.mkfifo(damaged / "tls" / "server.pem")
    assert "server.pem is no file" in refusal(capsys, "restore", damaged, "--check", "-c", kept.config)
    (damaged / "tls" / "server.pem").unlink()
    (damaged / "tls" / "server.pem").symlink_to("/etc/hostname")
    assert "server.pem cannot be read" in refusal(capsys, "restore", damaged, "--check", "-c", kept.config)


def test_a_target_that_is_open_or_was_used_is_refused(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    file = elsewhere(kept.city, tmp_path / "new")
    data = load(file).hub.data_dir
    data.mkdir(mode=0o755)
    assert "is open to other users" in refusal(capsys, "restore", kept.backup, "-c", file, code=2)
    data.chmod(0o700)
    shutil.copy(kept.city.data / "index.sqlite", data / "index.sqlite")
    assert "its access index holds entries" in refusal(capsys, "restore", kept.backup, "-c", file, code=2)


def test_what_is_no_backup_of_this_hub_is_refused(kept: Kept, damaged: Path, tmp_path: Path, capsys: Any) -> None:
    assert "is no backup" in refusal(capsys, "restore", tmp_path, "-c", kept.config, code=2)
    hub = {"name": "https://other.example", "data_dir": "data"}
    other = elsewhere(kept.city, tmp_path / "other", hub=hub)
    assert "is a backup of https://hub.qinghe.example, not of" in refusal(
        capsys, "restore", damaged, "-c", other, code=2
    )
    wrong = elsewhere(kept.city, tmp_path / "wrong")
    (wrong.parent / "passphrase").write_text("another passphrase\n")
    assert "passphrase" in refusal(capsys, "restore", damaged, "--check", "-c", wrong)


def test_a_folder_that_is_there_is_not_backed_up_into(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "there").mkdir()
    assert "there is there already" in refusal(capsys, "backup", tmp_path / "there", "-c", kept.config, code=2)
    (tmp_path / "new.part").mkdir()
    assert "new.part is there already" in refusal(capsys, "backup", tmp_path / "new", "-c", kept.config, code=2)


def test_an_interrupted_backup_leaves_nothing(kept: Kept, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("exchange.moving.backup.write_sums", lambda *_: 1 / 0)
    assert run("backup", tmp_path / "new", "-c", kept.config) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_restore_goes_on(kept: Kept, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    file = elsewhere(kept.city, tmp_path / "new")
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "copy_records", lambda *_, **__: 1 / 0)
        assert run("restore", kept.backup, "-c", file) == 1
    objects = layout(load(file)).objects
    assert (objects / UNFINISHED).is_file()
    assert run("serve", "-c", file) == 2  # nothing is served from a half
    assert run("restore", kept.backup, "-c", file) == 0
    assert not (objects / UNFINISHED).exists()


def test_objects_and_keys_of_others_are_not_touched(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    file = elsewhere(kept.city, tmp_path / "new")
    objects = layout(load(file)).objects
    objects.mkdir(parents=True, mode=0o700)
    objects.parent.chmod(0o700)
    with closing(FileObjects(objects)) as store:
        store.create("a/b", b"somebody's")
    assert "holds objects already, such as a/b" in refusal(capsys, "restore", kept.backup, "-c", file, code=2)
    with closing(FileObjects(objects)) as store:
        store.create(UNFINISHED, b"another log")
    assert "an unfinished copy of another hub" in refusal(capsys, "restore", kept.backup, "-c", file, code=2)
    shutil.rmtree(layout(load(file)).keys)
    shutil.copytree(kept.city.data / "keys", layout(load(file)).keys)
    open_keys(load(file)).rotate("log")
    assert "holds the keys of another hub" in refusal(capsys, "restore", kept.backup, "-c", file, code=2)


def test_a_running_hub_is_not_restored_over(kept: Kept, tmp_path: Path, capsys: Any) -> None:
    with City.reopen(kept.city.folder) as city:
        city.start()
        assert "Another hub runs" in refusal(capsys, "restore", kept.backup, "-c", kept.config, code=2)


def test_a_backup_of_an_older_schema_is_brought_forward(kept: Kept, tmp_path: Path, monkeypatch: Any) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "records_0002_test.py").write_text(ADDITIVE)
    known = migrate.locations
    monkeypatch.setattr(
        migrate, "locations", lambda chain: [*known(chain), *([versions] if chain == migrate.Database.RECORDS else [])]
    )
    digest = (kept.backup / "records.sqlite").read_bytes()
    assert run("restore", kept.backup, "--check", "-c", kept.config) == 0
    file = elsewhere(kept.city, tmp_path / "new")
    assert run("restore", kept.backup, "-c", file) == 0
    url = migrate.sqlite_url(layout(load(file)).records)
    assert migrate.current(url) == "records_0002"
    assert (kept.backup / "records.sqlite").read_bytes() == digest
