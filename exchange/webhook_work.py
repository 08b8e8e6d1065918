"""Builds the task that posts events: nothing where the operator lists no host.

Rule: besides the keys that open cases it needs the receipt key, with which it signs.
"""

from contextlib import ExitStack
from typing import Any, Final

from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit.entry import Tagger
from exchange.audit.recorder_client import RecorderClient
from exchange.cache import RecordCache
from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from exchange.config import Config
from exchange.configured import clock_us
from exchange.events.cursor import Cursors
from exchange.events.reader import EventReader
from exchange.events.webhook import WebhookStore
from exchange.events.webhook_address import allowed_hosts
from exchange.events.webhook_body import FreshSigner, WebhookPen
from exchange.events.webhook_delays import DelayBook, Patience
from exchange.events.webhook_ledger import WebhookLedger
from exchange.events.webhook_metrics import WebhookMetrics
from exchange.events.webhook_posting import WebhookPoster
from exchange.events.webhook_task import WebhookTask
from exchange.events.webhook_turn import Deliverer
from exchange.installation import BLIND_SECRET, MASTER_SECRET, RECEIPT_KEY, TAG_SECRET, open_keys
from exchange.layout import layout
from exchange.master_key import MasterKey
from exchange.purpose.limits import Limits
from exchange.stores import open_records
from storage.blind import BlindIndex
from storage.vault import Vault

WEBHOOK_KEYS: Final = frozenset({MASTER_SECRET, TAG_SECRET, BLIND_SECRET, RECEIPT_KEY})
_DATA_KEYS: Final = 1_000


def webhook_tasks(
    config: Config, registry: CollectorRegistry, held: ExitStack, recorder: RecorderClient | None = None
) -> list[WebhookTask]:
    """The task over the configured stores, or none; ``held`` and ``recorder`` as for ``build_due_task``."""
    options = config.events
    if not options.webhook_hosts:
        return []
    keys, records = open_keys(config, WEBHOOK_KEYS), open_records(config, read_only=True)
    client = recorder or RecorderClient(layout(config).socket)
    for close in (keys.close, records.close, client.close):
        held.callback(close)
    vault = Vault(records, MasterKey(keys), cache_size=_DATA_KEYS)
    registers = RegisterSource(CatalogueStore(records))
    store, reader = WebhookStore(records), EventReader(records, vault)
    caches: tuple[RecordCache[Any], ...] = (store.webhooks, store.letters)
    attempts = Attempts(
        registers=registers,
        recorder=client,
        vault=vault,
        tagger=Tagger(BlindIndex(keys.mac(TAG_SECRET, b"access record tags"))),
        limits=Limits(),  # they bound operators, and the hub is none
        caches=caches,
        clock_us=clock_us,
        commit_seconds=config.audit.commit_timeout_seconds,
    )
    deliverer = Deliverer(
        store=store,
        reader=reader,
        registers=registers,
        pen=WebhookPen(
            config.hub.name,
            Cursors(keys.mac(BLIND_SECRET, b"event cursors")),
            FreshSigner(keys, RECEIPT_KEY),
        ),
        poster=WebhookPoster(allowed_hosts(config), options.webhook_tls_ca, options.webhook_timeout_seconds),
        ledger=WebhookLedger(store, attempts, registers, clock_us),
        delays=DelayBook(records, client),
        metrics=WebhookMetrics(registry),
        clock_us=clock_us,
    )
    patience = Patience(
        options.webhook_attempts, options.webhook_first_pause_seconds, options.webhook_longest_pause_seconds
    )
    task = WebhookTask(deliverer, patience, options.webhook_threads)
    held.callback(task.stop)
    return [task]
