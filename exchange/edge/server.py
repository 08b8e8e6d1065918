"""The gRPC server: every method of the contract behind the pipeline, mutual TLS, bounded in every direction.

Handlers are registered from the contract's descriptors and the method table, so a method without a rule is not served.
Requests and answers cross as bytes: the pipeline digests and records exactly what was received and what leaves.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from onceonly.v1 import (
    application_service_pb2,
    assistance_service_pb2,
    audit_service_pb2,
    case_service_pb2,
    catalogue_service_pb2,
    consent_service_pb2,
    dispute_service_pb2,
    evidence_service_pb2,
    exchange_service_pb2,
    incident_service_pb2,
    issuance_service_pb2,
    manifest_service_pb2,
    restriction_service_pb2,
    supervision_service_pb2,
    verification_service_pb2,
)

from exchange.edge.methods import METHODS
from exchange.edge.pipeline import Method, Pipeline

SERVICES: Final[tuple[ServiceDescriptor, ...]] = tuple(
    file.DESCRIPTOR.services_by_name[name]
    for file, name in (
        (application_service_pb2, "ApplicationService"),
        (assistance_service_pb2, "AssistanceService"),
        (audit_service_pb2, "AuditService"),
        (case_service_pb2, "CaseService"),
        (catalogue_service_pb2, "CatalogueService"),
        (dispute_service_pb2, "DisputeService"),
        (consent_service_pb2, "ConsentService"),
        (evidence_service_pb2, "EvidenceService"),
        (exchange_service_pb2, "ExchangeService"),
        (incident_service_pb2, "IncidentService"),
        (issuance_service_pb2, "IssuanceService"),
        (manifest_service_pb2, "ManifestService"),
        (restriction_service_pb2, "RestrictionService"),
        (supervision_service_pb2, "SupervisionService"),
        (verification_service_pb2, "VerificationService"),
    )
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one server process takes on; sizes in bytes, times in seconds."""

    threads: int
    waiting_calls: int
    message_bytes: int
    metadata_bytes: int
    concurrent_streams: int
    connection_age: int
    connection_age_grace: int


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM contents: the server's key and chain, and the authorities of client certificates."""

    key: bytes = field(repr=False)
    chain: bytes
    client_authorities: bytes


def empty_server(bounds: Bounds) -> grpc.Server:
    """A server without any service: threads, bounds and sharing of the port as every worker has them."""
    return grpc.server(
        ThreadPoolExecutor(bounds.threads, thread_name_prefix="call"),
        options=[
            ("grpc.so_reuseport", 1),
            ("grpc.max_receive_message_length", bounds.message_bytes),
            ("grpc.max_send_message_length", bounds.message_bytes),
            ("grpc.max_metadata_size", bounds.metadata_bytes),
            ("grpc.absolute_max_metadata_size", bounds.metadata_bytes * 2),
            ("grpc.max_concurrent_streams", bounds.concurrent_streams),
            ("grpc.max_connection_age_ms", bounds.connection_age * 1000),
            ("grpc.max_connection_age_grace_ms", bounds.connection_age_grace * 1000),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ],
        maximum_concurrent_rpcs=bounds.waiting_calls,
    )


def build_server(
    pipeline: Pipeline,
    servicers: Mapping[str, object],
    health_servicer: health.HealthServicer,
    bounds: Bounds,
    *,
    with_reflection: bool,
) -> grpc.Server:
    """A server with every service of the contract; ``servicers`` by service name (``CaseService``). Not started."""
    server = empty_server(bounds)
    for service in SERVICES:
        handlers = {method.name: _handler(pipeline, method, servicers[service.name]) for method in service.methods}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    if with_reflection:
        names = [service.full_name for service in SERVICES]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    return server


def bind(server: grpc.Server, address: str, tls: TlsFiles) -> int:
    """Listen with mutual TLS and return the port; raises ``OSError`` when the address cannot be had."""
    credentials = grpc.ssl_server_credentials(
        [(tls.key, tls.chain)], root_certificates=tls.client_authorities, require_client_auth=True
    )
    try:
        port: int = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: is the port taken, or the certificate unreadable?") from error
    if port == 0:
        raise OSError(f"cannot listen on {address}: is the port taken, or the certificate unreadable?")
    return port


def _handler(pipeline: Pipeline, method: MethodDescriptor, servicer: object) -> "grpc.RpcMethodHandler[Any, Any]":
    """The handler of one method: kind from the contract, rule from the table, use case from the servicer."""
    name = f"{method.containing_service.full_name}/{method.name}"
    use_case: Callable[..., Any] = getattr(servicer, snake_case(method.name))
    described: Method[Message] = Method(name, METHODS[name], GetMessageClass(method.input_type), use_case)
    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(pipeline.stream(described))
    if method.server_streaming:
        parts: Callable[[Message], Iterator[Message]] = servicer.export_parts  # type: ignore[attr-defined]  # a start without it fails
        return grpc.unary_stream_rpc_method_handler(pipeline.export(described, parts))
    return grpc.unary_unary_rpc_method_handler(pipeline.unary(described))


def snake_case(name: str) -> str:
    """``IssueLicence`` → ``issue_licence``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
