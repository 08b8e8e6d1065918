"""A licence's life after it was issued: renew, amend, suspend, reinstate, revoke.

Rules:
1. Only the authority that issued a licence changes it; to any other department it does not exist.
2. What may follow on what is ``TRANSITIONS``; each step has a reason and is kept in the history.
3. A renewed or amended licence is a new version with an identifier of its own; the old one is superseded at once, in
   the same unit, and each names the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from exchange.call import Call
from exchange.codes import text_problem
from exchange.entities.catalogue import EntityKind, LicenceType
from exchange.entities.event import EventType
from exchange.entities.licence import FieldValue, Holder, Licence, LicenceEvent, LicenceState, RevocationCause
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.licences.fields import field_problems
from exchange.licences.holders import holder_problems
from exchange.licences.issue import issued_event
from exchange.licences.mentions import mention_problems
from exchange.licences.periods import Period, default_period, period_problems
from exchange.licences.room import (
    IssuedLicence,
    LicenceRoom,
    LicenceView,
    licence_name,
    note_licence,
    type_in_force,
    view_of,
)
from exchange.licences.telling import tell_changed
from exchange.licences.writing import held_too_many, write_changed, write_holdings, write_new
from exchange.reasons import Reason
from signer.identifier import mint, parse
from storage.errors import ErasedError

MAX_REASON_LENGTH = 500
MAX_IDENTIFIER_LENGTH = 150
MAX_VERSION = 999

TRANSITIONS: Mapping[str, tuple[frozenset[LicenceState], LicenceState]] = MappingProxyType(
    {
        "renew": (frozenset({LicenceState.ACTIVE}), LicenceState.SUPERSEDED),
        "amend": (frozenset({LicenceState.ACTIVE}), LicenceState.SUPERSEDED),
        "suspend": (frozenset({LicenceState.ACTIVE}), LicenceState.SUSPENDED),
        "reinstate": (frozenset({LicenceState.SUSPENDED}), LicenceState.ACTIVE),
        "revoke": (frozenset({LicenceState.ACTIVE, LicenceState.SUSPENDED}), LicenceState.REVOKED),
    }
)
"""Operation → the states that it may follow on, and the state after it."""

_EVENTS: Mapping[str, EventType] = MappingProxyType(
    {
        "renew": EventType.LICENCE_RENEWED,
        "amend": EventType.LICENCE_AMENDED,
        "suspend": EventType.LICENCE_SUSPENDED,
        "reinstate": EventType.LICENCE_REINSTATED,
        "revoke": EventType.LICENCE_REVOKED,
    }
)


@dataclass(frozen=True, slots=True)
class Transition:
    """Why a licence changes its state. ``effective_time``: seconds since 1970 (UTC), 0: now."""

    reason: str
    legal_reference: str
    effective_time: int
    cause: RevocationCause


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changes: fields by name (None: removed), and the holders unless None."""

    fields: Mapping[str, FieldValue | None] = field(repr=False)
    holders: tuple[Holder, ...] | None


@dataclass(frozen=True, slots=True)
class _Own:
    """One of the caller's licences and its record's version."""

    licence: Licence
    version: int


def renew_licence(
    call: Call,
    room: LicenceRoom,
    type_code: str,
    identifier: str,
    etag: str,
    *,
    valid_from_time: int,
    valid_until_time: int,
    reason: str,
    legal_reference: str,
) -> IssuedLicence:
    """Renew (延续): a successor with a new period, which begins when the old one ended, or now if it still runs.

    Raises as ``amend_licence``.
    """
    licence_type = _own_type(call, type_code)
    own = _own(call, room, type_code, identifier, etag, "renew")
    old = own.licence
    ended = 0 < old.valid_until_time <= call.now
    start = valid_from_time or (old.valid_until_time if ended else call.now)
    period = default_period(call.now, start, valid_until_time, licence_type, call.now)
    problems = reason_problems(reason, legal_reference) + period_problems(period, call.now, "")
    if start > call.now and not ended:
        en = "must not lie in the future: the successor takes the place of the old licence at once"
        problems.append(Violation("valid_from_time", en, "不得晚于当前时间：延续后的证照立即取代原证照"))
    if licence_type.validity_days and not valid_until_time:
        problems.append(Violation("valid_until_time", "is required for this type", "该证照类型须填写有效期截止时间"))
    if problems:
        raise InvalidError(tuple(problems))
    return _succeed(call, room, own, replace(old), period, ("renew", reason, legal_reference))


def amend_licence(
    call: Call,
    room: LicenceRoom,
    type_code: str,
    identifier: str,
    etag: str,
    amendment: Amendment,
    *,
    reason: str,
    legal_reference: str,
) -> IssuedLicence:
    """Amend (变更): a successor with changed fields or holders and the same period.

    Raises ``NotFoundError`` (no such licence of the caller's), ``RefusedError`` (``NOT_ISSUER``, ``ETAG_MISMATCH``,
    ``LICENCE_STATE``), ``InvalidError`` with every bad field, ``UnavailableError`` if the seal cannot be used.
    """
    licence_type = _own_type(call, type_code)
    own = _own(call, room, type_code, identifier, etag, "amend")
    old = own.licence
    amended = {**old.fields, **amendment.fields}
    fields = {name: value for name, value in amended.items() if value is not None}
    holders = old.holders if amendment.holders is None else amendment.holders
    changed = replace(old, fields=MappingProxyType(fields), holders=holders)
    problems = reason_problems(reason, legal_reference) + field_problems(licence_type, changed.fields, "licence.fields")
    problems += holder_problems(licence_type, holders, "licence.holders")
    problems += mention_problems(licence_type, holders, fields, "licence.fields")
    if not amendment.fields and amendment.holders is None:
        problems.append(Violation("update_fields", "must name what changes", "应列明变更内容"))
    if not problems:
        newcomers = tuple(holder for holder in holders if holder not in old.holders)
        problems += held_too_many(room, type_code, newcomers)
    if problems:
        raise InvalidError(tuple(problems))
    period = Period(call.now, old.valid_from_time, old.valid_until_time)
    return _succeed(call, room, own, changed, period, ("amend", reason, legal_reference))


def suspend_licence(
    call: Call, room: LicenceRoom, type_code: str, identifier: str, etag: str, transition: Transition
) -> LicenceView:
    """Suspend (暂扣) an active licence. Raises as ``revoke_licence``."""
    return _change_state(call, room, type_code, identifier, etag, transition, "suspend")


def reinstate_licence(
    call: Call, room: LicenceRoom, type_code: str, identifier: str, etag: str, transition: Transition
) -> LicenceView:
    """Reinstate (暂扣发还) a suspended licence. Raises as ``revoke_licence``."""
    return _change_state(call, room, type_code, identifier, etag, transition, "reinstate")


def revoke_licence(
    call: Call, room: LicenceRoom, type_code: str, identifier: str, etag: str, transition: Transition
) -> LicenceView:
    """Revoke (撤销, 吊销, 注销) a licence for good; ``transition.cause`` says which.

    Raises ``NotFoundError`` (no such licence of the caller's), ``RefusedError`` (``NOT_ISSUER``, ``ETAG_MISMATCH``,
    ``LICENCE_STATE``) and ``InvalidError`` with every bad field.
    """
    return _change_state(call, room, type_code, identifier, etag, transition, "revoke")


def own_licence(call: Call, room: LicenceRoom, type_code: str, identifier: str) -> tuple[Licence, int]:
    """A licence of the caller's department and its record's version.

    Raises ``NotFoundError`` alike for a licence that is missing, of another type or another authority's.
    """
    if not (0 < len(identifier) <= MAX_IDENTIFIER_LENGTH and identifier.isascii() and identifier.isprintable()):
        raise _not_found(type_code, identifier)
    room.store.licences.forget(identifier)  # an etag must not be compared with one that is known to be a guess
    try:
        found = call.read(room.store.licences, identifier)
        licence = found.value
        authority = call.caller.department.uscc
        if licence is None or licence.type_code != type_code or licence.issuing_authority != authority:
            raise _not_found(type_code, identifier)
        note_licence(call, room, licence)
    except ErasedError as error:
        raise _not_found(type_code, identifier) from error
    return licence, found.version


def _not_found(type_code: str, identifier: str) -> NotFoundError:
    return NotFoundError(Reason.LICENCE_NOT_FOUND, "licences", licence_name(type_code, identifier))


def reason_problems(reason: str, legal_reference: str) -> list[Violation]:
    """What is wrong with the words that a transition is given."""
    found: list[Violation] = []
    if not reason:
        found.append(Violation("reason", "must not be empty", "应填写原因"))
    for name, text in (("reason", reason), ("legal_reference", legal_reference)):
        problem = text_problem(text, MAX_REASON_LENGTH)
        if problem is not None:
            found.append(Violation(name, problem.en, problem.zh))
    return found


def _own_type(call: Call, type_code: str) -> LicenceType:
    """The type in force; raises ``RefusedError`` if the caller's department does not issue it any more."""
    licence_type, _ = type_in_force(call, type_code)
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    if call.caller.department.uscc not in licence_type.issuers:
        raise RefusedError(Reason.NOT_ISSUER, subject=call.draft.resource)
    return licence_type


def _own(call: Call, room: LicenceRoom, type_code: str, identifier: str, etag: str, operation: str) -> _Own:
    """The licence to change: the caller's, at the etag that the caller has read, in a state that allows it."""
    licence, version = own_licence(call, room, type_code, identifier)
    if view_of(licence, version).etag != etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=call.draft.resource)
    before, _ = TRANSITIONS[operation]
    if licence.state not in before or (operation in {"renew", "amend"} and licence.version >= MAX_VERSION):
        raise RefusedError(Reason.LICENCE_STATE, subject=call.draft.resource)
    return _Own(licence, version)


def _change_state(
    call: Call,
    room: LicenceRoom,
    type_code: str,
    identifier: str,
    etag: str,
    transition: Transition,
    operation: str,
) -> LicenceView:
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    own = _own(call, room, type_code, identifier, etag, operation)
    effective = transition.effective_time or call.now
    problems = reason_problems(transition.reason, transition.legal_reference)
    problems += _effect_problems(own.licence, effective, call.now)
    if operation == "revoke" and transition.cause is RevocationCause.NONE:
        problems.append(Violation("cause", "must say which kind of revocation", "应注明撤销、吊销或注销"))
    if problems:
        raise InvalidError(tuple(problems))
    cause = transition.cause if operation == "revoke" else RevocationCause.NONE
    event = _event(call, operation, cause, effective, transition.reason, transition.legal_reference)
    changed = replace(own.licence, state=event.state, cause=cause, history=(*own.licence.history, event))
    stored = write_changed(call, room, changed, own.version)
    write_holdings(call, room, (stored,))
    tell_changed(call, room, stored, _EVENTS[operation])
    return view_of(stored, own.version + 1)


def _effect_problems(licence: Licence, effective: int, now: int) -> list[Violation]:
    """A step has effect after the last one that was recorded, and never in the future."""
    if effective > now:
        return [Violation("effective_time", "must not lie in the future", "不得晚于当前时间")]
    if effective < licence.history[-1].effective_time:
        en = "must not lie before the last change of the licence, nor before it was issued"
        return [Violation("effective_time", en, "不得早于证照上一次变更或颁发的时间")]
    return []


def _succeed(
    call: Call, room: LicenceRoom, own: _Own, content: Licence, period: Period, why: tuple[str, str, str]
) -> IssuedLicence:
    """Write the successor with ``content`` and ``period``, and supersede the old version."""
    operation, reason, legal_reference = why
    old = own.licence
    _, revision = type_in_force(call, old.type_code)
    successor = replace(
        content,
        identifier=str(mint(old.type_code, old.issuing_authority, parse(old.identifier).serial, old.version + 1)),
        type_revision=revision.number,
        issued_time=period.issued_time,
        valid_from_time=period.valid_from_time,
        valid_until_time=period.valid_until_time,
        version=old.version + 1,
        predecessor=old.identifier,
        successor="",
        digest="",
        signed_digest="",
        object_name="",
        history=(issued_event(call, operation, call.now, reason, legal_reference),),
    )
    event = _event(call, operation, RevocationCause.NONE, call.now, reason, legal_reference)
    superseded = replace(old, state=event.state, successor=successor.identifier, history=(*old.history, event))
    replaced = write_changed(call, room, superseded, own.version)
    issued = write_new(call, room, successor, numbered=False, replaced=(replaced,))
    tell_changed(call, room, issued.view.licence, _EVENTS[operation])
    return issued


def _event(
    call: Call, operation: str, cause: RevocationCause, effective: int, reason: str, legal_reference: str
) -> LicenceEvent:
    return LicenceEvent(
        operation=operation,
        state=TRANSITIONS[operation][1],
        cause=cause,
        reason=reason,
        legal_reference=legal_reference,
        operator=call.caller.operator.id if call.caller.operator else "",
        effective_time=effective,
        recorded_time=call.now,
    )
