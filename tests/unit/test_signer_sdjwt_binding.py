"""Key binding: every way in which a holder's proof can be another's, for another, or of another time."""

import pytest

from signer import sdjwt
from signer.algorithms import public_to_jwk
from signer.errors import SdJwtError
from signer.sdjwt import KeyBindingExpectation
from tests.fakes.signing import Pair, digest, disclosure, raw_jws, raw_sd_jwt

ISSUER, HOLDER = Pair(), Pair("EdDSA")
EXPECTED = KeyBindingExpectation("verifier", "n-1", max_age_seconds=300)
NAME = disclosure("salt", "name", "甲")
HEADER = {"alg": "EdDSA", "typ": "kb+jwt"}


def presentation(cnf=None, *disclosures):
    confirmation = {"jwk": public_to_jwk(HOLDER.public)} if cnf is None else cnf
    return raw_sd_jwt(ISSUER, {"cnf": confirmation, "_sd": [digest(NAME)]}, *disclosures)


def bound(token, header=None, signed_by=HOLDER, **changes):
    claims = {"aud": "verifier", "nonce": "n-1", "iat": 1000, "sd_hash": sdjwt.sd_hash(token), **changes}
    kept = {name: value for name, value in claims.items() if value != "left out"}
    return token + raw_jws(signed_by, header or HEADER, kept)


def verify(token, at=1010, expected=EXPECTED):
    return sdjwt.verify(token, ISSUER.public, "ES256", at=at, typ=None, require_key_binding=expected)


def test_a_holders_proof_is_accepted():
    verified = verify(bound(presentation(None, NAME)))
    assert verified.key_binding is not None
    assert verified.key_binding["nonce"] == "n-1"
    assert verified.payload["name"] == "甲"


def test_without_a_time_freshness_is_the_nonces():
    assert verify(bound(presentation(), iat=1), at=None).key_binding
    assert verify(bound(presentation(), iat=1), at=10**9, expected=KeyBindingExpectation("verifier", "n-1")).key_binding


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (presentation(), "KEY_BINDING_MISSING"),
        (bound(presentation(), aud="another"), "KB_AUDIENCE"),
        (bound(presentation(), aud=["verifier"]), "KB_AUDIENCE"),
        (bound(presentation(), aud="left out"), "KB_AUDIENCE"),
        (bound(presentation(), nonce="n-2"), "KB_NONCE"),
        (bound(presentation(), nonce=1), "KB_NONCE"),
        (bound(presentation(), nonce="left out"), "KB_NONCE"),
        (bound(presentation(), sd_hash="A" * 43), "KB_SD_HASH"),
        (bound(presentation(), sd_hash="left out"), "KB_SD_HASH"),
        (presentation(None, NAME) + bound(presentation()).rpartition("~")[2], "KB_SD_HASH"),
        (bound(presentation(), iat="left out"), "KB_IAT"),
        (bound(presentation(), iat="1000"), "KB_IAT_TYPE"),
        (bound(presentation(), iat=600), "KB_TOO_OLD"),
        (bound(presentation(), iat=1100), "KB_FROM_FUTURE"),
        (bound(presentation(), exp=1005), "KB_EXPIRED"),
        (bound(presentation(), nbf=1050), "KB_NOT_YET_VALID"),
        (bound(presentation(), header={"alg": "EdDSA", "typ": "JWT"}), "KB_HEADER_TYP"),
        (bound(presentation(), header={"alg": "EdDSA"}), "KB_HEADER_TYP"),
        (bound(presentation(), header={"alg": "none", "typ": "kb+jwt"}), "KB_HEADER_ALG"),
        (bound(presentation(), header={"alg": "ES256", "typ": "kb+jwt"}), "KB_HEADER_ALG"),
        (bound(presentation(), header={**HEADER, "jwk": {}}), "KB_HEADER_REFUSED"),
        (bound(presentation(), signed_by=Pair("EdDSA")), "KB_SIGNATURE_INVALID"),
        (bound(presentation(), signed_by=ISSUER), "KB_SIGNATURE_INVALID"),
        (presentation() + "a.b", "KB_JWS_PARTS"),
        (presentation() + "x" * 20_000, "KB_JWS_TOO_LARGE"),
        (presentation() + raw_jws(HOLDER, HEADER, "[]"), "KB_JSON_NOT_OBJECT"),
        (bound(presentation({})), "CNF_MISSING"),
        (bound(presentation("jwk")), "CNF_MISSING"),
        (bound(presentation({"jwk": "key"})), "CNF_MISSING"),
        (bound(presentation({"kid": "key"})), "CNF_MISSING"),
        (bound(presentation({"jwk": {"kty": "oct", "k": "AAAA"}})), "CNF_INVALID"),
    ],
)
def test_any_other_proof_is_refused(token, code):
    with pytest.raises(SdJwtError) as caught:
        verify(token)
    assert caught.value.code == code


def test_a_disclosed_confirmation_binds_too():
    cnf = disclosure("salt", "cnf", {"jwk": public_to_jwk(HOLDER.public)})
    assert verify(bound(raw_sd_jwt(ISSUER, {"_sd": [digest(cnf)]}, cnf))).key_binding
