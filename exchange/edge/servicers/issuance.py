"""IssuanceService."""

from onceonly.v1 import issuance_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.licences import (
    field_values,
    licence_message,
    new_licence,
    parse_licence_name,
    parse_type_name,
    revocation_cause,
)
from exchange.edge.convert.results import due_issuance_message
from exchange.edge.convert.supervision import parse_penalty_name, penalty_message
from exchange.edge.convert.values import enum_value, holder
from exchange.edge.paging import PageTokens
from exchange.edge.servicers.imports import ImportCalls
from exchange.entities.licence import RevocationCause
from exchange.imports.room import ImportRoom
from exchange.licences.issue import issue_licence
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.qr_code import QrForm, licence_qr_code
from exchange.licences.read import get_licence, list_licences
from exchange.licences.room import LicenceRoom
from exchange.licences.validity import Validity
from exchange.results.due import list_owed_issuances, list_settled_issuances
from exchange.results.issue import issue_owed_licence
from exchange.results.penalty import revoke_by_penalty, suspend_by_penalty
from exchange.results.room import ResultRoom
from exchange.supervision.penalties import list_penalties, list_waiting_penalties, refuse_penalty

_QR_FORMS = {
    pb.QR_FORM_UNSPECIFIED: QrForm.CREDENTIAL,
    pb.QR_FORM_CREDENTIAL: QrForm.CREDENTIAL,
    pb.QR_FORM_POINTER: QrForm.POINTER,
}


class IssuanceServicer(ImportCalls):
    """Leads licences through their life for the departments that issue them."""

    def __init__(self, room: LicenceRoom, tokens: PageTokens, result_room: ResultRoom, imports: ImportRoom) -> None:
        self._room = room
        self._result_room = result_room
        self._imports = imports
        self._tokens = tokens

    def issue_licence(self, call: Call, request: pb.IssueLicenceRequest) -> pb.IssueLicenceResponse:
        type_code = parse_type_name(request.parent)
        new, validate_only = new_licence(request.licence), request.validate_only
        if request.case:
            case = parse_case_name(request.case, "case")
            issued = issue_owed_licence(call, self._result_room, type_code, new, case, validate_only=validate_only)
        else:
            issued = issue_licence(call, self._room, type_code, new, validate_only=validate_only)
        return pb.IssueLicenceResponse(
            licence=licence_message(issued.view),
            credential=issued.credential,
            second_signature=issued.second_signature,
        )

    def renew_licence(self, call: Call, request: pb.RenewLicenceRequest) -> pb.RenewLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        issued = renew_licence(
            call,
            self._room,
            type_code,
            identifier,
            request.etag,
            valid_from_time=request.valid_from_time.seconds,
            valid_until_time=request.valid_until_time.seconds,
            reason=request.reason,
            legal_reference=request.legal_reference,
        )
        return pb.RenewLicenceResponse(
            licence=licence_message(issued.view),
            credential=issued.credential,
            second_signature=issued.second_signature,
        )

    def amend_licence(self, call: Call, request: pb.AmendLicenceRequest) -> pb.AmendLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        given = field_values(request.licence)
        holders = tuple(holder(item) for item in request.licence.holders)
        amendment = Amendment(
            fields={name: given.get(name) for name in request.update_fields},
            holders=holders if request.update_holders else None,
        )
        issued = amend_licence(
            call,
            self._room,
            type_code,
            identifier,
            request.etag,
            amendment,
            reason=request.reason,
            legal_reference=request.legal_reference,
        )
        return pb.AmendLicenceResponse(
            licence=licence_message(issued.view),
            credential=issued.credential,
            second_signature=issued.second_signature,
        )

    def suspend_licence(self, call: Call, request: pb.SuspendLicenceRequest) -> pb.SuspendLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        what = type_code, identifier, request.etag, _transition(request)
        if request.penalty:
            penalty = parse_penalty_name(request.penalty, "penalty")
            view = suspend_by_penalty(call, self._result_room, *what, penalty)
        else:
            view = suspend_licence(call, self._room, *what)
        return pb.SuspendLicenceResponse(licence=licence_message(view))

    def reinstate_licence(self, call: Call, request: pb.ReinstateLicenceRequest) -> pb.ReinstateLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        view = reinstate_licence(call, self._room, type_code, identifier, request.etag, _transition(request))
        return pb.ReinstateLicenceResponse(licence=licence_message(view))

    def revoke_licence(self, call: Call, request: pb.RevokeLicenceRequest) -> pb.RevokeLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        what = type_code, identifier, request.etag, _transition(request, revocation_cause(request.cause))
        if request.penalty:
            penalty = parse_penalty_name(request.penalty, "penalty")
            view = revoke_by_penalty(call, self._result_room, *what, penalty)
        else:
            view = revoke_licence(call, self._room, *what)
        return pb.RevokeLicenceResponse(licence=licence_message(view))

    def get_licence(self, call: Call, request: pb.GetLicenceRequest) -> pb.GetLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        view, validity = get_licence(call, self._room, type_code, identifier, request.at_time.seconds)
        return pb.GetLicenceResponse(licence=licence_message(view), validity=enum_value(Validity, validity))

    def get_licence_qr_code(self, call: Call, request: pb.GetLicenceQrCodeRequest) -> pb.GetLicenceQrCodeResponse:
        type_code, identifier = parse_licence_name(request.name)
        form = _QR_FORMS[request.form]
        code = licence_qr_code(call, self._room, type_code, identifier, form, tuple(request.fields))
        return pb.GetLicenceQrCodeResponse(
            text=code.text,
            png=code.picture.png,
            version=code.picture.version,
            modules=code.picture.modules,
            pixels=code.picture.pixels,
            fields=code.fields,
        )

    def list_licences(self, call: Call, request: pb.ListLicencesRequest) -> pb.ListLicencesResponse:
        type_code = parse_type_name(request.parent)
        asked = self._tokens.asked(call.caller.name, f"ListLicences\0{type_code}".encode(), request)
        page = list_licences(call, self._room, type_code, after=asked.after, limit=asked.limit)
        return pb.ListLicencesResponse(
            licences=[licence_message(view, contents=False) for view in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def list_due_issuances(self, call: Call, request: pb.ListDueIssuancesRequest) -> pb.ListDueIssuancesResponse:
        query = b"ListDueIssuances\0settled" if request.settled else b"ListDueIssuances\0owed"
        asked = self._tokens.asked(call.caller.name, query, request)
        use_case = list_settled_issuances if request.settled else list_owed_issuances
        page = use_case(call, self._result_room.store, after=asked.after, limit=asked.limit)
        return pb.ListDueIssuancesResponse(
            due_issuances=[due_issuance_message(due, call.now) for due in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def list_penalties(self, call: Call, request: pb.ListPenaltiesRequest) -> pb.ListPenaltiesResponse:
        query = b"ListPenalties\0open" if request.open_only else b"ListPenalties\0all"
        asked = self._tokens.asked(call.caller.name, query, request)
        use_case = list_waiting_penalties if request.open_only else list_penalties
        page = use_case(call, self._result_room.supervision.store, after=asked.after, limit=asked.limit)
        return pb.ListPenaltiesResponse(
            penalties=[penalty_message(penalty, call.now) for penalty in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def refuse_penalty(self, call: Call, request: pb.RefusePenaltyRequest) -> pb.RefusePenaltyResponse:
        store = self._result_room.supervision.store
        penalty = refuse_penalty(call, store, parse_penalty_name(request.name), request.reason)
        return pb.RefusePenaltyResponse(penalty=penalty_message(penalty, call.now))


def _transition(
    request: pb.SuspendLicenceRequest | pb.ReinstateLicenceRequest | pb.RevokeLicenceRequest,
    cause: RevocationCause = RevocationCause.NONE,
) -> Transition:
    return Transition(request.reason, request.legal_reference, request.effective_time.seconds, cause)
