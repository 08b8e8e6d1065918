"""Checking a backup, and restoring it into empty stores of whatever kind the configuration names.

Rules:
1. A backup is believed in this order: its keys open with the passphrase; they authenticate ``backup.json``; that
   vouches for every file; the checkpoint's signature and the whole log hold. Only then is anything written.
2. It is restored into stores that hold nothing. The keys that it brings are left out where the same keys are already.
3. What was restored is proven again, against the backup's own checkpoint, before it is called done.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.audit.errors import LogForkError
from exchange.config import Config, ConfigError
from exchange.installation import BLIND_SECRET, log_public_key, log_public_keys
from exchange.layout import layout
from exchange.moving.backup import TLS_FILES, copy_private
from exchange.moving.carrying import Carried, Progress, carry
from exchange.moving.manifest import MANIFEST, Manifest, check_sums, read_manifest
from exchange.moving.proof import Proof, prove_log
from exchange.moving.stores import embedded, keys_in, opened, private_folder
from exchange.options import TlsOptions
from signer.algorithms import PublicKey
from signer.keys import folder as key_folder
from signer.keys.backend import KeyBackend
from storage.errors import CorruptError
from storage.records import migrate
from storage.records.sqlite_file import create


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, from the backup that ``manifest`` describes."""

    manifest: Manifest
    carried: Carried


def check_backup(config: Config, folder: Path, progress: Progress) -> Manifest:
    """Check a whole backup of the hub that ``config`` names, and change nothing.

    Raises ``ConfigError`` for a folder that is no backup or another hub's, ``KeyBackendError`` for a wrong passphrase,
    ``CorruptError`` naming the first damaged part, ``LogForkError`` and ``LogCorruptError`` for a log that does not
    hold, ``SchemaError`` for a backup of a newer version.
    """
    manifest = _believed(config, folder, progress)
    with (
        _newest_schema(folder) as records,
        opened(embedded(config, folder), records) as stores,
        progress("log") as done,
    ):
        if stores.key.public not in log_public_keys(keys_in(config, folder / "keys")):
            raise CorruptError("the log's key among the objects is not the one among the keys")
        _require_same(prove_log(stores.records, stores.objects, stores.key, done), manifest)
    return manifest


def restore(config: Config, folder: Path, progress: Progress) -> Restored:
    """Restore a backup into the empty stores that ``config`` names; no hub runs on them.

    Keys and, for a self-contained start, certificates go into their folders if they are not there. Raises as
    ``check_backup`` and ``carrying.carry``, and ``ConfigError`` where other keys are in the way.
    """
    manifest = _believed(config, folder, progress)
    private_folder(layout(config).data)
    _restore_keys(config, folder / "keys")
    if config.tls == TlsOptions():
        target = layout(config).data / "tls"
        copy_private(folder / "tls", target, [name for name in TLS_FILES if not (target / name).exists()])
    with _newest_schema(folder) as records:
        carried = carry(embedded(config, folder), config, progress, records)
    _require_same(carried.proof, manifest)
    return Restored(manifest, carried)


def _believed(config: Config, folder: Path, progress: Progress) -> Manifest:
    """The manifest, once it and every byte of the backup are what this hub wrote."""
    if not (folder / MANIFEST).is_file():
        raise ConfigError([f"{folder} is no backup: it has no {MANIFEST}."])
    manifest = read_manifest(folder, keys_in(config, folder / "keys"))
    if manifest.hub != config.hub.name:
        raise ConfigError([f"{folder} is a backup of {manifest.hub}, not of {config.hub.name}."])
    with progress("digests") as done:
        check_sums(folder, manifest, done)
    return manifest


def _require_same(proof: Proof, manifest: Manifest) -> None:
    if proof.note != manifest.checkpoint:
        raise LogForkError(f"the proven checkpoint is not the one that {MANIFEST} speaks of: do not serve from it")


def _restore_keys(config: Config, source: Path) -> None:
    target = layout(config).keys
    if not target.is_dir() or not any(target.iterdir()):
        copy_private(source, target, key_folder.names(source))
    elif _hub_of(keys_in(config, target)) != _hub_of(keys_in(config, source)):
        raise ConfigError([f"{target} holds the keys of another hub: name an empty [keys] folder."])


def _hub_of(keys: KeyBackend) -> tuple[PublicKey, bytes]:
    """What two hubs never share: the log's key, and a secret, which is in the folder wherever that key is."""
    return log_public_key(keys), keys.mac(BLIND_SECRET, b"which hub is this", version=1)


@contextmanager
def _newest_schema(folder: Path) -> Iterator[Path]:
    """The backup's records at this version's schema: the file itself, or a migrated copy of it."""
    file = folder / "records.sqlite"
    if migrate.current(migrate.sqlite_url(file)) == migrate.newest():
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="onceonly-restore-") as name:
        copy = Path(name) / file.name
        shutil.copyfile(file, copy)
        create(copy)
        yield copy
