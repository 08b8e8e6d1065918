"""The composition root of the processes that answer no calls: everything is built once from the configuration.

recorder    the one writer of records; holds the fast store
integrator  grows the public tree, signs checkpoints, keeps the index
publisher   publishes what is signed besides: see ``exchange.publishing``
events      does what falls due, and tells of events: its tasks here, its server in ``exchange.eventing``
public      shows to anyone what is published: built in ``exchange.public.server``

Rule: none of them knows gRPC, so that they start in half the time; ``exchange.app`` builds those that do.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from prometheus_client import REGISTRY, CollectorRegistry

from exchange.audit.indexer import Indexer
from exchange.audit.integrator import Integrator
from exchange.audit.log_signers import LogSigners
from exchange.audit.recorder import RecorderLimits, RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.config import Config
from exchange.configured import clock_us, decision_limits
from exchange.due_work import build_due_task
from exchange.installation import LOG_KEY, log_origin, open_keys
from exchange.integrating import IntegratorProcess
from exchange.metrics import CommitMetrics, LogMetrics, PublisherMetrics
from exchange.publishing.publisher import PublisherProcess
from exchange.publishing.status_lists import STATUS_LISTS_KEY, StatusListTask, terms_of
from exchange.recounting import recount
from exchange.stores import open_fast, open_index, open_leadership, open_objects, open_records
from exchange.task import Task
from exchange.vouching import lag_watch, vouching_tasks
from exchange.webhook_work import webhook_tasks
from signer.algorithms import PublicKey
from signer.keys.backend import Signer
from signer.note import NoteKey

_INTEGRATOR_KEYS: Final = frozenset({LOG_KEY})
_PUBLISHER_KEYS: Final = frozenset({STATUS_LISTS_KEY})


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
        hold=lag_watch(config, records, registry, clock_us),
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
    keys = open_keys(config, _INTEGRATOR_KEYS)
    signer = keys.signer(LOG_KEY)
    assert isinstance(signer.public, Ed25519PublicKey)
    key = NoteKey(log_origin(config), signer.public)
    return IntegratorProcess(
        Integrator(records, index, objects, key, signer.sign, LogSigners(keys, objects, key.name)),
        Indexer(records, index),
        open_leadership(config, "integrator"),
        LogMetrics(registry),
        config.audit.checkpoint_interval_seconds,
        (records.close, objects.close, index.close, keys.close),
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
    """The tasks; what they opened is closed with ``held``."""
    keys, objects = open_keys(config, _PUBLISHER_KEYS), open_objects(config)
    records, index = open_records(config, read_only=True), open_index(config, read_only=False)
    for close in (keys.close, objects.close, records.close, index.close):
        held.callback(close)

    def signer() -> Signer:
        keys.refresh()  # a rotated key signs from the next list on
        return keys.signer(STATUS_LISTS_KEY)

    def public_keys() -> Mapping[str, PublicKey]:
        return {info.kid: info.public for info in keys.versions(STATUS_LISTS_KEY) if info.kid and info.public}

    terms = terms_of(config.status, config.listen.max_deadline_seconds)
    lists = StatusListTask(records, objects, config.hub.name, terms, signer, public_keys)
    return [lists, *vouching_tasks(config, objects, index, registry)]


def build_event_tasks(
    config: Config, registry: CollectorRegistry = REGISTRY, recorder: RecorderClient | None = None
) -> PublisherProcess:
    """What falls due, done on the machine that leads; ``recorder`` as for ``build_due_task``."""
    with ExitStack() as held:
        tasks: list[Task] = [
            build_due_task(config, registry, held, recorder),
            *webhook_tasks(config, registry, held, recorder),
        ]
        return PublisherProcess(
            tasks,
            open_leadership(config, "events"),
            PublisherMetrics(registry, [task.name for task in tasks], "events"),
            (held.pop_all().close,),
            "events",
        )
