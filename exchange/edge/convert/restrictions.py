"""Restrictions."""

from onceonly.v1 import catalogue_pb2
from onceonly.v1 import restriction_service_pb2 as pb

from exchange.cases.masking import masked_holder
from exchange.edge.convert.values import enum_member, enum_value, holder, holder_message, seconds, timestamp
from exchange.entities.catalogue import Purpose
from exchange.entities.restriction import Restriction, RestrictionState
from exchange.errors import InvalidError, Violation
from exchange.restrictions.placing import NewRestriction

_BY_CALLER = frozenset({"holder", "forbids", "conceal_until", "legal_reference", "reason", "until_time"})


def new_restriction(message: pb.Restriction) -> NewRestriction:
    """What is proposed; raises ``InvalidError`` when the caller sets what only the hub may."""
    wrong = sorted({field.name for field, _ in message.ListFields()} - _BY_CALLER)
    if wrong:
        raise InvalidError(
            tuple(Violation(f"restriction.{name}", "is set by the hub only", "只能由系统设置") for name in wrong)
        )
    return NewRestriction(
        holder=holder(message.holder),
        forbids=tuple(enum_member(Purpose, catalogue_pb2.Purpose.Name(value)) for value in message.forbids),
        legal_reference=message.legal_reference,
        reason=message.reason,
        until_time=seconds(message.until_time),
        conceal_until=seconds(message.conceal_until),
    )


def restriction_message(restriction: Restriction, now: int) -> pb.Restriction:
    """As its department sees it at ``now`` (seconds since 1970): its holder masked."""
    message = listed_message(restriction, now)
    message.holder.CopyFrom(holder_message(masked_holder(restriction.holder)))
    message.reason = restriction.reason
    return message


def listed_message(restriction: Restriction, now: int) -> pb.Restriction:
    """As a list shows it, and as its holder is shown it: without holder and reason."""
    return pb.Restriction(
        name=f"restrictions/{restriction.id}",
        forbids=[enum_value(Purpose, purpose) for purpose in restriction.forbids],
        conceal_until=timestamp(restriction.conceal_until),
        legal_reference=restriction.legal_reference,
        until_time=timestamp(restriction.until_time),
        department=restriction.department,
        state=enum_value(RestrictionState, restriction.state(now)),
        proposed_time=timestamp(restriction.proposed_time),
        approved_time=timestamp(restriction.approved_time),
        lifted_time=timestamp(restriction.lifted_time),
    )
