"""Who calls: a registered certificate, a token bound to it, both judged by the register of now."""

import hmac
import itertools
import json
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.call import Caller
from exchange.catalogue.codec import code_of, digest, kind_of
from exchange.edge.authentication import CLOCK_SKEW, MAX_LIFE, MAX_TOKEN, Authenticator
from exchange.entities.catalogue import Department, Role, Status
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import RefusedError
from exchange.reasons import Reason
from tests.fakes.callers import AUDIENCE, KID, NOW, TlsIdentity, claims, token, token_key
from tests.fakes.signing import Pair, b64
from tests.fakes.small_catalogue import CLERK, HEALTH, MARKET, health, market, person

PAIR, OTHER_PAIR = Pair(), Pair()
DESK, OTHER_DESK, HEALTH_DESK = TlsIdentity("desk"), TlsIdentity("other desk"), TlsIdentity("health")
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KID}


def department(**changes: Any) -> Department:
    registered = {"certificates": frozenset({DESK.spki, OTHER_DESK.spki}), "token_keys": (token_key(PAIR),)}
    return replace(market(), **(registered | changes))


HEALTH_DEPARTMENT = replace(health(), certificates=frozenset({HEALTH_DESK.spki}), token_keys=(token_key(OTHER_PAIR),))


EPOCHS = itertools.count(1)


def register(*departments: Department) -> Register:
    """A register of an epoch of its own, as whatever is published makes one."""
    return Register.build(
        next(EPOCHS),
        [
            Revision(
                kind=kind_of(each),
                code=code_of(each),
                number=1,
                state=RevisionState.PUBLISHED,
                entity=each,
                digest=digest(each),
                author="a",
                publisher="b",
                proposed_time=1,
                published_time=1,
                superseded_time=0,
                note="",
            )
            for each in departments
        ],
    )


@dataclass
class Gate:
    """An authenticator with a clock and a register that tests move."""

    now: float = NOW
    register: Register = field(default_factory=lambda: register(department(), HEALTH_DEPARTMENT))

    def __post_init__(self) -> None:
        self._authenticator = Authenticator(AUDIENCE, lambda: self.now)

    def caller(self, text: str, identity: TlsIdentity | bytes = DESK) -> Caller:
        certificate = identity.pem if isinstance(identity, TlsIdentity) else identity
        return self._authenticator.caller(certificate, text, self.register)

    def refusal(self, text: str, identity: TlsIdentity | bytes = DESK) -> Reason:
        with pytest.raises(RefusedError) as caught:
            self.caller(text, identity)
        (reason,) = caught.value.reasons
        return reason


@pytest.fixture
def gate() -> Gate:
    return Gate()


def good(identity: TlsIdentity = DESK, **changes: Any) -> str:
    return token(PAIR, claims(MARKET, identity, **changes))


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


def test_a_stolen_token_is_of_no_use_over_another_certificate(gate: Gate) -> None:
    text = good()
    assert gate.caller(text, DESK)
    assert gate.refusal(text, OTHER_DESK) is Reason.TOKEN_UNBOUND
    assert gate.refusal(text, HEALTH_DESK) is Reason.CERTIFICATE_UNKNOWN
    renewed = TlsIdentity("desk", key=DESK.key)  # the same key, another certificate
    assert gate.refusal(text, renewed) is Reason.TOKEN_UNBOUND
    assert gate.caller(good(renewed), renewed)


def test_an_unregistered_or_unreadable_certificate_is_refused(gate: Gate) -> None:
    stranger = TlsIdentity("stranger")
    assert gate.refusal(good(stranger), stranger) is Reason.CERTIFICATE_UNKNOWN
    for pem in (b"", b"x", DESK.pem[:200]):
        assert gate.refusal(good(), pem) is Reason.CERTIFICATE_UNKNOWN


def test_an_expired_certificate_is_refused(gate: Gate) -> None:
    old = TlsIdentity("old", days=1)
    gate.register = register(department(certificates=frozenset({old.spki})))
    assert gate.caller(good(old), old)
    gate.now = NOW + 1
    assert gate.refusal(good(old), old) is Reason.CERTIFICATE_REVOKED


def suspended_clerk() -> Department:
    operators = tuple(
        replace(each, status=Status.SUSPENDED) if each.id == CLERK else each for each in department().operators
    )
    return department(operators=operators)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (lambda: (), Reason.TOKEN_INVALID),
        (lambda: (department(status=Status.SUSPENDED),), Reason.CERTIFICATE_REVOKED),
        (lambda: (department(certificates=frozenset({OTHER_DESK.spki})),), Reason.CERTIFICATE_UNKNOWN),
        (lambda: (department(token_keys=()),), Reason.TOKEN_INVALID),
        (lambda: (department(token_keys=(token_key(PAIR, status=Status.SUSPENDED),)),), Reason.TOKEN_INVALID),
        (lambda: (department(token_keys=(token_key(PAIR, kid="key-2"),)),), Reason.TOKEN_INVALID),
        (lambda: (department(token_keys=(token_key(OTHER_PAIR),)),), Reason.TOKEN_INVALID),
        (lambda: (department(operators=()),), Reason.OPERATOR_UNKNOWN),
        (lambda: (suspended_clerk(),), Reason.OPERATOR_UNKNOWN),
    ],
    ids=[
        "department gone",
        "department",
        "certificate",
        "no key",
        "key",
        "kid",
        "key changed",
        "operator gone",
        "operator",
    ],
)
@pytest.mark.parametrize("known", [True, False], ids=["token known", "token new"])
def test_a_change_of_the_register_holds_at_once(gate: Gate, known: bool, changed: Any, reason: Reason) -> None:
    text = good()
    if known:
        gate.caller(text)
    gate.register = register(*changed())
    assert gate.refusal(text) is reason


def test_a_known_token_ends_when_it_says(gate: Gate) -> None:
    text = good(exp=NOW + 5)
    gate.caller(text)
    gate.now = NOW + 4.999
    gate.caller(text)
    gate.now = NOW + 5
    assert gate.refusal(text) is Reason.TOKEN_INVALID


def test_a_known_token_is_not_verified_again(gate: Gate) -> None:
    """What makes the second call cheap is also what the tests above must not be fooled by."""
    text = good()
    first, second = gate.caller(text), gate.caller(text)
    assert first == second


def test_unknown_operators_are_refused(gate: Gate) -> None:
    assert gate.refusal(good(sub="nobody")) is Reason.OPERATOR_UNKNOWN
    assert gate.refusal(good(sub="CLERK")) is Reason.OPERATOR_UNKNOWN


def test_only_so_many_tokens_are_kept(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.edge.authentication._TOKENS_KEPT", 2)
    texts = [good(jti=str(number)) for number in range(5)]
    assert [gate.caller(text).system for text in texts * 2] == ["desk"] * 10
    assert len(gate._authenticator._tokens) == 2


def of_holder(**changes: Any) -> str:
    own = {"sub": None, "holder": {"id_type": "111", "id_number": person().id_number}, "auth_time": NOW - 60}
    return good(**(own | changes))


@pytest.fixture
def channel() -> Gate:
    roles = frozenset({Role.HOLDER_CHANNEL})
    return Gate(register=register(department(roles=roles, operators=())))


def test_a_channel_speaks_for_a_holder(channel: Gate) -> None:
    caller = channel.caller(of_holder())
    assert caller.operator is None
    assert caller.holder is not None
    assert (caller.holder.id_number, caller.holder.name) == (person().id_number, "")
    assert (caller.assurance, caller.login_time) == (2, NOW - 60)
    assert person().id_number not in repr(caller)


def test_other_departments_speak_for_no_holder(gate: Gate) -> None:
    assert gate.refusal(of_holder()) is Reason.TOKEN_INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "clerk"},
        {"acr": None},
        {"auth_time": None},
        {"auth_time": "1"},
        {"auth_time": True},
        {"auth_time": NOW + CLOCK_SKEW + 1},
        {"auth_time": 0},
        {"holder": "111:1"},
        {"holder": {}},
        {"holder": {"id_type": "111"}},
        {"holder": {"id_type": "111", "id_number": "990101199001010010"}},
        {"holder": {"id_type": "no", "id_number": "1"}},
        {"holder": {"id_type": "111", "id_number": 1}},
        {"holder": {"id_type": "999", "id_number": "1", "name": "somebody"}},
    ],
)
def test_a_holders_token_is_whole(channel: Gate, changes: dict[str, Any]) -> None:
    assert channel.refusal(of_holder(**changes)) is Reason.TOKEN_INVALID
