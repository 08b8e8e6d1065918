"""ConsentService."""

from onceonly.v1 import consent_service_pb2 as pb

from exchange.call import Call
from exchange.consents.accesses import list_accesses_to_my_data
from exchange.consents.given import (
    export_consent_record,
    get_consent_notice,
    list_case_consents,
    list_own_consents,
    revoke_own_consent,
)
from exchange.consents.presenting import (
    confirm_consent,
    create_presentation_code,
    get_presentation,
    redeem_presentation_code,
)
from exchange.consents.room import ConsentRoom
from exchange.edge.convert.cases import consent_message, parse_case_name, parse_consent_name
from exchange.edge.convert.consents import (
    access_message,
    line_messages,
    notice_message,
    parse_presentation_name,
    presentation_message,
)
from exchange.edge.convert.restrictions import listed_message
from exchange.edge.paging import PageTokens
from exchange.restrictions.reading import list_restrictions_on_me
from exchange.restrictions.room import RestrictionRoom


class ConsentServicer:
    """What holders and counters do with codes and consents, and what holders see that is about them."""

    def __init__(self, room: ConsentRoom, tokens: PageTokens, restrictions: RestrictionRoom) -> None:
        self._room = room
        self._restrictions = restrictions
        self._tokens = tokens

    def create_presentation_code(
        self, call: Call, request: pb.CreatePresentationCodeRequest
    ) -> pb.CreatePresentationCodeResponse:
        case = parse_case_name(request.case, "case") if request.case else ""
        new = create_presentation_code(call, self._room, case, tuple(request.licence_types), request.language)
        return pb.CreatePresentationCodeResponse(
            qr_text=new.text, digits=new.digits, presentation=presentation_message(new.view, call.register)
        )

    def redeem_presentation_code(
        self, call: Call, request: pb.RedeemPresentationCodeRequest
    ) -> pb.RedeemPresentationCodeResponse:
        view = redeem_presentation_code(call, self._room, parse_case_name(request.case, "case"), request.code)
        return pb.RedeemPresentationCodeResponse(presentation=presentation_message(view, call.register))

    def get_presentation(self, call: Call, request: pb.GetPresentationRequest) -> pb.GetPresentationResponse:
        view = get_presentation(call, self._room, parse_presentation_name(request.name))
        return pb.GetPresentationResponse(presentation=presentation_message(view, call.register))

    def confirm_consent(self, call: Call, request: pb.ConfirmConsentRequest) -> pb.ConfirmConsentResponse:
        view = confirm_consent(call, self._room, parse_presentation_name(request.name), request.statement_digest)
        return pb.ConfirmConsentResponse(presentation=presentation_message(view, call.register))

    def get_consent_notice(self, call: Call, request: pb.GetConsentNoticeRequest) -> pb.GetConsentNoticeResponse:
        case = parse_case_name(request.case, "case")
        notice, lines = get_consent_notice(call, self._room, case, request.party, tuple(request.licence_types))
        return pb.GetConsentNoticeResponse(notice=notice_message(notice), lines=line_messages(lines))

    def revoke_consent(
        self, call: Call, request: pb.ConsentServiceRevokeConsentRequest
    ) -> pb.ConsentServiceRevokeConsentResponse:
        consent = revoke_own_consent(call, self._room, parse_consent_name(request.name))
        return pb.ConsentServiceRevokeConsentResponse(consent=consent_message(consent))

    def list_consents(self, call: Call, request: pb.ListConsentsRequest) -> pb.ListConsentsResponse:
        whose = _whose(call, self._room)
        asked = self._tokens.asked(call.caller.name, b"ListConsents\0" + whose.encode(), request)
        if call.caller.holder is None or request.case:
            page = list_case_consents(call, self._room, parse_case_name(request.case, "case"))
        else:
            page = list_own_consents(call, self._room, after=asked.after, limit=asked.limit)
        return pb.ListConsentsResponse(
            consents=[consent_message(consent) for consent in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def export_consent_record(
        self, call: Call, request: pb.ExportConsentRecordRequest
    ) -> pb.ExportConsentRecordResponse:
        record = export_consent_record(call, self._room, parse_consent_name(request.name))
        return pb.ExportConsentRecordResponse(consent_record=record)

    def list_accesses_to_my_data(
        self, call: Call, request: pb.ListAccessesToMyDataRequest
    ) -> pb.ListAccessesToMyDataResponse:
        query = f"ListAccessesToMyData\0{_whose(call, self._room)}\0{request.year}".encode()
        asked = self._tokens.asked(call.caller.name, query, request)
        page = list_accesses_to_my_data(
            call, self._room, request.year, before=int(asked.after) if asked.after else None, limit=asked.limit
        )
        key = "" if page.next_before is None else str(page.next_before)
        return pb.ListAccessesToMyDataResponse(
            accesses=[access_message(access, call.register) for access in page.accesses],
            next_page_token=asked.token(key),
            indexed_through=page.indexed_through,
        )

    def list_restrictions_on_me(
        self, call: Call, request: pb.ListRestrictionsOnMeRequest
    ) -> pb.ListRestrictionsOnMeResponse:
        query = f"ListRestrictionsOnMe\0{_whose(call, self._room)}".encode()
        asked = self._tokens.asked(call.caller.name, query, request)
        page = list_restrictions_on_me(call, self._restrictions, after=asked.after, limit=asked.limit)
        return pb.ListRestrictionsOnMeResponse(
            restrictions=[listed_message(each, call.now) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )


def _whose(call: Call, room: ConsentRoom) -> str:
    """Binds a page token to the holder: a channel's callers have one name in common."""
    return room.owner(call.caller.holder) if call.caller.holder else ""
