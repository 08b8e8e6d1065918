"""IncidentService."""

from onceonly.v1 import incident_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.incidents import audited_message, incident_message, incident_review, new_incident
from exchange.edge.convert.purposes import parse_name
from exchange.edge.paging import PageTokens
from exchange.incidents.declaring import close_incident, confirm_incident, get_incident, open_incident
from exchange.incidents.reviewing import list_waiting, review_incident
from exchange.incidents.room import IncidentRoom
from exchange.warrants.warrant import INCIDENTS


class IncidentServicer:
    """What responders declare, and what auditors say of it afterwards."""

    def __init__(self, room: IncidentRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def open_incident(self, call: Call, request: pb.OpenIncidentRequest) -> pb.OpenIncidentResponse:
        incident = open_incident(call, self._room, new_incident(request.incident))
        return pb.OpenIncidentResponse(incident=incident_message(incident))

    def confirm_incident(self, call: Call, request: pb.ConfirmIncidentRequest) -> pb.ConfirmIncidentResponse:
        incident = confirm_incident(call, self._room, parse_name(request.name, INCIDENTS))
        return pb.ConfirmIncidentResponse(incident=incident_message(incident))

    def close_incident(self, call: Call, request: pb.CloseIncidentRequest) -> pb.CloseIncidentResponse:
        incident = close_incident(call, self._room, parse_name(request.name, INCIDENTS))
        return pb.CloseIncidentResponse(incident=incident_message(incident))

    def get_incident(self, call: Call, request: pb.GetIncidentRequest) -> pb.GetIncidentResponse:
        incident = get_incident(call, self._room, parse_name(request.name, INCIDENTS))
        return pb.GetIncidentResponse(incident=incident_message(incident))

    def list_incidents(self, call: Call, request: pb.ListIncidentsRequest) -> pb.ListIncidentsResponse:
        asked = self._tokens.asked(call.caller.name, b"ListIncidents\0" + request.mandate.encode(), request)
        page = list_waiting(call, self._room, request.mandate, after=asked.after, limit=asked.limit)
        return pb.ListIncidentsResponse(
            incidents=[audited_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def review_incident(self, call: Call, request: pb.ReviewIncidentRequest) -> pb.ReviewIncidentResponse:
        review = incident_review(request.review)
        name = parse_name(request.name, INCIDENTS)
        incident = review_incident(call, self._room, name, request.mandate, review, request.note)
        return pb.ReviewIncidentResponse(incident=audited_message(incident))
