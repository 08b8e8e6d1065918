"""``onceonly doctor``: is anything wrong with this installation?"""

from typing import Final

import typer

from exchange.cli.failures import FAILED
from exchange.cli.inspection import Finding, Level, inspect
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_table
from exchange.config import ConfigError, load
from exchange.installation import BLIND_SECRET, MASTER_SECRET, open_keys
from exchange.licences.store import LicenceStore
from signer.keys.backend import KeyBackend
from storage.blind import BlindIndex
from storage.objects.interface import Objects
from storage.records.interface import Records
from storage.vault import Vault

_KEPT: Final = 100
"""Records kept in memory: each is looked at once."""


def run(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Look for anything wrong: configuration, permissions, schema, keys, certificates, log, clock, disk, objects.

    The hub may run or not. Exit code 1 if there is a problem; notices alone are 0.
    """
    findings = _findings(config)
    if json:
        write_json([{"check": each.check, "level": each.level.value, "text": each.text} for each in findings])
    else:
        write_table("", ("check", "", "finding"), [(each.check, each.level.value, each.text) for each in findings])
    if any(each.level is Level.PROBLEM for each in findings):
        raise typer.Exit(FAILED)


def _findings(path: Config) -> list[Finding]:
    try:
        options = load(path)
    except ConfigError as error:
        return [Finding("configuration", Level.PROBLEM, sentence) for sentence in error.problems]
    return list(inspect(options, lambda records, objects: _licences(open_keys(options), records, objects)))


class _Master:
    """The master secret as the vault's key wrapper."""

    def __init__(self, keys: KeyBackend) -> None:
        self._keys = keys

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        """Wrap a data key."""
        return self._keys.wrap(MASTER_SECRET, plaintext, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Unwrap a data key."""
        return self._keys.unwrap(MASTER_SECRET, wrapped, context)


def _licences(keys: KeyBackend, records: Records, objects: Objects) -> LicenceStore:
    """The licences, opened with the hub's keys to learn which credentials they name."""
    blind = BlindIndex(keys.mac(BLIND_SECRET, b"blind index"))
    return LicenceStore(records, objects, Vault(records, _Master(keys)), blind, _KEPT)
