"""Every published SD-JWT, compact and JSON, and agreement with the reference library on what is valid."""

import json

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from signer import sdjwt
from signer.algorithms import public_from_jwk, public_to_jwk
from signer.errors import SdJwtError
from tests.fakes.signing import Pair, digest, vectors

FILES = [vectors(f"sd-jwt/{name}.json") for name in ("sd-jwt-draft22-rfc9901", "sd-jwt-vc-draft19")]
TOKENS = [case for file in FILES for case in file["tokens"] if case["kind"] != "issuer-jwt"]
BARE = [case for file in FILES for case in file["tokens"] if case["kind"] == "issuer-jwt"]
DOCUMENTS = [case for file in FILES for case in file["json_serialized"]]
DISCLOSURES = [case for file in FILES for case in file["disclosures"]]


def expectation(case):
    """Return what the case's Key Binding JWT must prove, and a time just after it was made."""
    claims = case.get("kb_payload")
    if claims is None:
        return None, case["payload"].get("iat")
    return sdjwt.KeyBindingExpectation(claims["aud"], claims["nonce"], max_age_seconds=60), claims["iat"] + 1


@pytest.mark.parametrize("case", TOKENS, ids=lambda case: f"{case['section'][:20]}-{case['line']}")
def test_a_published_token_verifies(case):
    expected, at = expectation(case)
    verified = sdjwt.verify(
        case["token"],
        public_from_jwk(case["issuer_jwk"]),
        "ES256",
        at=at,
        typ=case["header"]["typ"],
        require_key_binding=expected,
    )
    assert verified.payload == case["processed_payload"]
    assert verified.issuer_signed == case["payload"]
    assert verified.key_binding == case.get("kb_payload")
    if expected is not None:
        assert verified.sd_hash == case["kb_payload"]["sd_hash"] == sdjwt.sd_hash(case["token"])


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: f"{case['serialization']}-{case['line']}")
def test_a_published_document_verifies(case):
    expected, at = expectation(case)
    verified = sdjwt.verify_json(
        json.dumps(case["jws"]).encode(),
        public_from_jwk(case["issuer_jwk"]),
        "ES256",
        at=at,
        typ=None,
        require_key_binding=expected,
    )
    assert verified.payload == case["processed_payload"]


def test_nothing_published_was_left_out():
    assert (len(TOKENS), len(BARE), len(DOCUMENTS), len(DISCLOSURES)) == (13, 1, 3, 124)


@pytest.mark.parametrize("case", BARE, ids=["issuer-jwt"])
def test_a_bare_jwt_is_no_sd_jwt(case):
    with pytest.raises(SdJwtError, match="TILDE_MISSING"):
        sdjwt.verify(case["token"], public_from_jwk(case["issuer_jwk"]), "ES256", at=None, typ=None)


@pytest.mark.parametrize("case", TOKENS, ids=lambda case: f"{case['section'][:20]}-{case['line']}")
def test_every_subset_of_one_is_presented(case):
    public = public_from_jwk(case["issuer_jwk"])
    parsed = sdjwt.parse(case["token"])
    for disclosure in parsed.disclosures:
        presented = sdjwt.present(parsed, [disclosure.path])
        verified = sdjwt.verify(presented, public, "ES256", at=None, typ=None)
        assert disclosure.path in verified.disclosed
    nothing = sdjwt.verify(sdjwt.present(parsed, []), public, "ES256", at=None, typ=None)
    assert nothing.disclosed == ()


def test_published_digests():
    for case in DISCLOSURES:
        assert digest(case["disclosure"]) == case["digest_sha256"]


CLAIMS = {"sub": "user", "address": {"locality": "城", "country": "CN"}, "nationalities": ["CN", "DE"], "age": 47}


def reference_key(pair):
    jwk = public_to_jwk(pair.public)
    return JWK(**jwk, d=jwk_secret(pair))


def jwk_secret(pair):
    from tests.fakes.signing import b64

    return b64(pair.private.private_numbers().private_value.to_bytes(32, "big"))


def test_the_reference_library_accepts_ours():
    pair = Pair()
    issued = sdjwt.issue(
        {"iss": "issuer", "nationalities": [sdjwt.Disclosable("CN"), sdjwt.Decoy(), "DE"]},
        {"sub": "user", "address": {"locality": sdjwt.Disclosable("城"), "country": "CN"}},
        {"alg": "ES256", "typ": "example+sd-jwt"},
        pair.sign,
        decoys=2,
    )
    theirs = SDJWTVerifier(issued.token, lambda *_: JWK(**public_to_jwk(pair.public))).get_verified_payload()
    ours = sdjwt.verify(issued.token, pair.public, "ES256", at=None, typ=None)
    assert theirs == ours.payload
    assert theirs["address"] == {"country": "CN", "locality": "城"}


def test_we_accept_the_reference_library():
    pair = Pair()
    marked = {
        "iss": "issuer",
        SDObj("sub"): "user",
        SDObj("address"): {SDObj("locality"): "城", "country": "CN"},
        "nationalities": [SDObj("CN"), "DE"],
    }
    issuer = SDJWTIssuer(marked, reference_key(pair), add_decoy_claims=True, extra_header_parameters={"typ": "x"})
    ours = sdjwt.verify(issuer.sd_jwt_issuance, pair.public, "ES256", at=None, typ="x")
    assert ours.payload == {
        "iss": "issuer",
        "sub": "user",
        "address": {"locality": "城", "country": "CN"},
        "nationalities": ["CN", "DE"],
    }
    assert sorted(ours.disclosed) == ["address", "address/locality", "nationalities/0", "sub"]
