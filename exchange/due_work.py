"""Builds the task that does what is due: opens the stores, and gives each kind its handler.

Rule: its process needs the keys that open cases (master, tags, look-up); no signature key.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Final

from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit.entry import Tagger
from exchange.audit.recorder_client import RecorderClient
from exchange.cache import RecordCache
from exchange.cases.clock import tell_clock
from exchange.cases.completing import complete_case, follow_withdrawal
from exchange.cases.lapse import lapse_case
from exchange.cases.lapsing import lapse_deferred, remind_deferred
from exchange.cases.room import CaseRoom
from exchange.cases.store import CaseStore
from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from exchange.clocks.due import DueKind
from exchange.clocks.metrics import DueMetrics
from exchange.clocks.runner import DueTask, Handler
from exchange.config import Config
from exchange.configured import clock_us, evidence_terms
from exchange.consents.sweeping import sweep_code
from exchange.disputes.overdue import report_overdue
from exchange.incidents.reviewing import report_overdue_review
from exchange.incidents.room import IncidentStore
from exchange.installation import BLIND_SECRET, MASTER_SECRET, TAG_SECRET, open_keys
from exchange.layout import layout
from exchange.master_key import MasterKey
from exchange.purpose.limits import Limits
from exchange.ratings.rectify import report_overdue_rectification
from exchange.ratings.room import RatingStore
from exchange.results.due import report_overdue_issuance
from exchange.results.room import ResultStore
from exchange.stores import open_records
from exchange.supervision.penalties import report_overdue_penalty
from exchange.supervision.room import SupervisionStore
from storage.blind import BlindIndex
from storage.records.interface import Records
from storage.vault import Vault

DUE_WORK_KEYS: Final = frozenset({MASTER_SECRET, TAG_SECRET, BLIND_SECRET})
_KEPT: Final = 1_000
"""Decoded records of a kind, and data keys, kept in memory: what is due is hardly ever read twice."""


def build_due_task(
    config: Config, registry: CollectorRegistry, held: ExitStack, recorder: RecorderClient | None = None
) -> DueTask:
    """The task over the configured stores; ``held`` closes what it opened, ``registry`` shows its metrics.

    It writes through ``recorder``, or through the one that listens in the run folder. Raises as ``open_records`` and
    ``open_keys``.
    """
    keys, records = open_keys(config, DUE_WORK_KEYS), open_records(config, read_only=True)
    client = recorder or RecorderClient(layout(config).socket)
    for close in (keys.close, records.close, client.close):
        held.callback(close)
    vault = Vault(records, MasterKey(keys), cache_size=_KEPT)
    blind = BlindIndex(keys.mac(BLIND_SECRET, b"blind index"))
    tagger = Tagger(BlindIndex(keys.mac(TAG_SECRET, b"access record tags")))
    catalogue = CatalogueStore(records)
    registers = RegisterSource(catalogue)
    cases = CaseStore(records, vault, blind, _KEPT)
    caches: tuple[RecordCache[Any], ...] = (
        cases.cases,
        cases.clocks,
        cases.consents,
        cases.consent_cases,
        cases.numbers,
        cases.evidence.lines,
        cases.evidence.exclusions,
        cases.disputes.disputes,
    )
    attempts = Attempts(
        registers=registers,
        recorder=client,
        vault=vault,
        tagger=tagger,
        limits=Limits(),  # they bound operators, and the hub is none
        caches=caches,
        clock_us=clock_us,
        commit_seconds=config.audit.commit_timeout_seconds,
    )
    return DueTask(
        records=records,
        attempts=attempts,
        registers=registers,
        handlers=due_handlers(CaseRoom(cases, catalogue, tagger, terms=evidence_terms(config)), records, vault),
        metrics=DueMetrics(registry),
        clock_us=clock_us,
    )


def due_handlers(cases: CaseRoom, records: Records, vault: Vault) -> Mapping[DueKind, Handler]:
    """What is done for each kind."""
    results, ratings = ResultStore.over(records, vault), RatingStore.over(records, vault)
    supervision, incidents = SupervisionStore.over(records, vault), IncidentStore.over(records, vault)
    return {
        DueKind.CASE_CLOCK: lambda call, subject, due: tell_clock(call, cases, subject, due),
        DueKind.CASE_COMPLETION: lambda call, subject, due: complete_case(call, cases, subject, due),
        DueKind.CASE_WINDOW: lambda call, subject, due: lapse_case(call, cases, subject, due),
        DueKind.DEFERRAL_LAPSE: lambda call, subject, _: lapse_deferred(call, cases, subject),
        DueKind.DEFERRAL_REMINDER: lambda call, subject, _: remind_deferred(call, cases, subject),
        DueKind.DISPUTE_CLOCK: lambda call, subject, _: report_overdue(call, cases, subject),
        DueKind.GUIDE_WITHDRAWAL: lambda call, subject, due: follow_withdrawal(call, cases, subject, due),
        DueKind.INCIDENT_REVIEW: lambda call, subject, _: report_overdue_review(call, incidents, subject),
        DueKind.ISSUANCE: lambda call, subject, _: report_overdue_issuance(call, results, subject),
        DueKind.PENALTY: lambda call, subject, _: report_overdue_penalty(call, supervision, subject),
        DueKind.PRESENTATION_CODE: lambda call, subject, _: sweep_code(call, records, subject),
        DueKind.RECTIFICATION: lambda call, subject, _: report_overdue_rectification(call, ratings, subject),
    }
