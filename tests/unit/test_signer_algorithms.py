"""Suites against Wycheproof, and the registry's refusals."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448

from signer.algorithms import SUITES, USUAL, public_from_jwk, public_to_jwk, suite_named, suite_of, thumbprint
from signer.certificates import builder_for, common_name
from signer.errors import FormatError
from signer.keys.files import FileKeyBackend
from tests.fakes.signing import Pair, vectors


@pytest.mark.parametrize(
    ("suite_name", "file", "key_name"),
    [
        ("ES256", "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", "publicKeyJwk"),
        ("EdDSA", "wycheproof/ed25519_test.json", "publicKeyJwk"),
    ],
)
def test_wycheproof(suite_name, file, key_name):
    suite, wrong, count = SUITES[suite_name], [], 0
    for group in vectors(file)["testGroups"]:
        public = group_key(group)
        for case in group["tests"]:
            passed = suite.verify(public, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            count += 1
            if passed != (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"], case["result"]))
    assert wrong == []
    assert count == {"ES256": 262, "EdDSA": 151}[suite_name]


def group_key(group):
    jwk = group.get("publicKeyJwk")
    if jwk is not None:
        return public_from_jwk({name: value for name, value in jwk.items() if name != "kid"})
    if group["publicKey"].get("curve") == "secp256r1":
        return ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), bytes.fromhex(group["publicKey"]["uncompressed"])
        )
    raise AssertionError("a vector group without a readable key")


@pytest.mark.parametrize("suite_name", sorted(SUITES))
def test_a_signature_is_by_one_key_over_one_message(suite_name):
    pair, other = Pair(suite_name), Pair(suite_name)
    signature = pair.sign(b"message")
    assert len(signature) == {"ML-DSA-44": 2420}.get(suite_name, 64)
    assert pair.suite.verify(pair.public, signature, b"message")
    assert not pair.suite.verify(pair.public, signature, b"massage")
    assert not pair.suite.verify(other.public, signature, b"message")
    assert not pair.suite.verify(pair.public, signature[:-1], b"message")
    assert not pair.suite.verify(pair.public, signature + b"\0", b"message")


def test_a_key_of_another_suite_neither_signs_nor_verifies():
    pairs = [Pair(name) for name in sorted(SUITES)]
    for mine, other in permutations(pairs, 2):
        assert not mine.suite.verify(other.public, mine.sign(b"x"), b"x")
        assert not mine.suite.owns(other.public)
        with pytest.raises(TypeError):
            mine.suite.sign(other.private, b"x")
        with pytest.raises(TypeError):
            mine.suite.public_to_jwk(other.public)


@pytest.mark.parametrize("suite_name", sorted(SUITES))
def test_a_public_key_survives_its_jwk(suite_name):
    public = Pair(suite_name).public
    jwk = public_to_jwk(public)
    accepted = frozenset({suite_name})
    assert public_from_jwk(jwk, accepted) == public
    assert public_from_jwk({**jwk, "alg": suite_name, "use": "sig"}, accepted) == public
    assert (suite_name in USUAL) == loads(jwk)
    assert not loads(jwk, frozenset())
    assert suite_of(public) is SUITES[suite_name]


def loads(jwk, *accepted):
    try:
        return public_from_jwk(jwk, *accepted) is not None
    except FormatError:
        return False


def test_the_thumbprint_is_that_of_rfc_8037():
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(public_from_jwk(jwk)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


EC = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}


@pytest.mark.parametrize(
    ("jwk", "code"),
    [
        ({**EC, "d": "A" * 43}, "JWK_PRIVATE"),
        ({"kty": "oct", "k": "AAAA"}, "JWK_PRIVATE"),
        ({}, "JWK_INVALID"),
        ({"kty": ["EC"], "crv": {}}, "JWK_INVALID"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "JWK_INVALID"),
        ({**EC, "crv": "P-384"}, "JWK_INVALID"),
        ({**EC, "alg": "HS256"}, "JWK_INVALID"),
        (EC, "JWK_INVALID"),
        ({**EC, "x": 7}, "JWK_INVALID"),
        ({**EC, "y": None}, "JWK_INVALID"),
        ({**EC, "x": "A" * 42}, "JWK_INVALID"),
        ({**EC, "y": "A" * 44}, "JWK_INVALID"),
        ({**EC, "x": "!" * 43}, "BASE64URL_INVALID"),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, "JWK_INVALID"),
        ({"kty": "OKP", "crv": "Ed25519", "x": 5}, "JWK_INVALID"),
        ({"kty": "OKP", "crv": "X25519", "x": "A" * 43}, "JWK_INVALID"),
        ({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "priv": "AAAA"}, "JWK_PRIVATE"),
    ],
)
def test_a_jwk_that_is_not_a_public_key_here_is_refused(jwk, code):
    with pytest.raises(FormatError) as caught:
        public_from_jwk(jwk)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["none", "None", "HS256", "RS256", "ES384", "", "es256"])
def test_there_is_no_other_algorithm(name):
    with pytest.raises(FormatError, match="ALG_UNKNOWN"):
        suite_named(name)


def test_other_keys_belong_to_no_suite():
    for key in (
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ed448.Ed448PrivateKey.generate().public_key(),
        "a key",
    ):
        with pytest.raises(FormatError, match="KEY_TYPE_UNKNOWN"):
            suite_of(key)
    with pytest.raises(TypeError):
        SUITES["ES256"].public_to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key())


def test_numbers_in_cose_are_those_of_the_registry():
    """RFC 9053 section 2 and RFC 9964; SM2 has none."""
    assert {name: suite.cose for name, suite in SUITES.items()} == {
        "EdDSA": -8,
        "ES256": -7,
        "ML-DSA-44": -48,
        "SM2-SM3": None,
    }


@pytest.mark.parametrize("suite_name", sorted(name for name in SUITES if name != "SM2-SM3"))
def test_object_identifiers_are_those_that_certificates_carry(tmp_path, suite_name):
    backend = FileKeyBackend(tmp_path / "keys", b"passphrase", accepted=frozenset(SUITES))
    public = backend.generate("key", suite_name).public
    start = datetime(2026, 1, 1, tzinfo=UTC)
    name = common_name("a")
    builder = builder_for(name, name, public=public, issuer_public=public, not_before=start, not_after=start)
    certificate = backend.sign_certificate("key", builder)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.signature_algorithm_oid.dotted_string == SUITES[suite_name].oid
