"""A backup: a folder in the layout of an embedded hub, taken from whatever stores the hub has, while it runs.

records.sqlite   the records, one file without a write-ahead log
objects/         the objects, the log's tiles as of its newest checkpoint
keys/            the hub's keys as they are, encrypted; the passphrase is not among them
tls/             certificates of a self-contained start, if the hub has them
backup.json      what it is; SHA256SUMS: a digest of every file

Rules:
1. Order: the published checkpoint, then one snapshot of the records, then the objects. So the journal is at least as
   long as the checkpoint, and every object is there that the records name, since objects are written first.
2. What was copied is proven before the folder gets its name: a half-written backup never looks whole.
3. Folders are 0700 and files 0600: a backup and the passphrase together open everything.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from exchange.certification import write_private
from exchange.config import Config, ConfigError
from exchange.layout import layout
from exchange.moving.carrying import Progress, copy_published
from exchange.moving.manifest import FORMAT, Manifest, write_manifest, write_sums
from exchange.moving.proof import Proof, prove_log
from exchange.moving.published import PublishedObjects
from exchange.moving.stores import embedded, keys_in, opened, records_place, require_own
from signer.keys import folder as key_folder
from signer.note import NoteKey
from storage.objects.files import FileObjects
from storage.records import migrate
from storage.records.copying import Copied, copy_records, where
from storage.records.copying_sqlite import fold
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create

TLS_FILES: Final = ("ca.pem", "server.key", "server.pem")


def back_up(config: Config, folder: Path, now: datetime, progress: Progress) -> Manifest:
    """Take a backup of the hub into ``folder``, which is made; the hub may run or not.

    ``now`` is an aware time. Raises ``ConfigError`` if the folder or its ``.part`` exists or the stores are not this
    hub's, ``LogForkError`` and ``LogCorruptError`` for a log that does not hold, ``SchemaError``, ``KeyBackendError``,
    ``StorageError``, ``OSError``; nothing is left then.
    """
    part = folder.with_name(f"{folder.name}.part")
    for path in (folder, part):
        if path.exists():
            raise ConfigError(
                [f"{path} is there already: name a new folder, or remove it if a backup was interrupted."]
            )
    part.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(config, part, now, progress)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(folder.parent)
    return manifest


def _fill(config: Config, part: Path, now: datetime, progress: Progress) -> Manifest:
    places = layout(embedded(config, part))
    with opened(config) as stores:
        require_own(config, stores)
        # 1. The checkpoint, before the records.
        published = PublishedObjects(stores.objects, stores.key)
        # 2. One snapshot of the records.
        create(places.records)
        with progress("records") as done:
            records = copy_records(records_place(config), migrate.sqlite_url(places.records), progress=done)
        fold(places.records)
        # 3. The objects, and what opens them.
        with closing(FileObjects(places.objects)) as target, progress("objects") as done:
            objects = copy_published(published, target, done)
        copy_private(layout(config).keys, part / "keys", key_folder.names(layout(config).keys))
        copy_private(layout(config).data / "tls", part / "tls", TLS_FILES)
        # 4. The proof, over what was written.
        proof, journal = _proven(places.records, places.objects, stores.key, progress)
    with progress("digests") as done:
        sums, files = write_sums(part, done)
    manifest = Manifest(
        format=FORMAT,
        hub=config.hub.name,
        time=now.astimezone(UTC).isoformat(timespec="seconds"),
        schema=str(migrate.current(where(migrate.sqlite_url(places.records)))),
        tables=_tables(records),
        journal=journal,
        log_size=proof.size,
        checkpoint=proof.note,
        objects=objects.written + objects.present,
        files=files,
        sums=sums,
    )
    write_manifest(part, manifest, keys_in(config, part / "keys"))
    sync_folder(part)
    return manifest


def _tables(records: Copied) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.digest) for table in records.tables}


def _proven(records: Path, objects: Path, key: NoteKey, progress: Progress) -> tuple[Proof, int]:
    with (
        closing(SqliteRecords(records, read_only=True)) as journal,
        closing(FileObjects(objects)) as tree,
        progress("log") as done,
    ):
        return prove_log(journal, tree, key, done), journal.journal_length()


def copy_private(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy small private files (0600) of a folder into a new one (0700), durable; those that are missing are left out.

    Raises ``KeyBackendError`` for a file that others may read or that is no file, ``OSError``.
    """
    present = [name for name in names if (source / name).exists()]
    if not present:
        return
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in present:
        write_private(target / name, key_folder.read(source / name))
    sync_folder(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
