"""The imports of IssuanceService."""

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
from exchange.edge.convert.licences import parse_type_name
from exchange.edge.paging import PageTokens
from exchange.imports.batch import import_batch
from exchange.imports.closing import finish_import, get_import, list_import_issues, settle_import_issue
from exchange.imports.room import ImportRoom


class ImportCalls:
    """What IssuanceService does with imports."""

    _imports: ImportRoom
    _tokens: PageTokens

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
        asked = self._tokens.asked(call.caller.name, query, request)
        page = list_import_issues(call, self._imports, request.import_id, after=asked.after, limit=asked.limit)
        return pb.ListImportIssuesResponse(
            issues=[issue_message(issue) for issue in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def settle_import_issue(self, call: Call, request: pb.SettleImportIssueRequest) -> pb.SettleImportIssueResponse:
        decision = decision_of(request.decision)
        settled = settle_import_issue(call, self._imports, request.import_id, request.row, decision, request.reason)
        return pb.SettleImportIssueResponse(issue=issue_message(settled.issue), identifier=settled.identifier)
