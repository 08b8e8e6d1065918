"""RestrictionService."""

from onceonly.v1 import restriction_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.purposes import parse_name
from exchange.edge.convert.restrictions import listed_message, new_restriction, restriction_message
from exchange.edge.paging import PageTokens
from exchange.restrictions.placing import approve_restriction, lift_restriction, propose_restriction
from exchange.restrictions.reading import get_restriction, list_restrictions
from exchange.restrictions.room import RestrictionRoom

_RESTRICTIONS = "restrictions"


class RestrictionServicer:
    """What supervising departments place."""

    def __init__(self, room: RestrictionRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def propose_restriction(self, call: Call, request: pb.ProposeRestrictionRequest) -> pb.ProposeRestrictionResponse:
        restriction = propose_restriction(call, self._room, new_restriction(request.restriction))
        return pb.ProposeRestrictionResponse(restriction=restriction_message(restriction, call.now))

    def approve_restriction(self, call: Call, request: pb.ApproveRestrictionRequest) -> pb.ApproveRestrictionResponse:
        restriction = approve_restriction(call, self._room, parse_name(request.name, _RESTRICTIONS))
        return pb.ApproveRestrictionResponse(restriction=restriction_message(restriction, call.now))

    def lift_restriction(self, call: Call, request: pb.LiftRestrictionRequest) -> pb.LiftRestrictionResponse:
        restriction = lift_restriction(call, self._room, parse_name(request.name, _RESTRICTIONS))
        return pb.LiftRestrictionResponse(restriction=restriction_message(restriction, call.now))

    def get_restriction(self, call: Call, request: pb.GetRestrictionRequest) -> pb.GetRestrictionResponse:
        restriction = get_restriction(call, self._room, parse_name(request.name, _RESTRICTIONS))
        return pb.GetRestrictionResponse(restriction=restriction_message(restriction, call.now))

    def list_restrictions(self, call: Call, request: pb.ListRestrictionsRequest) -> pb.ListRestrictionsResponse:
        asked = self._tokens.asked(call.caller.name, b"ListRestrictions", request)
        page = list_restrictions(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListRestrictionsResponse(
            restrictions=[listed_message(each, call.now) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )
