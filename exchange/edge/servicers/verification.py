"""VerificationService."""

from functools import lru_cache

from onceonly.v1 import verification_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.values import label, log_position, timestamp
from exchange.errors import InvalidError, Violation
from exchange.licences.verdicts import CheckResult, Report
from exchange.licences.verify import VerifyRequest, VerifyRoom, verify_batch, verify_credential

_MAX_BATCH = 100


class VerificationServicer:
    """Says what is true of a credential; a bad signature is a result, not an error."""

    def __init__(self, room: VerifyRoom) -> None:
        self._room = room

    def verify_credential(self, call: Call, request: pb.VerifyCredentialRequest) -> pb.VerifyCredentialResponse:
        verified = verify_credential(call, self._room, _request(request))
        return pb.VerifyCredentialResponse(
            report=_report(verified.report), log_position=log_position(verified.position)
        )

    def verify_credentials(self, call: Call, request: pb.VerifyCredentialsRequest) -> pb.VerifyCredentialsResponse:
        if not 1 <= len(request.items) <= _MAX_BATCH:
            raise InvalidError((Violation("items", f"must be 1 to {_MAX_BATCH}", f"须为1至{_MAX_BATCH}项"),))
        verified = verify_batch(call, self._room, tuple(_request(item) for item in request.items))
        return pb.VerifyCredentialsResponse(
            batch=request.batch,
            reports=[_report(report) for report in verified.reports],
            log_position=log_position(verified.position),
        )


def _request(message: pb.VerifyCredentialRequest) -> VerifyRequest:
    return VerifyRequest(message.credential, message.receipt, message.at_time.seconds, message.second_signature)


@lru_cache(256)
def _checks(checks: tuple[CheckResult, ...]) -> tuple[pb.Check, ...]:
    """The checks as messages, which are only ever copied from: most credentials pass the same ones."""
    return tuple(
        pb.Check(
            name=check.name,
            verdict=f"VERDICT_{check.outcome.name}",
            code=check.code,
            message=label(check.message),
        )
        for check in checks
    )


def _report(report: Report) -> pb.VerificationReport:
    return pb.VerificationReport(
        verdict=f"VERDICT_{report.outcome.name}",
        checks=_checks(report.checks),
        identifier=report.identifier,
        licence_type=report.licence_type,
        issuing_authority=report.issuing_authority,
        disclosed_fields=report.disclosed_fields,
        at_time=timestamp(report.at_time),
    )
