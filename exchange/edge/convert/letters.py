"""Letters of request."""

from dataclasses import replace
from typing import Final

from onceonly.v1 import assistance_service_pb2 as pb

from exchange.assistance.requesting import NewLetter
from exchange.cases.masking import masked_holder
from exchange.edge.convert.values import enum_value, holder, holder_message, seconds, set_by_hub, timestamp
from exchange.entities.letter import Letter, LetterState
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, Violation

_BY_CALLER = frozenset({"issuer", "holder", "types", "legal_reference", "note", "until_time", "max_uses"})
_NOBODY: Final = Holder("", "", "")


def new_letter(message: pb.Letter) -> NewLetter:
    """What is asked for; raises ``InvalidError`` when the caller sets what only the hub may, or a type twice."""
    found = set_by_hub(message, "letter", _BY_CALLER)
    profile = {each.licence_type: tuple(each.fields) for each in message.types}
    if len(profile) != len(message.types):
        found.append(Violation("letter.types", "has a type twice", "证照类型重复"))
    if found:
        raise InvalidError(tuple(found))
    return NewLetter(
        issuer=message.issuer,
        holder=holder(message.holder),
        profile=profile,
        legal_reference=message.legal_reference,
        note=message.note,
        until_time=seconds(message.until_time),
        max_uses=message.max_uses,
    )


def letter_message(letter: Letter) -> pb.Letter:
    """As the requester sees it, and the issuer once it has answered: its person masked."""
    return _message(replace(letter, holder=masked_holder(letter.holder)))


def received_message(letter: Letter) -> pb.Letter:
    """As the issuer sees it: whom it is about, until it is answered."""
    return _message(letter) if letter.state is LetterState.REQUESTED else letter_message(letter)


def listed_message(letter: Letter) -> pb.Letter:
    """As lists show it: without its person and what was written about it."""
    return _message(replace(letter, holder=_NOBODY, note=""))


def _message(letter: Letter) -> pb.Letter:
    return pb.Letter(
        name=f"letters/{letter.id}",
        issuer=letter.issuer,
        holder=holder_message(letter.holder) if letter.holder.id_type else None,
        types=[pb.LetterType(licence_type=code, fields=fields) for code, fields in letter.profile],
        legal_reference=letter.legal_reference,
        note=letter.note,
        until_time=timestamp(letter.until_time),
        max_uses=letter.max_uses,
        requester=letter.requester,
        state=enum_value(LetterState, letter.state),
        requested_time=timestamp(letter.requested_time),
        decided_time=timestamp(letter.decided_time),
        answer=letter.answer,
    )
