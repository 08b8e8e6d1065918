"""What a counter and a department do in several calls, on a real hub; each function is one story."""

import time

from onceonly.v1 import application_service_pb2 as application
from onceonly.v1 import consent_service_pb2 as consents
from onceonly.v1 import evidence_service_pb2 as evidence
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import issuance_service_pb2 as issuance

from exchange.back_fill.sending import send_rows
from exchange.client import new_request_id
from exchange.demo import desks
from tests.fakes import result_story as story
from tests.fakes.town import POLICE, Town, bad_fields, refused, until


def fetch_for_an_application(town: Town) -> None:
    """Open an application for a bundle, agree once, fetch once, fill the form."""
    hub = town.hub("city-service")
    person = town.head(town.organisation())
    card = town.issue_card(person)
    asked = application.Application(number=town.number("ONE"), bundle="bundles/retirement", channel="counter")
    asked.parties.add(role="applicant", holder=desks.holder_message(town.synthetic.holder(person)))
    asked.situations.append("retirement")
    request = application.OpenApplicationRequest(application=asked, request_id=new_request_id())
    opened = hub.call(hub.applications.OpenApplication, request).application
    assert hub.call(hub.applications.OpenApplication, request).application == opened
    assert [each.number for each in opened.cases] == [f"{asked.number}-{place}" for place in (1, 2, 3)]
    assert len({each.handling_department for each in opened.cases}) == 3
    read = hub.call(hub.applications.GetApplication, application.GetApplicationRequest(name=opened.name)).application
    assert (read.closed_cases, len(read.cases)) == (0, 3)
    assert not any(each.parties for each in read.cases)
    consent = application.RecordApplicationConsentRequest(application=opened.name, request_id=new_request_id())
    consent.consent.party, consent.consent.max_uses, consent.consent.statement_digest = "applicant", 3, "ab" * 32
    consent.consent.requirements.extend(["household", "bank_card"])
    consent.consent.valid_until_time.seconds = int(time.time()) + 3600
    assert len(hub.call(hub.applications.RecordApplicationConsent, consent).consents) == 2
    fetch = exchange.FetchEvidenceRequest(application=opened.name, request_id=new_request_id())
    fetched = hub.call(hub.exchange.FetchEvidence, fetch)
    released = [each for each in fetched.results if each.HasField("extract")]
    assert {each.extract.licence for each in released} == {card.name}
    assert {line.case for each in released for line in each.lines} == {each.name for each in opened.cases}
    assert any(each.HasField("refusal") and each.refusal.receipt for each in fetched.results)
    shared = next(each for each in released if len(each.lines) > 1)
    held = evidence.HeldExtract(credential=shared.extract.presentation, receipt=shared.extract.receipt)
    second = evidence.ExportCaseEvidenceRequest(name=shared.lines[1].case, reason="诉讼", extracts=[held])
    exported = hub.call(hub.evidence.ExportCaseEvidence, second)
    assert "items/1/fetch/proof.txt" in {file.name for file in exported.files}
    assert all(not field.conflict and field.sources[0].licence == card.name for field in fetched.form)
    fill = exchange.PrefillFormRequest(application=opened.name, request_id=new_request_id())
    form = hub.call(hub.exchange.PrefillForm, fill)
    assert list(form.form) == list(fetched.form)
    assert form.receipts
    of_case = exchange.PrefillFormRequest(case=opened.cases[0].name, request_id=new_request_id())
    assert hub.call(hub.exchange.PrefillForm, of_case).log_position.index > form.log_position.index
    both = exchange.PrefillFormRequest(case="cases/1", application="applications/1", request_id=new_request_id())
    assert list(bad_fields(refused(hub.call, hub.exchange.PrefillForm, both))) == ["case"]
    wrong = application.OpenApplicationRequest(application=opened, request_id=new_request_id())
    assert "application.name" in set(bad_fields(refused(hub.call, hub.applications.OpenApplication, wrong)))
    unknown = application.GetApplicationRequest(name="applications/none")
    assert refused(hub.call, hub.applications.GetApplication, unknown).reasons == ("APPLICATION_UNKNOWN",)


def show_a_code_and_agree(town: Town) -> None:
    """A holder shows a code, reads the notice, agrees and takes it back."""
    clerk = town.hub("city-service")
    person = town.head(town.organisation())
    asked = application.Application(number=town.number("CODE"), bundle="bundles/retirement", channel="counter")
    asked.parties.add(role="applicant", holder=desks.holder_message(town.synthetic.holder(person)))
    asked.situations.append("retirement")
    request = application.OpenApplicationRequest(application=asked, request_id=new_request_id())
    cases = [each.name for each in clerk.call(clerk.applications.OpenApplication, request).application.cases]
    with town.city.holder(town.synthetic.holder(person)) as holder:
        shown = [(name, desks.redeem(clerk, name, desks.show_code(holder, name).qr_text)) for name in cases]
        name, waiting = next((name, each) for name, each in shown if each.confirmation_needed)
        notice = consents.GetConsentNoticeRequest(case=name, party="applicant")
        told = holder.call(holder.consents.GetConsentNotice, notice).notice
        assert told.digest_zh == waiting.notice.digest_zh
        done = desks.confirm(holder, waiting.name)
        assert done.state == consents.PRESENTATION_STATE_CONFIRMED
        (given, *_) = done.consents
        export = consents.ExportConsentRecordRequest(name=given)
        assert clerk.call(clerk.consents.ExportConsentRecord, export).consent_record.count(".") == 2
        revoke = consents.ConsentServiceRevokeConsentRequest(name=given, request_id=new_request_id())
        assert holder.call(holder.consents.RevokeConsent, revoke).consent.revoked_time.seconds
        listed = holder.call(holder.consents.ListConsents, consents.ListConsentsRequest()).consents
        assert given in {each.name for each in listed}
        mine = consents.ListAccessesToMyDataRequest()
        assert until(lambda: holder.call(holder.consents.ListAccessesToMyData, mine).accesses, "who looked")


def bring_in_a_store(town: Town) -> None:
    """Import rows, settle what contradicts, finish with the report."""
    hub = town.hub(POLICE, "issuer-1")
    person = town.head(town.organisation())
    kind = town.city.licence_type("identity-card")
    number = town.number("OLD")

    def row(place: int) -> issuance.ImportRow:
        content = story.content(town, kind, person, number)
        content.holders.append(desks.holder_message(town.synthetic.holder(person)))
        return issuance.ImportRow(row=place, source_digest=bytes([place]) * 32, licence=content)

    opening = issuance.ImportLicencesRequest(
        parent=f"licenceTypes/{kind.code}",
        import_id=new_request_id(),
        provenance=issuance.IMPORT_PROVENANCE_BACK_FILLED_REGISTER,
    )
    unreadable = issuance.ImportRow(row=3, source_digest=b"3" * 32, unreadable="encoding")
    rows = [row(1), row(2), unreadable, row(4)]
    rows[1].licence.fields["address"].text += "二"
    rows[3].licence.fields["name"].text += "二"  # not the holder's
    outcomes = [result.outcome for _, answer in send_rows(hub, opening, rows) for result in answer.results]
    assert outcomes == [
        issuance.IMPORT_OUTCOME_ISSUED,
        issuance.IMPORT_OUTCOME_DUPLICATE,
        issuance.IMPORT_OUTCOME_INVALID,
        issuance.IMPORT_OUTCOME_INVALID,
    ]
    issues = issuance.ListImportIssuesRequest(import_id=opening.import_id)
    (waiting,) = hub.call(hub.issuance.ListImportIssues, issues).issues
    settle = issuance.SettleImportIssueRequest(
        import_id=opening.import_id,
        row=waiting.row,
        decision=issuance.IMPORT_DECISION_KEEP_OURS,
        reason="核对纸质档案",
        request_id=new_request_id(),
    )
    assert hub.call(hub.issuance.SettleImportIssue, settle).issue.settled == "keep_ours"
    seen = hub.call(hub.issuance.GetImport, issuance.GetImportRequest(import_id=opening.import_id)).progress
    finish = issuance.FinishImportRequest(import_id=opening.import_id, digest="0" * 64, request_id=new_request_id())
    assert refused(hub.call, hub.issuance.FinishImport, finish).reasons == ("IMPORT_DIGEST",)
    finish.digest, finish.request_id = seen.digest, new_request_id()
    assert hub.call(hub.issuance.FinishImport, finish).progress.report.count(".") == 2
