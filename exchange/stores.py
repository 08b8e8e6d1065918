"""The stores that the configuration names: SQLite, files and memory where it names none.

Rules:
1. The rest of the hub takes the interfaces; which engine stands behind them is decided here alone.
2. A server's client is loaded only where one is configured: an embedded hub carries none of them.
3. Secrets come from files of their own, read when a store is opened, and are in no message.
4. Open a store after a process has started, never before it forks.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from exchange.audit.log_files import is_settled
from exchange.config import Config, ConfigError
from exchange.layout import layout
from exchange.secret_files import read_secret
from storage.fast.interface import Fast
from storage.fast.memory import MemoryFast
from storage.objects.files import FileObjects
from storage.objects.interface import Objects
from storage.records.interface import AccessIndex, Records
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_index import SqliteAccessIndex

if TYPE_CHECKING:
    from storage.fast.redis_address import RedisAddress
    from storage.fast.redis_facts import RedisFacts
    from storage.objects.s3_address import S3Address
    from storage.objects.s3_facts import S3Facts
    from storage.records.postgres_address import PostgresAddress
    from storage.records.postgres_facts import PostgresFacts

_FAST_KEYS = 1_000_000
"""Of the embedded fast store."""


_INDEX_SECONDS = 10.0
"""For one question to the index of accesses: a summary may count millions."""


class Leadership(Protocol):
    """Which of a hub's machines does what only one may do at a time."""

    def try_lead(self) -> bool:
        """Whether this process leads now; it goes on leading until it ends or loses its connection."""
        ...

    def close(self) -> None: ...


class AlwaysLeading:
    """The leadership of a hub on one machine."""

    def try_lead(self) -> bool:
        """Always: there is no other."""
        return True

    def close(self) -> None:
        """Nothing is held."""


def open_records(config: Config, *, read_only: bool) -> Records:
    """The records. Raises ``StorageError``, and ``ConfigError`` for the files of secrets."""
    address = records_address(config)
    if address is None:
        return SqliteRecords(layout(config).records, read_only=read_only)
    from storage.records.postgres import PostgresRecords

    return PostgresRecords(address, read_only=read_only, connections=config.records.connections)


def open_index(config: Config, *, read_only: bool) -> AccessIndex:
    """The index of accesses. Raises as ``open_records``."""
    address = records_address(config)
    if address is None:
        return SqliteAccessIndex(layout(config).index, read_only=read_only)
    from storage.records.postgres_index import PostgresAccessIndex

    patient = replace(address, statement_seconds=max(address.statement_seconds, _INDEX_SECONDS))
    return PostgresAccessIndex(patient, read_only=read_only)


def open_objects(config: Config) -> Objects:
    """The objects. Raises as ``open_records``."""
    address = objects_address(config)
    if address is None:
        return FileObjects(layout(config).objects)
    from storage.objects.s3 import S3Objects

    return S3Objects(address, locked=is_settled)


def open_fast(config: Config, clock: Callable[[], float]) -> Fast:
    """The fast store, for the recorder; ``clock`` gives seconds to the one in memory. Raises as ``open_records``."""
    address = fast_address(config)
    if address is None:
        return MemoryFast(clock, _FAST_KEYS)
    from storage.fast.redis import RedisFast

    return RedisFast(address)


def open_leadership(config: Config, name: str) -> Leadership:
    """Who does the work ``name`` among the machines of this hub."""
    address = records_address(config)
    if address is None:
        return AlwaysLeading()
    from storage.records.postgres_leader import Leader

    return Leader(address, name)


def stores_for_logs(config: Config) -> dict[str, str | int]:
    """The engine of each store by the name of its section, and for how many days the log's tiles are locked."""
    fast = "redis_cluster" if config.fast.cluster else "redis"
    return {
        "records": "postgresql" if config.records.url else "sqlite",
        "objects": "s3" if config.objects.url else "files",
        "fast": fast if config.fast.url else "memory",
        "locked_days": config.objects.lock_days,
    }


def records_address(config: Config) -> "PostgresAddress | None":
    """The database's address; None: SQLite. Raises ``ConfigError``, ``StorageUnavailableError``."""
    options = config.records
    if not options.url:
        return None
    password = read_secret("[records] password_file", options.password_file) if options.password_file else b""
    from storage.records.postgres_address import PostgresAddress

    return PostgresAddress(
        options.url, _text(password), tls_ca=options.tls_ca, statement_seconds=options.statement_timeout_seconds
    )


def objects_address(config: Config) -> "S3Address | None":
    """The bucket's address; None: files. Raises ``ConfigError``, ``StorageUnavailableError``."""
    options = config.objects
    if not options.url:
        return None
    if options.access_key_file is None or options.secret_key_file is None:
        raise ConfigError(["[objects] url needs access_key_file and secret_key_file."])
    from storage.objects.s3_address import S3Address

    return S3Address(
        options.url,
        _text(read_secret("[objects] access_key_file", options.access_key_file)),
        _text(read_secret("[objects] secret_key_file", options.secret_key_file)),
        region=options.region,
        tls_ca=options.tls_ca,
        prefix=options.prefix,
        timeout_seconds=options.timeout_seconds,
        connections=options.connections,
        lock_days=options.lock_days,
        plain_http=options.plain_http,
    )


def fast_address(config: Config) -> "RedisAddress | None":
    """The fast store's address; None: memory. Raises ``ConfigError``, ``StorageError``."""
    options = config.fast
    if not options.url:
        return None
    password = read_secret("[fast] password_file", options.password_file) if options.password_file else b""
    from storage.fast.redis_address import RedisAddress

    return RedisAddress(
        options.url,
        _text(password),
        tls_ca=options.tls_ca,
        cluster=options.cluster,
        prefix=options.prefix,
        timeout_seconds=options.timeout_seconds,
    )


def postgres_facts(config: Config) -> "PostgresFacts | None":
    """What the database server promises; None: SQLite. Raises as ``open_records``."""
    address = records_address(config)
    if address is None:
        return None
    from storage.records.postgres_facts import described

    return described(address)


def s3_facts(config: Config) -> "S3Facts | None":
    """What the bucket and its server promise, really tried; None: files. Raises as ``open_objects``."""
    address = objects_address(config)
    if address is None:
        return None
    from storage.objects.s3 import S3Objects

    objects = S3Objects(address, locked=is_settled)
    try:
        return objects.describe()
    finally:
        objects.close()


def redis_facts(config: Config) -> "RedisFacts | None":
    """What the fast store's servers say of themselves; None: memory. Raises as ``open_fast``."""
    address = fast_address(config)
    if address is None:
        return None
    from storage.fast.redis_facts import described

    return described(address)


def _text(secret: bytes) -> str:
    return secret.decode("utf-8", "surrogateescape")
