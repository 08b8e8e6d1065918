"""Receipts: what the hub states comes back whole; anything else is refused."""

from dataclasses import replace

import pytest

from signer import receipt
from signer.errors import FormatError, SignatureError
from signer.receipt import Act, Receipt
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair, raw_jws

PAIR = Pair()
KEYS = {"k": PAIR.public}
HEADER = {"alg": "ES256", "kid": "k", "typ": "onceonly-receipt+jwt"}
RELEASE = Receipt(
    identifier="r-1",
    hub="hub.example",
    audience=AUTHORITY,
    system="counter",
    act=Act.RELEASED,
    issue_time=1000,
    expire_time=2000,
    purpose="SERVICE",
    matter="M" * 31,
    guide_revision="3",
    case="C-1",
    legal_basis="STATUTORY_DUTY",
    consent="consent-1",
    fields=("name", "scope"),
    sd_hash="h" * 43,
    licence=IDENTIFIER,
    licence_version=1,
    commitment=b"\x01" * 33,
)
OUTSIDE_A_CASE = replace(RELEASE, case=None, consent=None, guide_revision=None, evidence_object="incidents/1")
REFUSAL = Receipt(
    identifier="r-2",
    hub="hub.example",
    audience=AUTHORITY,
    system="counter",
    act=Act.REFUSED,
    issue_time=1000,
    expire_time=2000,
    purpose="SERVICE",
    reasons=("CASE_NOT_OPEN", "FIELD_NOT_ALLOWED"),
)
CLAIMS = {
    "act": "verified",
    "aud": AUTHORITY,
    "exp": 2000,
    "iat": 1000,
    "iss": "hub.example",
    "jti": "r-3",
    "purpose": "SERVICE",
    "system": "counter",
    "verdict": "PASSED",
}


def signed(value):
    return receipt.sign(value, receipt.encode_header("k", "ES256"), PAIR.sign)


def verify(token, at: int | None = 1500):
    return receipt.verify(token, KEYS, at=at)


@pytest.mark.parametrize("value", [RELEASE, OUTSIDE_A_CASE, REFUSAL], ids=["a case", "an incident", "refused"])
def test_a_receipt_comes_back_whole(value):
    assert verify(signed(value)) == value


def test_a_verification_has_a_verdict():
    assert verify(raw_jws(PAIR, HEADER, CLAIMS)).verdict == "PASSED"


@pytest.mark.parametrize(
    ("at", "code"), [(2000, "RECEIPT_EXPIRED"), (1999, None), (None, None), (940, None), (939, "RECEIPT_NOT_YET_VALID")]
)
def test_a_receipt_has_its_time(at, code):
    token = signed(REFUSAL)
    if code is None:
        assert verify(token, at) == REFUSAL
        return
    with pytest.raises(FormatError) as caught:
        verify(token, at)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("act", "granted"),
        ("act", None),
        ("aud", [AUTHORITY]),
        ("aud", ""),
        ("jti", "x" * 513),
        ("iss", 1),
        ("exp", "2000"),
        ("exp", True),
        ("iat", -1),
        ("iat", 1.5),
        ("purpose", None),
        ("case", ""),
        ("fields", "name"),
        ("fields", [1]),
        ("fields", [""]),
        ("fields", ["a"] * 257),
        ("reasons", {"a": "b"}),
        ("version", "1"),
        ("commitment", "AAAA"),
        ("commitment", 33),
    ],
)
def test_a_claim_out_of_bounds_is_named(claim, value):
    with pytest.raises(FormatError, match=f"RECEIPT_CLAIM: the claim {claim} "):
        verify(raw_jws(PAIR, HEADER, {**CLAIMS, claim: value}))


@pytest.mark.parametrize("claim", ["act", "aud", "exp", "iat", "iss", "jti", "purpose", "system"])
def test_a_claim_that_is_missing_is_named(claim):
    kept = {name: value for name, value in CLAIMS.items() if name != claim}
    with pytest.raises(FormatError, match=f"the claim {claim} "):
        verify(raw_jws(PAIR, HEADER, kept))


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (raw_jws(PAIR, {**HEADER, "typ": "dc+sd-jwt"}, CLAIMS), "HEADER_TYP"),
        (raw_jws(PAIR, {**HEADER, "alg": "none"}, CLAIMS), "HEADER_ALG"),
        (raw_jws(PAIR, HEADER, [CLAIMS]), "JSON_NOT_OBJECT"),
        (raw_jws(PAIR, HEADER, {**CLAIMS, "deep": [[1]]}), "JSON_TOO_DEEP"),
        (raw_jws(PAIR, HEADER, {**CLAIMS, "commitment": "+"}), "BASE64URL_INVALID"),
        (raw_jws(PAIR, HEADER, {**CLAIMS, "long": "x" * 40_000}), "JWS_TOO_LARGE"),
    ],
)
def test_another_token_is_no_receipt(token, code):
    with pytest.raises(FormatError) as caught:
        verify(token)
    assert caught.value.code == code


def test_a_receipt_by_another_is_refused():
    with pytest.raises(SignatureError):
        verify(raw_jws(Pair(), HEADER, CLAIMS))


BUNDLE = replace(
    RELEASE,
    cases=("C-1", "C-2"),
    matters=("M" * 31, "N" * 31),
    guides=("3", "7"),
    consents=("consent-1", "consent-2"),
)


@pytest.mark.parametrize("value", [BUNDLE, replace(BUNDLE, consent=None, consents=())])
def test_an_extract_that_serves_several_cases_names_each(value):
    assert receipt.verify(signed(value), KEYS, at=1500) == value


@pytest.mark.parametrize(
    "changes",
    [
        {"cases": ("C-2", "C-1")},
        {"cases": ()},
        {"cases": ("C-1",)},
        {"matters": ("M" * 31,)},
        {"matters": ("N" * 31, "M" * 31)},
        {"matters": ()},
        {"guides": ("4", "7")},
        {"guides": ()},
        {"consents": ()},
        {"consents": ("consent-2", "consent-1")},
        {"consents": ("consent-1",)},
    ],
)
def test_lists_of_cases_that_do_not_fit_together_are_refused(changes):
    with pytest.raises(FormatError) as caught:
        receipt.verify(signed(replace(BUNDLE, **changes)), KEYS, at=1500)
    assert caught.value.code == "RECEIPT_CLAIM"
