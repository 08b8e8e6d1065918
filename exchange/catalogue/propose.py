"""Proposing and reviewing: a revision waits, is read by someone else, and is then ready to publish or ended."""

from dataclasses import replace

from exchange.call import Call
from exchange.catalogue.codec import CodecError, canonical, code_of, digest, kind_of
from exchange.catalogue.department_keys import key_problems
from exchange.catalogue.names import MAX_NUMBER, format_entry_name
from exchange.catalogue.room import (
    CatalogueRoom,
    EntryView,
    entry_etag,
    manages_catalogue,
    not_found,
    seen,
)
from exchange.catalogue.schema import entity_shape_problems
from exchange.catalogue.store import MAX_ENTITY_BYTES, StoredRevision, write_head, write_revision
from exchange.codes import text_problem
from exchange.entities.catalogue import Department, Entity, EntityKind
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_NOTE = 500

RevisionName = tuple[EntityKind, str, int]
"""Collection, code and number."""


def propose_entry(call: Call, room: CatalogueRoom, entity: Entity, note: str, *, validate_only: bool) -> EntryView:
    """Store a draft of an entity's next revision; with ``validate_only`` say what it would be.

    Raises ``InvalidError`` (shape, keys, note), ``RefusedError`` with ROLE_MISSING, or with CATALOGUE_EXISTS while
    another revision waits. What the entity says of others is checked when it is published, since drafts may refer to
    each other.
    """
    # 1. The caller, the entity by itself and the note
    check_manager(call)
    check_entity(entity, note)
    kind, code = kind_of(entity), code_of(entity)
    call.draft.resource = format_entry_name(kind, code)
    # 2. Only one revision waits at a time
    head, version = room.store.head(kind, code)
    if head.waiting:
        raise RefusedError(Reason.CATALOGUE_EXISTS, subject=format_entry_name(kind, code, head.waiting))
    if head.latest >= MAX_NUMBER:
        raise RefusedError(Reason.CATALOGUE_STATE, subject=format_entry_name(kind, code, head.latest))
    # 3. The draft
    number = head.latest + 1
    draft = Revision(
        kind=kind,
        code=code,
        number=number,
        state=RevisionState.DRAFT,
        entity=entity,
        digest=digest(entity),
        author=call.caller.name,
        publisher="",
        proposed_time=call.now,
        published_time=0,
        superseded_time=0,
        note=note,
    )
    call.draft.resource = format_entry_name(kind, code, number)
    if not validate_only:
        call.change(
            write_revision(draft, 0),
            write_head(kind, code, replace(head, latest=number, waiting=number), version),
        )
    return seen(draft, 1, call.register)


def review_entry(
    call: Call, room: CatalogueRoom, kind: EntityKind, code: str, number: int, etag: str, *, accepted: bool, note: str
) -> EntryView:
    """Make a draft ready to publish, or end it; its author may not judge it. An empty ``note`` keeps the author's.

    Raises ``NotFoundError``, ``InvalidError`` (note) or ``RefusedError`` with ROLE_MISSING, PUBLISHER_IS_AUTHOR,
    CATALOGUE_STATE (not a draft) or ETAG_MISMATCH.
    """
    check_manager(call)
    check_note(note)
    stored = revision_for_step(call, room, (kind, code, number), etag, RevisionState.DRAFT)
    state = RevisionState.IN_REVIEW if accepted else RevisionState.RETIRED
    reviewed = replace(stored.revision, state=state, note=note or stored.revision.note)
    head, version = room.store.head(kind, code)
    if not accepted:
        head = replace(head, waiting=0)
        reviewed = replace(reviewed, superseded_time=call.now)
    call.change(write_revision(reviewed, stored.version), write_head(kind, code, head, version))
    return seen(reviewed, stored.version + 1, call.register)


def revision_for_step(
    call: Call, room: CatalogueRoom, revision: RevisionName, etag: str, state: RevisionState
) -> StoredRevision:
    """The revision that a step is about: in ``state``, at ``etag``, and by another author than the caller.

    Raises ``NotFoundError`` or ``RefusedError`` with every one of PUBLISHER_IS_AUTHOR, CATALOGUE_STATE, ETAG_MISMATCH.
    """
    name = format_entry_name(*revision)
    call.draft.resource = name
    stored = room.store.stored(*revision)
    if stored is None:
        raise not_found(*revision)
    reasons = []
    if stored.revision.author == call.caller.name:
        reasons.append(Reason.PUBLISHER_IS_AUTHOR)
    if stored.revision.state is not state:
        reasons.append(Reason.CATALOGUE_STATE)
    if etag != entry_etag(*revision, stored.version):
        reasons.append(Reason.ETAG_MISMATCH)
    if reasons:
        raise RefusedError(*reasons, subject=name)
    return stored


def check_manager(call: Call) -> None:
    """Raises ``RefusedError(ROLE_MISSING)``, whatever asked for the role before."""
    if not manages_catalogue(call):
        raise RefusedError(Reason.ROLE_MISSING)


def check_entity(entity: Entity, note: str) -> None:
    """Everything wrong with a proposal by itself. Raises ``InvalidError``."""
    try:
        violations = list(entity_shape_problems(entity))
        size = len(canonical(entity))
    except CodecError as error:
        raise InvalidError((Violation(f"entry.{error.path}".rstrip("."), error.problem, "格式错误"),)) from error
    if size > MAX_ENTITY_BYTES:
        en, zh = f"is larger than {MAX_ENTITY_BYTES} bytes", f"超过{MAX_ENTITY_BYTES}字节"
        violations.append(Violation("", en, zh))
    if isinstance(entity, Department):
        violations += key_problems(entity)
    found = [replace(each, field=f"entry.{each.field}".rstrip(".")) for each in violations]
    found += _note_problems(note)
    if found:
        raise InvalidError(tuple(found))


def check_note(note: str, *, required: bool = False) -> None:
    """A note is a text of at most 500 characters. Raises ``InvalidError``."""
    violations = _note_problems(note)
    if required and not note:
        violations.append(Violation("note", "must not be empty", "不得为空"))
    if violations:
        raise InvalidError(tuple(violations))


def _note_problems(note: str) -> list[Violation]:
    problem = text_problem(note, MAX_NOTE)
    return [] if problem is None else [Violation("note", problem.en, problem.zh)]
