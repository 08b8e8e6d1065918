"""Carrying out a penalty: the licence's change and the penalty's end in one unit.

Both raise what ``carry_out`` and the change itself raise.
"""

from exchange.call import Call
from exchange.entities.licence import RevocationCause
from exchange.entities.supervision import PenaltyKind
from exchange.errors import InvalidError, Violation
from exchange.licences.lifecycle import Transition, revoke_licence, suspend_licence
from exchange.licences.room import LicenceView, licence_name
from exchange.results.room import ResultRoom
from exchange.supervision.penalties import carry_out


def suspend_by_penalty(
    call: Call, room: ResultRoom, type_code: str, identifier: str, etag: str, transition: Transition, penalty: str
) -> LicenceView:
    """Suspend a licence as a penalty says."""
    carry_out(call, room.supervision.store, penalty, licence_name(type_code, identifier), PenaltyKind.SUSPEND)
    return suspend_licence(call, room.licences, type_code, identifier, etag, transition)


def revoke_by_penalty(
    call: Call, room: ResultRoom, type_code: str, identifier: str, etag: str, transition: Transition, penalty: str
) -> LicenceView:
    """Revoke a licence as a penalty says. Raises ``InvalidError`` if the cause is another than a penalty."""
    if transition.cause is not RevocationCause.PENALTY:
        raise InvalidError((Violation("cause", "must be a penalty", "应为吊销（处罚）"),))
    carry_out(call, room.supervision.store, penalty, licence_name(type_code, identifier), PenaltyKind.REVOKE)
    return revoke_licence(call, room.licences, type_code, identifier, etag, transition)
