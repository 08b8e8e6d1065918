"""Where manifests are kept, and who may see one.

``manifest``/id holds no personal data: case ids, matter codes, and operators as tags; it is found by its department.
Rule: to all but the department whose operator proposed it, it does not exist.
"""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from exchange.call import Call
from exchange.cases.room import CaseRoom, is_id
from exchange.entities.event import Event, EventType
from exchange.entities.manifest import Manifest
from exchange.entities.page import Page
from exchange.errors import RefusedError
from exchange.licences.exchange_room import ExchangeRoom
from exchange.oversight.auditors import auditors
from exchange.reasons import Reason
from storage.errors import CorruptError
from storage.records.changes import Expect, Insert, Replace
from storage.records.interface import Record, Records

MANIFEST: Final = "manifest"
DEPARTMENT: Final = "department"

_ADAPTER: Final[TypeAdapter[Manifest]] = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class ManifestRoom:
    """What proposing, approving and fetching manifests needs."""

    records: Records
    cases: CaseRoom
    exchange: ExchangeRoom


@dataclass(frozen=True, slots=True)
class FoundManifest:
    """A manifest of the caller's department, and the version of its record."""

    manifest: Manifest
    version: int


def find_manifest(call: Call, room: ManifestRoom, manifest_id: str) -> FoundManifest:
    """A manifest of the caller's department, expected unchanged at commit.

    Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)`` alike for one that is missing and another department's.
    """
    unknown = RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=f"manifests/{manifest_id}")
    if not is_id(manifest_id):
        raise unknown
    record = room.records.get(MANIFEST, manifest_id)
    call.change(Expect(MANIFEST, manifest_id, record.version if record else 0))
    if record is None:
        raise unknown
    manifest = _decoded(record)
    if manifest.department != call.caller.department.uscc:
        raise unknown
    call.draft.evidence_object = f"manifests/{manifest_id}"
    return FoundManifest(manifest, record.version)


def manifests_of(room: ManifestRoom, department: str, *, after: str, limit: int) -> Page[Manifest]:
    """A page of a department's manifests, oldest first, after a key."""
    rows = room.records.find(MANIFEST, DEPARTMENT, department.encode(), after=after, limit=limit + 1)
    next_key = rows[limit - 1].key if len(rows) > limit else ""
    return Page(tuple(_decoded(row) for row in rows[:limit]), next_key)


def write_manifest(call: Call, manifest: Manifest, version: int) -> None:
    """Put a manifest over record version ``version`` (0: there is none)."""
    body, indexes = to_json(manifest), ((DEPARTMENT, manifest.department.encode()),)
    if version:
        call.change(Replace(MANIFEST, manifest.id, version, body, indexes))
    else:
        call.change(Insert(MANIFEST, manifest.id, body, indexes))
    call.draft.evidence_object = f"manifests/{manifest.id}"


def tell_manifest(call: Call, kind: EventType, manifest: Manifest) -> None:
    """Say to the department and every audit department that something happened to it."""
    call.draft.event(
        Event(
            type=kind,
            subject=f"manifests/{manifest.id}",
            audience=auditors(call) | {manifest.department},
            details={
                "items": str(len(manifest.items)),
                "cases": str(manifest.cases),
                "until": str(manifest.until_time),
            },
        )
    )


def operator_tag(call: Call, room: ManifestRoom) -> str:
    """The caller's tag, the same in every year."""
    operator = call.caller.operator
    department = call.caller.department.uscc
    return room.cases.tagger.operator(department, operator.id if operator else "", 0).hex()


def _decoded(record: Record) -> Manifest:
    try:
        return _ADAPTER.validate_json(record.body)
    except ValidationError:
        raise CorruptError("a manifest does not decode: restore it from a backup") from None
