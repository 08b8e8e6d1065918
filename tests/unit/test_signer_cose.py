"""COSE_Sign1: every published example, and each way to depart from the profile."""

import pytest

from signer import cbor, cose
from signer.algorithms import public_from_jwk
from signer.errors import FormatError, SignatureError
from tests.fakes.signing import Pair, b64, vectors

CASES = {case["file"]: case for case in vectors("cose/cose-sign1.json")["vectors"]}

ACCEPTED = [
    "sign1-tests/sign-pass-02.json",  # with external data
    "ecdsa-examples/ecdsa-sig-01.json",
    "eddsa-examples/eddsa-sig-01.json",
    "RFC8152/Appendix_C_2_1.json",
]
REFUSED = {
    # Valid elsewhere, outside this profile:
    "sign1-tests/sign-pass-01.json": "COSE_ALG_UNKNOWN",  # the algorithm is not protected
    "sign1-tests/sign-pass-03.json": "COSE_TAG",  # no tag: one shape only
    "ecdsa-examples/ecdsa-sig-02.json": "COSE_ALG_UNKNOWN",  # ES384
    "ecdsa-examples/ecdsa-sig-03.json": "COSE_ALG_UNKNOWN",  # ES512
    "ecdsa-examples/ecdsa-sig-04.json": "COSE_ALG_UNKNOWN",  # ES512 with a P-256 key
    "eddsa-examples/eddsa-sig-02.json": "KID_UNKNOWN",  # Ed448: no such key can be known
    "CWT/A_3.json": "COSE_KID",  # names no key
    # Wrong everywhere:
    "sign1-tests/sign-fail-01.json": "COSE_TAG",  # tag 998
    "sign1-tests/sign-fail-03.json": "COSE_ALG_UNKNOWN",  # -999
    "sign1-tests/sign-fail-04.json": "COSE_ALG_UNKNOWN",  # a text
    "CWT/A_5.json": "COSE_TAG",  # COSE_Encrypt0
}
FORGED = [
    "sign1-tests/sign-fail-02.json",  # another payload
    "sign1-tests/sign-fail-06.json",  # a protected attribute added
    "sign1-tests/sign-fail-07.json",  # one removed
]


def keys(case):
    """Return the case's public key by its kid, if it is of a suite."""
    jwk = dict(case["input"].get("sign0", {}).get("key", {}))
    for name in ("x", "y"):
        if f"{name}_hex" in jwk:
            jwk[name] = b64(bytes.fromhex(jwk[f"{name}_hex"]))
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}
    try:
        return {jwk.get("kid", "").encode(): public_from_jwk(public)}
    except FormatError:
        return {}


def verify(case):
    external = bytes.fromhex(case["input"].get("sign0", {}).get("external", ""))
    return cose.verify1(bytes.fromhex(case["output"]["cbor"]), keys(case), external_aad=external)


def test_no_example_is_left_out():
    assert sorted([*ACCEPTED, *REFUSED, *FORGED]) == sorted(CASES)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_published_object_verifies(name):
    case = CASES[name]
    message = verify(case)
    assert message.payload == case["input"]["plaintext"].encode()
    external = bytes.fromhex(case["input"]["sign0"].get("external", ""))
    signed = cose.signing_input(message.protected, message.payload, external)
    assert signed.hex().upper() == case["intermediates"]["ToBeSign_hex"]
    assert cose.parse_signing_input(signed) == cose.SigningInput(
        message.headers, message.protected, external, message.payload
    )


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_is_outside_the_profile_is_refused(name, code):
    with pytest.raises(FormatError) as caught:
        verify(CASES[name])
    assert caught.value.code == code


@pytest.mark.parametrize("name", FORGED)
def test_a_published_forgery_does_not_verify(name):
    with pytest.raises(SignatureError):
        verify(CASES[name])


PAIR = Pair()
KID = b"\x01" * 16
PROTECTED = cose.protected_header("ES256", KID)


def message(protected=PROTECTED, unprotected=None, payload=b"p", signature=None):
    """Return a COSE_Sign1 of any content, rightly signed if that makes sense."""
    if signature is None:
        signature = PAIR.sign(cose.signing_input(protected, payload))
    return b"\xd2" + cbor.encode([protected, unprotected or {}, payload, signature])


@pytest.mark.parametrize("suite", ["ES256", "EdDSA"])
def test_what_is_signed_verifies_under_its_key_alone(suite):
    pair = Pair(suite)
    data = cose.sign1(b"payload", alg=suite, kid=KID, sign=pair.sign, external_aad=b"form")
    verified = cose.verify1(data, {KID: pair.public}, external_aad=b"form")
    assert (verified.payload, verified.kid, verified.headers.alg) == (b"payload", KID, suite)
    with pytest.raises(SignatureError):
        cose.verify1(data, {KID: pair.public}, external_aad=b"another")
    with pytest.raises(SignatureError):
        cose.verify1(data, {KID: Pair(suite).public}, external_aad=b"form")
    with pytest.raises(FormatError, match="KID_UNKNOWN"):
        cose.verify1(data, {b"2": pair.public})


def test_the_algorithm_belongs_to_the_key():
    with pytest.raises(FormatError, match="COSE_ALG_MISMATCH"):
        cose.verify1(message(), {KID: Pair("EdDSA").public})
    with pytest.raises(FormatError, match="COSE_ALG_UNKNOWN"):
        cose.protected_header("SM2-SM3", KID)


def protected(**labels):
    return cbor.encode({int(name.removeprefix("l")): value for name, value in labels.items()})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "COSE_TAG"),
        (b"\xd2", "CBOR_TRUNCATED"),
        (b"\xd8\x12" + message()[1:], "COSE_TAG"),
        (b"\xd2" + message(), "CBOR_TAG"),
        (message() + b"\0", "CBOR_TRAILING"),
        (b"\xd2" + cbor.encode([PROTECTED, {}, b"p"]), "COSE_SHAPE"),
        (b"\xd2" + cbor.encode([PROTECTED, {}, None, b"s"]), "COSE_SHAPE"),  # detached
        (b"\xd2" + cbor.encode([{}, {}, b"p", b"s"]), "COSE_SHAPE"),
        (b"\xd2" + cbor.encode({}), "COSE_SHAPE"),
        (b"\xd2\x9f\xff", "CBOR_INDEFINITE"),
        (message(b""), "COSE_ALG_UNKNOWN"),
        (message(b"\x80"), "COSE_HEADER_REFUSED"),
        (message(PROTECTED + b"\0"), "CBOR_TRAILING"),
        (message(b"\xa2\x01\x26\x01\x26"), "CBOR_DUPLICATE_KEY"),
        (message(b"\xa1\x01\x38\x06"), "CBOR_NOT_CANONICAL"),
        (message(protected(l1=-7, l2=[1], l4=KID)), "COSE_HEADER_REFUSED"),  # crit
        (message(protected(l1=-7, l4=KID, l33=b"c")), "COSE_HEADER_REFUSED"),  # x5chain
        (message(protected(l1=-7, l3=b"", l4=KID)), "COSE_HEADER_REFUSED"),
        (message(protected(l1=-7, l3=True, l4=KID)), "COSE_HEADER_REFUSED"),
        (message(protected(l1=-7, l3=None, l4=KID)), "COSE_HEADER_REFUSED"),
        (message(protected(l1="ES256", l4=KID)), "COSE_ALG_UNKNOWN"),
        (message(protected(l1=b"", l4=KID)), "COSE_ALG_UNKNOWN"),
        (message(protected(l4=KID)), "COSE_ALG_UNKNOWN"),
        (message(protected(l1=-7)), "COSE_KID"),
        (message(protected(l1=-7, l4=None)), "COSE_KID"),
        (message(protected(l1=-7, l4="1")), "COSE_KID"),
        (message(protected(l1=-7, l4=b"")), "COSE_KID"),
        (message(protected(l1=-7, l4=b"1" * 65)), "COSE_KID"),
        (message(unprotected={4: KID}), "COSE_KID"),  # twice
        (message(unprotected={1: -7}), "COSE_HEADER_REFUSED"),
        (message(unprotected={"4": KID}), "COSE_HEADER_REFUSED"),
        (message(payload=b"p" * cose.MAX_BYTES), "COSE_TOO_LARGE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",  # a key made for this run is in the bytes
)
def test_any_other_shape_is_refused(data, code):
    with pytest.raises(FormatError) as caught:
        cose.verify1(data, {KID: PAIR.public})
    assert caught.value.code == code


def test_the_hand_made_object_starts_from_what_is_accepted():
    assert cose.verify1(message(), {KID: PAIR.public}).payload == b"p"
    outside = message(protected(l1=-7, l3="text/plain"), {4: KID})
    assert cose.verify1(outside, {KID: PAIR.public}).headers.content_type == "text/plain"


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_does_not_verify(length):
    with pytest.raises(SignatureError):
        cose.verify1(message(signature=b"\1" * length), {KID: PAIR.public})


@pytest.mark.parametrize("structure", [[], ["Signature", PROTECTED, b"", b""], ["Signature1", PROTECTED, b""], {}])
def test_a_signing_input_of_another_kind_is_refused(structure):
    with pytest.raises(FormatError, match="COSE_SHAPE"):
        cose.parse_signing_input(cbor.encode(structure))
