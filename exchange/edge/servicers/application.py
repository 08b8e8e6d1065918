"""ApplicationService."""

from onceonly.v1 import application_service_pb2 as pb

from exchange.call import Call
from exchange.cases.application_consent import record_application_consent
from exchange.cases.applications import ApplicationRoom, get_application
from exchange.cases.open_application import open_application
from exchange.edge.convert.applications import application_message, new_application, parse_application_name
from exchange.edge.convert.cases import consent_message, new_consent


class ApplicationServicer:
    """What counters do with applications for several matters."""

    def __init__(self, room: ApplicationRoom) -> None:
        self._room = room

    def open_application(self, call: Call, request: pb.OpenApplicationRequest) -> pb.OpenApplicationResponse:
        opened = open_application(call, self._room, new_application(request.application))
        return pb.OpenApplicationResponse(application=application_message(opened))

    def get_application(self, call: Call, request: pb.GetApplicationRequest) -> pb.GetApplicationResponse:
        found = get_application(call, self._room, parse_application_name(request.name))
        return pb.GetApplicationResponse(application=application_message(found))

    def record_application_consent(
        self, call: Call, request: pb.RecordApplicationConsentRequest
    ) -> pb.RecordApplicationConsentResponse:
        application = parse_application_name(request.application, "application")
        consents = record_application_consent(call, self._room, application, new_consent(request.consent))
        return pb.RecordApplicationConsentResponse(consents=[consent_message(consent) for consent in consents])
