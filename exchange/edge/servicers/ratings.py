"""The ratings of CaseService."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.call import Call
from exchange.edge.convert.cases import parse_case_name
from exchange.edge.convert.ratings import (
    figures_message,
    new_rating,
    rating_channel,
    rating_message,
    rectification_message,
    rectification_outcome,
)
from exchange.edge.paging import PageTokens
from exchange.ratings.counting import summarise_ratings
from exchange.ratings.rate import rate_case
from exchange.ratings.rectify import answer_rectification, list_ratings, list_rectifications
from exchange.ratings.room import RatingRoom


class RatingCalls:
    """What CaseService does with ratings."""

    _ratings: RatingRoom
    _tokens: PageTokens

    def rate_case(self, call: Call, request: pb.RateCaseRequest) -> pb.RateCaseResponse:
        case = parse_case_name(request.case, "case")
        rating = rate_case(call, self._ratings, case, request.rating_ticket, new_rating(request.rating))
        return pb.RateCaseResponse(rating=rating_message(rating))

    def list_ratings(self, call: Call, request: pb.ListRatingsRequest) -> pb.ListRatingsResponse:
        asked = self._tokens.asked(call.caller.name, b"ListRatings", request)
        page = list_ratings(call, self._ratings, after=asked.after, limit=asked.limit)
        return pb.ListRatingsResponse(
            ratings=[rating_message(rating) for rating in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def list_rectifications(self, call: Call, request: pb.ListRectificationsRequest) -> pb.ListRectificationsResponse:
        asked = self._tokens.asked(call.caller.name, b"ListRectifications", request)
        page = list_rectifications(call, self._ratings, after=asked.after, limit=asked.limit)
        return pb.ListRectificationsResponse(
            rectifications=[rectification_message(each, call.now) for each in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def answer_rectification(
        self, call: Call, request: pb.AnswerRectificationRequest
    ) -> pb.AnswerRectificationResponse:
        answered = answer_rectification(
            call,
            self._ratings,
            parse_case_name(request.case, "case"),
            rating_channel(request.channel),
            request.answer,
            rectification_outcome(request.outcome),
        )
        return pb.AnswerRectificationResponse(rectification=rectification_message(answered, call.now))

    def summarise_ratings(self, call: Call, request: pb.SummariseRatingsRequest) -> pb.SummariseRatingsResponse:
        figures = summarise_ratings(
            call, self._ratings, request.department, request.matter, request.first_month, request.last_month
        )
        return pb.SummariseRatingsResponse(figures=[figures_message(month) for month in figures])
