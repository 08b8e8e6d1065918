"""Who reaches the hub at all: mutual TLS, a certificate of its own authority, and a token bound to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from onceonly.v1 import case_service_pb2, catalogue_service_pb2

from exchange.client import CallError, HubClient, Identity
from tests.fakes.town import CLERK, MARKET, OTHER_CLERK, POLICE, Town, reasons, refused

LIST = catalogue_service_pb2.ListEntriesRequest(collection="matters", page_size=1)
METHOD = "/onceonly.v1.CatalogueService/ListEntries"


def ask(channel: grpc.Channel, token: str = "") -> bytes:
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    answer: bytes = channel.unary_unary(METHOD)(LIST.SerializeToString(), timeout=5, metadata=metadata)
    return answer


def unreachable(channel: grpc.Channel, token: str) -> bool:
    with channel, pytest.raises(grpc.RpcError) as caught:
        ask(channel, token)
    failed: Any = caught.value
    return failed.code() is grpc.StatusCode.UNAVAILABLE


def identity_of(town: Town, department: str = MARKET) -> Identity:
    return town.city.profile(department, CLERK).identity


def connected(town: Town, identity: Identity) -> HubClient:
    return HubClient(town.city.config.listen.address, identity)


def self_signed(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def test_plaintext_is_refused(town: Town) -> None:
    assert unreachable(grpc.insecure_channel(town.city.config.listen.address), town.hub().token())


def test_a_client_without_certificate_is_refused(town: Town) -> None:
    credentials = grpc.ssl_channel_credentials(identity_of(town).authority)
    channel = grpc.secure_channel(town.city.config.listen.address, credentials)
    assert unreachable(channel, town.hub().token())


def test_a_certificate_of_another_authority_is_refused(town: Town) -> None:
    stranger = trustme.CA().issue_cert("desk@example.org")
    credentials = grpc.ssl_channel_credentials(
        identity_of(town).authority,
        stranger.private_key_pem.bytes(),
        b"".join(blob.bytes() for blob in stranger.cert_chain_pems),
    )
    channel = grpc.secure_channel(town.city.config.listen.address, credentials)
    assert unreachable(channel, town.hub().token())


def test_a_self_signed_certificate_over_a_registered_key_is_refused(town: Town) -> None:
    identity = identity_of(town)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    credentials = grpc.ssl_channel_credentials(identity.authority, pem, self_signed(key))
    channel = grpc.secure_channel(town.city.config.listen.address, credentials)
    assert unreachable(channel, town.hub().token())


def test_a_client_takes_no_hub_of_another_authority(town: Town) -> None:
    other = replace(identity_of(town), authority=trustme.CA().cert_pem.bytes())
    with connected(town, other) as hub:
        error = refused(hub.call, hub.catalogue.ListEntries, LIST, timeout=3)
    assert error.code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


def test_a_stolen_token_opens_nothing_over_another_departments_connection(town: Town) -> None:
    stolen = town.hub().token()
    for thief in (POLICE, "city-health"):
        identity = identity_of(town, thief)
        credentials = grpc.ssl_channel_credentials(identity.authority, identity.key, identity.certificate)
        with grpc.secure_channel(town.city.config.listen.address, credentials) as channel:
            with pytest.raises(grpc.RpcError) as caught:
                ask(channel, stolen)
            error = CallError(caught.value)
        assert error.code is grpc.StatusCode.UNAUTHENTICATED
        assert error.reasons == ("CERTIFICATE_UNKNOWN",)
        assert error.zh


def test_a_stolen_token_key_opens_nothing_without_the_certificate(town: Town) -> None:
    market, police = identity_of(town), identity_of(town, POLICE)
    thief = replace(market, certificate=police.certificate, key=police.key)  # minted for the thief's own connection
    with connected(town, thief) as hub:
        assert reasons(hub.call, hub.catalogue.ListEntries, LIST) == ("CERTIFICATE_UNKNOWN",)


def test_a_stolen_certificate_opens_nothing_without_the_token_key(town: Town) -> None:
    thief = replace(identity_of(town), token_key=identity_of(town, POLICE).token_key)
    with connected(town, thief) as hub:
        assert reasons(hub.call, hub.catalogue.ListEntries, LIST) == ("TOKEN_INVALID",)


@pytest.mark.parametrize("change", [{"audience": "https://another.example"}, {"kid": "another"}, {"department": "x"}])
def test_a_token_made_for_something_else_is_refused(town: Town, change: dict[str, str]) -> None:
    with connected(town, replace(identity_of(town), **change)) as hub:
        assert reasons(hub.call, hub.catalogue.ListEntries, LIST) == ("TOKEN_INVALID",)


def test_an_operator_of_another_department_is_nobody_here(town: Town) -> None:
    with connected(town, replace(identity_of(town), operator="auditor-1")) as hub:
        assert reasons(hub.call, hub.catalogue.ListEntries, LIST) == ("OPERATOR_UNKNOWN",)


def test_a_clock_that_is_wrong_is_told(town: Town) -> None:
    profile = town.city.profile(MARKET, CLERK)
    for wrong in (-600.0, 600.0):
        now = datetime.now(UTC).timestamp() + wrong
        with HubClient(profile.address, profile.identity, clock=lambda now=now: now) as hub:
            assert reasons(hub.call, hub.catalogue.ListEntries, LIST) == ("TOKEN_INVALID",)


@pytest.mark.parametrize("size", [8_193, 12_000])
def test_an_oversized_token_is_refused(town: Town, size: int) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(town.hub()._channel, "a" * size)
    assert CallError(caught.value).reasons == ("TOKEN_INVALID",)


def test_oversized_metadata_and_messages_do_not_reach_a_handler(town: Town) -> None:
    for token, body in (("a" * 100_000, b""), (town.hub().token(), b"x" * 5_000_000)):
        with pytest.raises(grpc.RpcError) as caught:
            town.hub()._channel.unary_unary(METHOD)(body, timeout=5, metadata=(("authorization", f"Bearer {token}"),))
        failed: Any = caught.value
        assert failed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_page_tokens_are_their_callers(town: Town) -> None:
    for _ in range(2):
        town.open_case(town.organisation())
    request = case_service_pb2.ListCasesRequest(page_size=1)
    page = town.hub().call(town.hub().cases.ListCases, request)
    assert page.next_page_token
    request.page_token = page.next_page_token
    assert town.hub().call(town.hub().cases.ListCases, request).cases[0].name != page.cases[0].name
    other = town.hub(MARKET, OTHER_CLERK)
    error = refused(other.call, other.cases.ListCases, request)
    assert [path for path, _ in error.violations] == ["page_token"]
