"""Seal chains: the one shape that is trusted, and each way to miss it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signer import certificates
from signer.errors import ChainError, FormatError, KeyBackendError
from signer.keys.files import FileKeyBackend
from signer.seal_issuance import create_ca, create_subordinate_ca, issue_seal
from signer.seals import MAX_CERTIFICATE_BYTES, SEAL_USAGE, validate_chain
from signer.trust import SealTrust, encode_x5c
from tests.fakes.signing import AUTHORITY

START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TIMES = {"not_before": START, "not_after": END}


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    backend = FileKeyBackend(tmp_path_factory.mktemp("seals") / "keys", b"passphrase")
    for key_id in ("ca", "sub", "other-ca", "seal"):
        backend.generate(key_id, "ES256")
    backend.generate("seal-eddsa", "EdDSA")
    return backend


@pytest.fixture(scope="module")
def ca(backend):
    return create_ca(backend, "ca", name="Hub CA", **TIMES)


@pytest.fixture(scope="module")
def roots(ca):
    return [x509.load_der_x509_certificate(ca)]


def seal(backend, ca, issuer="ca", key_id="seal", **changes):
    options = {"authority": AUTHORITY, "name": "示例市场监督管理局", "public_key": backend.public_key(key_id), **TIMES}
    return issue_seal(backend, issuer, ca, **{**options, **changes})


@pytest.mark.parametrize("key_id", ["seal", "seal-eddsa"])
def test_a_seal_under_the_hubs_ca_names_its_authority(backend, ca, roots, key_id):
    found = validate_chain([seal(backend, ca, key_id=key_id)], roots, NOW)
    assert (found.authority, found.name) == (AUTHORITY, "示例市场监督管理局")
    assert found.public == backend.public_key(key_id)
    assert found.alg == backend.suite(key_id)
    assert (found.valid_from, found.valid_until) == (int(START.timestamp()), int(END.timestamp()))


def test_a_chain_through_a_subordinate_ca(backend, ca, roots):
    sub = create_subordinate_ca(
        backend, "sub", issuer_key_id="ca", issuer_certificate=ca, name="Sub", not_before=START, not_after=NOW
    )
    leaf = seal(backend, sub, issuer="sub")
    found = validate_chain([leaf, sub], roots, NOW - timedelta(days=1))
    assert found.valid_until == int(NOW.timestamp())
    assert validate_chain([leaf, sub, ca], roots, START) == found
    for chain, at in (([leaf], NOW), ([leaf, sub], NOW + timedelta(days=1)), ([sub], NOW), ([leaf, ca], NOW)):
        with pytest.raises(ChainError, match="CHAIN_UNTRUSTED"):
            validate_chain(chain, roots, at)


def test_a_seal_counts_at_signing_time_only(backend, ca, roots):
    leaf = seal(backend, ca, not_before=NOW, not_after=NOW + timedelta(days=1))
    assert validate_chain([leaf], roots, NOW + timedelta(hours=1))
    for at in (NOW - timedelta(seconds=1), NOW + timedelta(days=2)):
        with pytest.raises(ChainError, match="CHAIN_UNTRUSTED"):
            validate_chain([leaf], roots, at)


def test_another_root_is_not_ours(backend, ca, roots):
    other = create_ca(backend, "other-ca", name="Hub CA", **TIMES)
    with pytest.raises(ChainError, match="CHAIN_UNTRUSTED"):
        validate_chain([seal(backend, other, issuer="other-ca"), other], roots, NOW)
    with pytest.raises(ChainError, match="CHAIN_UNTRUSTED"):
        validate_chain([seal(backend, ca)], [], NOW)


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ([], "CHAIN_LENGTH"),
        ([b""] * 5, "CHAIN_LENGTH"),
        ([b"x" * (MAX_CERTIFICATE_BYTES + 1)], "CERTIFICATE_SIZE"),
        ([b""], "CERTIFICATE_INVALID"),
        ([b"\x30\x03\x02\x01\x00"], "CERTIFICATE_INVALID"),
    ],
)
def test_a_chain_is_bounded_and_der(roots, chain, code):
    with pytest.raises(ChainError) as caught:
        validate_chain(chain, roots, NOW)
    assert caught.value.code == code


def made(backend, ca, *, subject=None, public=None, usages=(SEAL_USAGE,), is_ca=False, signs_certificates=False):
    """A certificate under the real CA that departs from a seal in one way."""
    issuer = x509.load_der_x509_certificate(ca)
    builder = (
        certificates.builder_for(
            subject or name((NameOID.ORGANIZATION_IDENTIFIER, "NTRCN-" + AUTHORITY), (NameOID.COMMON_NAME, "局")),
            issuer.subject,
            public=public or backend.public_key("seal"),
            issuer_public=backend.public_key("ca"),
            not_before=START,
            not_after=END,
        )
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(certificates.key_usage(certificates=signs_certificates), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
    return backend.sign_certificate("ca", builder).public_bytes(Encoding.DER)


def name(*parts):
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


IDENTIFIER_PART = (NameOID.ORGANIZATION_IDENTIFIER, "NTRCN-" + AUTHORITY)
NAME_PART = (NameOID.COMMON_NAME, "局")


def test_the_departures_start_from_what_is_accepted(backend, ca, roots):
    assert validate_chain([made(backend, ca)], roots, NOW).authority == AUTHORITY


@pytest.mark.parametrize(
    ("departure", "code"),
    [
        ({"usages": [ExtendedKeyUsageOID.CLIENT_AUTH]}, "CHAIN_UNTRUSTED"),
        ({"usages": [SEAL_USAGE, ExtendedKeyUsageOID.SERVER_AUTH]}, "CHAIN_UNTRUSTED"),
        ({"usages": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, "CHAIN_UNTRUSTED"),
        ({"usages": []}, "CHAIN_UNTRUSTED"),
        ({"is_ca": True, "signs_certificates": True}, "CHAIN_UNTRUSTED"),
        ({"is_ca": True}, "CHAIN_UNTRUSTED"),
        ({"signs_certificates": True}, "CHAIN_UNTRUSTED"),
        ({"subject": name(NAME_PART)}, "AUTHORITY_MISSING"),
        ({"subject": name(IDENTIFIER_PART)}, "AUTHORITY_MISSING"),
        ({"subject": name(IDENTIFIER_PART, IDENTIFIER_PART, NAME_PART)}, "AUTHORITY_MISSING"),
        ({"subject": name((NameOID.ORGANIZATION_IDENTIFIER, AUTHORITY), NAME_PART)}, "AUTHORITY_MISSING"),
        (
            {"subject": name((NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{AUTHORITY[:-1]}A"), NAME_PART)},
            "AUTHORITY_MISSING",
        ),
        ({"public": rsa.generate_private_key(65537, 2048).public_key()}, "KEY_TYPE"),
        ({"public": ec.generate_private_key(ec.SECP384R1()).public_key()}, "KEY_TYPE"),
    ],
)
def test_a_certificate_made_for_anything_else_is_no_seal(backend, ca, roots, departure, code):
    with pytest.raises(ChainError) as caught:
        validate_chain([made(backend, ca, **departure)], roots, NOW)
    assert caught.value.code == code


def test_a_ca_that_may_not_certify_certifies_nothing(backend):
    private = ec.generate_private_key(ec.SECP256R1())
    builder = certificates.builder_for(
        name((NameOID.COMMON_NAME, "Root")),
        name((NameOID.COMMON_NAME, "Root")),
        public=private.public_key(),
        issuer_public=private.public_key(),
        not_before=START,
        not_after=END,
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    root = builder.add_extension(certificates.key_usage(certificates=False), critical=True).sign(private, SHA256())
    leaf = certificates.as_end(
        certificates.builder_for(
            name(IDENTIFIER_PART, NAME_PART),
            root.subject,
            public=backend.public_key("seal"),
            issuer_public=private.public_key(),
            not_before=START,
            not_after=END,
        ),
        SEAL_USAGE,
        critical=True,
    ).sign(private, SHA256())
    with pytest.raises(ChainError, match="CHAIN_UNTRUSTED"):
        validate_chain([certificates.der(leaf)], [root], NOW)


def test_what_could_never_be_validated_is_not_issued(backend, ca):
    with pytest.raises(KeyBackendError, match="ES256"):
        create_ca(backend, "seal-eddsa", name="CA", **TIMES)
    with pytest.raises(FormatError, match="ISSUER_INVALID"):
        seal(backend, ca, authority="1" * 18)


def test_trust_reads_the_chain_of_a_header(backend, ca):
    trust = SealTrust([ca])
    chain = encode_x5c([seal(backend, ca)])
    kid = backend.signer("seal").kid
    now = int(NOW.timestamp())
    trusted = trust.validate({"x5c": chain, "kid": kid}, now)
    assert trusted.seal.authority == AUTHORITY
    for header, code in (
        ({}, "X5C_MISSING"),
        ({"x5c": "AAAA"}, "X5C_MISSING"),
        ({"x5c": []}, "X5C_MISSING"),
        ({"x5c": chain * 5}, "X5C_MISSING"),
        ({"x5c": [1]}, "X5C_INVALID"),
        ({"x5c": ["A" * 20_000]}, "X5C_INVALID"),
        ({"x5c": ["!"]}, "X5C_INVALID"),
        ({"x5c": ["é"]}, "X5C_INVALID"),
        ({"x5c": ["AAAA"]}, "CERTIFICATE_INVALID"),
        ({"x5c": chain}, "KID_MISMATCH"),
        ({"x5c": chain, "kid": backend.signer("ca").kid}, "KID_MISMATCH"),
    ):
        with pytest.raises(ChainError) as caught:
            trust.validate(header, now)
        assert caught.value.code == code


def test_trust_remembers_a_bounded_number(backend, ca):
    trust = SealTrust([ca], capacity=2)
    header = {"x5c": encode_x5c([seal(backend, ca)]), "kid": backend.signer("seal").kid}
    trusted = trust.validate(header, int(NOW.timestamp()))
    for encoded in (b"a", b"b", b"c"):
        trust.remember(encoded, trusted)
    assert [trust.known(encoded) is trusted for encoded in (b"a", b"b", b"c")] == [False, True, True]


def test_a_root_must_be_a_certificate():
    with pytest.raises(ChainError, match="CERTIFICATE_INVALID"):
        SealTrust([b"root"])
