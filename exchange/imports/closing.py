"""Finishing an import, reading it, and settling what waits for a person.

Rules:
1. An import is finished once: its report is signed with the hub's receipt key, since the hub and not the department
   says what the hub has seen. The same request again finds the report that is there.
2. The digest over the rows as the caller sent them must be the hub's, else nothing is signed.
3. Whoever lets the source win is another person than the importer. Nothing is chosen by itself.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from exchange.call import Call
from exchange.entities.back_fill import Import, ImportDecision, ImportIssue, ImportOutcome
from exchange.entities.licence import LicenceState
from exchange.errors import InvalidError, NotFoundError, RefusedError, UnavailableError, Violation
from exchange.imports.batch import issue_waiting
from exchange.imports.judging import is_news, same_content
from exchange.imports.room import ImportRoom, checked_id, own_import
from exchange.imports.store import ISSUE, issue_key
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    own_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.room import view_of
from exchange.reasons import Reason
from signer import jws
from signer.errors import SignerError
from signer.signing_records import IMPORT_REPORT_TYP
from signer.strict_json import canonical

MAX_REASON: Final = 500
_TAKEN_STATES: Final = MappingProxyType({LicenceState.SUSPENDED: suspend_licence, LicenceState.REVOKED: revoke_licence})
"""How a licence comes to a state that its source says it has."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The issue as settled; ``identifier`` of the licence issued or amended, or empty."""

    issue: ImportIssue
    identifier: str


@dataclass(frozen=True, slots=True)
class IssuePage:
    """A page of issues and the key to read on after."""

    items: tuple[ImportIssue, ...]
    next_key: str


def get_import(call: Call, room: ImportRoom, import_id: str) -> Import:
    """An import of the caller's department. Raises ``NotFoundError``."""
    found = own_import(call, room, import_id).value
    assert found is not None
    return found


def finish_import(call: Call, room: ImportRoom, import_id: str, digest: str) -> Import:
    """Close an import and sign its report.

    Raises ``NotFoundError``, ``RefusedError`` (``IMPORT_DIGEST``), ``UnavailableError`` if the key cannot be used.
    """
    found = own_import(call, room, import_id)
    state = found.value
    assert state is not None
    if digest.lower() != state.digest:
        raise RefusedError(Reason.IMPORT_DIGEST, subject=f"imports/{state.import_id}")
    if state.finish_time:
        return state
    finished = replace(state, finish_time=call.now)
    claims = {
        "iss": room.licences.hub,
        "iat": call.now,
        "department": state.department,
        "import_id": state.import_id,
        "licence_type": state.type_code,
        "provenance": state.provenance.value,
        "operator": state.operator,
        "open_time": state.open_time,
        "first_row": 1,
        "last_row": state.last_row,
        "totals": dict(state.totals),
        "digest": state.digest,
    }
    try:
        signer = room.report_signer()
        header = {"alg": signer.alg, "kid": signer.kid, "typ": IMPORT_REPORT_TYP}
        report = jws.sign(header, canonical(claims), signer.sign)
    except SignerError as error:
        raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error
    finished = replace(finished, report=report)
    call.change(room.store.put(finished, found.version))
    return finished


def list_import_issues(call: Call, room: ImportRoom, import_id: str, *, after: str, limit: int) -> IssuePage:
    """A page of an import's issues by row. Raises ``NotFoundError``."""
    state = get_import(call, room, import_id)
    found, next_key = room.store.listed(state.department, state.import_id, after=after, limit=limit)
    return IssuePage(tuple(found), next_key)


def settle_import_issue(
    call: Call, room: ImportRoom, import_id: str, row: int, decision: ImportDecision, reason: str
) -> Settled:
    """Settle a row that waits.

    Raises ``NotFoundError``, ``RefusedError`` (``IMPORT_STATE`` if it was settled, ``IMPORT_SECOND_PERSON``, and what
    amending and issuing refuse), ``InvalidError``. Not done: another period of a licence that the hub has, which is a
    renewal.
    """
    # 1 The issue waits, and a reason is given.
    key = issue_key(call.caller.department.uscc, checked_id(import_id), row)
    room.store.issues.forget(key)
    found = call.read(room.store.issues, key)
    issue = found.value
    if issue is None:
        raise NotFoundError(Reason.IMPORT_NOT_FOUND, ISSUE, f"{import_id}/{row}")
    if not 0 < len(reason) <= MAX_REASON:
        raise InvalidError((Violation("reason", f"must have 1 to {MAX_REASON} characters", f"应为1至{MAX_REASON}字"),))
    if issue.settled:
        raise RefusedError(Reason.IMPORT_STATE, subject=f"imports/{issue.import_id}")

    # 2 The source wins only by another person's word.
    operator = call.caller.operator.id if call.caller.operator else ""
    identifier = ""
    if decision is ImportDecision.TAKE_THEIRS:
        if operator == issue.importer:
            raise RefusedError(Reason.IMPORT_SECOND_PERSON, subject=f"imports/{issue.import_id}")
        identifier = _taken(call, room, issue, reason)

    # 3 It is settled.
    settled = replace(issue, settled=decision.value, settled_by=operator)
    call.change(room.store.put_issue(call, settled, found.version))
    return Settled(settled, identifier)


def _taken(call: Call, room: ImportRoom, issue: ImportIssue, reason: str) -> str:
    """The identifier of the licence that has become what the source says: its content, or else its state."""
    source = issue.source
    if issue.outcome is ImportOutcome.IDENTITY_MISMATCH:
        return issue_waiting(call, room, issue)
    licences, type_code = room.licences, issue.type_code
    ours, version = own_licence(call, licences, type_code, issue.identifier)
    etag = view_of(ours, version).etag
    if is_news(source, ours):
        if not same_content(source, ours):
            en, zh = "cannot take both content and state: change the state first", "内容与状态均不同，请先变更证照状态"
            raise InvalidError((Violation("decision", en, zh),))
        if source.state not in _TAKEN_STATES:
            en, zh = "cannot take this state", "不能采用该状态"
            raise InvalidError((Violation("decision", en, zh),))
        take = _TAKEN_STATES[source.state]
        transition = Transition(reason, "", source.state_time, source.cause)
        return take(call, licences, type_code, issue.identifier, etag, transition).licence.identifier
    gone = {name: None for name in ours.fields if name not in source.fields}
    amended = amend_licence(
        call,
        licences,
        type_code,
        issue.identifier,
        etag,
        Amendment(fields=gone | dict(source.fields), holders=source.holders),
        reason=reason,
        legal_reference="",
    )
    return amended.view.licence.identifier
