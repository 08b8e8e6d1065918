"""What departments read outside a case on a real hub, and how they answer for it."""

from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import incident_service_pb2 as incident

from exchange.client import new_request_id
from exchange.config import Config
from exchange.demo import desks
from exchange.demo.city import City
from exchange.options import EmergencyOptions
from tests.fakes.missing_story import HEALTH
from tests.fakes.town import AUDIT, MANDATE, Town, refused


def with_emergency(city: City) -> Config:
    """The configuration of a city's hub whose incidents open two fields of identity cards."""
    card = city.licence_type("identity-card").code
    emergency = EmergencyOptions(profile=(f"{card}:holder_name,address",))
    return city.config.model_copy(update={"emergency": emergency})


def read_outside_a_case(town: Town) -> None:
    """Every ground but disputes and inspections, which have stories of their own."""
    break_the_glass(town)


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
    assert (extract.licence, set(extract.fields)) == (card.name, {"holder_name", "address"})
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
