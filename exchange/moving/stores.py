"""The stores of one hub, opened together, and what is asked of them before they are copied from or to.

Rules:
1. Stores belong to a hub if the log in them is signed by the key that is here, under this hub's name.
2. A copy goes into empty stores alone. While it is under way, an object says so; a copy that was interrupted may go on
   from there, and nothing else may.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.audit.integrator import STATE
from exchange.audit.proofs import CHECKPOINT, COSIGNED, LOG_VKEY, LOG_VKEYS
from exchange.audit.stamped import LATEST
from exchange.config import Config, ConfigError
from exchange.installation import log_origin, log_public_keys, open_keys
from exchange.layout import layout
from exchange.publishing.status_lists import PLACES as STATUS_LISTS
from exchange.start_checks import UNFINISHED, hub_log_key
from exchange.store_options import FastOptions, ObjectsOptions, RecordsOptions
from exchange.stores import open_index, open_objects, open_records, records_address
from exchange.trust.places import ANCHORS, DECISIONS, LIST, SEALS
from signer.keys.backend import KeyBackend
from signer.keys.folder_key import DESCRIPTION
from signer.note import NoteKey
from storage.errors import CorruptError, ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.copying import NotEmptyError, Place, require_empty
from storage.records.interface import Records
from storage.records.migrate import sqlite_url
from storage.records.sqlite import SqliteRecords

_REPLACEABLE: Final = frozenset({CHECKPOINT, COSIGNED, LATEST, LOG_VKEY, LOG_VKEYS, ANCHORS, DECISIONS, LIST})


@dataclass(frozen=True, slots=True)
class Stores:
    """The records, opened for reading, and the objects of one hub, and the key of its log."""

    records: Records
    objects: Objects
    key: NoteKey


@contextmanager
def opened(config: Config, records_file: Path | None = None) -> Iterator[Stores]:
    """The stores that hold a hub already; its records may be in an SQLite file elsewhere.

    Raises ``ConfigError`` where they hold no hub, ``StorageError``.
    """
    with ExitStack() as held:
        objects = open_objects(config)
        held.callback(objects.close)
        key = hub_log_key(config, objects)
        records: Records = (
            open_records(config, read_only=True)
            if records_file is None
            else SqliteRecords(records_file, read_only=True)
        )
        held.callback(records.close)
        yield Stores(records, objects, key)


def embedded(config: Config, data_dir: Path) -> Config:
    """The same hub with the same keys, its stores embedded in another data folder."""
    return config.model_copy(
        update={
            "hub": config.hub.model_copy(update={"data_dir": data_dir}),
            "keys": config.keys.model_copy(update={"folder": layout(config).keys}),
            "records": RecordsOptions(),
            "objects": ObjectsOptions(),
            "fast": FastOptions(),
        }
    )


def private_folder(folder: Path) -> None:
    """Make a folder of the hub's user alone, if it is not there. Raises ``ConfigError`` for one that lets others in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise ConfigError([f"{folder} is open to other users: chmod 700 it, or choose a new folder."])


def records_place(config: Config) -> Place:
    """Where the records are, as copying takes it. Raises ``ConfigError``, ``StorageError``."""
    return records_address(config) or sqlite_url(layout(config).records)


def keys_in(config: Config, folder: Path) -> KeyBackend:
    """The keys in a folder, which must be there: an empty one would be taken for a new hub's. Where a token or signer
    holds the signature keys, these are its own, and the folder's are the secrets.

    Raises ``CorruptError`` if it holds none, ``ConfigError`` for the passphrase's file, ``KeyBackendError``.
    """
    if not (folder / DESCRIPTION).is_file():
        raise CorruptError(f"{folder} holds no keys: bring the hub's keys there")
    return open_keys(config.model_copy(update={"keys": config.keys.model_copy(update={"folder": folder})}))


def require_own(config: Config, stores: Stores) -> None:
    """Refuse stores of another hub than the one whose name and keys ``config`` gives, and an unfinished copy.

    Raises ``ConfigError``, ``KeyBackendError`` for a wrong passphrase.
    """
    if stores.objects.exists(UNFINISHED):
        raise ConfigError(["The source is itself an unfinished copy: finish that one first, or take its source."])
    if stores.key.name != log_origin(config):
        raise ConfigError([f"The log in these stores is {stores.key.name}, not {log_origin(config)}: another hub's."])
    if stores.key.public not in log_public_keys(keys_in(config, layout(config).keys)):
        raise ConfigError([f"The log in these stores is signed by another key than the one in {layout(config).keys}."])


def require_no_records(config: Config) -> None:
    """Refuse databases that hold anything; they are made already. Raises ``ConfigError``, ``StorageError``."""
    where = config.records.url or str(layout(config).data)
    try:
        require_empty(records_place(config))
    except NotEmptyError as error:
        raise ConfigError([f"{where} cannot take a hub: {error}."]) from error
    with closing(open_index(config, read_only=True)) as index:
        if index.indexed_through() or index.state(STATE) is not None:
            raise ConfigError([f"{where} cannot take a hub: its access index holds entries; name empty databases."])


def require_no_objects(config: Config, objects: Objects, key: NoteKey) -> None:
    """Refuse objects that are no interrupted copy of this hub. Raises ``ConfigError``, ``StorageError``."""
    first = next(iter(objects.names(limit=1)), None)
    if first is None:
        return
    where = config.objects.url or str(layout(config).objects)
    try:
        mark = objects.get(UNFINISHED)
    except ObjectNotFoundError:
        raise ConfigError([f"{where} holds objects already, such as {first}: name an empty place."]) from None
    if mark != _mark(key):
        raise ConfigError([f"{where} holds an unfinished copy of another hub: empty it, or name another place."])


def begin(objects: Objects, key: NoteKey) -> None:
    """Mark the target as unfinished."""
    objects.create(UNFINISHED, _mark(key))


def finish(objects: Objects) -> None:
    """Take the mark away: the copy is whole and proven."""
    objects.delete(UNFINISHED)


def is_replaceable(name: str) -> bool:
    """Whether an object may change under its name: the newest checkpoints, the log's keys, what trust rests on, status
    lists."""
    return name in _REPLACEABLE or name.startswith((SEALS, STATUS_LISTS))


def _mark(key: NoteKey) -> bytes:
    return f"{key.vkey}\n".encode()
