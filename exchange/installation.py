"""A hub's installation: how it is made once, and how it is checked at every start.

Rules:
1. Everything is the hub's user's alone: folders 0700, files 0600.
2. Keys are made once. A folder that has keys is never initialised again, since new keys would orphan what the old ones
   signed and sealed.
3. The passphrase lives outside, in the file that the configuration names.
4. A hub of an earlier version lacks keys that came later: ``complete`` makes those, and only those.
5. The keys here must be those of the hub whose stores these are: a second machine gets copies, never keys of its own.
"""

import os
import secrets
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.proofs import LOG_VKEY
from exchange.catalogue.store import CatalogueStore
from exchange.certification import HUB_CA_KEY, TLS_CA_KEY, create_hub_authority, create_tls, write_private
from exchange.config import Config, ConfigError
from exchange.databases import check_databases, create_databases
from exchange.key_backends import open_key_backend
from exchange.layout import layout
from exchange.new_paths import nothing_new_on_failure
from exchange.options import TlsOptions, split_address
from exchange.start_checks import check_stores
from exchange.stores import open_objects, open_records
from exchange.trust.building import Sources
from exchange.trust.keys import RECEIPT_KEY, STATUS_KEY, TRUST_KEY
from exchange.trust.publishing import prospect, publish
from signer.errors import SignerError
from signer.keys.backend import KeyBackend
from signer.note import NoteKey

LOG_KEY: Final = "log"
MASTER_SECRET: Final = "master"  # noqa: S105 the name of a key
"""Wraps the data keys of holders."""
TAG_SECRET: Final = "tags"  # noqa: S105 the name of a key
"""Keys the tags of persons in access records."""
BLIND_SECRET: Final = "blind"  # noqa: S105 the name of a key
"""Keys the look-up of records by an identifier."""

LATER_KEYS: Final = ((TRUST_KEY, "ES256"), (STATUS_KEY, "ES256"))
"""Keys that hubs of earlier versions lack."""
SIGNATURE_KEYS: Final = ((HUB_CA_KEY, "ES256"), (RECEIPT_KEY, "ES256"), (LOG_KEY, "EdDSA"), *LATER_KEYS)
SECRETS: Final = (MASTER_SECRET, TAG_SECRET, BLIND_SECRET)

_INIT: Final = "onceonly init"
_COMPLETE: Final = "onceonly keys complete"

__all__ = [
    "BLIND_SECRET",
    "LATER_KEYS",
    "LOG_KEY",
    "MASTER_SECRET",
    "RECEIPT_KEY",
    "SECRETS",
    "SIGNATURE_KEYS",
    "STATUS_KEY",
    "TAG_SECRET",
    "TRUST_KEY",
    "check",
    "complete",
    "create_databases",
    "initialise",
    "log_origin",
    "log_public_key",
    "log_public_keys",
    "open_keys",
    "server_names",
]


def open_keys(config: Config, only: frozenset[str] | None = None) -> KeyBackend:
    """The hub's keys, wherever they are configured to be; ``only`` limits them to ids with these prefixes.

    Raises ``ConfigError`` for what is missing in the configuration, ``KeyBackendError`` for keys that cannot be used.
    """
    return open_key_backend(config, only)


def initialise(config: Config, now: datetime) -> None:
    """Make a new hub's data folder: databases, objects, keys and, where none are configured, TLS certificates.

    ``now`` is an aware time. A passphrase of 256 random bits is written to ``passphrase_file`` if that does not exist.
    Raises ``ConfigError`` if the hub has keys already, ``StorageError`` or ``SignerError`` if something cannot be made.
    Where this is before the first key, nothing is left in the file system.
    """
    places = layout(config)
    if places.keys.is_dir() and any(places.keys.iterdir()):
        sentence = (
            f"{places.keys} holds keys: this hub is initialised already. If a first `{_INIT}` was interrupted and "
            f"nothing was stored yet, remove {places.data} and {places.keys} and run it again."
        )
        raise ConfigError([sentence])
    with nothing_new_on_failure(places.data, places.run, places.keys, config.keys.passphrase_file):
        keys = _begin(config)
    for key_id, suite in SIGNATURE_KEYS[1:]:
        keys.generate(key_id, suite)
    for key_id in SECRETS:
        keys.create_secret(key_id)
    with closing(open_objects(config)) as objects:
        create_hub_authority(keys, objects, urlsplit(config.hub.name).hostname or "", now)
        objects.create(LOG_VKEY, f"{NoteKey(log_origin(config), log_public_key(keys)).vkey}\n".encode())
    if config.tls == TlsOptions():
        keys.generate(TLS_CA_KEY, "ES256")
        create_tls(keys, places.data / "tls", server_names(config), now)
    with closing(open_objects(config)) as objects, closing(open_records(config, read_only=True)) as records:
        sources = Sources(config.hub.name, CatalogueStore(records), objects, keys)
        publish(objects, prospect(sources, int(now.timestamp())))


def _begin(config: Config) -> KeyBackend:
    """Make folders, passphrase, databases and the first key: a signer that lets this caller make none refuses that."""
    places = layout(config)
    for folder in (places.data, places.run):
        _private_folder(folder)
    _make_passphrase(config.keys.passphrase_file)
    create_databases(config)
    with closing(open_objects(config)) as objects:
        if objects.exists(LOG_VKEY):
            raise ConfigError([f"These stores hold a hub already: bring its keys here instead of running `{_INIT}`."])
    keys = open_keys(config)
    try:
        keys.generate(*SIGNATURE_KEYS[0])
    except SignerError:
        keys.close()
        raise
    return keys


def complete(keys: KeyBackend) -> list[str]:
    """Make the keys that a hub of an earlier version lacks; returns their ids. Raises ``KeyBackendError``."""
    present = {info.key_id for info in keys.list()}
    missing = [(key_id, suite) for key_id, suite in LATER_KEYS if key_id not in present]
    for key_id, suite in missing:
        keys.generate(key_id, suite)
    return [key_id for key_id, _ in missing]


def log_origin(config: Config) -> str:
    """The name of the log in its checkpoints: as configured, or the hub's host and ``/log``."""
    return config.audit.origin or f"{urlsplit(config.hub.name).hostname}/log"


def log_public_key(keys: KeyBackend) -> Ed25519PublicKey:
    """The public key of the newest version of the log's key. Raises ``KeyBackendError``."""
    public = keys.public_key(LOG_KEY)
    assert isinstance(public, Ed25519PublicKey)
    return public


def log_public_keys(keys: KeyBackend) -> tuple[Ed25519PublicKey, ...]:
    """The public keys of every version of the log's key, oldest first. Raises ``KeyBackendError``."""
    found = tuple(info.public for info in keys.versions(LOG_KEY) if isinstance(info.public, Ed25519PublicKey))
    assert found
    return found


def server_names(config: Config) -> list[str]:
    """The names that a client may know this hub by: its own, the listening host's, and this machine's to itself."""
    hosts = [
        urlsplit(config.hub.name).hostname or "",
        split_address(config.listen.address)[0],
        "localhost",
        "127.0.0.1",
    ]
    return list(dict.fromkeys(host for host in hosts if host not in {"", "0.0.0.0", "::"}))  # noqa: S104 compared only


def check(config: Config) -> None:
    """Refuse an installation that this version cannot serve from, before any process starts.

    Raises ``ConfigError`` naming everything that is missing, ``SchemaError`` for a schema this version does not know,
    ``KeyBackendError`` for a wrong passphrase, ``StorageUnavailableError`` for a server that does not answer, and as
    ``check_stores``. Not checked: that certificates and their keys fit each other.
    """
    places = layout(config)
    if not config.records.url and not places.records.is_file():
        raise ConfigError([f"[hub] data_dir: {places.data} holds no hub: run `{_INIT}`."])
    problems = [*_unreadable(config), *_loose(places.data, places.certificate_key)]
    if problems:
        raise ConfigError(problems)
    check_databases(config)
    with closing(open_keys(config)) as keys:
        _require_keys(config, {info.key_id for info in keys.list()})
        log_keys = log_public_keys(keys)
    check_stores(config, log_keys)


def _require_keys(config: Config, present: Collection[str]) -> None:
    folder = layout(config).keys
    later = {key_id for key_id, _ in LATER_KEYS}
    missing = [key_id for key_id in (*(key_id for key_id, _ in SIGNATURE_KEYS), *SECRETS) if key_id not in present]
    lost = [key_id for key_id in missing if key_id not in later]
    if lost:
        raise ConfigError([_lost(config, [each for each in lost if each in SECRETS], lost)])
    if missing:
        names = ", ".join(missing)
        raise ConfigError([f"{folder} lacks the keys {names}: if an earlier version made it, run `{_COMPLETE}`."])


def _lost(config: Config, secrets: Sequence[str], lost: Sequence[str]) -> str:
    """What to do about keys that are gone: secrets are in the folder always, signature keys where the backend is."""
    names, keys = ", ".join(lost), config.keys
    if secrets or keys.backend == "files":
        return f"{layout(config).keys} lacks the keys {names}: restore it from a backup."
    if keys.backend == "pkcs11":
        return (
            f"the token {keys.pkcs11_token!r} lacks the keys {names}: it is not the one that this hub was made with, "
            "or was emptied since. Insert that one, or restore it by its maker's means."
        )
    return f"the signer at {keys.signer_address} lacks the keys {names}: name the one that this hub was made with."


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
