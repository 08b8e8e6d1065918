"""DisputeService."""

from dataclasses import replace

from onceonly.v1 import dispute_service_pb2 as pb

from exchange.call import Call
from exchange.disputes.answering import answer_dispute, check_dispute
from exchange.disputes.opening import open_dispute
from exchange.disputes.reading import for_issuer, get_dispute, get_received, list_asked, list_received, masked
from exchange.disputes.room import DisputeRoom
from exchange.edge.convert.disputes import dispute_message, new_dispute, parse_dispute_name
from exchange.edge.paging import PageTokens


class DisputeServicer:
    """What counters ask of issuers, and what these answer."""

    def __init__(self, room: DisputeRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def open_dispute(self, call: Call, request: pb.OpenDisputeRequest) -> pb.OpenDisputeResponse:
        view = open_dispute(call, self._room, new_dispute(request.dispute))
        return pb.OpenDisputeResponse(dispute=dispute_message(replace(view, dispute=masked(view.dispute))))

    def get_dispute(self, call: Call, request: pb.GetDisputeRequest) -> pb.GetDisputeResponse:
        view = get_dispute(call, self._room, parse_dispute_name(request.name))
        return pb.GetDisputeResponse(dispute=dispute_message(view))

    def get_received_dispute(self, call: Call, request: pb.GetReceivedDisputeRequest) -> pb.GetReceivedDisputeResponse:
        view = get_received(call, self._room, parse_dispute_name(request.name))
        return pb.GetReceivedDisputeResponse(dispute=dispute_message(view))

    def list_disputes(self, call: Call, request: pb.ListDisputesRequest) -> pb.ListDisputesResponse:
        asked = self._tokens.asked(call.caller.name, b"ListDisputes", request)
        page = list_asked(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListDisputesResponse(
            disputes=[dispute_message(view) for view in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def list_received_disputes(
        self, call: Call, request: pb.ListReceivedDisputesRequest
    ) -> pb.ListReceivedDisputesResponse:
        asked = self._tokens.asked(call.caller.name, b"ListReceivedDisputes", request)
        page = list_received(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListReceivedDisputesResponse(
            disputes=[dispute_message(view) for view in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def check_dispute(self, call: Call, request: pb.CheckDisputeRequest) -> pb.CheckDisputeResponse:
        view = check_dispute(call, self._room, parse_dispute_name(request.name), request.etag)
        return pb.CheckDisputeResponse(dispute=dispute_message(replace(view, dispute=for_issuer(view.dispute))))

    def answer_dispute(self, call: Call, request: pb.AnswerDisputeRequest) -> pb.AnswerDisputeResponse:
        view = answer_dispute(
            call,
            self._room,
            parse_dispute_name(request.name),
            request.etag,
            corrected_licence=request.corrected_licence,
            reason=request.reason,
        )
        return pb.AnswerDisputeResponse(dispute=dispute_message(replace(view, dispute=for_issuer(view.dispute))))
