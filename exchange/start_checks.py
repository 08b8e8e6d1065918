"""What is asked of the stores before a hub starts: whoever cannot keep its promises is refused with a sentence.

Rules:
1. The journal is never behind what was published: serving from an older copy would fork the log.
2. The keys here are those of the hub whose stores these are.
3. A server's clock and this machine's are the same within a minute: tokens, receipts and the log tell the time.
4. A server that would lose what it acknowledged, or let a second create of a name win, is none to build on.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.errors import LogForkError, ProofError
from exchange.audit.proofs import PublishedLog, log_key
from exchange.config import Config, ConfigError
from exchange.stores import open_fast, open_objects, open_records, postgres_facts, s3_facts
from signer.note import NoteKey
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.interface import Records

UNFINISHED: Final = "unfinished"
"""Object: stands while a hub is carried or restored into these stores, and names the hub."""

MOST_SKEW_SECONDS: Final = 60.0


def check_stores(config: Config, log_publics: Collection[Ed25519PublicKey]) -> None:
    """Open every store and look at it; ``log_publics`` are the versions of the log's key that this machine has.

    Raises ``ConfigError`` for a store that is not this hub's or cannot do what is needed, ``LogForkError`` if the
    journal is behind the published log, ``StorageUnavailableError`` if one does not answer.
    """
    problems = [*records_problems(config), *objects_problems(config)]
    if problems:
        raise ConfigError(problems)
    check_fast(config)
    with ExitStack() as held:
        objects = open_objects(config)
        held.callback(objects.close)
        records = open_records(config, read_only=True)
        held.callback(records.close)
        key = hub_log_key(config, objects)
        if key.public not in log_publics:
            raise ConfigError(
                [f"The keys of this machine are not those of the hub in {config.objects.url or 'these stores'}."]
            )
        if objects.exists(UNFINISHED):
            raise ConfigError(["These stores hold a copy that was not finished: run the command that copied again."])
        check_journal(records, objects, key)


def records_problems(config: Config) -> Iterator[str]:
    """A sentence for each thing that PostgreSQL does not promise; none for SQLite. Raises ``StorageError``."""
    facts = postgres_facts(config)
    if facts is None:
        return
    if not facts.durable:
        yield "[records] url: the server runs with fsync or full_page_writes off: turn both on, or entries can be lost."
    if not facts.bytewise:
        yield '[records] url: a column of names is not COLLATE "C" any more: restore the schema from a backup.'
    yield from _skewed("[records] url", facts.clock_ahead_seconds)


def objects_problems(config: Config) -> Iterator[str]:
    """A sentence for each thing that the S3 server does not promise; none for files. Raises ``StorageError``."""
    facts = s3_facts(config)
    if facts is None:
        return
    if not facts.versioning:
        yield "[objects] url: the bucket keeps no versions: turn versioning on, or one call can remove the log."
    if not facts.conditional_put:
        yield "[objects] url: the server lets a second create of a name win: it must heed If-None-Match on PUT."
    if config.objects.lock_days and not facts.object_lock:
        yield "[objects] lock_days: the bucket has no Object Lock: make one that has, or set lock_days to 0."
    yield from _skewed("[objects] url", facts.clock_ahead_seconds)


def check_fast(config: Config) -> None:
    """Ask a fast store that is a server for something. Raises ``StorageUnavailableError``."""
    if config.fast.url:
        with closing(open_fast(config, time.time)) as fast:
            fast.count("start")


def _skewed(option: str, ahead: float | None) -> Iterator[str]:
    if ahead is not None and abs(ahead) > MOST_SKEW_SECONDS:
        side = "ahead of" if ahead > 0 else "behind"
        yield f"{option}: the server's clock is {abs(ahead):.0f} s {side} this machine's: set both right by NTP."


def hub_log_key(config: Config, objects: Objects) -> NoteKey:
    """The log's key as published; raises ``ConfigError`` if the objects hold no hub."""
    try:
        return log_key(objects)
    except ObjectNotFoundError:
        where = config.objects.url or f"{config.hub.data_dir}/objects"
        raise ConfigError([f"{where} holds no hub: run `onceonly init`, or restore it from a backup."]) from None


def check_journal(records: Records, objects: Objects, key: NoteKey) -> None:
    """Refuse a journal that is shorter than the published log, or than what witnesses have cosigned of it.

    Raises ``LogForkError``, ``LogCorruptError``.
    """
    log = PublishedLog(objects, key)
    cosigned = log.cosigned()
    size = 0 if cosigned is None else cosigned[0].size
    with suppress(ProofError):  # nothing is published yet
        size = max(size, log.checkpoint()[0].size)
    length = records.journal_length()
    if length < size:
        raise LogForkError(
            f"the journal holds {length} entries, but {size} are published, so entries were lost: restore the journal "
            "from the copy that holds them before serving; going on would fork the log"
        )
