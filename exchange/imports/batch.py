"""Importing a batch of rows: one unit, one entry of the log, one answer for each row.

Rules:
1. A bad row is a result; it never spoils the others.
2. The credentials of a batch are one object, put before the unit that names them.
3. A row counts in the import's totals and digest the first time that it is seen; sent again it is judged anew and
   changes nothing.
4. Rows about the same holder or number in one batch see each other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from exchange.audit.entry import ItemDraft, Outcome, key_epoch
from exchange.call import Call
from exchange.entities.back_fill import Import, ImportIssue, ImportOutcome, SourceLicence
from exchange.entities.catalogue import EntityKind, LicenceType
from exchange.entities.licence import (
    Licence,
    LicenceEvent,
    LicenceState,
    Provenance,
)
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.imports.judging import full, judged, period_of, row_problems
from exchange.imports.known import Known
from exchange.imports.room import ImportRoom, RowResult, SourceRow, checked_id
from exchange.imports.store import import_key
from exchange.imports.unreadable import unreadable_problem
from exchange.licences.credentials import sign_licence, signed_digest
from exchange.licences.issue import issued_event, new_serial
from exchange.licences.room import type_in_force
from exchange.licences.status_index import StatusPlace
from exchange.reasons import Reason
from exchange.results.due import settle_awaited
from signer.errors import SdJwtError
from signer.identifier import mint, parse_foreign
from storage.errors import ErasedError
from storage.vault import DataKey

MAX_ROWS: Final = 100
MAX_HOLDERS: Final = 200
"""Of all rows of a batch together: its unit stays within what the recorder takes."""
MAX_ROW: Final = 1_000_000_000
_DIGEST: Final = 32
_EMPTY_DIGEST: Final = bytes(_DIGEST).hex()
_WAITING: Final = frozenset({ImportOutcome.DUPLICATE, ImportOutcome.IDENTITY_MISMATCH})
_STATE_OPERATIONS: Final = MappingProxyType(
    {
        LicenceState.SUSPENDED: "suspend",
        LicenceState.REVOKED: "revoke",
        LicenceState.TRANSFERRED_OUT: "transfer_out",
    }
)


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One result for each row, and the last row that the import has seen."""

    results: tuple[RowResult, ...]
    last_row: int


def import_batch(
    call: Call,
    room: ImportRoom,
    type_code: str,
    import_id: str,
    provenance: Provenance,
    rows: Sequence[SourceRow],
    *,
    validate_only: bool,
) -> BatchAnswer:
    """Judge every row and issue what is new, as the caller's department.

    Raises ``NotFoundError`` (the type is not in force), ``RefusedError`` (``NOT_ISSUER``, ``IMPORT_STATE``),
    ``InvalidError`` for a batch out of bounds, ``UnavailableError`` if the seal or a status place cannot be had.
    """
    # 1 The type is in force, the caller's department may issue it, and the batch is within its bounds.
    licence_type, revision = type_in_force(call, type_code)
    authority = call.caller.department.uscc
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    if authority not in licence_type.issuers:
        raise RefusedError(Reason.NOT_ISSUER, subject=call.draft.resource)
    _check_bounds(provenance, rows)

    # 2 The import goes on, with the same type and provenance, and no row is missing before these.
    key = import_key(authority, checked_id(import_id))
    room.store.imports.forget(key)
    found = call.read(room.store.imports, key)
    state = found.value or _opened(call, import_id.lower(), type_code, provenance)
    gone_on = (state.type_code, state.provenance, state.finish_time) == (type_code, provenance, 0)
    if not validate_only and (not gone_on or rows[0].row > state.last_row + 1):
        raise RefusedError(Reason.IMPORT_STATE, subject=f"imports/{state.import_id}")

    # 3 Each row by itself and against what is known, the rows before it included; what is new is signed.
    problems_of = {row.row: _problems(call, licence_type, row) for row in rows}
    sound = [row.source for row in rows if row.source is not None and not problems_of[row.row]]
    known = Known(call, room.licences, type_code, sound)
    writing = _Writing(call, room, known, revision.number, provenance)
    results: list[RowResult] = []
    for row in rows:
        source, problems = row.source, problems_of[row.row]
        if source is None or problems:
            results.append(RowResult(row.row, ImportOutcome.INVALID, "", problems))
            continue
        outcome, identifier, problems = judged(known, licence_type, source)
        quality = _quality(source)
        if outcome is ImportOutcome.ISSUED:
            period = period_of(source, licence_type, call.now)
            licence = writing.licence(source, (period.issued_time, period.valid_from_time, period.valid_until_time))
            result = writing.issue(row.row, source, licence, quality, validate_only=validate_only)
        else:
            result = RowResult(row.row, outcome, identifier, problems, quality)
            if outcome in _WAITING and row.row > state.last_row and not validate_only:
                operator = call.caller.operator.id if call.caller.operator else ""
                issue = ImportIssue(
                    state.import_id, type_code, provenance, operator, row.row, outcome, source, identifier
                )
                call.change(room.store.put_issue(call, issue))
        results.append(result)
    answer = BatchAnswer(tuple(results), max(state.last_row, rows[-1].row))
    if validate_only:
        return answer

    # 4 The credentials, the holdings and the import's progress join the unit.
    writing.finish()
    call.change(*known.changes())
    call.change(room.store.put(_progress(state, rows, results), found.version))
    return answer


def issue_waiting(call: Call, room: ImportRoom, issue: ImportIssue) -> str:
    """Issue the licence of a row that waited, as its batch would have; its identifier.

    Raises ``NotFoundError`` (the type is not in force), ``RefusedError`` (``NOT_ISSUER``, or ``LICENCE_EXISTS`` if the
    number is taken meanwhile), ``InvalidError``, ``UnavailableError``.
    """
    source, row = issue.source, issue.row
    licence_type, revision = type_in_force(call, issue.type_code)
    if call.caller.department.uscc not in licence_type.issuers:
        raise RefusedError(Reason.NOT_ISSUER, subject=f"{EntityKind.LICENCE_TYPE}/{issue.type_code}")
    problems = tuple(row_problems(call, licence_type, source))
    if problems:
        raise InvalidError(problems)
    known = Known(call, room.licences, issue.type_code, [source])
    if known.numbered(source.number) is not None:
        raise RefusedError(Reason.LICENCE_EXISTS, subject=f"{EntityKind.LICENCE_TYPE}/{issue.type_code}")
    too_many = full(known, source)
    if too_many:
        raise InvalidError(too_many)
    writing = _Writing(call, room, known, revision.number, issue.provenance)
    period = period_of(source, licence_type, call.now)
    licence = writing.licence(source, (period.issued_time, period.valid_from_time, period.valid_until_time))
    result = writing.issue(row, source, licence, _quality(source), validate_only=False)
    if result.outcome is not ImportOutcome.ISSUED:
        raise InvalidError(result.violations)
    writing.finish()
    call.change(*known.changes())
    return result.identifier


class _Writing:
    """The licences of one batch as they are signed."""

    def __init__(self, call: Call, room: ImportRoom, known: Known, revision: int, provenance: Provenance) -> None:
        self._call = call
        self._room = room
        self._known = known
        self._revision = revision
        self._provenance = provenance
        self._sealed: list[tuple[str, bytes]] = []
        self._signed: list[tuple[Licence, DataKey]] = []
        self._places: list[StatusPlace] = []
        self._lists: set[str] = set()
        foreign = {source.foreign_identifier for source in known.sources if source.foreign_identifier}
        self._foreign = room.store.foreign_taken(sorted(foreign))

    def licence(self, source: SourceLicence, times: tuple[int, int, int]) -> Licence:
        """The licence of a row, not signed yet."""
        authority = self._call.caller.department.uscc
        issued, valid_from, valid_until = times
        type_code = self._known.type_code
        return Licence(
            identifier=str(mint(type_code, authority, new_serial(), 1)),
            number=source.number,
            type_code=type_code,
            type_revision=self._revision,
            holders=source.holders,
            issuing_authority=authority,
            fields=MappingProxyType(dict(source.fields)),
            issued_time=issued,
            valid_from_time=valid_from,
            valid_until_time=valid_until,
            version=1,
            state=source.state,
            cause=source.cause,
            provenance=self._provenance,
            predecessor="",
            successor="",
            status_index=0,
            digest="",
            signed_digest="",
            object_name="",
            related_matter=source.related_matter,
            history=_history(self._call, source, issued),
        )

    def issue(
        self, row: int, source: SourceLicence, licence: Licence, quality: tuple[str, ...], *, validate_only: bool
    ) -> RowResult:
        """Sign a licence and note it for the unit; an invalid row if it cannot be a credential."""
        if validate_only:
            self._known.add(licence)
            return RowResult(row, ImportOutcome.ISSUED, "", (), quality)
        call, rooms = self._call, self._room.licences
        owner = rooms.store.owner(licence.holders[0])
        try:
            key = call.data_key(owner)
        except ErasedError:
            erased = Violation("licence.holders", "is about a holder whose data were erased", "持证主体的数据已被删除")
            return RowResult(row, ImportOutcome.INVALID, "", (erased,))
        foreign = source.foreign_identifier
        if foreign in self._foreign:
            taken = Violation("foreign_identifier", "is another licence's", "已属于另一证照")
            return RowResult(row, ImportOutcome.INVALID, "", (taken,))
        place = self._place(licence.type_code)
        try:
            credential = sign_licence(rooms.seals, rooms.hub, licence, place, call.now)
        except SdJwtError:
            large = Violation("licence.fields", "are too large for a credential", "证照内容过大，无法生成凭证")
            return RowResult(row, ImportOutcome.INVALID, "", (large,))
        licence_type, _ = type_in_force(call, licence.type_code)
        second = rooms.seconds.sign(licence_type.second_signature, licence.issuing_authority, credential, call.now)
        digest, sealed = rooms.store.seal_credential(credential, key)
        if second:
            rooms.store.put_second(second, digest, key)
        stored = replace(
            licence,
            status_list=place.list_name,
            status_index=place.index,
            digest=digest,
            signed_digest=signed_digest(credential),
        )
        self._foreign |= {foreign} - {""}
        self._sealed.append((digest, sealed))
        self._signed.append((stored, key))
        self._known.add(stored)
        opening = [
            change
            for change in rooms.store.places.placed(place, stored, call.now)
            if getattr(change, "key", "") not in self._lists
        ]
        self._lists.add(place.list_name)
        call.change(*opening)
        if foreign:
            call.change(self._room.store.put_foreign(foreign, stored.identifier, quality))
        self._note(stored)
        return RowResult(row, ImportOutcome.ISSUED, stored.identifier, (), quality)

    def _place(self, type_code: str) -> StatusPlace:
        """A place that no other row has; the first asks for as many as the batch may need."""
        if not self._places:
            self._places = self._room.licences.store.places.free(type_code, self._call.now, len(self._known.sources))
        return self._places.pop()

    def finish(self) -> None:
        """Put the credentials as one object, and the licences into the unit; what was owed to cases is settled."""
        if not self._sealed:
            return
        store = self._room.licences.store
        name, places = store.put_pack(self._sealed)
        self._call.change(*places)
        for licence, key in self._signed:
            stored = replace(licence, object_name=name)
            self._call.change(store.inserted(stored, key), store.numbered(stored))
        put = [replace(licence, object_name=name) for licence, _ in self._signed]
        self._call.if_refused(lambda: store.discard(put))
        settle_awaited(self._call, self._room.results, [licence for licence, _ in self._signed])

    def _note(self, licence: Licence) -> None:
        tagger, epoch = self._room.licences.tagger, key_epoch(self._call.now_us)
        holder = licence.holders[0]
        self._call.draft.item(
            ItemDraft(
                licence_type=licence.type_code,
                issuer=licence.issuing_authority,
                holder_tag=tagger.holder(holder.id_type, holder.id_number, epoch),
                licence_tag=tagger.licence(licence.type_code, licence.identifier, epoch),
                licence_version=licence.version,
                outcome=Outcome.ALLOWED,
                response_digest=bytes.fromhex(licence.signed_digest),
            )
        )


def _check_bounds(provenance: Provenance, rows: Sequence[SourceRow]) -> None:
    found: list[Violation] = []
    if provenance is Provenance.ISSUED_HERE:
        found.append(Violation("provenance", "must say where the rows come from", "应说明数据来源"))
    if not 1 <= len(rows) <= MAX_ROWS:
        found.append(Violation("rows", f"must be 1 to {MAX_ROWS}", f"应为1至{MAX_ROWS}行"))
    if sum(len(row.source.holders) for row in rows if row.source) > MAX_HOLDERS:
        found.append(Violation("rows", f"name more than {MAX_HOLDERS} holders", f"持证主体总数不得超过{MAX_HOLDERS}"))
    first = rows[0].row if rows else 1
    if [row.row for row in rows] != list(range(first, first + len(rows))) or not 1 <= first <= MAX_ROW:
        found.append(Violation("rows", "must be numbered from 1 without a gap", "应从1起连续编号"))
    if any(len(row.digest) != _DIGEST for row in rows):
        found.append(Violation("rows", f"need a source_digest of {_DIGEST} bytes", f"摘要须为{_DIGEST}字节"))
    if found:
        raise InvalidError(tuple(found))


def _opened(call: Call, import_id: str, type_code: str, provenance: Provenance) -> Import:
    operator = call.caller.operator.id if call.caller.operator else ""
    return Import(
        import_id=import_id,
        department=call.caller.department.uscc,
        type_code=type_code,
        provenance=provenance,
        operator=operator,
        open_time=call.now,
        finish_time=0,
        last_row=0,
        totals=MappingProxyType({}),
        digest=_EMPTY_DIGEST,
        report="",
    )


def _progress(state: Import, rows: Sequence[SourceRow], results: Sequence[RowResult]) -> Import:
    totals, digest = Counter(state.totals), bytes.fromhex(state.digest)
    for row, result in zip(rows, results, strict=True):
        if row.row <= state.last_row:
            continue
        totals[result.outcome.value] += 1
        if row.unreadable:
            totals[f"invalid/{row.unreadable}"] += 1
        digest = sha256(digest + row.digest).digest()
    last = max(state.last_row, rows[-1].row)
    return replace(state, totals=MappingProxyType(dict(totals)), digest=digest.hex(), last_row=last)


def _history(call: Call, source: SourceLicence, issued: int) -> tuple[LicenceEvent, ...]:
    first = issued_event(call, "issue", issued, "", "")
    operation = _STATE_OPERATIONS.get(source.state)
    if operation is None:
        return (first,)
    then = replace(first, operation=operation, state=source.state, cause=source.cause, effective_time=source.state_time)
    return (first, then)


def _quality(source: SourceLicence) -> tuple[str, ...]:
    if not source.foreign_identifier:
        return ()
    return tuple(sorted(flag.value for flag in parse_foreign(source.foreign_identifier).quality))


def _problems(call: Call, licence_type: LicenceType, row: SourceRow) -> tuple[Violation, ...]:
    """What is wrong with a row by itself; something, if it has no licence."""
    if row.problems:
        return row.problems
    if row.source is None:
        return (unreadable_problem(row.unreadable),)
    return tuple(row_problems(call, licence_type, row.source))
