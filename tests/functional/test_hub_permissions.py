"""Each role at each method of the real hub: ROLE_MISSING exactly where the table says so."""

import uuid
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from onceonly.v1 import catalogue_service_pb2, verification_service_pb2

from exchange.client import CallError, HubClient
from exchange.edge.methods import METHODS
from exchange.edge.server import SERVICES
from exchange.entities.catalogue import Role
from tests.fakes.town import Town

WHO: dict[str, tuple[str, str, frozenset[Role]]] = {
    "requester": ("city-market", "clerk-2", frozenset({Role.REQUESTER})),
    "issuer": ("city-market", "issuer-2", frozenset({Role.ISSUER})),
    "auditor": ("city-audit", "auditor-2", frozenset({Role.AUDITOR})),
    "manager": ("city-data", "catalogue-3", frozenset({Role.CATALOGUE_MANAGER})),
    "supervisor": ("city-health", "supervisor-2", frozenset({Role.SUPERVISOR})),
    "responder": ("city-health", "responder-2", frozenset({Role.RESPONDER})),
    "machine": ("city-market", "", frozenset()),
}
STUBS = {
    "AssistanceService": "assistance",
    "AuditService": "audit",
    "ApplicationService": "applications",
    "CaseService": "cases",
    "CatalogueService": "catalogue",
    "DisputeService": "disputes",
    "ConsentService": "consents",
    "EvidenceService": "evidence",
    "ExchangeService": "exchange",
    "IncidentService": "incidents",
    "IssuanceService": "issuance",
    "ManifestService": "manifests",
    "RestrictionService": "restrictions",
    "SupervisionService": "supervision",
    "VerificationService": "verification",
}


def outcome(hub: HubClient, name: str) -> set[str]:
    """The reasons that a method gives to an empty request with nothing but a request id; empty if it answers."""
    service = next(each for each in SERVICES if name.startswith(f"{each.full_name}/"))
    method = service.methods_by_name[name.split("/")[1]]
    request: Message = GetMessageClass(method.input_type)()
    if "request_id" in method.input_type.fields_by_name:
        request.MergeFromString(type(request)(request_id=str(uuid.uuid4())).SerializeToString())
    callable_: Any = getattr(getattr(hub, STUBS[service.name]), method.name)
    try:
        if method.client_streaming:
            list(hub.stream(callable_, [request]))
        elif method.server_streaming:
            list(hub.receive(callable_, request))
        else:
            hub.call(callable_, request)
    except CallError as error:
        return set(error.reasons) or {"INTERNAL"}
    return set()


@pytest.mark.parametrize("who", WHO)
def test_each_method_is_open_to_exactly_its_role(town: Town, who: str) -> None:
    department, operator, roles = WHO[who]
    wrong = []
    with town.machine(department) if who == "machine" else town.city.client(department, operator) as hub:
        for name, rule in METHODS.items():
            found = outcome(hub, name)
            needs_role = rule.role is not None and {rule.role, rule.or_role}.isdisjoint(roles)
            needs_person = rule.operator and not operator
            if ("ROLE_MISSING" in found) != needs_role or ("OPERATOR_UNKNOWN" in found) != needs_person:
                wrong.append((name, sorted(found)))
            if not needs_role and not needs_person and found & {"INTERNAL", "STORAGE_UNAVAILABLE"}:
                wrong.append((name, sorted(found)))
    assert wrong == []


def test_what_everybody_may(town: Town) -> None:
    """Reading the catalogue needs a person of any role, verifying not even that."""
    with town.city.client("city-health", "supervisor-1") as hub:
        request = catalogue_service_pb2.ListEntriesRequest(collection="licenceTypes")
        assert hub.call(hub.catalogue.ListEntries, request).entries
    with town.machine() as machine:
        verify = verification_service_pb2.VerifyCredentialRequest(credential="not a credential")
        report = machine.call(machine.verification.VerifyCredential, verify).report
        assert report.verdict == verification_service_pb2.VERDICT_FAILED


def test_a_role_of_the_operator_alone_is_not_enough(town: Town) -> None:
    """The supervising department has no counter: its people are refused by their department's roles too."""
    with town.city.client("nation-police", "supervisor-1") as hub:
        assert "ROLE_MISSING" in outcome(hub, "onceonly.v1.CaseService/ListCases")


def test_a_method_that_the_table_lacks_does_not_exist(town: Town) -> None:
    with town.city.client("city-market", "clerk-1") as hub:
        channel = hub._channel
        for path in (
            "/onceonly.v1.CaseService/DropCases",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ):
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(path)(b"", timeout=10)
            failed: Any = caught.value
            assert failed.code() is grpc.StatusCode.UNIMPLEMENTED
