"""VerificationService."""

from functools import lru_cache
from typing import Final

from onceonly.v1 import verification_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.values import label, log_position, timestamp
from exchange.errors import InvalidError, Violation
from exchange.licences.examining import VerifyRequest, VerifyRoom
from exchange.licences.published_lists import ListRoom, status_list, trust_list
from exchange.licences.verdicts import ALL_PASSED, CheckResult, Report
from exchange.licences.verify import verify_batch, verify_credential

_MAX_BATCH = 1_000


class VerificationServicer:
    """Says what is true of a credential; a bad signature is a result, not an error."""

    def __init__(self, room: VerifyRoom, lists: ListRoom) -> None:
        self._room = room
        self._lists = lists

    def verify_credential(self, call: Call, request: pb.VerifyCredentialRequest) -> pb.VerifyCredentialResponse:
        verified = verify_credential(call, self._room, _request(request), with_receipt=not request.omit_receipt)
        return pb.VerifyCredentialResponse(
            report=_report(verified.report), log_position=log_position(verified.position), receipt=verified.receipt
        )

    def verify_credentials(self, call: Call, request: pb.VerifyCredentialsRequest) -> pb.VerifyCredentialsResponse:
        if not 1 <= len(request.items) <= _MAX_BATCH:
            raise InvalidError((Violation("items", f"must be 1 to {_MAX_BATCH}", f"须为1至{_MAX_BATCH}项"),))
        items = tuple([_request(item) for item in request.items])
        verified = verify_batch(call, self._room, items, with_receipt=not request.omit_receipt)
        return pb.VerifyCredentialsResponse(
            batch=request.batch,
            reports=[_report(report) for report in verified.reports],
            log_position=log_position(verified.position),
            receipt=verified.receipt,
        )

    def get_trust_list(self, call: Call, request: pb.GetTrustListRequest) -> pb.GetTrustListResponse:
        del call, request  # the list is the same for everyone
        return pb.GetTrustListResponse(trust_list=trust_list(self._lists))

    def get_status_list(self, call: Call, request: pb.GetStatusListRequest) -> pb.GetStatusListResponse:
        del call
        return pb.GetStatusListResponse(status_list=status_list(self._lists, request.uri))


def _request(message: pb.VerifyCredentialRequest) -> VerifyRequest:
    return VerifyRequest(
        message.credential,
        message.receipt,
        message.at_time.seconds,
        message.qr_text,
        message.identifier,
        message.digest,
        message.second_signature,
    )


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


_ALL_PASSED: Final = _checks(ALL_PASSED)


def _report(report: Report) -> pb.VerificationReport:
    return pb.VerificationReport(
        verdict=f"VERDICT_{report.outcome.name}",
        checks=_ALL_PASSED if report.checks is ALL_PASSED else _checks(report.checks),
        identifier=report.identifier,
        licence_type=report.licence_type,
        issuing_authority=report.issuing_authority,
        disclosed_fields=report.disclosed_fields,
        at_time=timestamp(report.at_time),
    )
