"""Who calls: a token of exactly the shape that the hub knows, signed by a registered key of its department."""

import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.edge.authentication import CLOCK_SKEW, MAX_LIFE, MAX_TOKEN
from exchange.reasons import Reason
from tests.fakes.callers import AUDIENCE, KID, NOW, claims, token, token_key
from tests.fakes.signing import Pair, b64
from tests.fakes.small_catalogue import CLERK, HEALTH, MARKET
from tests.fakes.token_gate import DESK, HEALTH_DESK, OTHER_PAIR, PAIR, Gate, department, good, register

HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KID}


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_a_good_token_names_its_caller(gate: Gate) -> None:
    caller = gate.caller(good())
    assert (caller.department.uscc, caller.system, caller.name) == (MARKET, "desk", f"{MARKET}/{CLERK}")
    assert caller.assurance == 2
    assert caller.scope == (frozenset(), frozenset(), frozenset())


def test_the_hubs_own_client_mints_what_the_hub_takes(gate: Gate) -> None:
    text = jwt.encode(claims(MARKET, DESK), PAIR.private, "ES256", headers={"typ": "at+jwt", "kid": KID})
    assert gate.caller(text).operator is not None


def test_eddsa_keys_are_taken_as_eddsa_only(gate: Gate) -> None:
    pair = Pair("EdDSA")
    gate.register = register(department(token_keys=(token_key(pair),)))
    assert gate.caller(token(pair, claims(MARKET, DESK))).operator is not None
    assert gate.refusal(token(PAIR, claims(MARKET, DESK))) is Reason.TOKEN_INVALID


def test_a_machine_has_no_operator_and_no_assurance(gate: Gate) -> None:
    caller = gate.caller(good(sub=None, acr="3"))
    assert caller.operator is None
    assert caller.assurance == 0
    assert caller.name == f"{MARKET}/"


def test_claims_only_narrow(gate: Gate) -> None:
    assert gate.caller(good(acr="3")).assurance == 2  # the operator is registered with 2
    assert gate.caller(good(acr="1")).assurance == 1
    assert gate.caller(good(acr=None)).assurance == 1


def test_the_scope_is_read(gate: Gate) -> None:
    details = [
        {"type": "onceonly", "matters": ["m1", "m2"], "cases": ["c1"]},
        {"type": "onceonly", "matters": ["m3"], "requirements": ["identity"]},
    ]
    scope = gate.caller(good(authorization_details=details)).scope
    assert scope == (frozenset({"m1", "m2", "m3"}), frozenset({"c1"}), frozenset({"identity"}))


@pytest.mark.parametrize(
    "details",
    [
        "matters",
        {},
        ["onceonly"],
        [{"type": "other"}],
        [{"matters": ["m1"]}],
        [{"type": "onceonly", "fields": ["name"]}],
        [{"type": "onceonly", "matters": "m1"}],
        [{"type": "onceonly", "matters": [1]}],
        [{"type": "onceonly", "matters": []}],
        [{"type": "onceonly", "matters": None}],
        [{"type": "onceonly", "matters": ["m"] * 101}],
        [{"type": "onceonly"}] * 101,
    ],
)
def test_a_scope_that_is_not_understood_is_refused(gate: Gate, details: Any) -> None:
    assert gate.refusal(good(authorization_details=details)) is Reason.TOKEN_INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": "https://another.example"},
        {"aud": [AUDIENCE]},
        {"aud": AUDIENCE + "/"},
        {"exp": None},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": str(NOW + 100)},
        {"exp": NOW + 100.5},
        {"exp": True},
        {"iat": None},
        {"iat": NOW + CLOCK_SKEW + 1, "exp": NOW + 200},
        {"iat": NOW - 200, "exp": NOW - 200 + MAX_LIFE + 1},
        {"iat": NOW + 50, "exp": NOW + 50},
        {"iat": "now"},
        {"nbf": NOW + CLOCK_SKEW + 1},
        {"nbf": "soon"},
        {"cnf": None},
        {"cnf": "x5t"},
        {"cnf": {}},
        {"cnf": {"x5t#S256": 1}},
        {"cnf": {"jkt": DESK.thumbprint}},
        {"iss": None},
        {"iss": HEALTH},
        {"iss": "nobody"},
        {"iss": [MARKET]},
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "x" * 101},
        {"client_id": 7},
        {"sub": 7},
        {"sub": ["clerk"]},
        {"sub": "x" * 65},
        {"acr": 2},
        {"acr": "0"},
        {"acr": "4"},
        {"acr": []},
        {"acr": {}},
        {"act": {"sub": "agent"}},
        {"act": {}},
    ],
)
def test_a_claim_that_is_missing_or_wrong_is_refused(gate: Gate, changes: dict[str, Any]) -> None:
    assert gate.refusal(good(**changes)) is Reason.TOKEN_INVALID


def test_the_bounds_of_time_are_exact(gate: Gate) -> None:
    assert gate.caller(good(iat=NOW + CLOCK_SKEW, exp=NOW + CLOCK_SKEW + MAX_LIFE))
    assert gate.caller(good(iat=NOW - MAX_LIFE + 1, exp=NOW + 1))
    assert gate.caller(good(nbf=NOW + CLOCK_SKEW))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ES256", "kid": KID},
        HEADER | {"typ": "JWT"},
        HEADER | {"typ": "id_token"},
        HEADER | {"typ": "at+JWT "},
        HEADER | {"kid": "key-2"},
        HEADER | {"kid": None},
        HEADER | {"alg": "ES384"},
        HEADER | {"alg": "EdDSA"},
        HEADER | {"alg": ["ES256"]},
        HEADER | {"crit": ["exp"]},
        HEADER | {"b64": False, "crit": ["b64"]},
        HEADER | {"jwk": json.loads(token_key(OTHER_PAIR).jwk)},
        HEADER | {"jku": "https://evil.example/keys"},
        HEADER | {"x5u": "https://evil.example/cert"},
        HEADER | {"x5c": ["AAAA"]},
        HEADER | {"zip": "DEF"},
        {},
        "[]",
        '"text"',
        '{"alg":"ES256","typ":"at+jwt","kid":"key-1","kid":"key-1"}',
        '{"alg":"ES256","typ":"at+jwt","kid":"key-1"} x',
    ],
)
def test_a_header_that_is_not_exactly_ours_is_refused(gate: Gate, header: dict[str, Any] | str) -> None:
    assert gate.refusal(token(PAIR, claims(MARKET, DESK), header)) is Reason.TOKEN_INVALID


def unsigned(header: dict[str, Any], signature: bytes = b"") -> str:
    return f"{b64(json.dumps(header))}.{b64(json.dumps(claims(MARKET, DESK)))}.{b64(signature)}"


def test_no_signature_is_no_token(gate: Gate) -> None:
    for alg in ("none", "None", "NONE", "ES256"):
        assert gate.refusal(unsigned(HEADER | {"alg": alg})) is Reason.TOKEN_INVALID


def test_the_public_key_is_no_secret_to_sign_with(gate: Gate) -> None:
    spki = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    for secret in (token_key(PAIR).jwk.encode(), PAIR.public.public_bytes(*spki)):
        head = unsigned(HEADER | {"alg": "HS256"}).rpartition(".")[0]
        signature = hmac.digest(secret, head.encode(), "sha256")
        assert gate.refusal(unsigned(HEADER | {"alg": "HS256"}, signature)) is Reason.TOKEN_INVALID


def test_signatures_of_other_keys_are_refused(gate: Gate) -> None:
    assert gate.refusal(token(OTHER_PAIR, claims(MARKET, DESK), HEADER)) is Reason.TOKEN_INVALID
    rsa = generate_private_key(65537, 2048)
    by_rsa = jwt.encode(claims(MARKET, DESK), rsa, "RS256", headers={"typ": "at+jwt", "kid": KID})
    assert gate.refusal(by_rsa) is Reason.TOKEN_INVALID


def test_a_departments_key_speaks_for_no_other_department(gate: Gate) -> None:
    as_market = token(OTHER_PAIR, claims(MARKET, HEALTH_DESK), HEADER)
    assert gate.refusal(as_market, HEALTH_DESK) is Reason.TOKEN_INVALID
    assert gate.caller(token(OTHER_PAIR, claims(HEALTH, HEALTH_DESK)), HEALTH_DESK).department.uscc == HEALTH


def test_any_altered_character_is_refused(gate: Gate) -> None:
    text = good()
    for position in range(0, len(text), 7):
        other = "A" if text[position] != "A" else "B"
        assert gate.refusal(text[:position] + other + text[position + 1 :]) is Reason.TOKEN_INVALID


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "令.牌.牌",
        good() + "=",
        good() + ".",
        "." + good(),
    ],
)
def test_what_is_no_token_is_refused(gate: Gate, text: str) -> None:
    assert gate.refusal(text) is Reason.TOKEN_INVALID


def test_a_token_is_capped_before_it_is_parsed(gate: Gate) -> None:
    longer = good(pad="x" * MAX_TOKEN)
    assert len(longer) > MAX_TOKEN
    assert gate.refusal(longer) is Reason.TOKEN_INVALID
    assert gate.caller(good(pad="x" * 4_000))


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(claims(MARKET, DESK))[:-1] + f', "iss": "{MARKET}"}}',
        json.dumps(claims(MARKET, DESK))[:-1] + ', "x": NaN}',
        json.dumps(claims(MARKET, DESK))[:-1] + ', "x": 1e999}',
        json.dumps(claims(MARKET, DESK))[:-1] + f', "x": {"9" * 400}}}',
        json.dumps(claims(MARKET, DESK))[:-1] + ', "x": ' + "[" * 200 + "]" * 200 + "}",
        json.dumps(claims(MARKET, DESK))[:-1] + ', "x": "\\ud800"}',
        "[]",
        "null",
        "",
    ],
)
def test_json_with_two_meanings_is_refused(gate: Gate, payload: str) -> None:
    assert gate.refusal(token(PAIR, payload)) is Reason.TOKEN_INVALID
