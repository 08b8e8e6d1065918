"""The composition root of the processes that answer no calls: everything is built once from the configuration.

recorder    the one writer of records; holds the fast store
integrator  grows the public tree, signs checkpoints, keeps the index
publisher   publishes what is signed besides: see ``exchange.publishing``
public      shows to anyone what is published: built in ``exchange.public.server``

Rule: none of them knows gRPC, so that they start in half the time; ``exchange.app`` builds those that do.
"""

import time
from contextlib import ExitStack
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from prometheus_client import REGISTRY, CollectorRegistry

from exchange.audit.indexer import Indexer
from exchange.audit.integrator import Integrator
from exchange.audit.recorder import RecorderLimits, RecorderServer
from exchange.config import Config
from exchange.installation import LOG_KEY, log_origin, open_keys
from exchange.integrating import IntegratorProcess
from exchange.metrics import CommitMetrics, LogMetrics, PublisherMetrics
from exchange.publishing.publisher import PublisherProcess
from exchange.publishing.task import Task
from exchange.purpose.limits import Limits
from exchange.recounting import recount
from exchange.stores import open_fast, open_index, open_leadership, open_objects, open_records
from signer.note import NoteKey

_INTEGRATOR_KEYS: Final = frozenset({LOG_KEY})
_PUBLISHER_KEYS: Final = frozenset({"status-lists"})


def build_recorder(config: Config, registry: CollectorRegistry = REGISTRY) -> RecorderServer:
    """The recorder over the configured stores; the caller makes it listen or attaches a socket."""
    limits = decision_limits(config)
    records, fast = open_records(config, read_only=False), open_fast(config, time.time)
    return RecorderServer(
        records,
        fast,
        clock_us,
        CommitMetrics(registry),
        rebuild=recount(limits, clock_us),
        limits=RecorderLimits(
            batch=config.audit.batch,
            queue=config.audit.queue,
            rebuild=config.audit.rebuild_entries,
            retention_seconds=config.retention.request_ids_days * 86_400,
        ),
        closing=(records.close, fast.close),
    )


def build_integrator(config: Config, registry: CollectorRegistry = REGISTRY) -> IntegratorProcess:
    """The integrator and the indexer over the configured stores."""
    records = open_records(config, read_only=True)
    objects = open_objects(config)
    index = open_index(config, read_only=False)
    signer = open_keys(config, _INTEGRATOR_KEYS).signer(LOG_KEY)
    assert isinstance(signer.public, Ed25519PublicKey)
    key = NoteKey(log_origin(config), signer.public)
    return IntegratorProcess(
        Integrator(records, index, objects, key, signer.sign),
        Indexer(records, index),
        open_leadership(config, "integrator"),
        LogMetrics(registry),
        config.audit.checkpoint_interval_seconds,
        (records.close, objects.close, index.close),
    )


def build_publisher(config: Config, registry: CollectorRegistry = REGISTRY) -> PublisherProcess:
    """The publisher with the tasks that the configuration asks for."""
    with ExitStack() as held:
        tasks = _publisher_tasks(config, registry, held)
        return PublisherProcess(
            tasks,
            open_leadership(config, "publisher"),
            PublisherMetrics(registry, [task.name for task in tasks]),
            (held.pop_all().close,),
        )


def _publisher_tasks(config: Config, registry: CollectorRegistry, held: ExitStack) -> list[Task]:
    """The tasks; what they opened is closed with ``held``. Keys: ``open_keys(config, _PUBLISHER_KEYS)``."""
    del config, registry, held
    return []


def decision_limits(config: Config) -> Limits:
    """The operators' limits as configured."""
    options = config.limits
    return Limits(
        fetches_per_hour=options.fetches_per_hour,
        refusals=options.refusals,
        refusal_window=options.refusal_window_seconds,
        lockout=options.lockout_seconds,
        trawl_extra=options.trawl_extra,
        checks_per_hour=options.checks_per_hour,
        cases_per_day=options.cases_per_day,
    )


def clock_us() -> int:
    """Microseconds since 1970 (UTC)."""
    return time.time_ns() // 1000
