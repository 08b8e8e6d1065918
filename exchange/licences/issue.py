"""Issuing a licence: check everything, sign it with the authority's seal, store it.

Rules:
1. The seal signs after every check has passed; ``validate_only`` signs and stores nothing.
2. Every bad field is told at once.
3. The number is taken, the status place is taken and the holders' holdings change in the one unit that stores the
   licence.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from exchange.call import Call
from exchange.codes import text_problem
from exchange.entities.catalogue import EntityKind, Label, LicenceType
from exchange.entities.licence import (
    FieldValue,
    Holder,
    Licence,
    LicenceEvent,
    LicenceState,
    Provenance,
    RevocationCause,
)
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.fields import field_problems
from exchange.licences.holders import holder_problems
from exchange.licences.periods import Period, default_period, period_problems
from exchange.licences.room import IssuedLicence, LicenceRoom, type_in_force, view_of
from exchange.licences.telling import tell_issued
from exchange.licences.writing import held_too_many, write_new
from exchange.reasons import Reason
from signer.identifier import mint

MAX_NUMBER_LENGTH = 100

_SERIAL_ALPHABET = string.digits + string.ascii_uppercase
_SERIAL_LENGTH = 20
_SERIAL_BYTES = 40
"""Fewer than 20 of 40 are of use less than once in 10**16 draws."""
_SERIAL_EVEN = 256 - 256 % len(_SERIAL_ALPHABET)
"""Bytes below it stand for each character equally often."""

_NUMBER_EMPTY = Label(zh="证照编号不得为空", en="must not be empty")
_MATTER_UNKNOWN = Label(zh="没有此实施编码的有效事项", en="is not a matter in force")


@dataclass(frozen=True, slots=True)
class NewLicence:
    """What an authority asks to issue. Times: seconds since 1970 (UTC), 0: not given."""

    number: str = field(repr=False)
    holders: tuple[Holder, ...]
    fields: Mapping[str, FieldValue] = field(repr=False)
    issued_time: int
    valid_from_time: int
    valid_until_time: int
    related_matter: str


def issue_licence(
    call: Call, room: LicenceRoom, type_code: str, new: NewLicence, *, validate_only: bool
) -> IssuedLicence:
    """Issue a licence of the type as the caller's department.

    Raises ``NotFoundError`` (the type is not in force), ``RefusedError`` (``NOT_ISSUER``, ``LICENCE_EXISTS``,
    ``PROHIBITED`` for a holder whose data were erased), ``InvalidError`` with every bad field, and
    ``UnavailableError`` if the seal cannot be used. Not checked: that a holder's number was ever assigned.
    """
    # 1 The type is in force and the caller's department may issue it.
    licence_type, revision = type_in_force(call, type_code)
    authority = call.caller.department.uscc
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    if authority not in licence_type.issuers:
        raise RefusedError(Reason.NOT_ISSUER, subject=call.draft.resource)

    # 2 Everything in the request is right.
    period = default_period(new.issued_time, new.valid_from_time, new.valid_until_time, licence_type, call.now)
    problems = _problems(call, licence_type, new, period)
    problems = problems or held_too_many(room, type_code, new.holders)
    if problems:
        raise InvalidError(tuple(problems))

    # 3 The number is not taken.
    number_key = room.store.number_key(type_code, authority, new.number)
    if call.read(room.store.numbers, number_key).value is not None:
        raise RefusedError(Reason.LICENCE_EXISTS, subject=call.draft.resource)

    # 4 The licence as it will be stored.
    licence = Licence(
        identifier=str(mint(type_code, authority, new_serial(), 1)),
        number=new.number,
        type_code=type_code,
        type_revision=revision.number,
        holders=new.holders,
        issuing_authority=authority,
        fields=MappingProxyType(dict(new.fields)),
        issued_time=period.issued_time,
        valid_from_time=period.valid_from_time,
        valid_until_time=period.valid_until_time,
        version=1,
        state=LicenceState.ACTIVE,
        cause=RevocationCause.NONE,
        provenance=Provenance.ISSUED_HERE,
        predecessor="",
        successor="",
        status_index=0,
        digest="",
        signed_digest="",
        object_name="",
        related_matter=new.related_matter or licence_type.related_matter,
        history=(issued_event(call, "issue", period.issued_time, "", ""),),
    )
    if validate_only:
        return IssuedLicence(view_of(licence, 0), "")

    # 5 Sign it, put the credential, and add the changes to the unit.
    issued = write_new(call, room, licence, numbered=True)
    tell_issued(call, room, issued.view.licence)
    return issued


def new_serial() -> str:
    """A new licence's serial: 20 random characters, about 103 bits."""
    characters: list[str] = []
    while len(characters) < _SERIAL_LENGTH:
        drawn = secrets.token_bytes(_SERIAL_BYTES)  # one draw: twenty cost as much as a signature
        characters += [_SERIAL_ALPHABET[byte % len(_SERIAL_ALPHABET)] for byte in drawn if byte < _SERIAL_EVEN]
    return "".join(characters[:_SERIAL_LENGTH])


def issued_event(call: Call, operation: str, effective_time: int, reason: str, legal_reference: str) -> LicenceEvent:
    """The event that begins a licence's history."""
    return LicenceEvent(
        operation=operation,
        state=LicenceState.ACTIVE,
        cause=RevocationCause.NONE,
        reason=reason,
        legal_reference=legal_reference,
        operator=call.caller.operator.id if call.caller.operator else "",
        effective_time=effective_time,
        recorded_time=call.now,
    )


def _problems(call: Call, licence_type: LicenceType, new: NewLicence, period: Period) -> list[Violation]:
    found: list[Violation] = []
    problem = text_problem(new.number, MAX_NUMBER_LENGTH) if new.number else _NUMBER_EMPTY
    if problem is not None:
        found.append(Violation("licence.number", problem.en, problem.zh))
    found += holder_problems(licence_type, new.holders, "licence.holders")
    found += field_problems(licence_type, new.fields, "licence.fields")
    found += period_problems(period, call.now)
    if new.related_matter and new.related_matter not in call.register.matters:
        found.append(Violation("licence.related_matter", _MATTER_UNKNOWN.en, _MATTER_UNKNOWN.zh))
    return found
