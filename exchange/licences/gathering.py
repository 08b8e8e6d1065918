"""Gathers the facts of one decision from the hub's own registers: nothing in them is the caller's word.

Rules:
1. What is read here is expected unchanged at commit (``Call.read``): a decision on stale facts is never acted on.
2. Persons and cases stand in the facts as this year's log tags; raw identifiers stay outside.
3. Counts (uses, consents' uses, the operator's standing) are read to refuse early; the recorder judges them exactly.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from exchange.audit.entry import Tagger
from exchange.audit.unit import Recorder
from exchange.call import Call
from exchange.cases.case_now import awaits_nothing, has_lapsed, is_deferred, waiting_lines
from exchange.cases.delegation import is_delegated
from exchange.cases.ground import NO_GROUND, FindGround, Ground, no_ground, representation_facts
from exchange.cases.regions import collects, is_handed_over, is_shared, shared_matters
from exchange.cases.requirements import case_lines, line_named
from exchange.cases.restricted import forbidden
from exchange.cases.room import is_known_to
from exchange.cases.store import CaseStore, owner_party
from exchange.cases.uses import uses_counter
from exchange.civil_time import civil_midnight
from exchange.entities.case import Case, CaseState, Consent, PinnedMatter
from exchange.entities.catalogue import Agreement, Purpose, Role, Sharing
from exchange.entities.evidence import LineEvidence
from exchange.entities.licence import Holder
from exchange.entities.register import Register
from exchange.licences.bounded import Bounded
from exchange.licences.lines import LinePlan, LinePlans
from exchange.purpose import limits as purpose_limits
from exchange.purpose.decision import POLICY
from exchange.purpose.facts import (
    AgreementFacts,
    CallerFacts,
    CaseFacts,
    ConsentFacts,
    Facts,
    RequestFacts,
    StandingFacts,
)
from exchange.purpose.limits import Limits
from storage.errors import ErasedError
from storage.records.interface import Records

REQUIRED_ASSURANCE = 1
MAX_CASE_ID = 100
STANDING_SECONDS = 1.0

_NOTHING: frozenset[str] = frozenset()
_NOBODY_FORBIDS: frozenset[Purpose] = frozenset()
_NO_AGREEMENT = AgreementFacts()
_NO_CONSENT = ConsentFacts()
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one call: its facts, and what the walk needs of the registers besides.

    ``identifier`` and ``issuer``: the one licence, or the one issuer's, that the evidence object is about; empty: any.
    """

    facts: Facts
    plan: LinePlan
    holder: Holder | None
    holder_tag: bytes
    agreement: Agreement | None
    consent: Consent | None
    asked: tuple[str, ...]
    uses_counter: str
    identifier: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class CaseContext:
    """What all lines of one call share: the case as read, its tag and the caller's facts.

    ``grounds``: what who acts for a party rests on, and ``restricted``: the purposes that restrictions forbid for it,
    both by party. ``handed_over``: as ``CaseFacts`` has it.
    """

    case_id: str
    case: Case | None
    consents: tuple[Consent, ...]
    tag: str
    epoch: int
    caller: CallerFacts
    evidence: tuple[LineEvidence, ...] = ()
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    handed_over: bool = False
    restricted: Mapping[str, frozenset[Purpose]] = field(default_factory=dict)


class StandingCache:
    """Counts as the recorder told them at most a second ago; at most ``size`` answers are kept."""

    def __init__(self, recorder: Recorder, stopwatch: Callable[[], float] = time.monotonic, size: int = 10_000) -> None:
        self._recorder = recorder
        self._stopwatch = stopwatch
        self._kept: Bounded[tuple[str, str, int], tuple[float, tuple[int, ...]]] = Bounded(size)

    def operator(self, call: Call) -> tuple[int, ...]:
        """The counts of ``limits.standing_keys`` for the calling operator."""
        return self._counts(call, "operator", call.draft.operator_tag.hex(), purpose_limits.standing_keys)

    def agreement(self, call: Call, agreement: str) -> int:
        """How often an agreement was used today."""

        def keys(agreement: str, now: int) -> tuple[str, ...]:
            return (purpose_limits.agreement_key(agreement, now),)

        return self._counts(call, "agreement", agreement, keys)[0]

    def _counts(self, call: Call, what: str, name: str, keys: Callable[[str, int], tuple[str, ...]]) -> tuple[int, ...]:
        """Raises ``UnavailableError`` if the recorder does not answer."""
        key = (what, name, call.now // _DAY)
        now = self._stopwatch()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < STANDING_SECONDS:
            return kept[1]
        counts = self._recorder.standing(keys(name, call.now), call.remaining())
        self._kept.put(key, (now, counts))
        return counts


@dataclass(frozen=True, slots=True)
class Gathering:
    """The registers that facts are gathered from. Built once."""

    cases: CaseStore
    plans: LinePlans
    records: Records
    standing: StandingCache
    tagger: Tagger
    limits: Limits
    ground: FindGround = no_ground

    def context(self, call: Call, case_id: str, epoch: int) -> CaseContext:
        """Read the case and its consents; a case that does not exist, or was erased, has a context too."""
        known = 0 < len(case_id) <= MAX_CASE_ID and case_id.isascii() and case_id.isprintable()
        try:
            case = call.read(self.cases.cases, case_id).value if known else None
            if case is not None:
                call.data_key(self.cases.owner(owner_party(case)))  # a case in memory may have been erased meanwhile
            consents = call.read(self.cases.consents, case_id).value if case is not None else None
            waits = case is not None and case.state is CaseState.AWAITING_EVIDENCE
            evidence = call.read(self.cases.evidence.lines, case_id).value if waits else None
            handed_over = case is not None and is_handed_over(call, self.cases, case)
            case = self._completed(call, case, evidence or ())
        except ErasedError:
            case = consents = evidence = None
            handed_over = False
        tag = self.tagger.case(case_id, epoch).hex()
        seen = None if case is None else seen_by_caller(call, case)
        acting = seen.representations if seen is not None else ()
        case = seen or case
        grounds = {each.party: self.ground(call, case, each) for each in acting if case is not None}
        return CaseContext(
            case_id,
            case,
            consents or (),
            tag,
            epoch,
            caller_facts(call),
            evidence or (),
            grounds,
            handed_over,
            self._restricted(call, case),
        )

    def _completed(self, call: Call, case: Case | None, evidence: tuple[LineEvidence, ...]) -> Case | None:
        """The case, accepted if all that it awaits was withdrawn; that it has lapsed is told line by line."""
        if case is None or not evidence:
            return case
        nothing = awaits_nothing(call, self.plans.store, case, evidence)
        return replace(case, state=CaseState.ACCEPTED) if nothing else case

    def line(
        self, call: Call, context: CaseContext, pinned: PinnedMatter, requirement: str, asked: tuple[str, ...]
    ) -> Line:
        """The facts for one requirement line of a case that exists; ``asked`` are the fields asked for."""
        case = context.case
        assert case is not None
        plan = self.plans.plan(call.register, pinned, requirement)
        party = plan.pinned.party
        holder = case.holder_of(party)
        tag = self.tagger.holder(holder.id_type, holder.id_number, context.epoch) if holder is not None else b""
        agreement = _agreement(call, case, plan)
        shared = is_shared(call, case, plan.matter)
        counter = uses_counter(context.case_id, plan.matter, requirement)
        outstanding = self._outstanding(call, context, plan.matter, requirement)
        if shared:  # what was fetched for the case, with uses of its own
            outstanding = self.records.counter(counter) > 0
            counter = f"{counter}/{call.caller.department.uscc}"
        # What was agreed to names who handles the case: nobody else reads by it, or spends of it.
        consent, consent_uses = (None, 0) if shared else self._consent(call, context, plan, counter)
        facts = Facts(
            policy=POLICY,
            purpose=Purpose.SERVICE,
            time=call.now,
            holder=tag.hex() if tag else None,
            restricted=context.restricted[party or ""] if holder is not None else _NOBODY_FORBIDS,
            caller=context.caller,
            request=self._request(call, context, requirement, asked),
            case=CaseFacts(
                exists=True,
                tag=context.tag,
                state=case.state,
                expires_time=case.expires_time,
                handling_department=case.handling_department,
                delegated=is_delegated(call.register, plan.matter, call.caller.department.uscc, call.now),
                assurance=case.assurance,
                situations=case.situations,
                outstanding=outstanding,
                collecting=collects(call, case, plan.matter),
                shared=shared,
                handed_over=context.handed_over,
            ),
            guide=plan.guide,
            pinned=plan.pinned,
            current=plan.current,
            licence_type=plan.type_facts,
            agreement=self._agreement_facts(call, agreement),
            consent=_consent_facts(context, consent, consent_uses),
            representation=representation_facts(call, case, party, context.grounds.get(party or "", NO_GROUND)),
            standing=self._standing(call, counter),
        )
        return Line(facts, plan, holder, tag, agreement, consent, asked, counter)

    def unknown(self, call: Call, context: CaseContext, requirement: str, asked: tuple[str, ...]) -> Facts:
        """The facts for a case that does not exist: every other fact of it is missing."""
        return Facts(
            policy=POLICY,
            purpose=Purpose.SERVICE,
            time=call.now,
            restricted=_NOBODY_FORBIDS,  # there is no holder whom a restriction could be on
            caller=context.caller,
            request=self._request(call, context, requirement, asked),
            case=CaseFacts(exists=False, tag=context.tag),
            standing=self._standing(call, ""),
        )

    def _request(self, call: Call, context: CaseContext, requirement: str, asked: tuple[str, ...]) -> RequestFacts:
        matters, cases, requirements = call.caller.scope
        return RequestFacts(
            fresh=True,  # the pipeline refuses a request id that was used for another read
            requirement=requirement,
            fields=frozenset(asked),
            token_matters=matters,
            token_cases=frozenset(self.tagger.case(case, context.epoch).hex() for case in cases) if cases else _NOTHING,
            token_requirements=requirements,
        )

    def _restricted(self, call: Call, case: Case | None) -> dict[str, frozenset[Purpose]]:
        """By party, one look-up a party: it is the same for all lines of the call."""
        if case is None:
            return {}
        store = self.cases
        return {each.role: forbidden(call, store.restricted, store.owner(each.holder)) for each in case.parties}

    def _outstanding(self, call: Call, context: CaseContext, matter: str, requirement: str) -> bool:
        """Whether the line may still be read: of a case that awaits evidence what was deferred and is still out.

        One deadline that has passed ends them all, as the case lapses with it. A repeat reads what its first call read.
        """
        case = context.case
        if case is None or case.state is not CaseState.AWAITING_EVIDENCE:
            return True
        if has_lapsed(waiting_lines(call, self.plans.store, case, context.evidence), call.now):
            return False
        asked = line_named(case_lines(self.plans.store, call.register, case), matter, requirement)
        known = [line for line in context.evidence if asked is not None and asked.is_named(*line.line)]
        waits = any(is_deferred(line, call.now) for line in known)
        return waits or call.used_before(uses_counter(case.id, matter, requirement))

    def _consent(self, call: Call, context: CaseContext, plan: LinePlan, uses: str) -> tuple[Consent | None, int]:
        """The consent that serves the line best, and how often it was used: one that is still good, else the newest.

        A repeat keeps to the consent that its first call has spent for this line, as long as that is good. ``uses``
        counts the line's.
        """
        line = plan.requirement
        if line is None or not context.consents:
            return None, 0
        best: tuple[Consent, int] | None = None
        given = [one for one in reversed(context.consents) if one.party == line.party and line.id in one.requirements]
        for consent in sorted(given, key=lambda one: not call.used_before(consent_counter(one.id), line=uses)):
            counter = consent_counter(consent.id)
            used = self.records.counter(counter) + call.claimed(counter) - call.used_before(counter, line=uses)
            good = not consent.revoked_time and used < consent.max_uses
            if good and consent.valid_from_time <= call.now < consent.valid_until_time:
                return consent, max(used, 0)
            best = best or (consent, max(used, 0))
        return best or (None, 0)

    def _agreement_facts(self, call: Call, agreement: Agreement | None) -> AgreementFacts:
        if agreement is None:
            return _NO_AGREEMENT
        used = self.standing.agreement(call, agreement.id) if agreement.daily_cap else 0
        return AgreementFacts(
            id=agreement.id,
            requester=agreement.requester,
            licence_types=agreement.licence_types,
            fields=agreement.fields,
            matters=agreement.matters,
            from_time=civil_midnight(agreement.valid_from),
            until_time=civil_midnight(agreement.valid_until) + _DAY,
            daily_cap=agreement.daily_cap,
            used_today=used,
        )

    def _standing(self, call: Call, counter: str) -> StandingFacts:
        used = self.records.counter(counter) + call.claimed(counter) - call.used_before(counter) if counter else 0
        return purpose_limits.standing(self.limits, self.standing.operator(call), max(used, 0))


def caller_facts(call: Call) -> CallerFacts:
    """The caller as authentication and the register in force know it."""
    department, operator = call.caller.department, call.caller.operator
    return CallerFacts(
        certificate_registered=True,  # authentication lets nobody pass without
        certificate_revoked=False,
        token_valid=True,
        token_bound=True,
        department=department.uscc,
        department_status=department.status,
        department_roles=department.roles,
        operator_status=operator.status if operator else None,
        operator_roles=operator.roles if operator else None,
        operator_assurance=call.caller.assurance if operator else None,
        required_role=Role.REQUESTER,
        required_assurance=REQUIRED_ASSURANCE,
    )


def consent_counter(consent: str) -> str:
    """The durable counter of how often a consent was used."""
    return f"consent/{consent}"


def _agreement(call: Call, case: Case, plan: LinePlan) -> Agreement | None:
    """The agreement for a conditionally shared type: one that covers matter and day if there is one."""
    licence_type = plan.licence_type
    if licence_type is None or licence_type.sharing is not Sharing.CONDITIONAL:
        return None
    best: Agreement | None = None
    for agreement in _agreements(call.register, licence_type.code):
        if agreement.requester not in {call.caller.department.uscc, case.handling_department}:
            continue
        in_window = civil_midnight(agreement.valid_from) <= call.now < civil_midnight(agreement.valid_until) + _DAY
        if plan.matter in agreement.matters and in_window:
            return agreement
        best = best or agreement
    return best


def _agreements(register: Register, type_code: str) -> list[Agreement]:
    return [agreement for agreement in register.agreements if type_code in agreement.licence_types]


def _consent_facts(context: CaseContext, consent: Consent | None, used: int) -> ConsentFacts:
    if consent is None:
        return _NO_CONSENT
    return ConsentFacts(
        id=consent.id,
        case=context.tag if consent.case == context.case_id else None,
        party=consent.party,
        requirements=consent.requirements,
        fields=consent.fields,
        from_time=consent.valid_from_time,
        until_time=consent.valid_until_time,
        uses_left=max(consent.max_uses - used, 0),
        revoked=consent.revoked_time != 0,
    )


def seen_by_caller(call: Call, case: Case) -> Case | None:
    """The case as far as it is the caller's: to whom files are shared, of the matters that are. None: not at all."""
    if is_known_to(call, case):
        return case
    matters = shared_matters(call, case)
    return replace(case, matters=tuple(pin for pin in case.matters if pin.code in matters)) if matters else None
