"""The register of now: whose certificate it is, whom a token is bound to, and how soon a change of either holds."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.edge.authentication import CLOCK_SKEW
from exchange.entities.catalogue import Department, Role, Status
from exchange.reasons import Reason
from tests.fakes.callers import NOW, TlsIdentity, token_key
from tests.fakes.small_catalogue import CLERK, person
from tests.fakes.token_gate import DESK, HEALTH_DESK, OTHER_DESK, OTHER_PAIR, PAIR, Gate, department, good, register


@pytest.fixture
def gate() -> Gate:
    return Gate()


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
