"""Compact JWS: the accepted shape, and every way around it."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signer import jws
from signer.errors import FormatError, SignatureError
from tests.fakes.signing import Pair, b64, raw_jws

PAIR = Pair()
KEYS = {"k1": PAIR.public}
HEADER = {"alg": "ES256", "kid": "k1", "typ": "test+jwt"}


def verify(token, **changes):
    return jws.verify(token, KEYS, **{"typ": "test+jwt", "alg": "ES256", **changes})


def test_what_is_signed_is_verified():
    verified = verify(jws.sign(HEADER, b"payload", PAIR.sign))
    assert verified.payload == b"payload"
    assert verified.header == HEADER


def test_a_kept_header_makes_the_same_token():
    encoded = jws.encode_header(HEADER)
    token = jws.sign(encoded, b"payload", Pair("EdDSA").sign)
    assert token.split(".")[:2] == jws.sign(HEADER, b"payload", PAIR.sign).split(".")[:2]


def hs256_with_the_public_key():
    head = f"{b64(json.dumps({**HEADER, 'alg': 'HS256'}))}.{b64('{}')}"
    pem = PAIR.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{head}.{b64(hmac.digest(pem, head.encode(), hashlib.sha256))}"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (raw_jws(PAIR, {**HEADER, "alg": "none"}, {}), "HEADER_ALG"),
        (f"{b64(json.dumps({**HEADER, 'alg': 'none'}))}.{b64('{}')}.", "HEADER_ALG"),
        (hs256_with_the_public_key(), "HEADER_ALG"),
        (raw_jws(PAIR, {**HEADER, "alg": "EdDSA"}, {}), "HEADER_ALG"),
        (raw_jws(PAIR, {**HEADER, "alg": ["ES256"]}, {}), "HEADER_ALG"),
        (raw_jws(PAIR, {"kid": "k1", "typ": "test+jwt"}, {}), "HEADER_ALG"),
        (raw_jws(PAIR, {**HEADER, "typ": "other+jwt"}, {}), "HEADER_TYP"),
        (raw_jws(PAIR, {**HEADER, "typ": None}, {}), "HEADER_TYP"),
        (raw_jws(PAIR, {"alg": "ES256", "kid": "k1"}, {}), "HEADER_TYP"),
        (raw_jws(PAIR, {**HEADER, "crit": ["exp"]}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "b64": False}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "jku": "https://attacker.example"}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "x5u": "https://attacker.example"}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "jwk": {}}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "x5c": ["AAAA"]}, {}), "HEADER_REFUSED"),
        (raw_jws(PAIR, {**HEADER, "kid": "k2"}, {}), "KID_UNKNOWN"),
        (raw_jws(PAIR, {**HEADER, "kid": 1}, {}), "KID_UNKNOWN"),
        (raw_jws(PAIR, {"alg": "ES256", "typ": "test+jwt"}, {}), "KID_UNKNOWN"),
        (raw_jws(PAIR, '{"alg":"none","alg":"ES256","kid":"k1","typ":"test+jwt"}', {}), "JSON_DUPLICATE_MEMBER"),
        (raw_jws(PAIR, "[]", {}), "JSON_NOT_OBJECT"),
        (raw_jws(PAIR, {**HEADER, "deep": [[[[1]]]]}, {}), "JSON_TOO_DEEP"),
        (raw_jws(PAIR, {**HEADER, "long": "x" * 20_000}, {}), "HEADER_TOO_LARGE"),
        (raw_jws(PAIR, HEADER, "x" * 70_000), "JWS_TOO_LARGE"),
        (raw_jws(PAIR, HEADER, {}) + ".x", "JWS_PARTS"),
        ("a.b", "JWS_PARTS"),
        ("", "JWS_PARTS"),
        ("é.b.c", "JWS_NOT_ASCII"),
        (raw_jws(PAIR, HEADER, {}) + "=", "BASE64URL_INVALID"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "token",  # tokens differ in each run
)
def test_confusion_is_refused(token, code):
    with pytest.raises(FormatError) as caught:
        verify(token)
    assert caught.value.code == code


def test_a_signature_by_another_key_is_no_signature():
    with pytest.raises(SignatureError):
        verify(raw_jws(Pair(), HEADER, {}))
    with pytest.raises(SignatureError):
        verify(jws.sign({**HEADER, "alg": "EdDSA"}, b"{}", Pair("EdDSA").sign), alg="EdDSA")


def test_the_pinned_algorithm_must_exist():
    with pytest.raises(FormatError, match="ALG_UNKNOWN"):
        verify(raw_jws(PAIR, {**HEADER, "alg": "none"}, {}), alg="none")
