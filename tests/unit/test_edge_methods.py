"""The contract, the method table, the servicers and the reasons say the same thing."""

import inspect
import re
from pathlib import Path

import pytest
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2
from onceonly.v1 import event_service_pb2, reason_pb2

from exchange.edge.methods import EVENT_METHODS, EXEMPT_SERVICES, METHODS, Access, Holders
from exchange.edge.server import SERVICES, snake_case
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
from exchange.entities.catalogue import Role
from exchange.events.servicer import EventServicer
from exchange.reasons import TEXTS, Reason

ROOT = Path(__file__).parents[2]
SERVICERS = {
    "ApplicationService": ApplicationServicer,
    "AssistanceService": AssistanceServicer,
    "AuditService": AuditServicer,
    "CaseService": CaseServicer,
    "CatalogueService": CatalogueServicer,
    "DisputeService": DisputeServicer,
    "ConsentService": ConsentServicer,
    "EvidenceService": EvidenceServicer,
    "ExchangeService": ExchangeServicer,
    "IncidentService": IncidentServicer,
    "IssuanceService": IssuanceServicer,
    "ManifestService": ManifestServicer,
    "RestrictionService": RestrictionServicer,
    "SupervisionService": SupervisionServicer,
    "VerificationService": VerificationServicer,
}
RPCS = {f"{service.full_name}/{method.name}": method for service in SERVICES for method in service.methods}
EVENTS = event_service_pb2.DESCRIPTOR.services_by_name["EventService"]
CHANGING = {Access.CHANGE, Access.FETCH}


def test_every_service_of_the_contract_is_served() -> None:
    declared = {
        (package, name)
        for path in sorted((ROOT / "proto/onceonly/v1").glob("*.proto"))
        for package in re.findall(r"^package ([\w.]+);", path.read_text(), re.MULTILINE)
        for name in re.findall(r"^service (\w+) \{", path.read_text(), re.MULTILINE)
    }
    assert declared == {(service.file.package, service.name) for service in (*SERVICES, EVENTS)}


def test_every_rpc_has_a_row_and_every_row_an_rpc() -> None:
    assert set(METHODS) == set(RPCS)
    assert list(METHODS) == sorted(METHODS)
    assert not {service.full_name for service in SERVICES} & EXEMPT_SERVICES


def test_the_port_of_events_serves_its_service_and_nothing_else() -> None:
    rpcs = {f"{EVENTS.full_name}/{method.name}": method for method in EVENTS.methods}
    assert set(EVENT_METHODS) == set(rpcs)
    for name, rpc in rpcs.items():
        method = getattr(EventServicer, snake_case(rpc.name))
        assert list(inspect.signature(method).parameters) == ["self", "call", "request"]
        takes = "request_id" in GetMessageClass(rpc.input_type).DESCRIPTOR.fields_by_name
        assert takes == (EVENT_METHODS[name].access in CHANGING)


@pytest.mark.parametrize("name", sorted(RPCS))
def test_every_rpc_has_a_servicer_method_of_its_own(name: str) -> None:
    rpc = RPCS[name]
    method = getattr(SERVICERS[rpc.containing_service.name], snake_case(rpc.name))
    assert list(inspect.signature(method).parameters) == ["self", "call", "request"]


def test_servicers_have_no_method_that_the_contract_lacks() -> None:
    for service in SERVICES:
        public = {name for name, _ in inspect.getmembers(SERVICERS[service.name], inspect.isfunction) if name[0] != "_"}
        streamed = {"export_parts"} if service.name == "AuditService" else set()
        assert public - streamed == {snake_case(method.name) for method in service.methods}


@pytest.mark.parametrize("name", sorted(RPCS))
def test_request_ids_are_taken_exactly_where_something_changes(name: str) -> None:
    takes = "request_id" in GetMessageClass(RPCS[name].input_type).DESCRIPTOR.fields_by_name
    assert takes == (METHODS[name].access in CHANGING)


RECEIPT = "onceonly.v1.AuditService/GetReceipt"


def test_only_verification_is_open_to_machines_and_to_every_role() -> None:
    for name, rule in METHODS.items():
        verifies = name.startswith("onceonly.v1.VerificationService/") or name == RECEIPT
        assert rule.operator is not (verifies or rule.holders is Holders.ONLY)
        assert (rule.access is Access.VERIFY) == verifies
        assert verifies or rule.min_assurance >= 1
    without_role = {name.split("/")[1] for name, rule in METHODS.items() if rule.role is None}
    verification = {"GetStatusList", "GetTrustList", "VerifyCredential", "VerifyCredentials"}
    # Who approves wider access is told apart by more than one role, so the use case does it. Each purpose has its own
    # role, so the decision asks for it.
    assert without_role == {"ApproveEntry", "FetchForPurpose", "GetEntry", "GetReceipt", "ListEntries", *verification}


def test_late_cases_and_commitments_alone_are_for_one_of_two_roles() -> None:
    either = {name.split("/")[1]: {rule.role, rule.or_role} for name, rule in METHODS.items() if rule.or_role}
    assert set(either) == {"ListCommitmentChecks", "ListOverdueCases", "SettleCommitmentCheck"}
    assert all(roles == {Role.REQUESTER, Role.SUPERVISOR} for roles in either.values())


def test_only_these_keep_to_the_lines_of_a_token() -> None:
    """A row more here is a use case that must keep to them (``tests/unit/test_token_lines.py``)."""
    assert {name.split("/")[1] for name, rule in {**METHODS, **EVENT_METHODS}.items() if rule.lines} == {
        "CheckEvidence",
        "CommitEvidence",
        "DeferEvidence",
        "FetchEvidence",
        "FetchLicence",
        "FetchManifest",
        "GetCase",
        "GetMaterial",
        "OpenDispute",
        "PrefillForm",
        "RecordApplicationConsent",
        "RecordConsent",
        "SubmitEvidence",
    }


def test_only_consents_are_open_to_holders() -> None:
    for name, rule in METHODS.items():
        assert (rule.holders is Holders.REFUSED) or name.startswith("onceonly.v1.ConsentService/")
        assert (rule.holders is Holders.ONLY) == (rule.role is Role.HOLDER_CHANNEL)


def test_whoever_issues_fetches_audits_or_publishes_needs_that_role() -> None:
    needed = {
        "ApplicationService": Role.REQUESTER,
        "AuditService": Role.AUDITOR,
        "CaseService": Role.REQUESTER,
        "ExchangeService": Role.REQUESTER,
        "IssuanceService": Role.ISSUER,
        "SupervisionService": Role.SUPERVISOR,
    }
    for name, rule in METHODS.items():
        service, method = name.removeprefix("onceonly.v1.").split("/")
        if name == RECEIPT:
            continue  # asked for by whoever made the access, with what its answer carried
        if method == "FetchForPurpose":
            continue  # five roles for four purposes: the decision asks for the one of the purpose
        if service in needed:
            assert rule.role is needed[service]
        elif method in {"ProposeEntry", "ReviewEntry", "PublishEntry", "RetireEntry", "ValidateCatalogue"}:
            assert rule.role is Role.CATALOGUE_MANAGER


def test_the_reasons_are_the_contracts_and_the_pages() -> None:
    in_contract = {name.removeprefix("REASON_") for name, _ in reason_pb2.Reason.items()} - {"UNSPECIFIED"}
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \| (.+) \|$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert in_contract == {reason.value for reason in Reason}
    assert {row[0]: row[1:] for row in rows} == {
        reason.value: (text.status, text.en, text.zh) for reason, text in TEXTS.items()
    }
    assert set(TEXTS) == set(Reason)


def test_every_status_is_a_grpc_code_and_every_sentence_can_be_read() -> None:
    for text in TEXTS.values():
        assert code_pb2.Code.Value(text.status) not in {code_pb2.OK, code_pb2.UNKNOWN}
        assert text.en.isascii()
        assert text.en.endswith(".")
        assert re.search("[\u4e00-\u9fff]", text.zh)
        assert text.zh.endswith("。")


@pytest.mark.parametrize(
    ("name", "snake"),
    [("IssueLicence", "issue_licence"), ("GetCase", "get_case"), ("VerifyCredentials", "verify_credentials")],
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake
