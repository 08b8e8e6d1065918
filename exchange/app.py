"""The composition root: builds what answers calls from the configuration, everything once.

worker      reads, decides, signs receipts and seals; writes only through the recorder
single      every role in one process, for tests and tiny machines (``workers = 0``)

The processes that answer no calls are built in ``exchange.background``.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import structlog
from grpc_health.v1 import health
from prometheus_client import REGISTRY, CollectorRegistry

from exchange.assistance.room import AssistanceRoom, LetterStore
from exchange.audit.entry import Tagger
from exchange.audit.export import ManifestKey
from exchange.audit.proofs import PublishedLog, log_key
from exchange.audit.queries import AccessQueries
from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.background import build_integrator, build_publisher, build_recorder
from exchange.cache import RecordCache
from exchange.cases.application_store import ApplicationStore
from exchange.cases.applications import ApplicationRoom
from exchange.cases.material_store import MaterialStore
from exchange.cases.room import CaseRoom
from exchange.cases.store import CaseStore
from exchange.catalogue.room import CatalogueRoom
from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from exchange.certification import seal_roots
from exchange.config import Config
from exchange.configured import clock_us, decision_limits, evidence_terms, warning_terms
from exchange.consents.room import ConsentRoom
from exchange.consents.store import PresentationStore
from exchange.disputes.room import DisputeRoom
from exchange.edge.authentication import Authenticator
from exchange.edge.methods import METHODS
from exchange.edge.paging import PageTokens
from exchange.edge.pipeline import Pipeline, Timing
from exchange.edge.recording import Recording
from exchange.edge.server import Bounds, TlsFiles, bind, build_server
from exchange.edge.servicers.application import ApplicationServicer
from exchange.edge.servicers.assistance import AssistanceServicer
from exchange.edge.servicers.audit import AuditServicer
from exchange.edge.servicers.case import CaseServicer
from exchange.edge.servicers.catalogue import CatalogueServicer
from exchange.edge.servicers.consent import ConsentServicer
from exchange.edge.servicers.dispute import DisputeServicer
from exchange.edge.servicers.evidence import EvidenceServicer
from exchange.edge.servicers.exchange import ExchangeServicer
from exchange.edge.servicers.incident import IncidentServicer
from exchange.edge.servicers.issuance import IssuanceServicer
from exchange.edge.servicers.manifest import ManifestServicer
from exchange.edge.servicers.restriction import RestrictionServicer
from exchange.edge.servicers.supervision import SupervisionServicer
from exchange.edge.servicers.verification import VerificationServicer
from exchange.edge.shares import DepartmentShares, Gate, StreamPlaces
from exchange.eventing import build_events
from exchange.evidence.log_parts import LogRoom
from exchange.evidence.room import EvidenceRoom
from exchange.imports.room import ImportRoom
from exchange.imports.store import ImportStore
from exchange.incidents.room import IncidentRoom, IncidentStore
from exchange.installation import BLIND_SECRET, MASTER_SECRET, RECEIPT_KEY, TAG_SECRET, open_keys
from exchange.layout import Layout, layout
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.examining import VerifyRoom
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.gathering import Gathering, StandingCache
from exchange.licences.grounds import ground_finder
from exchange.licences.lines import LinePlans
from exchange.licences.opening import CredentialOpener
from exchange.licences.presenting import Presenter
from exchange.licences.published_lists import ListRoom
from exchange.licences.receipts import ReceiptDesk, ReceiptKeys
from exchange.licences.room import LicenceRoom
from exchange.licences.seal_archive import SealArchive
from exchange.licences.seals import SealRing, chains_in
from exchange.licences.second import SecondDemands, SecondRing, SecondRoom
from exchange.licences.store import LicenceStore
from exchange.licences.supervised import licence_finder
from exchange.manifests.room import ManifestRoom
from exchange.master_key import MasterKey
from exchange.metrics import CallMetrics
from exchange.oversight.mandate import MandateDesk
from exchange.oversight.questions import OversightRoom
from exchange.processes import Single, Worker
from exchange.public.server import build_public
from exchange.purpose.decision import policy_digest
from exchange.ratings.room import RatingRoom, RatingStore
from exchange.restrictions.room import RestrictionRoom, RestrictionStore
from exchange.results.room import ResultRoom, ResultStore
from exchange.stores import open_index, open_objects, open_records
from exchange.supervision.room import SupervisionRoom, SupervisionStore
from exchange.trust.fresh_keys import FreshKeys
from exchange.trust.watch import TrustWatch
from exchange.warrants.assistance import letter_warrants
from exchange.warrants.correction import dispute_warrants
from exchange.warrants.emergency import incident_warrants
from exchange.warrants.room import WarrantRoom
from exchange.warrants.supervision import task_warrants
from exchange.warrants.warrant import DISPUTES, INCIDENTS, LETTERS, TASKS
from signer.algorithms import SECOND, USUAL
from signer.jws import SignFunction
from signer.keys.backend import KeyBackend, Signer
from signer.trust import SealTrust
from storage.blind import BlindIndex
from storage.vault import Vault

_WORKER_KEYS: Final = frozenset({"seal-", "second-", RECEIPT_KEY, MASTER_SECRET, TAG_SECRET, BLIND_SECRET})
"""What a worker may open: not the log's key, nor any authority's."""
_KEPT: Final = 50_000
"""Decoded records of a kind, and data keys, that a worker keeps in memory."""


class TimedSigners:
    """The key backend's signers with the time of each signature observed; one object for each key version."""

    def __init__(self, keys: KeyBackend, timed: Callable[[SignFunction], SignFunction]) -> None:
        self._keys = keys
        self._timed = timed
        self._made: dict[str, tuple[Signer, Signer]] = {}

    def signer(self, key_id: str) -> Signer:
        """The newest version of a signature key; raises as the key backend does."""
        signer = self._keys.signer(key_id)
        made = self._made.get(key_id)
        if made is None or made[0] is not signer:
            made = self._made[key_id] = signer, replace(signer, sign=self._timed(signer.sign))
        return made[1]


def build_worker(config: Config, registry: CollectorRegistry = REGISTRY) -> Worker:
    """A worker that writes through the recorder listening in the run folder."""
    return _worker(config, RecorderClient(layout(config).socket), registry)


def build_single(config: Config, registry: CollectorRegistry = REGISTRY) -> Single:
    """Every role in one process, behind the same interfaces."""
    recorder = build_recorder(config, registry)
    return Single(
        _worker(config, _attached(recorder), registry),
        recorder,
        build_integrator(config, registry),
        build_publisher(config, registry),
        build_public(config, registry) if config.public.address is not None else None,
        build_events(config, registry, lambda: _attached(recorder)),
    )


def _attached(recorder: RecorderServer) -> RecorderClient:
    """A line of its own to the recorder in this process."""
    ours, theirs = socket.socketpair()
    recorder.attach(theirs)
    return RecorderClient(ours)


def _worker(config: Config, recorder: RecorderClient, registry: CollectorRegistry) -> Worker:
    places = layout(config)
    keys = open_keys(config, _WORKER_KEYS)
    records = open_records(config, read_only=True)
    objects = open_objects(config)
    index = open_index(config, read_only=True)
    metrics = CallMetrics(registry, METHODS)
    signers = TimedSigners(keys, metrics.timed)
    tagger = Tagger(BlindIndex(keys.mac(TAG_SECRET, b"access record tags")))
    vault = Vault(records, MasterKey(keys), cache_size=_KEPT)
    blind = BlindIndex(keys.mac(BLIND_SECRET, b"blind index"))
    limits, terms = decision_limits(config), evidence_terms(config)
    catalogue = CatalogueStore(records)
    registers = RegisterSource(catalogue, failed=_say_stale)
    cases = CaseStore(records, vault, blind, _KEPT)
    applications = ApplicationStore(records, vault, blind, _KEPT)
    presentations = PresentationStore(records, vault, blind)
    licences = LicenceStore(records, objects, vault, blind, _KEPT)

    imports = ImportStore(records, vault, blind, licences)
    caches: tuple[RecordCache[Any], ...] = (
        applications.applications,
        applications.numbers,
        cases.cases,
        cases.clocks,
        cases.consents,
        cases.consent_cases,
        cases.numbers,
        cases.evidence.lines,
        cases.evidence.exclusions,
        cases.disputes.disputes,
        cases.collections.collections,
        cases.restricted,
        presentations.presentations,
        presentations.codes,
        presentations.fallbacks,
        licences.licences,
        licences.holdings,
        licences.numbers,
        imports.imports,
        imports.issues,
    )
    recording = Recording(
        registers=registers,
        records=records,
        recorder=recorder,
        vault=vault,
        tagger=tagger,
        limits=limits,
        caches=caches,
        clock_us=clock_us,
        longest_answer=config.listen.max_message_bytes,
        commit_seconds=config.audit.commit_timeout_seconds,
    )
    gate = Gate()
    pipeline = Pipeline(
        authenticator=Authenticator(config.hub.name, time.time),
        registers=registers,
        recording=recording,
        shares=DepartmentShares(max(1, config.listen.threads * 3 // 4)),
        streams=StreamPlaces(config.listen.max_streams),
        timing=Timing(config.listen.default_deadline_seconds, config.listen.max_deadline_seconds),
        observer=metrics,
        shut_for=gate.shut_for,
    )
    experimental = frozenset(config.suites.experimental)
    trust = SealTrust(seal_roots(objects), accepted=USUAL | experimental)
    receipts = ReceiptDesk(config.hub.name, lambda: signers.signer(RECEIPT_KEY))
    seconds = SecondRoom(
        SecondRing(keys, keys.refresh, _say_no_second_key, SECOND | experimental),
        SecondDemands(config.hub.name, catalogue),
    )
    watch = TrustWatch(objects, trust, keys.refresh, failed=_say_stale)
    receipt_keys = FreshKeys(lambda: keys.versions(RECEIPT_KEY), keys.refresh, watch.standing)
    opener = CredentialOpener(licences, trust, seconds.demands, standing=watch.standing)
    find_ground = ground_finder(licences, opener)
    exchange_room = ExchangeRoom(
        store=licences,
        gathering=Gathering(
            cases=cases,
            plans=LinePlans(catalogue),
            records=records,
            standing=StandingCache(recorder),
            tagger=tagger,
            limits=limits,
            ground=find_ground,
        ),
        opener=opener,
        presenter=Presenter(),
        receipts=receipts,
        policy_digest=policy_digest(),
        terms=terms,
    )
    verify_room = VerifyRoom(
        hub=config.hub.name,
        store=licences,
        trust=trust,
        issuers=AuthorisedIssuers(catalogue),
        tagger=tagger,
        receipt_keys=lambda: receipt_keys,
        receipts=receipts,
        seals=SealArchive(objects, trust),
        seconds=seconds,
        standing=watch.standing,
    )
    manifests = keys.signer(RECEIPT_KEY)
    oversight_room = OversightRoom(
        desk=MandateDesk(recorder, limits, tagger),
        records=records,
        queries=AccessQueries(records, index),
        log=PublishedLog(objects, log_key(objects)),
        tagger=tagger,
        manifest_key=ManifestKey(manifests.kid, manifests.alg, manifests.sign),
    )
    licence_room = LicenceRoom(
        config.hub.name,
        records,
        licences,
        SealRing(signers, chains_in(objects), keys.refresh),
        tagger,
        seconds.ring,
    )
    case_room = CaseRoom(
        cases, catalogue, tagger, limits, terms=terms, warnings=warning_terms(config), find_ground=find_ground
    )
    application_room = ApplicationRoom(case_room, applications)
    consent_room = ConsentRoom(
        config.hub.name, case_room, presentations, oversight_room.queries, lambda: signers.signer(RECEIPT_KEY)
    )
    supervision_room = SupervisionRoom(
        store=SupervisionStore.over(records, vault),
        cases=case_room,
        find_licence=licence_finder(licence_room),
        penalty_days=config.tasks.penalty_days,
    )
    rating_room = RatingRoom(
        store=RatingStore.over(records, vault),
        cases=case_room,
        blind=blind,
        contact_days=config.tasks.rating_contact_days,
        answer_days=config.tasks.rating_answer_days,
    )
    result_room = ResultRoom(
        store=ResultStore.over(records, vault),
        cases=case_room,
        licences=licence_room,
        ratings=rating_room,
        supervision=supervision_room,
    )
    incident_room = IncidentRoom(IncidentStore.over(records, vault), case_room, oversight_room.desk)
    assistance_room = AssistanceRoom(LetterStore.over(records, vault), case_room)
    restriction_room = RestrictionRoom(RestrictionStore.over(records, vault), case_room)
    warrant_room = WarrantRoom(
        exchange_room,
        {
            DISPUTES: dispute_warrants(case_room),
            TASKS: task_warrants(supervision_room),
            INCIDENTS: incident_warrants(incident_room),
            LETTERS: letter_warrants(assistance_room),
        },
    )
    tokens = PageTokens(keys.mac(BLIND_SECRET, b"page tokens"))
    health_servicer = health.HealthServicer()
    server = build_server(
        pipeline,
        {
            "ApplicationService": ApplicationServicer(application_room),
            "AssistanceService": AssistanceServicer(assistance_room, tokens),
            "AuditService": AuditServicer(oversight_room, tokens, time.time),
            "CaseService": CaseServicer(case_room, exchange_room, tokens, MaterialStore(objects, vault), result_room),
            "CatalogueService": CatalogueServicer(CatalogueRoom(catalogue, licences.ever_issued), tokens),
            "DisputeService": DisputeServicer(DisputeRoom(case_room, licences), tokens),
            "ConsentService": ConsentServicer(consent_room, tokens, restriction_room),
            "EvidenceService": EvidenceServicer(
                EvidenceRoom(
                    licences=licence_room,
                    cases=case_room,
                    log=LogRoom(records, objects, oversight_room.queries, oversight_room.log, tagger),
                    receipts=exchange_room.receipts,
                    receipt_keys=ReceiptKeys(keys),
                    roots=seal_roots(objects),
                )
            ),
            "ExchangeService": ExchangeServicer(exchange_room, application_room, warrant_room),
            "IncidentService": IncidentServicer(incident_room, tokens),
            "IssuanceService": IssuanceServicer(
                licence_room,
                tokens,
                result_room,
                ImportRoom(licence_room, imports, lambda: signers.signer(RECEIPT_KEY), result_room),
            ),
            "ManifestService": ManifestServicer(ManifestRoom(records, case_room, exchange_room), tokens),
            "RestrictionService": RestrictionServicer(restriction_room, tokens),
            "SupervisionService": SupervisionServicer(supervision_room, tokens),
            "VerificationService": VerificationServicer(verify_room, ListRoom(config.hub.name, objects)),
        },
        health_servicer,
        bounds(config),
        with_reflection=config.listen.reflection,
    )
    bind(server, config.listen.address, tls_files(places))
    closing = (records.close, objects.close, index.close, keys.close)
    return Worker(server, registers, recorder, gate, health_servicer, metrics, closing, watch)


def _say_stale(error: Exception) -> None:
    """Catalogue, trust list or keys could not be read: what was read before is in force, but somebody should look."""
    structlog.get_logger("onceonly.register").warning("what is in force could not be read", error=type(error).__name__)


def _say_no_second_key(authority: str) -> None:
    """A licence type requires a second signature and its authority has no key for it: only the operator can help."""
    structlog.get_logger("onceonly.second").warning(
        "a licence was not issued: its type requires a second signature, and the authority has no usable second key",
        authority=authority,
        advice=f"onceonly keys second {authority}",
    )


def bounds(config: Config) -> Bounds:
    """What a worker takes on, as configured."""
    listen = config.listen
    return Bounds(
        threads=listen.threads,
        waiting_calls=listen.max_waiting_calls,
        message_bytes=listen.max_message_bytes,
        metadata_bytes=listen.max_metadata_bytes,
        concurrent_streams=listen.max_concurrent_streams,
        connection_age=listen.max_connection_age_seconds,
        connection_age_grace=listen.max_connection_age_grace_seconds,
    )


def tls_files(places: Layout) -> TlsFiles:
    """The server's certificate, its key and the authority of clients."""
    return TlsFiles(places.certificate_key.read_bytes(), places.certificate.read_bytes(), places.client_ca.read_bytes())
