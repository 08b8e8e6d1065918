"""What a representation rests on, as facts of the decision.

Rules:
1. What is not known to be shown is not shown: without facts nobody acts for anybody.
2. It is judged anew at every step, from the registers of that moment: a changed business licence or an 18th birthday
   ends a representation by itself.
3. An agent acts for people alone: who acts for an organisation is shown by its business licence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exchange.call import Call
from exchange.codes import ORGANISATION_ID_TYPES
from exchange.entities.case import Case, Representation, RepresentationKind
from exchange.purpose.facts import Facts, RepresentationFacts
from exchange.purpose.sharing_guards import (
    agent_authority_is_in_its_window,
    agent_authority_is_not_revoked,
    agent_authority_is_shown,
    clerk_is_not_agent,
    ward_is_a_minor,
)
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class Ground:
    """``shown``: what the representation rests on shows it now; ``majority_time``: when a ward becomes 18."""

    shown: bool | None = None
    majority_time: int | None = None


FindGround = Callable[[Call, Case, Representation], Ground]
"""Finds what one representation of a case rests on; what it reads is expected unchanged at commit."""

NO_GROUND: Final = Ground()
_NO_AGENT: Final = RepresentationFacts(agent_present=False)
_ASKED: Final = (
    agent_authority_is_in_its_window,
    agent_authority_is_not_revoked,
    agent_authority_is_shown,
    ward_is_a_minor,
    clerk_is_not_agent,
)


def no_ground(_call: Call, _case: Case, _given: Representation) -> Ground:
    """Nothing is known: only agents, whose authority is given at the window, can act."""
    return NO_GROUND


def representation_facts(call: Call, case: Case, party: str | None, ground: Ground) -> RepresentationFacts:
    """The facts about a line of ``party``: an agent concerns only the lines of the party that it acts for."""
    given = case.representation_of(party)
    if given is None:
        return _NO_AGENT
    return RepresentationFacts(
        agent_present=True,
        party=given.party,
        requirements=given.requirements,
        from_time=given.valid_from_time,
        until_time=given.valid_until_time,
        agent_is_clerk=is_clerk(call, given),
        kind=_kind(case, given),
        revoked=given.revoked_time != 0,
        shown=ground.shown,
        majority_time=ground.majority_time,
    )


def _kind(case: Case, given: Representation) -> RepresentationKind | None:
    """On what it acts; missing, and so no ground at all, for an agent of an organisation, as older cases may have."""
    holder = case.holder_of(given.party)
    for_person = holder is not None and holder.id_type not in ORGANISATION_ID_TYPES
    return given.kind if for_person or given.kind is not RepresentationKind.AGENT else None


def is_clerk(call: Call, given: Representation) -> bool:
    """Whether the agent is the operator: departments may know operators by their identity number."""
    operator = call.caller.operator
    return operator is not None and operator.id.upper() == given.agent.id_number.upper()


def unfit(call: Call, case: Case, party: str, ground: Ground) -> tuple[Reason, ...]:
    """Why nobody could act for the party now on what the case says; the same rules that a fetch is decided by."""
    facts = Facts(time=call.now, representation=representation_facts(call, case, party, ground))
    return tuple(dict.fromkeys(reason for rule in _ASKED if (reason := rule(facts)) is not None))
