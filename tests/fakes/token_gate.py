"""An authenticator with a clock and a register that tests move, and tokens for it."""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from exchange.call import Caller
from exchange.catalogue.codec import code_of, digest, kind_of
from exchange.edge.authentication import Authenticator
from exchange.entities.catalogue import Department
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import RefusedError
from exchange.reasons import Reason
from tests.fakes.callers import AUDIENCE, NOW, TlsIdentity, claims, token, token_key
from tests.fakes.signing import Pair
from tests.fakes.small_catalogue import MARKET, health, market

PAIR, OTHER_PAIR = Pair(), Pair()
DESK, OTHER_DESK, HEALTH_DESK = TlsIdentity("desk"), TlsIdentity("other desk"), TlsIdentity("health")


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


def good(identity: TlsIdentity = DESK, **changes: Any) -> str:
    return token(PAIR, claims(MARKET, identity, **changes))
