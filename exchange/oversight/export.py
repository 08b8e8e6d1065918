"""Exporting a range of the log under a mandate that covers every department."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from exchange.audit.errors import ProofError
from exchange.audit.export import ExportFormat, RangeExport
from exchange.call import Call
from exchange.errors import InvalidError, RefusedError, UnavailableError, Violation
from exchange.oversight.mandate import scope_under
from exchange.oversight.questions import OversightRoom
from exchange.reasons import Reason
from storage.errors import LimitExceededError


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is exported: positions ``start`` ≤ i < ``end`` (0: the latest checkpoint's size) in a format."""

    start: int
    end: int
    format: str


def plan_export(call: Call, room: OversightRoom, mandate: str, plan: ExportPlan) -> ExportPlan:
    """Check an export and write its range into the call's record; nothing is read yet.

    The plan that is returned names its end, so that what is streamed is what was recorded, however the log grows.

    Raises ``RefusedError`` outside the mandate or under one that does not cover all departments, ``InvalidError``.
    """
    if scope_under(call, room.desk, mandate, frozenset()):
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=mandate)
    if plan.format not in set(ExportFormat):
        raise InvalidError((Violation("format", "must be jsonl or csv", "应为 jsonl 或 csv"),))
    export = _export(room, plan, call.now)
    call.draft.resource = f"accessRecords/{plan.start}-{export.end - 1}"
    return replace(plan, end=export.end)


def export_parts(room: OversightRoom, plan: ExportPlan, now: int) -> Iterator[bytes | str]:
    """The file's pieces, then the signed manifest as text."""
    export = _export(room, plan, now)
    yield from export.pieces()
    yield export.manifest(room.manifest_key)


def _export(room: OversightRoom, plan: ExportPlan, now: int) -> RangeExport:
    try:
        return RangeExport(
            room.records,
            room.log,
            first=plan.start,
            end=plan.end,
            export_format=ExportFormat(plan.format),
            now=now,
        )
    except LimitExceededError as error:
        violation = Violation("end_index", "is not a range of the published log", "超出已公布的日志范围")
        raise InvalidError((violation,)) from error
    except ProofError as error:  # nothing is published yet
        raise UnavailableError(Reason.AUDIT_UNAVAILABLE) from error
