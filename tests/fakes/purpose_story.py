"""What departments read outside a case on a real hub, and how they answer for it."""

import time

from onceonly.v1 import assistance_service_pb2 as assistance
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import incident_service_pb2 as incident
from onceonly.v1 import manifest_service_pb2 as manifest
from onceonly.v1 import reason_pb2
from onceonly.v1 import verification_service_pb2 as verification

from exchange.client import new_request_id
from exchange.demo import desks
from tests.fakes.missing_story import HEALTH
from tests.fakes.town import AUDIT, LINE, MANDATE, MARKET, POLICE, Town, refused


def read_outside_a_case(town: Town) -> None:
    """Every ground but disputes and inspections, which have stories of their own."""
    break_the_glass(town)
    ask_another_department(town)
    fetch_in_bulk(town)


def fetch_in_bulk(town: Town) -> None:
    """One clerk proposes two cases' lines, another agrees, and the first fetches them in one page."""
    hub, second = town.hub(MARKET, "approver-1"), town.hub(MARKET, "clerk-2")
    ready = [town.ready_case(second) for _ in range(2)]
    asked = manifest.Manifest(reason="年度集中核验")
    for name, _ in ready:
        asked.items.add(case=name, requirement=LINE)
    asked.until_time.seconds = int(time.time()) + 3600
    propose = manifest.ProposeManifestRequest(manifest=asked, request_id=new_request_id())
    proposed = hub.call(hub.manifests.ProposeManifest, propose).manifest
    fetch = manifest.FetchManifestRequest(name=proposed.name, request_id=new_request_id())
    assert refused(hub.call, hub.manifests.FetchManifest, fetch).reasons == ("MANIFEST_NOT_OPEN",)
    approve = manifest.ApproveManifestRequest(name=proposed.name, request_id=new_request_id())
    assert refused(hub.call, hub.manifests.ApproveManifest, approve).reasons == ("SECOND_PERSON_NEEDED",)
    approve.request_id = new_request_id()
    approved = second.call(second.manifests.ApproveManifest, approve).manifest
    got = hub.call(hub.manifests.GetManifest, manifest.GetManifestRequest(name=proposed.name)).manifest
    assert got == approved
    fetch.request_id = new_request_id()
    page = hub.call(hub.manifests.FetchManifest, fetch)
    assert [one.extract.licence for one in page.results] == [card.name for _, card in ready]
    assert [one.lines[0].case for one in page.results] == [name for name, _ in ready]
    assert page.next == 0
    again = hub.call(hub.manifests.FetchManifest, fetch)  # an answer that was lost spends nothing
    assert [one.extract.licence for one in again.results] == [card.name for _, card in ready]
    fetch.request_id = new_request_id()
    spent = hub.call(hub.manifests.FetchManifest, fetch)
    assert {reason_pb2.Reason.Name(one.refusal.reasons[0]) for one in spent.results} == {"REASON_RATE_LIMITED"}
    withdraw = manifest.WithdrawManifestRequest(name=proposed.name, request_id=new_request_id())
    assert second.call(second.manifests.WithdrawManifest, withdraw).manifest.withdrawn_time.seconds
    fetch.request_id = new_request_id()
    assert refused(hub.call, hub.manifests.FetchManifest, fetch).reasons == ("MANIFEST_NOT_OPEN",)
    listed = second.call(second.manifests.ListManifests, manifest.ListManifestsRequest(page_size=100)).manifests
    found = next(each for each in listed if each.name == proposed.name)
    assert (found.state, found.item_count, found.case_count) == (manifest.MANIFEST_STATE_WITHDRAWN, 2, 2)
    assert not any(each.items for each in listed)
    by_hub = manifest.ProposeManifestRequest(manifest=got, request_id=new_request_id())
    told = refused(hub.call, hub.manifests.ProposeManifest, by_hub)
    assert "manifest.name" in {field for field, _ in told.violations}


def ask_another_department(town: Town) -> None:
    """The market department asks the police for an address by letter: one is agreed to, one refused, one withdrawn."""
    hub, police = town.hub(MARKET, "clerk-1"), town.hub(POLICE, "issuer-1")
    person = town.head(town.organisation())
    card = town.issue_card(person)

    def written() -> assistance.Letter:
        letter = assistance.Letter(
            issuer=town.city.department(POLICE).uscc,
            holder=desks.holder_message(town.synthetic.holder(person)),
            legal_reference="《示例条例》第九条",
            note="核实经营者住所",
            max_uses=1,
        )
        letter.types.add(licence_type=town.city.licence_type("identity-card").code, fields=["address"])
        letter.until_time.seconds = int(time.time()) + 3600
        request = assistance.RequestLetterRequest(letter=letter, request_id=new_request_id())
        return hub.call(hub.assistance.RequestLetter, request).letter

    agreed, refusing, taken_back = written(), written(), written()
    got = police.call(police.assistance.GetReceivedLetter, assistance.GetReceivedLetterRequest(name=agreed.name)).letter
    assert got.holder.name == town.synthetic.holder(person).name
    assert "*" in agreed.holder.id_number
    approve = assistance.ApproveLetterRequest(name=agreed.name, request_id=new_request_id())
    assert police.call(police.assistance.ApproveLetter, approve).letter.state == assistance.LETTER_STATE_APPROVED
    fetch = exchange.FetchForPurposeRequest(evidence_object=agreed.name, request_id=new_request_id())
    extract = hub.call(hub.exchange.FetchForPurpose, fetch).extract
    assert (extract.licence, list(extract.fields)) == (card.name, ["address"])
    again = hub.call(hub.exchange.FetchForPurpose, fetch).extract  # an answer that was lost spends no second use
    assert again.presentation == extract.presentation
    fetch.request_id = new_request_id()
    assert refused(hub.call, hub.exchange.FetchForPurpose, fetch).reasons == ("LETTER_EXHAUSTED",)
    refuse = assistance.RefuseLetterRequest(name=refusing.name, answer="依据不足", request_id=new_request_id())
    assert police.call(police.assistance.RefuseLetter, refuse).letter.state == assistance.LETTER_STATE_REFUSED
    withdraw = assistance.WithdrawLetterRequest(name=taken_back.name, request_id=new_request_id())
    assert hub.call(hub.assistance.WithdrawLetter, withdraw).letter.state == assistance.LETTER_STATE_WITHDRAWN
    read = hub.call(hub.assistance.GetLetter, assistance.GetLetterRequest(name=refusing.name)).letter
    assert read.answer == "依据不足"
    names = {agreed.name, refusing.name, taken_back.name}
    mine = hub.call(hub.assistance.ListLetters, assistance.ListLettersRequest(page_size=100)).letters
    theirs = police.call(
        police.assistance.ListReceivedLetters, assistance.ListReceivedLettersRequest(page_size=100)
    ).letters
    assert names <= {each.name for each in mine} & {each.name for each in theirs}
    assert not any(each.HasField("holder") for each in (*mine, *theirs))
    by_hub = assistance.RequestLetterRequest(letter=read, request_id=new_request_id())
    told = refused(hub.call, hub.assistance.RequestLetter, by_hub)
    assert "letter.state" in {field for field, _ in told.violations}


def break_the_glass(town: Town) -> None:
    """Somebody is found unconscious: who it is is read at once, confirmed, ended, and reviewed."""
    hub, second, auditor = (
        town.hub(HEALTH, "responder-1"),
        town.hub(HEALTH, "responder-2"),
        town.hub(AUDIT, "auditor-1"),
    )
    person = town.head(town.organisation())
    card = town.issue_card(person)
    declared = incident.Incident(
        reason=incident.INCIDENT_REASON_LIFE_AT_RISK,
        holder=desks.holder_message(town.synthetic.holder(person)),
        licence_types=[town.city.licence_type("identity-card").code],
        note="伤者昏迷，需联系家属",
    )
    request = incident.OpenIncidentRequest(incident=declared, request_id=new_request_id())
    opened = hub.call(hub.incidents.OpenIncident, request).incident
    assert opened.alerted
    assert "*" in opened.holder.id_number
    fetch = exchange.FetchForPurposeRequest(evidence_object=opened.name, request_id=new_request_id())
    extract = hub.call(hub.exchange.FetchForPurpose, fetch).extract
    assert (extract.licence, set(extract.fields)) == (card.name, {"name", "address"})
    assert desks.verify(hub, extract.presentation, extract.receipt).verdict == verification.VERDICT_PASSED
    confirm = incident.ConfirmIncidentRequest(name=opened.name, request_id=new_request_id())
    assert refused(hub.call, hub.incidents.ConfirmIncident, confirm).reasons == ("SECOND_PERSON_NEEDED",)
    confirm.request_id = new_request_id()
    assert second.call(second.incidents.ConfirmIncident, confirm).incident.confirmed_time.seconds
    close = incident.CloseIncidentRequest(name=opened.name, request_id=new_request_id())
    assert hub.call(hub.incidents.CloseIncident, close).incident.closed_time.seconds
    fetch.request_id = new_request_id()
    assert refused(hub.call, hub.exchange.FetchForPurpose, fetch).reasons == ("INCIDENT_NOT_RUNNING",)
    listed = auditor.call(
        auditor.incidents.ListIncidents, incident.ListIncidentsRequest(mandate=MANDATE, page_size=100)
    ).incidents
    found = next(each for each in listed if each.name == opened.name)
    assert (found.note, found.HasField("holder")) == ("", False)
    review = incident.ReviewIncidentRequest(
        name=opened.name,
        mandate=MANDATE,
        review=incident.INCIDENT_REVIEW_JUSTIFIED,
        note="有据",
        request_id=new_request_id(),
    )
    auditor.call(auditor.incidents.ReviewIncident, review)
    got = second.call(second.incidents.GetIncident, incident.GetIncidentRequest(name=opened.name)).incident
    assert (got.review, got.review_note) == (incident.INCIDENT_REVIEW_JUSTIFIED, "有据")
    by_hub = incident.OpenIncidentRequest(incident=got, request_id=new_request_id())
    told = refused(hub.call, hub.incidents.OpenIncident, by_hub)
    assert "incident.review" in {field for field, _ in told.violations}
