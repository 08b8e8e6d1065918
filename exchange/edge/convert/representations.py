"""Who acts for a party, as the contract has it; people are masked on the way out."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.cases.masking import masked_representation
from exchange.edge.convert.values import enum_member, enum_value, holder, holder_message, timestamp
from exchange.entities.case import Representation, RepresentationKind
from exchange.errors import InvalidError, Violation


def representation(message: pb.Representation, path: str = "representation") -> Representation:
    """Who is to act; ``path`` is where it stands in the request.

    Raises ``InvalidError`` when the caller sets what only the hub may, and for a kind that is not known.
    """
    if message.HasField("revoked_time"):
        en, zh = "is set by the hub only", "只能由系统设置"
        raise InvalidError((Violation(f"{path}.revoked_time", en, zh),))
    name = pb.RepresentationKind.Name(message.kind) if message.kind in pb.RepresentationKind.values() else ""
    kind = enum_member(RepresentationKind, name) if message.kind else RepresentationKind.AGENT
    if kind is None:
        raise InvalidError((Violation(f"{path}.kind", "is not known", "未知的类型"),))
    return Representation(
        party=message.party,
        agent=holder(message.agent),
        requirements=frozenset(message.requirements),
        valid_from_time=message.valid_from_time.seconds,
        valid_until_time=message.valid_until_time.seconds,
        kind=kind,
        authorised_by=holder(message.authorised_by) if message.HasField("authorised_by") else None,
        document_digest=message.document_digest,
    )


def recorded_representation(request: pb.RecordRepresentationRequest) -> Representation | None:
    """Who is to act from now on; None: nobody for ``named_party``.

    Raises ``InvalidError`` as ``representation``, and where a party to end with is named besides.
    """
    if not request.HasField("representation"):
        return None
    if request.party:
        en, zh = "must be empty where somebody is to act", "填写代办人时不得填写"
        raise InvalidError((Violation("party", en, zh),))
    return representation(request.representation)


def named_party(request: pb.RecordRepresentationRequest | pb.RevokeRepresentationRequest) -> str:
    """The party that the request is about; raises ``InvalidError`` where it names none."""
    if not request.party:
        raise InvalidError((Violation("party", "must name the party", "应注明当事人"),))
    return request.party


def representation_message(given: Representation) -> pb.Representation:
    """Who acts, names and numbers masked."""
    shown = masked_representation(given)
    return pb.Representation(
        party=shown.party,
        agent=holder_message(shown.agent),
        requirements=sorted(shown.requirements),
        valid_from_time=timestamp(shown.valid_from_time),
        valid_until_time=timestamp(shown.valid_until_time),
        kind=enum_value(RepresentationKind, shown.kind),
        authorised_by=holder_message(shown.authorised_by) if shown.authorised_by is not None else None,
        document_digest=shown.document_digest,
        revoked_time=timestamp(shown.revoked_time),
    )
