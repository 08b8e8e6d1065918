"""CORRECTION: both sides of an open dispute may read the fields in dispute, of the very licence that is in dispute.

Rule: until the issuer answers, and at most until its answer is due. A licence that is said to be missing has no fields
in dispute, so nothing can be read of it.
"""

from exchange.call import Call
from exchange.cases.room import CaseRoom
from exchange.disputes.room import find_dispute
from exchange.entities.catalogue import Role
from exchange.entities.dispute import ANSWERED, Dispute
from exchange.errors import NotFoundError
from exchange.purpose.object_facts import DisputeFacts
from exchange.warrants.room import FindWarrant
from exchange.warrants.warrant import PURPOSES, Asked, Warrant, unknown


def dispute_warrants(cases: CaseRoom) -> FindWarrant:
    """What finds the warrant of a dispute."""

    def find(call: Call, asked: Asked) -> Warrant:
        try:
            dispute = find_dispute(call, cases, asked.id).dispute
        except NotFoundError:
            return unknown(asked)
        return Warrant(
            name=asked.name,
            purpose=PURPOSES[asked.collection],
            role=_role(call, dispute),
            dispute=DisputeFacts(
                id=dispute.id,
                issuer=dispute.issuer,
                disputant=dispute.asking_department,
                licence_type=dispute.licence_type,
                fields=frozenset(dispute.fields),
                from_time=dispute.opened_time,
                until_time=dispute.answer_deadline,
                open=dispute.state not in ANSWERED,
            ),
            holder=dispute.holder,
            licence_type=asked.licence_type or dispute.licence_type,
            matter=dispute.matter,
            identifier=dispute.licence,
            issuer=dispute.issuer,
            until=dispute.answer_deadline,
        )

    return find


def _role(call: Call, dispute: Dispute) -> Role:
    """The role of the caller's side; of a department that is both, the one that its operator has."""
    department, operator = call.caller.department.uscc, call.caller.operator
    sides = [(Role.ISSUER, dispute.issuer), (Role.REQUESTER, dispute.asking_department)]
    mine = [role for role, side in sides if side == department]
    roles = operator.roles if operator is not None else frozenset[Role]()
    return next((role for role in mine if role in roles), mine[0] if mine else Role.REQUESTER)
