"""IssuanceService."""

from onceonly.v1 import issuance_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.imports import (
    decision_of,
    import_message,
    issue_message,
    provenance_of,
    result_message,
    source_row,
)
from exchange.edge.convert.licences import (
    field_values,
    licence_message,
    new_licence,
    parse_licence_name,
    parse_type_name,
    revocation_cause,
)
from exchange.edge.convert.values import enum_value, holder
from exchange.edge.paging import PageTokens
from exchange.entities.licence import RevocationCause
from exchange.imports.batch import import_batch
from exchange.imports.closing import finish_import, get_import, list_import_issues, settle_import_issue
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

_DEFAULT_PAGE = 50
_QR_FORMS = {
    pb.QR_FORM_UNSPECIFIED: QrForm.CREDENTIAL,
    pb.QR_FORM_CREDENTIAL: QrForm.CREDENTIAL,
    pb.QR_FORM_POINTER: QrForm.POINTER,
}


class IssuanceServicer:
    """Leads licences through their life for the departments that issue them."""

    def __init__(self, room: LicenceRoom, tokens: PageTokens, imports: ImportRoom) -> None:
        self._room = room
        self._imports = imports
        self._tokens = tokens

    def issue_licence(self, call: Call, request: pb.IssueLicenceRequest) -> pb.IssueLicenceResponse:
        type_code = parse_type_name(request.parent)
        issued = issue_licence(
            call, self._room, type_code, new_licence(request.licence), validate_only=request.validate_only
        )
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
        view = suspend_licence(call, self._room, type_code, identifier, request.etag, _transition(request))
        return pb.SuspendLicenceResponse(licence=licence_message(view))

    def reinstate_licence(self, call: Call, request: pb.ReinstateLicenceRequest) -> pb.ReinstateLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        view = reinstate_licence(call, self._room, type_code, identifier, request.etag, _transition(request))
        return pb.ReinstateLicenceResponse(licence=licence_message(view))

    def revoke_licence(self, call: Call, request: pb.RevokeLicenceRequest) -> pb.RevokeLicenceResponse:
        type_code, identifier = parse_licence_name(request.name)
        transition = _transition(request, revocation_cause(request.cause))
        view = revoke_licence(call, self._room, type_code, identifier, request.etag, transition)
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
        query = f"ListLicences\0{type_code}".encode()
        page = list_licences(
            call,
            self._room,
            type_code,
            after=self._tokens.open(call.caller.name, query, request.page_token),
            limit=request.page_size or _DEFAULT_PAGE,
        )
        return pb.ListLicencesResponse(
            licences=[licence_message(view, contents=False) for view in page.items],
            next_page_token=self._tokens.seal(call.caller.name, query, page.next_key),
        )

    def import_licences(self, call: Call, request: pb.ImportLicencesRequest) -> pb.ImportLicencesResponse:
        answer = import_batch(
            call,
            self._imports,
            parse_type_name(request.parent),
            request.import_id,
            provenance_of(request.provenance),
            tuple(source_row(row) for row in request.rows),
            validate_only=request.validate_only,
        )
        return pb.ImportLicencesResponse(
            results=[result_message(result) for result in answer.results], last_row=answer.last_row
        )

    def get_import(self, call: Call, request: pb.GetImportRequest) -> pb.GetImportResponse:
        return pb.GetImportResponse(progress=import_message(get_import(call, self._imports, request.import_id)))

    def finish_import(self, call: Call, request: pb.FinishImportRequest) -> pb.FinishImportResponse:
        found = finish_import(call, self._imports, request.import_id, request.digest)
        return pb.FinishImportResponse(progress=import_message(found))

    def list_import_issues(self, call: Call, request: pb.ListImportIssuesRequest) -> pb.ListImportIssuesResponse:
        query = f"ListImportIssues\0{request.import_id.lower()}".encode()
        page = list_import_issues(
            call,
            self._imports,
            request.import_id,
            after=self._tokens.open(call.caller.name, query, request.page_token),
            limit=request.page_size or _DEFAULT_PAGE,
        )
        return pb.ListImportIssuesResponse(
            issues=[issue_message(issue) for issue in page.items],
            next_page_token=self._tokens.seal(call.caller.name, query, page.next_key),
        )

    def settle_import_issue(self, call: Call, request: pb.SettleImportIssueRequest) -> pb.SettleImportIssueResponse:
        decision = decision_of(request.decision)
        settled = settle_import_issue(call, self._imports, request.import_id, request.row, decision, request.reason)
        return pb.SettleImportIssueResponse(issue=issue_message(settled.issue), identifier=settled.identifier)


def _transition(
    request: pb.SuspendLicenceRequest | pb.ReinstateLicenceRequest | pb.RevokeLicenceRequest,
    cause: RevocationCause = RevocationCause.NONE,
) -> Transition:
    return Transition(request.reason, request.legal_reference, request.effective_time.seconds, cause)
