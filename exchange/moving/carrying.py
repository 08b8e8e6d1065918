"""Carrying a stopped hub from one kind of stores to another: everything, proven unbroken before and after.

Rules:
1. Objects first, records last and in one transaction: until it commits, the target holds no hub. A carry that was
   interrupted is begun again and sends only the objects that are missing.
2. Keys are not carried: both sides are served with the keys of the configuration, and must fit them.
3. The access index is not carried: the hub rebuilds it from the journal.
4. The source stays as it was. Whoever serves from both makes two histories of one log.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from exchange.config import Config, ConfigError
from exchange.databases import create_databases
from exchange.layout import layout
from exchange.moving.proof import Proof, prove_log
from exchange.moving.published import PublishedObjects
from exchange.moving.stores import (
    Stores,
    begin,
    finish,
    is_replaceable,
    opened,
    private_folder,
    records_place,
    require_no_objects,
    require_no_records,
    require_own,
)
from exchange.stores import open_objects
from storage.objects.copying import Copied as CopiedObjects
from storage.objects.copying import copy_objects
from storage.objects.interface import Objects
from storage.records.copying import Copied, Place, copy_records
from storage.records.migrate import sqlite_url

Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Opens a bar of that name; what it yields takes how much is done and of how much."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried; ``objects`` None: the objects stay where they are, both sides use the same."""

    records: Copied
    objects: CopiedObjects | None
    proof: Proof


def carry(source: Config, target: Config, progress: Progress, records_file: Path | None = None) -> Carried:
    """Carry the hub in the stores of ``source`` into the empty stores of ``target``.

    Both configurations name the same hub and the same keys; no hub runs on either. ``records_file``: an SQLite file to
    take the records from, instead of those that ``source`` names. Raises ``ConfigError`` for stores
    that are not this hub's or a target that holds something, ``NotEmptyError``, ``SchemaError``, ``LogForkError`` and
    ``LogCorruptError`` for a log that does not hold, ``StorageError`` if a store is away.
    """
    place = records_place(source) if records_file is None else sqlite_url(records_file)
    with opened(source, records_file) as stores:
        require_own(target, stores)
        with progress("log at the source") as done:
            before = prove_log(stores.records, stores.objects, stores.key, done)
        private_folder(layout(target).data)
        create_databases(target)
        require_no_records(target)
        if _same_objects(source, target):
            objects = None
            records = _carry_records(place, target, progress)
            proof = _proof_at(target, stores, progress)
        else:
            objects, records, proof = _carry_both(place, target, stores, progress)
    if proof != before:
        raise ConfigError(["The source was changed meanwhile: stop every hub on it, empty the target, begin again."])
    return Carried(records, objects, proof)


def copy_published(source: PublishedObjects, target: Objects, progress: Callable[[int, int], None]) -> CopiedObjects:
    """Copy the objects as of a checkpoint. Raises ``LogCorruptError`` for a missing tile, ``StorageError``."""
    return copy_objects(source, target, progress=lambda count: progress(count, count), replaceable=is_replaceable)


def _carry_both(
    place: Place, target: Config, stores: Stores, progress: Progress
) -> tuple[CopiedObjects, Copied, Proof]:
    with closing(open_objects(target)) as new:
        require_no_objects(target, new, stores.key)
        begin(new, stores.key)
        with progress("objects") as done:
            objects = copy_published(PublishedObjects(stores.objects, stores.key), new, done)
        records = _carry_records(place, target, progress)
        proof = _proof_at(target, stores, progress)
        finish(new)
    return objects, records, proof


def _carry_records(place: Place, target: Config, progress: Progress) -> Copied:
    with progress("records") as done:
        return copy_records(place, records_place(target), progress=done)


def _proof_at(target: Config, source: Stores, progress: Progress) -> Proof:
    with opened(target) as stores, progress("log at the target") as done:
        if stores.key != source.key:
            raise ConfigError(["The target's log key is not the source's: empty the target and begin again."])
        return prove_log(stores.records, stores.objects, stores.key, done)


def _same_objects(source: Config, target: Config) -> bool:
    if source.objects.url or target.objects.url:
        return source.objects.url == target.objects.url and source.objects.prefix == target.objects.prefix
    return layout(source).objects.resolve() == layout(target).objects.resolve()
