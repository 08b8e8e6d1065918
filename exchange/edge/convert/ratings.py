"""Ratings, rectifications and figures."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.edge.convert.values import enum_member, enum_value, timestamp
from exchange.entities.rating import Rating, RatingChannel, Rectification, RectificationOutcome
from exchange.errors import InvalidError, Violation
from exchange.ratings.counting import RatingFigures
from exchange.ratings.rate import NewRating


def new_rating(message: pb.Rating) -> NewRating:
    """What is passed on; raises ``InvalidError`` when the caller sets what only the hub may."""
    if message.HasField("rated_time"):
        raise InvalidError((Violation("rating.rated_time", "is set by the hub only", "只能由系统设置"),))
    return NewRating(message.level, tuple(message.reasons), message.comment, rating_channel(message.channel))


def rating_channel(value: int) -> RatingChannel | None:
    """The channel; None for UNSPECIFIED."""
    return enum_member(RatingChannel, pb.RatingChannel.Name(value))


def rectification_outcome(value: int) -> RectificationOutcome | None:
    """The outcome; None for UNSPECIFIED."""
    return enum_member(RectificationOutcome, pb.RectificationOutcome.Name(value))


def rating_message(rating: Rating) -> pb.Rating:
    return pb.Rating(
        level=rating.level,
        reasons=rating.reasons,
        comment=rating.comment,
        channel=enum_value(RatingChannel, rating.channel),
        rated_time=timestamp(rating.rated_time),
    )


def rectification_message(rectification: Rectification, now: int) -> pb.Rectification:
    outcome = rectification.outcome
    return pb.Rectification(
        case=f"cases/{rectification.case}",
        rating=rating_message(rectification.rating),
        contact_due_time=timestamp(rectification.contact_due_time),
        answer_due_time=timestamp(rectification.answer_due_time),
        contacted_time=timestamp(rectification.contacted_time),
        answered_time=timestamp(rectification.answered_time),
        answer=rectification.answer,
        outcome=None if outcome is None else enum_value(RectificationOutcome, outcome),
        overdue=rectification.overdue(now),
    )


def figures_message(figures: RatingFigures) -> pb.RatingFigures:
    return pb.RatingFigures(
        month=figures.month,
        ratings=figures.ratings,
        satisfied_permille=figures.satisfied_permille,
        answered=figures.answered,
        answered_in_time=figures.answered_in_time,
    )
