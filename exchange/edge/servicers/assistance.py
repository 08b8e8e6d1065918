"""AssistanceService."""

from onceonly.v1 import assistance_service_pb2 as pb

from exchange.assistance.answering import approve_letter, get_received_letter, list_received_letters, refuse_letter
from exchange.assistance.requesting import get_letter, list_letters, request_letter, withdraw_letter
from exchange.assistance.room import AssistanceRoom
from exchange.call import Call
from exchange.edge.convert.letters import letter_message, listed_message, new_letter, received_message
from exchange.edge.convert.purposes import parse_name
from exchange.edge.paging import PageTokens
from exchange.warrants.warrant import LETTERS


class AssistanceServicer:
    """What departments ask of issuers, and what these answer."""

    def __init__(self, room: AssistanceRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def request_letter(self, call: Call, request: pb.RequestLetterRequest) -> pb.RequestLetterResponse:
        letter = request_letter(call, self._room, new_letter(request.letter))
        return pb.RequestLetterResponse(letter=letter_message(letter))

    def get_letter(self, call: Call, request: pb.GetLetterRequest) -> pb.GetLetterResponse:
        letter = get_letter(call, self._room, parse_name(request.name, LETTERS))
        return pb.GetLetterResponse(letter=letter_message(letter))

    def withdraw_letter(self, call: Call, request: pb.WithdrawLetterRequest) -> pb.WithdrawLetterResponse:
        letter = withdraw_letter(call, self._room, parse_name(request.name, LETTERS))
        return pb.WithdrawLetterResponse(letter=letter_message(letter))

    def get_received_letter(self, call: Call, request: pb.GetReceivedLetterRequest) -> pb.GetReceivedLetterResponse:
        letter = get_received_letter(call, self._room, parse_name(request.name, LETTERS))
        return pb.GetReceivedLetterResponse(letter=received_message(letter))

    def approve_letter(self, call: Call, request: pb.ApproveLetterRequest) -> pb.ApproveLetterResponse:
        letter = approve_letter(call, self._room, parse_name(request.name, LETTERS))
        return pb.ApproveLetterResponse(letter=received_message(letter))

    def refuse_letter(self, call: Call, request: pb.RefuseLetterRequest) -> pb.RefuseLetterResponse:
        letter = refuse_letter(call, self._room, parse_name(request.name, LETTERS), request.answer)
        return pb.RefuseLetterResponse(letter=received_message(letter))

    def list_letters(self, call: Call, request: pb.ListLettersRequest) -> pb.ListLettersResponse:
        asked = self._tokens.asked(call.caller.name, b"ListLetters", request)
        page = list_letters(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListLettersResponse(
            letters=[listed_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def list_received_letters(
        self, call: Call, request: pb.ListReceivedLettersRequest
    ) -> pb.ListReceivedLettersResponse:
        asked = self._tokens.asked(call.caller.name, b"ListReceivedLetters", request)
        page = list_received_letters(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListReceivedLettersResponse(
            letters=[listed_message(each) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )
