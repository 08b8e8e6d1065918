"""What a representation rests on, as facts of the decision.

Rules:
1. What is not known to be shown is not shown: without facts nobody acts for anybody.
2. It is judged anew at every step, from the registers of that moment: a changed business licence or an 18th birthday
   ends a representation by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exchange.call import Call
from exchange.entities.case import Case, Representation
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


FindGround = Callable[[Call, Case], Ground]
"""Finds what the representation of a case rests on; what it reads is expected unchanged at commit."""

NO_GROUND: Final = Ground()
_NO_AGENT: Final = RepresentationFacts(agent_present=False)
_ASKED: Final = (
    agent_authority_is_in_its_window,
    agent_authority_is_not_revoked,
    agent_authority_is_shown,
    ward_is_a_minor,
    clerk_is_not_agent,
)


def no_ground(_call: Call, _case: Case) -> Ground:
    """Nothing is known: only agents, whose authority is given at the window, can act."""
    return NO_GROUND


def representation_facts(
    call: Call, given: Representation | None, party: str | None, ground: Ground
) -> RepresentationFacts:
    """The facts about a line of ``party``: an agent concerns only the lines of the party that it acts for."""
    if given is None or given.party != party:
        return _NO_AGENT
    return RepresentationFacts(
        agent_present=True,
        party=given.party,
        requirements=given.requirements,
        from_time=given.valid_from_time,
        until_time=given.valid_until_time,
        agent_is_clerk=is_clerk(call, given),
        kind=given.kind,
        revoked=given.revoked_time != 0,
        shown=ground.shown,
        majority_time=ground.majority_time,
    )


def is_clerk(call: Call, given: Representation) -> bool:
    """Whether the agent is the operator: departments may know operators by their identity number."""
    operator = call.caller.operator
    return operator is not None and operator.id.upper() == given.agent.id_number.upper()


def unfit(call: Call, given: Representation, ground: Ground) -> tuple[Reason, ...]:
    """Why nobody could act on this representation now; the same rules that a fetch is decided by."""
    facts = Facts(time=call.now, representation=representation_facts(call, given, given.party, ground))
    return tuple(dict.fromkeys(reason for rule in _ASKED if (reason := rule(facts)) is not None))
