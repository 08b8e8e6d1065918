"""From the hub's errors to gRPC statuses with all their details, in both languages.

One table, ``exchange.reasons.TEXTS``, says the status and the sentences of each reason. Internals are never leaked:
INTERNAL carries a request id only.
"""

from collections.abc import Sequence
from typing import Final

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from exchange.errors import HubError, InvalidError, NotFoundError, RefusedError, UnavailableError, Violation
from exchange.known_errors import hub_error, outward
from exchange.reasons import TEXTS, Reason

__all__ = ["DOMAIN", "hub_error", "internal", "outward", "primary_reason", "reason_name", "status_of"]

DOMAIN: Final = "onceonly.v1"
_MAX_VIOLATION_BYTES: Final = 3_500
"""Many clients take no more than 8 KiB of trailing metadata, in base64, and would lose the whole status over it."""

# When several guards failed, the status is that of the most fundamental one.
_PRECEDENCE: Final = (
    "UNAUTHENTICATED",
    "UNIMPLEMENTED",
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "ALREADY_EXISTS",
    "ABORTED",
    "FAILED_PRECONDITION",
    "NOT_FOUND",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "UNAVAILABLE",
    "INTERNAL",
)


def reason_name(reason: Reason) -> str:
    """The name of a reason in the contract's enum."""
    return f"REASON_{reason}"


def primary_reason(reasons: Sequence[Reason]) -> Reason:
    """The reason that gives the status: the first of those with the most fundamental status that may be told."""
    return min(outward(reasons), key=lambda reason: _PRECEDENCE.index(TEXTS[reason].status))


def status_of(error: HubError, request_id: str) -> status_pb2.Status:
    """The status with its details; ``request_id`` is what the caller may quote."""
    reasons = outward(error.reasons)
    primary = primary_reason(reasons)
    texts = [TEXTS[reason] for reason in reasons]
    details: list[Message] = [
        error_details_pb2.ErrorInfo(
            reason=primary.value,
            domain=DOMAIN,
            metadata={"reasons": ",".join(reason.value for reason in reasons)},
        ),
        error_details_pb2.LocalizedMessage(locale="zh-CN", message=" ".join(text.zh for text in texts)),
        error_details_pb2.RequestInfo(request_id=request_id),
        *_by_kind(error, reasons, TEXTS[primary].status),
    ]
    return status_pb2.Status(
        code=code_pb2.Code.Value(TEXTS[primary].status),
        message=" ".join(text.en for text in texts),
        details=[_packed(detail) for detail in details],
    )


def internal(request_id: str) -> status_pb2.Status:
    """The status of a failure that nobody expected: a request id and nothing else."""
    return status_of(HubError((Reason.INTERNAL,)), request_id)


def _by_kind(error: HubError, reasons: tuple[Reason, ...], status: str) -> list[Message]:
    details: list[Message] = []
    if isinstance(error, InvalidError):
        details.append(_bad_request(error.violations))
    if isinstance(error, NotFoundError):
        details.append(error_details_pb2.ResourceInfo(resource_type=error.kind, resource_name=error.name))
    if isinstance(error, RefusedError) and status in {"PERMISSION_DENIED", "FAILED_PRECONDITION"}:
        failed = [
            error_details_pb2.PreconditionFailure.Violation(
                type=reason.value, subject=error.subject, description=TEXTS[reason].en
            )
            for reason in reasons
        ]
        details.append(error_details_pb2.PreconditionFailure(violations=failed))
    if status == "RESOURCE_EXHAUSTED":
        quotas = [
            error_details_pb2.QuotaFailure.Violation(subject=reason.value, description=TEXTS[reason].en)
            for reason in reasons
        ]
        details.append(error_details_pb2.QuotaFailure(violations=quotas))
    seconds = error.retry_seconds if isinstance(error, RefusedError | UnavailableError) else 0
    if status == "UNAVAILABLE" or seconds:
        details.append(error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=max(1, seconds))))
    return details


def _bad_request(violations: Sequence[Violation]) -> error_details_pb2.BadRequest:
    """Every bad field, as far as a status may be long; the last line then says how many more there are."""
    message = error_details_pb2.BadRequest()
    for position, violation in enumerate(violations):
        line = _violation(violation)
        if position and message.ByteSize() + line.ByteSize() > _MAX_VIOLATION_BYTES:
            left = len(violations) - position
            more = Violation(".", f"and {left} more fields are not valid", f"另有{left}个字段不符合要求")
            message.field_violations.append(_violation(more))
            break
        message.field_violations.append(line)
    return message


def _violation(violation: Violation) -> error_details_pb2.BadRequest.FieldViolation:
    return error_details_pb2.BadRequest.FieldViolation(
        field=violation.field,
        description=violation.en,
        reason=Reason.FIELD_INVALID.value,
        localized_message=error_details_pb2.LocalizedMessage(locale="zh-CN", message=violation.zh),
    )


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
