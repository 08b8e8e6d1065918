"""The event server as configured: stores, keys, register, pipeline, tail and streams, built once.

Rule: it opens the master, tag and blind secrets and no signature key: it reads what is sealed, and signs nothing.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry

from exchange.audit.entry import Tagger
from exchange.audit.recorder_client import RecorderClient
from exchange.cache import RecordCache
from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from exchange.config import Config
from exchange.edge.authentication import Authenticator
from exchange.edge.methods import EVENT_METHODS
from exchange.edge.pipeline import Pipeline, Timing
from exchange.edge.recording import Recording
from exchange.edge.server import TlsFiles
from exchange.edge.shares import DepartmentShares, StreamPlaces
from exchange.events.cursor import Cursors
from exchange.events.reader import EventReader
from exchange.events.server import EventServer
from exchange.events.servicer import EventServicer
from exchange.events.streams import Bell, EventStreams, Pace
from exchange.events.subscription import EventRoom, place_cache
from exchange.events.tail import EventTail
from exchange.events.webhook import WebhookRoom, WebhookStore
from exchange.events.webhook_address import allowed_hosts
from exchange.installation import BLIND_SECRET, MASTER_SECRET, TAG_SECRET, open_keys
from exchange.layout import layout
from exchange.master_key import MasterKey
from exchange.metrics import CallMetrics
from exchange.purpose.limits import Limits
from exchange.stores import open_records
from storage.blind import BlindIndex
from storage.vault import Vault

_KEYS: Final = frozenset({MASTER_SECRET, TAG_SECRET, BLIND_SECRET})
_DATA_KEYS: Final = 5_000


def build_event_server(
    config: Config,
    address: str,
    registry: CollectorRegistry,
    recorder: RecorderClient,
    limits: Limits,
    clock_us: Callable[[], int],
) -> EventServer:
    """The server on ``address``; not started. Raises what the stores and the key backend raise."""
    options, places = config.events, layout(config)
    keys = open_keys(config, _KEYS)
    records = open_records(config, read_only=True)
    vault = Vault(records, MasterKey(keys), cache_size=_DATA_KEYS)
    registers = RegisterSource(CatalogueStore(records), failed=_say_stale)
    reader = EventReader(records, vault)
    room = EventRoom(place_cache(records), Cursors(keys.mac(BLIND_SECRET, b"event cursors")), reader)
    store = WebhookStore(records)
    webhooks = WebhookRoom(store, reader, room.cursors, allowed_hosts(config))
    caches: tuple[RecordCache[Any], ...] = (room.places, store.webhooks, store.letters)
    metrics = CallMetrics(registry, EVENT_METHODS)
    recording = Recording(
        registers=registers,
        records=records,
        recorder=recorder,
        vault=vault,
        tagger=Tagger(BlindIndex(keys.mac(TAG_SECRET, b"access record tags"))),
        limits=limits,
        caches=caches,
        clock_us=clock_us,
        longest_answer=config.listen.max_message_bytes,
        commit_seconds=config.audit.commit_timeout_seconds,
    )
    pipeline = Pipeline(
        authenticator=Authenticator(config.hub.name, time.time),
        registers=registers,
        recording=recording,
        shares=DepartmentShares(max(1, options.threads * 3 // 4)),
        streams=StreamPlaces(options.max_streams, options.department_streams),
        timing=Timing(config.listen.default_deadline_seconds, config.listen.max_deadline_seconds),
        observer=metrics,
    )
    servicer = EventServicer(room, webhooks)
    pace = Pace(options.heartbeat_seconds, options.max_stream_seconds)

    def streams(pool: ThreadPoolExecutor, bell: Callable[[], Bell]) -> tuple[EventStreams, EventTail]:
        tail = EventTail(reader, options.window, lambda: bell().ring(), clock_us, registers.current)
        return EventStreams(servicer, reader, tail, registers, pace, pool, bell), tail

    def close() -> None:
        registers.stop()
        recorder.close()
        records.close()
        keys.close()

    return EventServer(
        address,
        TlsFiles(places.certificate_key.read_bytes(), places.certificate.read_bytes(), places.client_ca.read_bytes()),
        _transport(config),
        options.max_streams + config.listen.max_waiting_calls,
        pipeline,
        servicer,
        room.cursors,
        streams,
        ThreadPoolExecutor(options.threads, thread_name_prefix="event-call"),
        registers.start,
        close,
    )


def _transport(config: Config) -> list[tuple[str, int]]:
    """Bounds of connections, as workers have them; a connection lives at least as long as a stream may."""
    listen = config.listen
    return [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", listen.max_message_bytes),
        ("grpc.max_send_message_length", listen.max_message_bytes),
        ("grpc.max_metadata_size", listen.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", listen.max_metadata_bytes * 2),
        ("grpc.max_concurrent_streams", listen.max_concurrent_streams),
        ("grpc.max_connection_age_ms", (config.events.max_stream_seconds + 60) * 1000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]


def _say_stale(error: Exception) -> None:
    structlog.get_logger("onceonly.register").warning("what is in force could not be read", error=type(error).__name__)
