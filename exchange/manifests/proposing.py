"""Proposing a manifest, approving another person's, and taking one back.

Rules:
1. At most 500 lines, each once, and at most a day; whose cases they are is decided when each is fetched.
2. Who proposed a manifest never approves it.
3. Either of the two withdraws it, and nothing is fetched under it from then on.
"""

from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.cases.room import is_id, new_id
from exchange.codes import text_problem
from exchange.entities.catalogue import Purpose
from exchange.entities.event import EventType
from exchange.entities.manifest import Manifest, ManifestItem, ManifestState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.fetch import MAX_NAME
from exchange.manifests.room import ManifestRoom, find_manifest, operator_tag, tell_manifest, write_manifest
from exchange.reasons import Reason

MAX_ITEMS = 500
MAX_SECONDS = 86_400
MAX_REASON = 300

OVER: Final = frozenset({ManifestState.WITHDRAWN, ManifestState.ENDED})
"""States in which a manifest is neither approved nor fetched under any more."""


def propose_manifest(
    call: Call, room: ManifestRoom, items: tuple[ManifestItem, ...], reason: str, until_time: int
) -> Manifest:
    """Propose to fetch these lines until ``until_time`` (seconds since 1970). Raises ``InvalidError``."""
    problems = _problems(call, items, reason, until_time)
    if problems:
        raise InvalidError(tuple(problems))
    manifest = Manifest(
        id=new_id(room.cases, call.now_us),
        department=call.caller.department.uscc,
        items=items,
        reason=reason,
        proposer=operator_tag(call, room),
        proposed_time=call.now,
        until_time=until_time,
    )
    call.draft.purpose = Purpose.SERVICE.value
    write_manifest(call, manifest, 0)
    tell_manifest(call, EventType.MANIFEST_PROPOSED, manifest)
    return manifest


def approve_manifest(call: Call, room: ManifestRoom, manifest_id: str) -> Manifest:
    """Agree as a second person; doing it again changes nothing.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN, SECOND_PERSON_NEEDED or MANIFEST_NOT_OPEN.
    """
    call.draft.purpose = Purpose.SERVICE.value
    found = find_manifest(call, room, manifest_id)
    manifest, tag = found.manifest, operator_tag(call, room)
    if tag == manifest.proposer:
        raise RefusedError(Reason.SECOND_PERSON_NEEDED, subject=f"manifests/{manifest_id}")
    if manifest.state(call.now) in OVER:
        raise RefusedError(Reason.MANIFEST_NOT_OPEN, subject=f"manifests/{manifest_id}")
    if manifest.approved_time:
        return manifest
    approved = replace(manifest, approver=tag, approved_time=call.now)
    write_manifest(call, approved, found.version)
    tell_manifest(call, EventType.MANIFEST_APPROVED, approved)
    return approved


def withdraw_manifest(call: Call, room: ManifestRoom, manifest_id: str) -> Manifest:
    """Take a manifest back, as who proposed or who approved it; doing it again changes nothing.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN (also for any third person), or MANIFEST_NOT_OPEN for one whose
    time is over. What was fetched before stays fetched.
    """
    call.draft.purpose = Purpose.SERVICE.value
    found = find_manifest(call, room, manifest_id)
    manifest, tag = found.manifest, operator_tag(call, room)
    if tag not in {manifest.proposer, manifest.approver}:
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=f"manifests/{manifest_id}")
    if manifest.withdrawn_time:
        return manifest
    if call.now >= manifest.until_time:
        raise RefusedError(Reason.MANIFEST_NOT_OPEN, subject=f"manifests/{manifest_id}")
    withdrawn = replace(manifest, withdrawer=tag, withdrawn_time=call.now)
    write_manifest(call, withdrawn, found.version)
    tell_manifest(call, EventType.MANIFEST_WITHDRAWN, withdrawn)
    return withdrawn


def _problems(call: Call, items: tuple[ManifestItem, ...], reason: str, until_time: int) -> list[Violation]:
    found: list[Violation] = []
    if not 1 <= len(items) <= MAX_ITEMS or len(set(items)) != len(items):
        found.append(
            Violation("manifest.items", f"must be 1 to {MAX_ITEMS}, each once", f"应为1至{MAX_ITEMS}项且不重复")
        )
    elif not all(_is_item(item) for item in items):
        found.append(Violation("manifest.items", "must each name a case and a requirement", "每项均应指明办件和材料"))
    problem = text_problem(reason, MAX_REASON)
    if problem is not None or not reason:
        en, zh = (problem.en, problem.zh) if problem is not None else ("must say why", "应说明理由")
        found.append(Violation("manifest.reason", en, zh))
    if not call.now < until_time <= call.now + MAX_SECONDS:
        found.append(Violation("manifest.until_time", "must be within a day", "应在24小时之内"))
    return found


def _is_item(item: ManifestItem) -> bool:
    return is_id(item.case) and 0 < len(item.requirement) <= MAX_NAME and len(item.matter) <= MAX_NAME
