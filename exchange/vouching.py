"""Builds what has the log vouched for from outside: the publisher's tasks, and the watch that the recorder asks.

Nothing is built where neither witnesses nor a time-stamp authority are configured.
"""

import time
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import CollectorRegistry

from exchange.audit.proofs import PublishedLog, log_key
from exchange.config import Config, ConfigError
from exchange.publishing.lag import LagWatch, StampCoverage, Voucher, WitnessCoverage
from exchange.publishing.metrics import LagMetrics, WitnessMetrics
from exchange.publishing.posting import Poster
from exchange.publishing.timestamps import TimestampTask
from exchange.publishing.witnesses import WitnessLink, WitnessTask
from exchange.stores import open_objects
from signer.cosignature import parse_witness_vkey
from signer.note import NoteKey
from storage.objects.interface import Objects
from storage.records.interface import AccessIndex, Records

_MAX_ROOTS_BYTES: Final = 256 * 1024


def vouching_tasks(
    config: Config, objects: Objects, index: AccessIndex, registry: CollectorRegistry
) -> tuple[WitnessTask | TimestampTask, ...]:
    """The publisher's tasks for witnesses and time-stamps, as configured. ``index`` can be written.

    Raises ``ConfigError`` for files of certificates that cannot be used, and what reading the log's key raises.
    """
    tasks: list[WitnessTask | TimestampTask] = []
    witnesses, stamps = config.witnesses, config.timestamps
    if witnesses.cosigners:
        key = log_key(objects)
        links = [WitnessLink(parse_witness_vkey(each.vkey), each.url) for each in witnesses.cosigners]
        tasks.append(
            WitnessTask(
                PublishedLog(objects, key),
                objects,
                index,
                links,
                witnesses.quorum,
                Poster(witnesses.tls_ca, witnesses.timeout_seconds),
                WitnessMetrics(registry),
                time.time,
                witnesses.interval_seconds,
            )
        )
    if stamps.url:
        key = log_key(objects)
        tasks.append(
            TimestampTask(
                PublishedLog(objects, key),
                objects,
                stamps.url,
                stamp_roots(config),
                Poster(stamps.tls_ca, stamps.timeout_seconds),
                time.time,
                stamps.interval_seconds,
                cosigned_only=bool(witnesses.cosigners),
            )
        )
    return tuple(tasks)


def lag_watch(
    config: Config, records: Records, registry: CollectorRegistry, clock_us: Callable[[], int]
) -> LagWatch | None:
    """The watch for the recorder; None where nobody is configured to vouch. Raises as ``vouching_tasks``."""
    if not config.witnesses.cosigners and not config.timestamps.url:
        return None
    objects = open_objects(config)
    return LagWatch(records, vouchers(config, objects), LagMetrics(registry), clock_us, (objects.close,))


def vouchers(config: Config, objects: Objects) -> tuple[Voucher, ...]:
    """Who is configured to vouch for the log. Raises as ``vouching_tasks``, but needs no object to be there."""

    def key() -> NoteKey:
        """Read with every look: a recorder starts without the object store, and the log's key may be rolled over."""
        return log_key(objects)

    found: list[Voucher] = []
    witnesses, stamps = config.witnesses, config.timestamps
    if witnesses.cosigners:
        coverage = WitnessCoverage(objects, key, witnesses.keys, witnesses.quorum)
        found.append(Voucher("witnesses", coverage, witnesses.alarm_after_seconds, witnesses.stop_after_seconds))
    if stamps.url:
        stamped = StampCoverage(objects, key, stamp_roots(config))
        found.append(Voucher("timestamps", stamped, stamps.alarm_after_seconds, stamps.stop_after_seconds))
    return tuple(found)


def stamp_roots(config: Config) -> tuple[bytes, ...]:
    """The roots of the time-stamp authority, DER. Raises ``ConfigError``."""
    path = config.timestamps.roots_file
    assert path is not None, "a configuration that names an authority names its roots"
    try:
        with path.open("rb") as file:
            found = x509.load_pem_x509_certificates(file.read(_MAX_ROOTS_BYTES))
    except OSError as error:
        raise ConfigError([f"[timestamps] roots_file: {path} cannot be read: {error.strerror}."]) from error
    except ValueError as error:
        raise ConfigError([f"[timestamps] roots_file: {path} holds no certificates in PEM."]) from error
    return tuple(root.public_bytes(Encoding.DER) for root in found)
