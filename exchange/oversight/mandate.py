"""The mandate: the evidence object of OVERSIGHT, decided by the same rules as every other access."""

from dataclasses import dataclass, replace

from exchange.audit.entry import ItemDraft, Outcome, Tagger, key_epoch
from exchange.audit.unit import Recorder
from exchange.call import Call
from exchange.civil_time import DAY_SECONDS, civil_midnight
from exchange.entities.catalogue import Mandate, Purpose, Role
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.purpose.codec import to_bytes
from exchange.purpose.decision import POLICY, Deny, decide, policy_digest
from exchange.purpose.facts import CallerFacts, Facts, MandateFacts, RequestFacts, StandingFacts
from exchange.purpose.limits import Limits, standing, standing_keys

_PREFIX = "mandates/"


@dataclass(frozen=True, slots=True)
class MandateDesk:
    """What deciding about a mandate needs beside the register: the operator's standing, and tags for raw names."""

    recorder: Recorder
    limits: Limits
    tagger: Tagger

    def standing(self, call: Call) -> StandingFacts:
        """The operator's counts as they are now. Raises ``UnavailableError`` if the recorder does not answer."""
        keys = standing_keys(call.draft.operator_tag.hex(), call.now)
        return standing(self.limits, self.recorder.standing(keys, call.remaining()), 0)


def scope_under(call: Call, desk: MandateDesk, mandate_name: str, asked: frozenset[str]) -> frozenset[str]:
    """The departments whose accesses the call may see under a mandate (empty: all of them).

    ``asked``: departments that the question is about; empty: whatever the mandate covers. Writes the facts of the
    decision into the access record. Raises ``RefusedError`` with every reason, ``InvalidError`` for a malformed name.
    """
    if not mandate_name.startswith(_PREFIX):
        raise InvalidError((Violation("mandate", "must be mandates/{id}", "应为 mandates/{id}"),))
    mandate = call.register.mandates.get(mandate_name.removeprefix(_PREFIX))
    scope = mandate.departments if mandate else frozenset[str]()
    facts = replace(_facts(call, desk.tagger, mandate, asked or scope), standing=desk.standing(call))
    decision = decide(facts)
    denied = decision.reasons if isinstance(decision, Deny) else ()
    call.draft.purpose = Purpose.OVERSIGHT
    call.draft.policy_digest = policy_digest()
    call.draft.evidence_object = mandate_name if mandate else ""
    call.draft.item(
        ItemDraft(
            outcome=Outcome.REFUSED if denied else Outcome.ALLOWED,
            reasons=tuple(reason.value for reason in denied),
            facts=to_bytes(facts),
        )
    )
    if denied:
        raise RefusedError(*denied, subject=mandate_name)
    return asked or scope


def _facts(call: Call, tagger: Tagger, mandate: Mandate | None, asked: frozenset[str]) -> Facts:
    caller = call.caller
    epoch = key_epoch(call.now_us)
    return Facts(
        policy=POLICY,
        purpose=Purpose.OVERSIGHT,
        time=call.now,
        restricted=frozenset(),  # OVERSIGHT reads of no holder, and its guards do not ask
        caller=CallerFacts(
            certificate_registered=True,
            certificate_revoked=False,
            token_valid=True,
            token_bound=True,
            department=caller.department.uscc,
            department_status=caller.department.status,
            department_roles=caller.department.roles,
            operator_status=caller.operator.status if caller.operator else None,
            operator_roles=caller.operator.roles if caller.operator else None,
            operator_assurance=caller.assurance,
            required_role=Role.AUDITOR,
            required_assurance=1,
        ),
        request=RequestFacts(
            fresh=True,
            fields=frozenset(),
            token_matters=caller.scope[0],
            token_cases=frozenset(tagger.case(case, epoch).hex() for case in caller.scope[1]),
            token_requirements=caller.scope[2],
        ),
        mandate=MandateFacts()
        if mandate is None
        else MandateFacts(
            id=mandate.id,
            auditor=mandate.auditor,
            departments=mandate.departments,
            asked=asked,
            from_time=civil_midnight(mandate.valid_from),
            until_time=civil_midnight(mandate.valid_until) + DAY_SECONDS,
        ),
    )
