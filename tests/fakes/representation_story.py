"""Who acts for whom, led through a real hub."""

from onceonly.v1 import application_service_pb2 as application
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import values_pb2

from exchange.client import new_request_id
from exchange.demo import desks
from tests.fakes.town import LINE, MARKET, Town, refused

NEIGHBOUR = "neighbour-service"


def lead_a_representation(small: Town) -> None:
    """A company's legal representative is recorded once the hub holds its business licence, and taken back."""
    hub, company = small.hub(MARKET, "clerk-2"), small.organisation()
    head = small.synthetic.holder(small.head(company))
    name = small.open_case(company, hub)
    etag = hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case.etag
    agent = values_pb2.Holder(id_type=head.id_type, id_number=head.id_number, name=head.name)
    office = case.Representation(party="applicant", kind=case.REPRESENTATION_KIND_LEGAL_REPRESENTATIVE, agent=agent)
    request = case.RecordRepresentationRequest(case=name, etag=etag, representation=office, request_id=new_request_id())
    assert refused(hub.call, hub.cases.RecordRepresentation, request).reasons == ("REPRESENTATION_NOT_SHOWN",)
    business = small.city.licence_type("business-licence")
    issuer = small.hub(MARKET, "issuer-1")
    desks.issue(issuer, small.synthetic, business, company, "清河市市场监督管理局", small.number("BL"))
    request.request_id = new_request_id()
    recorded = hub.call(hub.cases.RecordRepresentation, request).case
    assert recorded.representations[0].kind == case.REPRESENTATION_KIND_LEGAL_REPRESENTATIVE
    assert recorded.representations[0].agent.id_number != head.id_number
    assert hub.call(hub.cases.RecordRepresentation, request).case.etag == recorded.etag  # a lost answer
    again = {each.requirement: each for each in desks.check(hub, name)}
    assert again["business_licence"].availability == case.AVAILABILITY_AVAILABLE
    revoke = case.RevokeRepresentationRequest(
        case=name, etag=recorded.etag, party="applicant", request_id=new_request_id()
    )
    revoked = hub.call(hub.cases.RevokeRepresentation, revoke).case
    assert revoked.representations[0].revoked_time.seconds
    assert refused(desks.fetch, hub, name, "business_licence").reasons == ("REPRESENTATION_REVOKED",)
    ended = case.RecordRepresentationRequest(case=name, etag=revoked.etag, request_id=new_request_id())
    assert [path for path, _ in refused(hub.call, hub.cases.RecordRepresentation, ended).violations] == ["party"]
    ended.party = "applicant"
    assert not hub.call(hub.cases.RecordRepresentation, ended).case.representations


def lead_a_case_across_regions(small: Town) -> None:
    """A neighbouring city's counter collects a food case: it is told what is there, and reads nothing."""
    far, near, company = small.hub(NEIGHBOUR, "clerk-1"), small.hub(MARKET, "clerk-2"), small.organisation()
    small.issue_card(small.head(company))
    message = small.new_case(company)
    message.channel = "cross_region"
    opened = far.call(far.cases.OpenCase, case.OpenCaseRequest(case=message, request_id=new_request_id())).case
    assert opened.handling_department == small.city.department(MARKET).uscc
    found = {each.requirement: each for each in desks.check(far, opened.name)}
    assert found[LINE].availability == case.AVAILABILITY_AVAILABLE
    assert refused(desks.fetch, far, opened.name, LINE).reasons == ("COLLECTS_ONLY",)
    accept = {"name": opened.name, "etag": opened.etag, "request_id": new_request_id()}
    early = refused(near.call, near.cases.AcceptCase, case.AcceptCaseRequest(**accept))
    assert early.reasons == ("CASE_NOT_HANDED_OVER",)
    assert refused(desks.fetch, near, opened.name, LINE).reasons == ("CASE_NOT_HANDED_OVER",)
    request = case.HandOverCaseRequest(
        case=opened.name, etag=opened.etag, checked=["check_form"], request_id=new_request_id()
    )
    assert [path for path, _ in refused(far.call, far.cases.HandOverCase, request).violations] == ["checked"]
    request.checked.append("check_identity")
    request.request_id = new_request_id()
    handed = far.call(far.cases.HandOverCase, request).case
    assert handed.cross_region.handed_over_time.seconds
    assert far.call(far.cases.HandOverCase, request).case.etag == handed.etag  # a lost answer
    read = near.call(near.cases.GetCase, case.GetCaseRequest(name=opened.name)).case
    assert read.cross_region.handed_over_time.seconds
    assert "check_identity" in read.cross_region.collecting_duties
    claim = case.ClaimCaseRequest(name=opened.name, etag=read.etag, request_id=new_request_id())
    assert near.call(near.cases.ClaimCase, claim).case.etag != read.etag
    assert desks.fetch(near, opened.name, LINE).extract.fields
    assert desks.accept(near, opened.name).state == case.CASE_STATE_ACCEPTED
    listing = case.ListCasesRequest(relation=case.CASE_RELATION_OWN, matter=message.matters[0], page_size=100)
    assert opened.name in {each.name for each in far.call(far.cases.ListCases, listing).cases}
    listing.relation = case.CASE_RELATION_SHARED  # nobody shares with this department
    assert not far.call(far.cases.ListCases, listing).cases
    both = application.Application(number=small.number("A"), bundle="bundles/retirement", channel="cross_region")
    wanted = application.OpenApplicationRequest(application=both, request_id=new_request_id())
    missing = refused(far.call, far.applications.OpenApplication, wanted)
    assert missing.reasons == ("NOT_IMPLEMENTER",)
    assert len(missing.subjects) == 3
