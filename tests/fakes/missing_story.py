"""A hygiene permit whose evidence is half missing, led from the counter to acceptance on a real hub.

Of four lines the hub holds one (the principal's identity card); one is handed in, one deferred, one committed.
"""

from hashlib import sha256

from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import dispute_service_pb2 as dispute
from onceonly.v1 import exchange_service_pb2 as exchange

from exchange.client import HubClient, new_request_id
from exchange.demo import desks
from tests.fakes.missing_world import PDF
from tests.fakes.town import MARKET, POLICE, Town, refused

HEALTH = "city-health"
DIGEST = sha256(PDF).hexdigest()


def open_public_place(town: Town, hub: HubClient) -> str:
    """A case of the health department whose principal has an identity card."""
    company = town.organisation()
    head = town.head(company)
    town.issue_card(head)
    holders = {"applicant": company, "legal_representative": head, "employee": head}
    parties = {role: town.synthetic.holder(of) for role, of in holders.items()}
    return desks.open_case(hub, town.number("PLACE"), town.city.matter("public-place-new").code, parties).name


def read(hub: HubClient, name: str) -> case.Case:
    return hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case


def submit(hub: HubClient, name: str, requirement: str) -> case.Case:
    request = case.SubmitEvidenceRequest(
        case=name,
        requirement=requirement,
        media_type="application/pdf",
        content=PDF,
        sha256=DIGEST,
        request_id=new_request_id(),
    )
    answer = hub.call(hub.cases.SubmitEvidence, request)
    assert hub.call(hub.cases.SubmitEvidence, request) == answer  # an answer that was lost is told again
    return answer.case


def signed(digest: str) -> case.Promise:
    return case.Promise(text_digest=digest, language="zh", signature=case.SIGNATURE_CONFIRMED)


def defer(hub: HubClient, name: str, requirement: str) -> None:
    """Read the text, sign it, defer; a second click gets the same answer."""
    request = case.DeferEvidenceRequest(
        case=name,
        etag=read(hub, name).etag,
        lines=[case.EvidenceName(requirement=requirement)],
        form=case.EVIDENCE_FORM_COPY,
        validate_only=True,
        request_id=new_request_id(),
    )
    made = hub.call(hub.cases.DeferEvidence, request)
    assert made.text.zh
    assert made.text.en
    request.validate_only, request.request_id = False, new_request_id()
    request.deadline.CopyFrom(made.deadline)
    request.promise.CopyFrom(signed(made.text_digest))
    deferred = hub.call(hub.cases.DeferEvidence, request)
    assert hub.call(hub.cases.DeferEvidence, request) == deferred
    assert [line.deferred_until for line in deferred.case.evidence if line.requirement == requirement] == [
        made.deadline
    ]


def commit(hub: HubClient, name: str, requirement: str) -> None:
    request = case.CommitEvidenceRequest(
        case=name,
        etag=read(hub, name).etag,
        line=case.EvidenceName(requirement=requirement),
        validate_only=True,
        request_id=new_request_id(),
    )
    made = hub.call(hub.cases.CommitEvidence, request)
    request.validate_only, request.request_id = False, new_request_id()
    request.promise.CopyFrom(signed(made.text_digest))
    committed = hub.call(hub.cases.CommitEvidence, request).case
    assert [line.text_digest for line in committed.evidence if line.requirement == requirement] == [made.text_digest]


def lead_missing_evidence(town: Town) -> None:
    """From the counter to acceptance: everything that the hub lacks is handed in, deferred or committed."""
    hub = town.hub(HEALTH, "clerk-1")
    name = open_public_place(town, hub)
    error = refused(desks.accept, hub, name)
    assert error.reasons == ("EVIDENCE_MISSING",)
    assert [subject.split("/")[1] for subject in error.subjects] == [
        "business_licence",
        "legal_representative_identity",
        "employee_health",
        "premises_title",
    ]
    answer = hub.call(hub.cases.CheckEvidence, case.CheckEvidenceRequest(case=name))
    assert len(answer.notice.digest) == 64
    assert all(check.sentence.zh in answer.notice.text.zh for check in answer.checks)
    desks.fetch(hub, name, "legal_representative_identity")
    submit(hub, name, "business_licence")
    commit(hub, name, "premises_title")
    defer(hub, name, "employee_health")
    assert desks.accept(hub, name).state == case.CASE_STATE_AWAITING_EVIDENCE
    lift = case.LiftDeferralExclusionRequest(case=name, reason="测试", request_id=new_request_id())
    hub.call(hub.cases.LiftDeferralExclusion, lift)
    assert submit(hub, name, "employee_health").state == case.CASE_STATE_ACCEPTED
    got = hub.call(hub.cases.GetMaterial, case.GetMaterialRequest(case=name, digest=DIGEST))
    assert (got.content, got.material.media_type) == (PDF, "application/pdf")
    standings = {check.requirement: check.standing for check in desks.check(hub, name)}
    assert standings == {
        "business_licence": case.EVIDENCE_STANDING_HANDED_IN,
        "legal_representative_identity": case.EVIDENCE_STANDING_FETCHED,
        "employee_health": case.EVIDENCE_STANDING_HANDED_IN,
        "premises_title": case.EVIDENCE_STANDING_COMMITTED,
    }


def read_in_dispute(hub: HubClient, name: str, licence: str) -> None:
    """One side of the dispute reads the field in dispute, and gets the same again for the same request."""
    request = exchange.FetchForPurposeRequest(evidence_object=name, request_id=new_request_id())
    fetched = hub.call(hub.exchange.FetchForPurpose, request).extract
    assert (fetched.licence, list(fetched.fields)) == (licence, ["name"])
    assert hub.call(hub.exchange.FetchForPurpose, request).extract.presentation == fetched.presentation


def lead_a_dispute(town: Town) -> None:
    """The name on an identity card is said to be wrong; the police check and refuse."""
    hub, police = town.hub(HEALTH, "clerk-1"), town.hub(POLICE, "issuer-1")
    name = open_public_place(town, hub)
    extract = desks.fetch(hub, name, "legal_representative_identity").extract
    asked = dispute.Dispute(
        case=name,
        line=case.EvidenceName(requirement="legal_representative_identity"),
        kind=dispute.DISPUTE_KIND_WRONG,
        licence=extract.licence.rpartition("/")[2],
        fields=["name"],
    )
    opened = hub.call(
        hub.disputes.OpenDispute, dispute.OpenDisputeRequest(dispute=asked, request_id=new_request_id())
    ).dispute
    assert "*" in opened.holder.id_number
    received = police.call(police.disputes.GetReceivedDispute, dispute.GetReceivedDisputeRequest(name=opened.name))
    assert "*" in received.dispute.holder.id_number  # the licence that is wrong is found by its identifier
    assert not received.dispute.case
    listed = police.call(police.disputes.ListReceivedDisputes, dispute.ListReceivedDisputesRequest()).disputes
    assert opened.name in {each.name for each in listed}
    read_in_dispute(hub, opened.name, extract.licence)
    read_in_dispute(police, opened.name, extract.licence)
    stranger = exchange.FetchForPurposeRequest(evidence_object=opened.name, request_id=new_request_id())
    market = town.hub(MARKET, "clerk-2")
    told = refused(market.call, market.exchange.FetchForPurpose, stranger)
    assert told.reasons == ("EVIDENCE_OBJECT_UNKNOWN",)
    check = dispute.CheckDisputeRequest(name=opened.name, etag=received.dispute.etag, request_id=new_request_id())
    checked = police.call(police.disputes.CheckDispute, check).dispute
    answer = dispute.AnswerDisputeRequest(
        name=opened.name, etag=checked.etag, reason="与户籍登记一致", request_id=new_request_id()
    )
    assert police.call(police.disputes.AnswerDispute, answer).dispute.state == dispute.DISPUTE_STATE_REFUSED
    got = hub.call(hub.disputes.GetDispute, dispute.GetDisputeRequest(name=opened.name)).dispute
    assert got.reason == "与户籍登记一致"
    mine = hub.call(hub.disputes.ListDisputes, dispute.ListDisputesRequest()).disputes
    assert [each.state for each in mine if each.name == opened.name] == [dispute.DISPUTE_STATE_REFUSED]
    line = next(each for each in desks.check(hub, name) if each.requirement == "legal_representative_identity")
    assert (line.dispute, line.dispute_state) == (opened.name, "refused")
    wrong = dispute.OpenDisputeRequest(dispute=got, request_id=new_request_id())
    error = refused(hub.call, hub.disputes.OpenDispute, wrong)
    assert "dispute.state" in {field for field, _ in error.violations}
    for bad in ("disputes/", "cases/1"):
        request = dispute.GetDisputeRequest(name=bad)
        assert refused(hub.call, hub.disputes.GetDispute, request).reasons == ("FIELD_INVALID",)
