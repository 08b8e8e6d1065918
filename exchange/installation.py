"""The data folder of an embedded hub: its layout, how it is made once, and how it is checked at every start.

    records.sqlite   registers, licences, cases, the journal of the access log
    index.sqlite     the access index, rebuildable from the journal
    objects/         credentials, log tiles, certificates of seals
    keys/            the hub's keys, encrypted
    tls/             certificates of a self-contained start: see ``[tls]`` in the configuration
    run/             what stands only while the hub runs

Rules:
1. Everything is the hub's user's alone: folders 0700, files 0600.
2. Keys are made once. A folder that has keys is never initialised again, since new keys would orphan what the old ones
   signed and sealed.
3. The passphrase lives outside, in the file that the configuration names.
4. The migrations' library is loaded only where a schema is made or checked: no worker carries it.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.certification import HUB_CA_KEY, TLS_CA_KEY, create_hub_authority, create_tls, write_private
from exchange.config import Config, ConfigError
from exchange.options import TlsOptions, split_address
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey, parse_vkey
from storage.objects.files import FileObjects
from storage.objects.interface import Objects

RECEIPT_KEY: Final = "receipts"
LOG_KEY: Final = "log"
MASTER_SECRET: Final = "master"  # noqa: S105 the name of a key
"""Wraps the data keys of holders."""
TAG_SECRET: Final = "tags"  # noqa: S105 the name of a key
"""Keys the tags of persons in access records."""
BLIND_SECRET: Final = "blind"  # noqa: S105 the name of a key
"""Keys the look-up of records by an identifier."""

SIGNATURE_KEYS: Final = ((HUB_CA_KEY, "ES256"), (RECEIPT_KEY, "ES256"), (LOG_KEY, "EdDSA"))
SECRETS: Final = (MASTER_SECRET, TAG_SECRET, BLIND_SECRET)

LOG_VKEY: Final = "log/vkey"
"""Object: the log's public key (C2SP signed-note vkey) and a line feed, for anyone who verifies."""

_INIT: Final = "onceonly init"
_MAX_PASSPHRASE_FILE: Final = 4_096


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is; all paths absolute."""

    data: Path
    records: Path
    index: Path
    objects: Path
    keys: Path
    run: Path
    socket: Path
    metrics: Path
    certificate: Path
    certificate_key: Path
    client_ca: Path


def layout(config: Config) -> Layout:
    """The paths that the configuration means."""
    data = config.hub.data_dir
    tls = data / "tls"
    return Layout(
        data=data,
        records=data / "records.sqlite",
        index=data / "index.sqlite",
        objects=data / "objects",
        keys=config.keys.folder or data / "keys",
        run=data / "run",
        socket=data / "run" / "recorder.sock",
        metrics=data / "run" / "metrics",
        certificate=config.tls.certificate or tls / "server.pem",
        certificate_key=config.tls.key or tls / "server.key",
        client_ca=config.tls.client_ca or tls / "ca.pem",
    )


def read_passphrase(path: Path) -> bytes:
    """The first line of the passphrase file.

    Raises ``ConfigError`` if it cannot be read, others may read it, or it is empty.
    """
    problem = f"[keys] passphrase_file: {path}"
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError([f"{problem} is open to other users: chmod 600 it."])
        with path.open("rb") as file:
            line = file.readline(_MAX_PASSPHRASE_FILE).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError([f"{problem} cannot be read: {error.strerror}."]) from error
    if not line:
        raise ConfigError([f"{problem} is empty: its first line is the passphrase."])
    return line


def open_keys(config: Config, only: frozenset[str] | None = None) -> FileKeyBackend:
    """The hub's keys; ``only`` limits them to ids with these prefixes.

    Raises ``ConfigError`` for the passphrase file, ``KeyBackendError`` for a wrong passphrase or unusable files.
    """
    return FileKeyBackend(layout(config).keys, read_passphrase(config.keys.passphrase_file), only)


def initialise(config: Config, now: datetime) -> None:
    """Make a new hub's data folder: databases, objects, keys and, where none are configured, TLS certificates.

    ``now`` is an aware time. A passphrase of 256 random bits is written to ``passphrase_file`` if that does not exist.
    Raises ``ConfigError`` if
    the hub has keys already, ``StorageError`` or ``SignerError`` if something cannot be made.
    """
    places = layout(config)
    if places.keys.is_dir() and any(places.keys.iterdir()):
        sentence = (
            f"{places.keys} holds keys: this hub is initialised already. If a first `{_INIT}` was interrupted and "
            f"nothing was stored yet, remove {places.data} and {places.keys} and run it again."
        )
        raise ConfigError([sentence])
    for folder in (places.data, places.run):
        _private_folder(folder)
    _make_passphrase(config.keys.passphrase_file)
    create_databases(config)
    keys = open_keys(config)
    for key_id, suite in SIGNATURE_KEYS:
        keys.generate(key_id, suite)
    for key_id in SECRETS:
        keys.create_secret(key_id)
    with closing(FileObjects(places.objects)) as objects:
        create_hub_authority(keys, objects, urlsplit(config.hub.name).hostname or "", now)
        log = keys.public_key(LOG_KEY)
        assert isinstance(log, Ed25519PublicKey)
        objects.create(LOG_VKEY, f"{NoteKey(log_origin(config), log).vkey}\n".encode())
    if config.tls == TlsOptions():
        keys.generate(TLS_CA_KEY, "ES256")
        create_tls(keys, places.data / "tls", server_names(config), now)


def log_origin(config: Config) -> str:
    """The name of the log in its checkpoints: as configured, or the hub's host and ``/log``."""
    return config.audit.origin or f"{urlsplit(config.hub.name).hostname}/log"


def log_key(objects: Objects) -> NoteKey:
    """The log's public key, as it was published when the hub was made.

    Raises ``NoteError`` if it is broken, ``ObjectNotFoundError`` if there is none.
    """
    return parse_vkey(objects.get(LOG_VKEY).decode("ascii", "replace").removesuffix("\n"))


def server_names(config: Config) -> list[str]:
    """The names that a client may know this hub by: its own, the listening host's, and this machine's to itself."""
    hosts = [
        urlsplit(config.hub.name).hostname or "",
        split_address(config.listen.address)[0],
        "localhost",
        "127.0.0.1",
    ]
    return list(dict.fromkeys(host for host in hosts if host not in {"", "0.0.0.0", "::"}))  # noqa: S104 compared only


def create_databases(config: Config) -> tuple[str, str]:
    """Make both databases or bring them to the newest schema; returns the revisions reached. Run it with no hub on.

    Raises ``SchemaError`` for databases of a newer version, ``StorageUnavailableError``.
    """
    from storage.records import migrate, sqlite_file
    from storage.records.migrate import Database, sqlite_url

    places = layout(config)
    sqlite_file.create(places.records)
    sqlite_file.create(places.index, Database.INDEX)
    records = migrate.current(sqlite_url(places.records))
    index = migrate.current(sqlite_url(places.index), Database.INDEX)
    assert records is not None
    assert index is not None
    return records, index


def check(config: Config) -> None:
    """Refuse a data folder that this version cannot serve from, before any process starts.

    Raises ``ConfigError`` naming everything that is missing, ``SchemaError`` for a schema this version does not know,
    ``KeyBackendError`` for a wrong passphrase. Not checked: that certificates and keys fit each other.
    """
    from storage.records import migrate
    from storage.records.migrate import Database, sqlite_url

    places = layout(config)
    if not places.records.is_file():
        raise ConfigError([f"[hub] data_dir: {places.data} holds no hub: run `{_INIT}`."])
    problems = [*_unreadable(config), *_loose(places.data, places.certificate_key)]
    if problems:
        raise ConfigError(problems)
    migrate.check(sqlite_url(places.records))
    migrate.check(sqlite_url(places.index), Database.INDEX)
    present = {info.key_id for info in open_keys(config).list()}
    missing = [key_id for key_id in (*(key_id for key_id, _ in SIGNATURE_KEYS), *SECRETS) if key_id not in present]
    if missing:
        raise ConfigError([f"{places.keys} lacks the keys {', '.join(missing)}: restore it from a backup."])


def _unreadable(config: Config) -> Iterable[str]:
    places = layout(config)
    for option, path in (
        ("certificate", places.certificate),
        ("key", places.certificate_key),
        ("client_ca", places.client_ca),
    ):
        if not os.access(path, os.R_OK):
            yield f"[tls] {option}: {path} cannot be read."
    if not places.keys.is_dir():
        yield f"[keys] folder: {places.keys} does not exist: restore it from a backup."


def _loose(*paths: Path) -> Iterable[str]:
    for path in paths:
        if path.exists() and path.stat().st_mode & 0o077:
            yield f"{path} is open to other users: chmod {'700' if path.is_dir() else '600'} it."


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise ConfigError([f"{folder} is open to other users: chmod 700 it, or choose a new folder."])


def _make_passphrase(path: Path) -> None:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode() + b"\n")
