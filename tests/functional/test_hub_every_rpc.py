"""Every method of the contract answers over mutual TLS, from a hub that is one process (``workers = 0``)."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import catalogue_pb2
from onceonly.v1 import catalogue_service_pb2 as catalogue
from onceonly.v1 import evidence_service_pb2 as evidence
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import issuance_service_pb2 as issuance
from onceonly.v1 import verification_service_pb2 as verification
from prometheus_client import CollectorRegistry

from exchange import qr_pictures
from exchange.app import build_single
from exchange.audit.recorder_client import RecorderClient
from exchange.client import new_request_id
from exchange.demo import desks
from exchange.demo.city import AUTHOR, REGISTRAR, City
from exchange.edge.methods import METHODS
from exchange.stores import open_objects
from signer import qr
from tests.fakes import catalogue_story, counter_story, licence_story, purpose_story
from tests.fakes import result_story as story
from tests.fakes.missing_story import lead_a_dispute, lead_missing_evidence
from tests.fakes.representation_story import lead_a_case_across_regions, lead_a_representation
from tests.fakes.restriction_story import restrict_a_holder
from tests.fakes.town import LINE, MARKET, POLICE, Town, bad_fields, refused, until


@pytest.fixture(scope="module")
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, registry: CollectorRegistry) -> Iterator[Town]:
    """A city whose hub is this very process."""
    city = City.found(tmp_path_factory.mktemp("small"), workers=0)
    single = build_single(city.config, registry)
    ours, theirs = socket.socketpair()
    single._recorder.attach(theirs)
    single.start(lambda: None)
    city.loaded = city.load()
    town = Town(city)
    town.recorder = RecorderClient(ours)
    assert single.healthy()
    yield town
    town.close()
    town.recorder.close()
    single.stop(5)
    single.wait()


def test_a_licence_is_led_through_its_life(small: Town) -> None:
    licence_story.lead_a_licence(small)


def test_a_licence_gets_a_qr_code(small: Town) -> None:
    hub = small.hub(POLICE, "issuer-1")
    card = small.issue_card(small.head(small.organisation()))
    request = issuance.GetLicenceQrCodeRequest(name=card.name, fields=["holder_name"])
    code = hub.call(hub.issuance.GetLicenceQrCode, request)
    assert qr_pictures.read_png(code.png) == (code.text,)
    assert (list(code.fields), code.modules) == (["holder_name"], 17 + 4 * code.version)
    request = issuance.GetLicenceQrCodeRequest(name=card.name, form=issuance.QR_FORM_POINTER)
    pointer = qr.read_qr_text(hub.call(hub.issuance.GetLicenceQrCode, request).text)
    assert isinstance(pointer, qr.Pointer)
    assert card.name.endswith(f"/{pointer.identifier}")
    error = refused(hub.call, hub.issuance.GetLicenceQrCode, pointer_with_fields(card.name))
    assert list(bad_fields(error)) == ["fields"]


def pointer_with_fields(name: str) -> issuance.GetLicenceQrCodeRequest:
    return issuance.GetLicenceQrCodeRequest(name=name, form=issuance.QR_FORM_POINTER, fields=["holder_name"])


def test_a_validation_issues_nothing(small: Town) -> None:
    hub = small.hub(POLICE, "issuer-1")
    licence_type = small.city.licence_type("identity-card")
    person = small.head(small.organisation())
    request = issuance.IssueLicenceRequest(parent=f"licenceTypes/{licence_type.code}", validate_only=True)
    request.request_id = new_request_id()
    request.licence.number = small.number("DRY")
    request.licence.holders.append(desks.holder_message(small.synthetic.holder(person)))
    desks.put_field_values(request.licence.fields, small.synthetic.licence_fields(licence_type, person))
    dry = hub.call(hub.issuance.IssueLicence, request)
    assert not dry.credential
    request.validate_only = False
    assert hub.call(hub.issuance.IssueLicence, request).credential


def test_a_case_is_handled_to_its_end(small: Town) -> None:
    hub = small.hub()
    name, _ = small.ready_case()
    read = hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case
    assert all("*" in party.holder.id_number for party in read.parties)
    checks = {each.requirement: each for each in desks.check(hub, name)}
    assert checks[LINE].availability == case.AVAILABILITY_AVAILABLE
    assert checks[LINE].uses_left > 0
    assert checks["premises_title"].availability == case.AVAILABILITY_CONSENT_NEEDED
    assert checks["premises_title"].advice.zh
    consent = desks.consent(hub, name, "applicant", ["premises_title"])
    revoke = case.RevokeConsentRequest(name=consent.name, request_id=new_request_id())
    assert hub.call(hub.cases.RevokeConsent, revoke).consent.revoked_time.seconds
    assert refused(desks.fetch, hub, name, "premises_title").reasons == ("CONSENT_REVOKED",)
    results = {each.requirement: each for each in desks.fetch_all(hub, name).results}
    assert results[LINE].HasField("extract")
    assert results["premises_title"].refusal.messages[0].zh
    assert results["premises_title"].refusal.receipt
    accepted = desks.accept(hub, name)
    assert accepted.state == case.CASE_STATE_ACCEPTED
    condition = {"name": name, "etag": accepted.etag}
    stop = case.StopClockRequest(procedure="inspection", request_id=new_request_id(), **condition)
    condition["etag"] = hub.call(hub.cases.StopClock, stop).case.etag
    resume = case.ResumeClockRequest(request_id=new_request_id(), **condition)
    assert hub.call(hub.cases.ResumeClock, resume).case.clock_state == case.CLOCK_STATE_RUNNING
    assert not hub.call(hub.cases.ListOverdueCases, case.ListOverdueCasesRequest()).cases
    assert desks.approve(hub, name, "准予").state == case.CASE_STATE_APPROVED
    assert refused(desks.fetch, hub, name, LINE).reasons == ("CASE_NOT_OPEN",)
    listed = hub.call(hub.cases.ListCases, case.ListCasesRequest()).cases
    assert name in {each.name for each in listed}
    assert not any(each.parties for each in listed)


def test_a_withdrawn_case_and_a_represented_party(small: Town) -> None:
    hub = small.hub()
    company = small.organisation()
    message = small.new_case(company)
    agent = small.synthetic.holder(small.synthetic.person(4 * company.number + 3))
    acting = message.representations.add(party="legal_representative")
    acting.agent.id_type, acting.agent.id_number, acting.agent.name = agent.id_type, agent.id_number, agent.name
    acting.valid_until_time.seconds = int(time.time()) + 86_400
    opened = hub.call(hub.cases.OpenCase, case.OpenCaseRequest(case=message, request_id=new_request_id())).case
    assert opened.representations[0].agent.id_number != agent.id_number
    request = case.WithdrawCaseRequest(name=opened.name, etag=opened.etag, note="撤回", request_id=new_request_id())
    assert hub.call(hub.cases.WithdrawCase, request).case.state == case.CASE_STATE_WITHDRAWN
    lead_a_representation(small)
    lead_a_case_across_regions(small)


def test_missing_evidence_disputes_and_what_is_read_outside_a_case(small: Town) -> None:
    lead_missing_evidence(small)
    lead_a_dispute(small)
    purpose_story.read_outside_a_case(small)
    restrict_a_holder(small)


def test_what_only_the_hub_sets_is_named(small: Town) -> None:
    hub = small.hub()
    message = small.new_case(small.organisation())
    message.state, message.etag = case.CASE_STATE_APPROVED, "mine"
    error = refused(hub.call, hub.cases.OpenCase, case.OpenCaseRequest(case=message, request_id=new_request_id()))
    assert [path for path, _ in error.violations] == ["case.state", "case.etag"]
    name = small.open_case(small.organisation())
    wrong = case.RecordConsentRequest(case=name, request_id=new_request_id())
    wrong.consent.name = "consents/mine"
    error = refused(hub.call, hub.cases.RecordConsent, wrong)
    assert [path for path, _ in error.violations] == ["consent"]


def test_credentials_are_verified_one_by_one_and_in_a_stream(small: Town) -> None:
    hub = small.hub()
    name, _ = small.ready_case()
    extract = desks.fetch(hub, name, LINE).extract
    assert desks.verify(hub, extract.presentation, extract.receipt).verdict == verification.VERDICT_PASSED
    item = verification.VerifyCredentialRequest(credential=extract.presentation)
    bad = verification.VerifyCredentialRequest(credential=extract.presentation[:-9])
    requests = [verification.VerifyCredentialsRequest(batch=n, items=[item, bad][: 1 + n]) for n in range(2)]
    answers = list(hub.stream(hub.verification.VerifyCredentials, requests))
    assert [answer.batch for answer in answers] == [0, 1]
    assert [len(answer.reports) for answer in answers] == [1, 2]
    assert answers[1].log_position.index > answers[0].log_position.index
    assert answers[1].reports[1].verdict == verification.VERDICT_FAILED
    assert answers[1].receipt.count(".") == 2
    assert not hub.call(
        hub.verification.VerifyCredential,
        verification.VerifyCredentialRequest(credential=extract.presentation, omit_receipt=True),
    ).receipt
    for items in ([], [item] * 1_001):
        with pytest.raises(Exception, match="FIELD_INVALID"):
            list(hub.stream(hub.verification.VerifyCredentials, [verification.VerifyCredentialsRequest(items=items)]))


def test_a_thousand_pointers_are_one_batch(small: Town) -> None:
    hub = small.hub()
    item = verification.VerifyCredentialRequest(identifier="1.2.156.3005.2.x", digest=bytes(16))
    requests = [verification.VerifyCredentialsRequest(items=[item] * 1_000, omit_receipt=True)]
    (answer,) = hub.stream(hub.verification.VerifyCredentials, requests)
    assert len(answer.reports) == 1_000
    assert {check.code for check in answer.reports[999].checks} == {"OK", "NOT_REACHED", "POINTER_MISMATCH"}
    assert not answer.receipt


def test_lists_that_are_not_published_are_not_found(small: Town) -> None:
    hub = small.hub()
    name = small.city.config.hub.name
    for uri in ("", "nonsense", f"{name}/status/../keys/x", f"{name}/status/11990100MB0000001T001/2026/1"):
        error = refused(hub.call, hub.verification.GetStatusList, verification.GetStatusListRequest(uri=uri))
        assert error.reasons == ("LIST_NOT_FOUND",)


def test_published_lists_are_handed_out(small: Town) -> None:
    hub = small.hub()
    uri = f"{small.city.config.hub.name}/status/11990100MB0000001T001/2026/1"
    with closing(open_objects(small.city.config)) as objects:
        objects.replace("trust/list.jwt", b"trust.list.jws")
        objects.replace("status/11990100MB0000001T001/2026/1.jwt", b"status.list.jws")
    found = hub.call(hub.verification.GetStatusList, verification.GetStatusListRequest(uri=uri))
    assert found.status_list == "status.list.jws"
    found_list = hub.call(hub.verification.GetTrustList, verification.GetTrustListRequest())
    assert found_list.trust_list == "trust.list.jws"


def test_evidence_of_a_licence_and_of_a_case_is_exported(small: Town) -> None:
    hub = small.hub()
    name, card = small.ready_case()
    extract = desks.fetch(hub, name, LINE).extract
    held = evidence.HeldExtract(credential=extract.presentation, receipt=extract.receipt)
    request = evidence.ExportCaseEvidenceRequest(name=name, reason="诉讼", extracts=[held])
    exported = hub.call(hub.evidence.ExportCaseEvidence, request)  # tried again until the log has published the fetch
    names = {file.name for file in exported.files}
    assert {"README.md", "manifest.json", "items/1/fetch/proof.txt", "items/1/issue/proof.txt"} <= names
    assert exported.log_position.index
    police = small.hub(POLICE, "issuer-1")
    asked = evidence.ExportLicenceEvidenceRequest(name=card.name, reason="诉讼")
    package = police.call(police.evidence.ExportLicenceEvidence, asked)
    assert "items/1/credential.sd-jwt" in {file.name for file in package.files}
    assert refused(hub.call, hub.evidence.ExportLicenceEvidence, asked).reasons == ("ROLE_MISSING",)
    asked.reason = ""
    error = refused(police.call, police.evidence.ExportLicenceEvidence, asked)
    assert [field for field, _ in error.violations] == ["reason"]
    assert small.entries(case=name)[0].entry.purpose == "evidence"


def test_the_catalogue_changes_by_two_people(small: Town) -> None:
    catalogue_story.change_by_two_people(small)


def test_wider_access_needs_a_second_department(small: Town) -> None:
    catalogue_story.widen_access(small)


def test_bad_entries_of_a_catalogue_are_all_named(small: Town) -> None:
    author = small.hub(REGISTRAR, AUTHOR)
    entries = [
        catalogue_pb2.CatalogueEntry(),
        catalogue_pb2.CatalogueEntry(bundle=catalogue_pb2.Bundle(code="Bad Code")),
    ]
    error = refused(
        author.call, author.catalogue.ValidateCatalogue, catalogue.ValidateCatalogueRequest(entries=entries)
    )
    paths = [path for path, _ in error.violations]
    assert paths[0] == "entries[0]"
    assert any(path.startswith("entries[1].bundle.") for path in paths)


@pytest.mark.parametrize("collection", ["departments", "licenceTypes", "matters", "bundles", "agreements", "mandates"])
def test_every_collection_is_listed_page_by_page(small: Town, collection: str) -> None:
    hub = small.hub()
    request = catalogue.ListEntriesRequest(collection=collection, page_size=7)
    names: list[str] = []
    while True:
        page = hub.call(hub.catalogue.ListEntries, request)
        names += [entry.name for entry in page.entries]
        assert all(entry.WhichOneof("entity") for entry in page.entries)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert len(names) == len(set(names))
    assert names or collection == "bundles"


def test_the_auditor_sees_explains_and_proves_it_all(small: Town) -> None:
    licence_story.audit_a_fetch(small)


def test_a_decision_and_everything_that_follows(small: Town) -> None:
    approved = story.approve_with_licence(small)
    (result,) = approved.response.results
    assert result.credential
    hub = small.hub(MARKET, story.APPROVER)
    assert hub.call(hub.cases.DecideCase, approved.request) == approved.response  # a double click
    read = hub.call(hub.cases.GetCase, case.GetCaseRequest(name=approved.name)).case
    assert list(read.result.licences) == [result.licence.name]
    assert story.owe_and_issue(small).state == issuance.DUE_ISSUANCE_STATE_SETTLED

    clerk = small.hub()
    theirs = case.RateCaseRequest(case=approved.name, rating_ticket="0" * 32, request_id=new_request_id())
    theirs.rating.CopyFrom(case.Rating(level=5, channel=case.RATING_CHANNEL_COUNTER))
    assert refused(clerk.call, clerk.cases.RateCase, theirs).reasons == ("RATING_TICKET_INVALID",)
    theirs.rating_ticket, theirs.request_id = approved.response.rating_ticket, new_request_id()
    assert refused(clerk.call, clerk.cases.RateCase, theirs).reasons == ("RATER_HANDLED_CASE",)
    assert story.rate(small, approved, 1).level == 1
    assert refused(story.rate, small, approved, 5).reasons == ("RATING_EXISTS",)
    assert story.rectify(small, approved).outcome == case.RECTIFICATION_OUTCOME_RECTIFIED
    month = story.figures(small)
    assert (month.ratings[0], month.answered_in_time) == (month.answered, month.answered)

    story.supervise(small, approved)


def test_an_application_for_a_bundle_is_fetched_for_at_once(small: Town) -> None:
    counter_story.fetch_for_an_application(small)


def test_a_holder_shows_a_code_and_agrees(small: Town) -> None:
    counter_story.show_a_code_and_agree(small)


def test_a_departments_store_is_brought_in(small: Town) -> None:
    counter_story.bring_in_a_store(small)


def test_each_row_of_the_table_was_answered_at_least_once(small: Town, registry: CollectorRegistry) -> None:
    """No method of the contract is left that nobody has seen work."""
    test_a_licence_is_led_through_its_life(small)
    test_a_case_is_handled_to_its_end(small)
    test_a_withdrawn_case_and_a_represented_party(small)
    test_missing_evidence_disputes_and_what_is_read_outside_a_case(small)
    test_an_application_for_a_bundle_is_fetched_for_at_once(small)
    test_a_holder_shows_a_code_and_agrees(small)
    test_a_departments_store_is_brought_in(small)
    test_credentials_are_verified_one_by_one_and_in_a_stream(small)
    test_a_decision_and_everything_that_follows(small)
    test_evidence_of_a_licence_and_of_a_case_is_exported(small)
    test_published_lists_are_handed_out(small)
    test_the_catalogue_changes_by_two_people(small)
    test_wider_access_needs_a_second_department(small)
    test_the_auditor_sees_explains_and_proves_it_all(small)

    def unseen() -> set[str]:
        answered = {
            sample.labels["method"]
            for metric in registry.collect()
            for sample in metric.samples
            if sample.name == "onceonly_calls_total" and sample.labels["reason"] == "OK" and sample.value
        }
        return set(METHODS) - answered

    until(lambda: not unseen(), f"answers of {unseen()}")


def test_the_exchange_says_what_the_table_says_of_markets_case(small: Town) -> None:
    other = small.hub(POLICE, "clerk-1")
    name = small.open_case(small.organisation(), small.hub(MARKET, "clerk-2"))
    request = exchange.FetchEvidenceRequest(case=name, request_id=new_request_id())
    unknown = exchange.FetchEvidenceRequest(case="cases/none", request_id=new_request_id())
    errors = [refused(other.call, other.exchange.FetchEvidence, each) for each in (request, unknown)]
    assert {(each.code, each.reasons, each.message, each.zh) for each in errors} == {
        (errors[0].code, ("CASE_UNKNOWN",), errors[0].message, errors[0].zh)
    }
