"""What a counter may do, in plain dictionaries: the model that the hub is held against.

Rules:
1. For every call the model names the obstacles in its way. Without any the hub must do it; with some it must refuse,
   for one or more of these reasons and no other.
2. What the hub then did, the model does to its own records. It knows nothing of versions, caches or storage.
3. Nothing happens by time alone but through ``run_due``; a deadline that has passed is an obstacle all the same.
4. A case that awaits evidence counts as lapsed once something came too late, and as accepted once nobody asks for what
   it awaits. Everything goes by what it counts as; the next step notes that it is accepted.
"""

from exchange.entities.catalogue import Necessity
from tests.fakes.counter_city import CERTIFICATE, HANDLERS, LINES, PROCEDURES, PROVINCE, RESULTS, SHOP, WORKS, LineRule
from tests.fakes.counter_records import (
    ACCEPTED,
    ACTIVE,
    APPROVED,
    AWAITING,
    CLOSED,
    LAPSED,
    NOTHING_SPENT,
    OPEN,
    PROPOSED,
    ModelCase,
    ModelConsent,
    ModelDebt,
    ModelLicence,
    ModelLine,
    ModelPenalty,
    Spent,
)
from tests.fakes.licence_world import SERVICE_CENTRE

NO_SUCH_LINE = frozenset({"EVIDENCE_NOT_REQUIRED"})
"""What may be said of a line that no guide has."""

Obstacles = set[str]


class CounterModel:
    """All that was acknowledged, and what follows from it. ``now``: seconds since 1970."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.cases: dict[str, ModelCase] = {}
        self.applications: dict[str, list[str]] = {}
        self.consents: dict[str, ModelConsent] = {}
        self.licences: dict[str, ModelLicence] = {}
        self.debts: dict[str, ModelDebt] = {}
        self.penalties: dict[str, ModelPenalty] = {}
        self.withdrawn: dict[str, frozenset[str]] = dict.fromkeys(LINES, frozenset())
        self.excluded: dict[int, int] = {}
        self.numbers: set[str] = set()

    # ---- who may, and whether the case is there

    def may_handle(self, matter: str, department: str) -> bool:
        return department in {HANDLERS.get(matter), SERVICE_CENTRE}

    def seen(self, case: ModelCase, department: str) -> Obstacles:
        """Whoever neither handles a case nor is a counter of who does, is not told of it."""
        return set() if self.may_handle(case.matter, department) else {"CASE_UNKNOWN"}

    def stepped(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        """What stands in the way of any step that names an etag."""
        found = self.seen(case, department)
        if etag != case.etags[-1]:
            found.add("ETAG_MISMATCH")
        if case.state in CLOSED:
            found.add("CASE_NOT_OPEN")
        return found | self.taken(case)

    def taken(self, case: ModelCase) -> Obstacles:
        """What stands in the way of any step, though nobody has noted it yet."""
        return {"DEFERRAL_LAPSED"} if self.is_too_late(case) else set()

    def gathering(self, case: ModelCase, department: str) -> Obstacles:
        """What stands in the way of anything about its evidence, reading it included."""
        found = self.seen(case, department)
        if case.state in CLOSED:
            found.add("CASE_NOT_OPEN")
        if self.now >= case.expires:
            found.add("CASE_EXPIRED")
        return found

    # ---- lines

    def rule(self, case: ModelCase, requirement: str) -> LineRule | None:
        """The line, if the case asks for it: it is in the guide, and neither then nor now withdrawn."""
        rule = LINES[case.matter].get(requirement)
        return None if rule is None or self.is_withdrawn(case, requirement) else rule

    def is_withdrawn(self, case: ModelCase, requirement: str) -> bool:
        return requirement in case.withdrawn | self.withdrawn[case.matter]

    def standing(self, case: ModelCase, requirement: str) -> str:
        line = case.lines.get(requirement, ModelLine())
        if line.uses:
            return "fetched"
        if line.files:
            return "handed_in"
        if line.committed:
            return "committed"
        return "deferred" if self.now < line.deferred_until else "out"

    def awaited(self, case: ModelCase) -> dict[str, ModelLine]:
        """The deferred lines of a case that awaits evidence, but for those that nobody asks for any more."""
        if case.state != AWAITING:
            return {}
        return {name: line for name, line in case.waiting.items() if self.rule(case, name) is not None}

    def is_too_late(self, case: ModelCase) -> bool:
        """Whether the case awaits evidence that did not come in time, noted or not."""
        return any(self.now >= line.deferred_until for line in self.awaited(case).values())

    def state_now(self, case: ModelCase) -> str:
        """What the case counts as, noted or not (rule 4)."""
        if case.state != AWAITING:
            return case.state
        if not self.awaited(case):
            return ACCEPTED
        return LAPSED if self.is_too_late(case) else AWAITING

    def complete(self, case: ModelCase) -> bool:
        """Note that the case is accepted, if it counts as that; whether it was not noted before."""
        if case.state == ACCEPTED or self.state_now(case) != ACCEPTED:
            return False
        case.state = ACCEPTED
        for line in case.lines.values():
            line.deferred_until = 0
        return True

    def shown_state(self, case: ModelCase) -> str:
        """The state that a reader is told."""
        late = case.state == OPEN and self.now >= case.expires
        return LAPSED if late else self.state_now(case)

    # ---- obstacles of each step

    def to_accept(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        found = self.stepped(case, department, etag)
        if self.now >= case.expires:
            found.add("CASE_EXPIRED")
        if case.state not in {OPEN} | CLOSED:
            found.add("CASE_STATE")
        needed = [name for name in LINES[case.matter] if self.rule(case, name) is not None]
        if case.matter == SHOP and any(self.standing(case, name) == "out" for name in needed):
            found.add("EVIDENCE_MISSING")
        return found

    def to_close(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        """A refusal, or a withdrawal."""
        return self.stepped(case, department, etag)

    def to_approve(self, case: ModelCase, who: tuple[str, str], etag: str, number: str | None) -> Obstacles:
        """``who``: department and operator; ``number``: of the licence that the decision grants, None: of none."""
        department, operator = who
        found = self.to_close(case, department, etag)
        if self.state_now(case) != ACCEPTED:
            found.add("CASE_STATE")
        if case.matter not in RESULTS:
            return found | ({"FIELD_INVALID"} if number is not None else set())
        if number is None:  # owed, where its issuer's own system issues it
            return found | (set() if case.matter == WORKS else {"RESULT_MISSING"})
        if department != case.handler:
            found.add("NOT_ISSUER")
        if operator != "decider":
            found.add("ROLE_MISSING")
        return found | ({"LICENCE_EXISTS"} if f"{RESULTS[case.matter]} {number}" in self.numbers else set())

    def to_stop(self, case: ModelCase, department: str, etag: str, procedure: str) -> Obstacles:
        found = self.stepped(case, department, etag)
        if not case.clock:
            found.add("CASE_STATE")
        if case.clock == "stopped":
            found.add("CLOCK_STOPPED")
        return found | (set() if procedure in PROCEDURES else {"PROCEDURE_UNKNOWN"})

    def to_resume(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        found = self.stepped(case, department, etag)
        if not case.clock:
            found.add("CASE_STATE")
        return found | ({"CLOCK_RUNNING"} if case.clock == "running" else set())

    def is_open(self, case: ModelCase) -> bool:
        return self.state_now(case) not in CLOSED and self.now < case.expires

    def asking_consent(self, cases: list[ModelCase], requirement: str) -> list[ModelCase]:
        """Those of an application's cases whose pinned guide asks for the line by consent."""
        rules = [(case, LINES[case.matter].get(requirement)) for case in cases if self.is_open(case)]
        return [case for case, rule in rules if rule and rule.by_consent and requirement not in case.withdrawn]

    def to_consent(self, case: ModelCase, department: str, requirement: str, until: int, uses: int) -> Obstacles:
        found = self.gathering(case, department) | self.taken(case)
        rule = LINES[case.matter].get(requirement)
        good = rule is not None and rule.by_consent and requirement not in case.withdrawn
        if not (good and self.now < until <= case.expires and 1 <= uses <= 100):
            found.add("FIELD_INVALID")
        return found

    def to_promise(self, case: ModelCase, department: str, etag: str, requirement: str, need: Necessity) -> Obstacles:
        """Deferring a line (``need``: DEFERRABLE), or committing in its place (REPLACEABLE)."""
        found = self.gathering(case, department) | self.stepped(case, department, etag)
        if case.state != OPEN:
            found.add("CASE_STATE")
        rule = self.rule(case, requirement)
        if rule is None:
            return found | {"EVIDENCE_NOT_REQUIRED"}
        deferring = need is Necessity.DEFERRABLE
        if rule.necessity is not need:
            found.add("NOT_DEFERRABLE" if deferring else "NOT_REPLACEABLE")
        if self.standing(case, requirement) != "out":
            found.add("EVIDENCE_ALREADY_IN")
        if deferring and self.now < self.excluded.get(case.person, 0):
            found.add("DEFERRAL_EXCLUDED")
        if not self.to_fetch(case, department, requirement):
            found.add("EVIDENCE_AVAILABLE")
        return found

    def to_submit(self, case: ModelCase, department: str, requirement: str) -> Obstacles:
        found = self.gathering(case, department) | self.taken(case)
        return found | ({"EVIDENCE_NOT_REQUIRED"} if self.rule(case, requirement) is None else set())

    def to_dispute(self, case: ModelCase, department: str, requirement: str) -> Obstacles:
        found = self.gathering(case, department) | self.taken(case)
        if self.rule(case, requirement) is None:
            return found | {"EVIDENCE_NOT_REQUIRED"}
        line = case.lines.get(requirement, ModelLine())
        return found | ({"DISPUTE_EXISTS"} if not line.dispute_answered else set())

    def to_rate(self, case: ModelCase, department: str, ticket: str, level: int) -> Obstacles:
        found: Obstacles = set() if 1 <= level <= 5 else {"FIELD_INVALID"}
        if not case.ticket or ticket != case.ticket:
            return found | {"RATING_TICKET_INVALID"}
        if self.may_handle(case.matter, department):
            found.add("RATER_HANDLED_CASE")
        return found | ({"RATING_EXISTS"} if case.ticket_used else set())

    def to_change_licence(self, licence: ModelLicence, department: str, etag: str, *after: str) -> Obstacles:
        """Suspending, reinstating or revoking; ``after``: the states that it may follow on."""
        if department != licence.issuer:
            return {"LICENCE_NOT_FOUND"}
        found: Obstacles = set() if etag == licence.etags[-1] else {"ETAG_MISMATCH"}
        return found | (set() if licence.state in after else {"LICENCE_STATE"})

    # ---- agents

    def to_represent(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        found = self.gathering(case, department) | self.taken(case)
        return found | (set() if etag == case.etags[-1] else {"ETAG_MISMATCH"})

    def to_end_power(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        return self.to_represent(case, department, etag) | (set() if case.agent else {"REPRESENTATION_MISSING"})

    def to_take_power_back(self, case: ModelCase, department: str, etag: str) -> Obstacles:
        found = self.to_end_power(case, department, etag)
        return found | ({"REPRESENTATION_REVOKED"} if case.agent and case.agent.revoked else set())

    def to_act(self, case: ModelCase, requirement: str) -> Obstacles:
        """What stands in the way of the agent, if somebody acts for the applicant."""
        agent, found = case.agent, Obstacles()
        if agent is None:
            return found
        if agent.requirements and requirement not in agent.requirements:
            found.add("REPRESENTATION_SCOPE")
        if not agent.from_time <= self.now < agent.until_time:
            found.add("REPRESENTATION_EXPIRED")
        return found | ({"REPRESENTATION_REVOKED"} if agent.revoked else set())

    # ---- what decisions lead to

    def to_issue_owed(self, case: ModelCase, department: str, person: int, number: str) -> Obstacles:
        """Issuing to ``person`` what the case's decision owes."""
        debt = self.debts.get(case.name)
        if debt is None or debt.licence or department != case.handler:
            return {"ISSUANCE_NOT_DUE"}
        found: Obstacles = set() if person == case.person else {"FIELD_INVALID"}
        return found | ({"LICENCE_EXISTS"} if f"{CERTIFICATE} {number}" in self.numbers else set())

    def to_report(self, case: ModelCase, department: str) -> Obstacles:
        """Reporting what an inspection found."""
        if (case.matter, department) != (SHOP, PROVINCE):
            return {"CASE_UNKNOWN"}
        return set() if case.state == APPROVED else {"CASE_STATE"}

    def to_propose(self, licence: ModelLicence, department: str, *after: str) -> Obstacles:
        """Proposing a penalty; ``after``: the states that it may follow on."""
        if (licence.matter, department) != (SHOP, PROVINCE):
            return {"LICENCE_NOT_FOUND"}
        found: Obstacles = set() if licence.state in after else {"LICENCE_STATE"}
        waits = any(one.licence is licence and one.state == PROPOSED for one in self.penalties.values())
        return found | ({"PENALTY_EXISTS"} if waits else set())

    def to_settle(self, penalty: ModelPenalty, department: str, operation: str) -> Obstacles:
        """Carrying a penalty out by ``operation``, or refusing it (empty)."""
        if department != penalty.licence.issuer:
            return {"PENALTY_NOT_FOUND"}
        fits = penalty.state == PROPOSED and operation in {"", penalty.operation}
        return set() if fits else {"PENALTY_STATE"}

    # ---- fetching

    def to_fetch(self, case: ModelCase, department: str, requirement: str, spent: Spent = NOTHING_SPENT) -> Obstacles:
        """What stands in the way of releasing a line; a repeat of a fetch has ``spent`` its uses already."""
        found = self.gathering(case, department)
        rule = LINES[case.matter].get(requirement)
        if rule is None:
            return found | NO_SUCH_LINE
        found |= self.to_act(case, requirement)
        if self.is_withdrawn(case, requirement):
            found.add("REQUIREMENT_WITHDRAWN")
        line = case.lines.get(requirement, ModelLine())
        mine = (case.name, requirement) in spent.lines
        if case.state == AWAITING and self.state_now(case) != ACCEPTED:
            to_come = requirement in self.awaited(case) and self.now < line.deferred_until
            if self.is_too_late(case) or not (to_come or mine):
                found.add("EVIDENCE_NOT_REQUIRED")
        if rule.agreed:
            found |= {"AGREEMENT_MISSING"}
        if rule.by_consent and self.serving(case, requirement, spent) is None:
            found |= self._consent_obstacles(case, requirement)
        if line.uses - mine >= rule.max_uses:
            found.add("USES_EXHAUSTED")
        held = [one.state for one in self.licences.values() if (one.person, one.licence_type) == _of(case, rule)]
        if ACTIVE not in held:
            found |= {"LICENCE_NOT_ACTIVE"} if held else {"LICENCE_NOT_FOUND"}
        return found

    def serving(self, case: ModelCase, requirement: str, spent: Spent = NOTHING_SPENT) -> ModelConsent | None:
        """The newest consent that still serves the line; for a repeat the one that it has spent, if it still does."""
        given = reversed(self._consents(case, requirement))
        for consent in sorted(given, key=lambda one: one.name not in spent.consents):
            used = consent.uses - (consent.name in spent.consents)
            good = not consent.revoked and used < consent.max_uses
            if good and consent.from_time <= self.now < consent.until_time:
                return consent
        return None

    def _consents(self, case: ModelCase, requirement: str) -> list[ModelConsent]:
        of_case = [consent for consent in self.consents.values() if consent.case == case.name]
        return [consent for consent in of_case if requirement in consent.requirements]

    def _consent_obstacles(self, case: ModelCase, requirement: str) -> Obstacles:
        consents = self._consents(case, requirement)
        if not consents:
            return {"CONSENT_MISSING"}
        found: Obstacles = set()
        for consent in consents:
            found |= {"CONSENT_REVOKED"} if consent.revoked else set()
            found |= {"CONSENT_EXHAUSTED"} if consent.uses >= consent.max_uses else set()
            found |= {"CONSENT_SCOPE"} if not consent.from_time <= self.now < consent.until_time else set()
        return found


def after_working_days(now: int, days: int) -> int:
    """When a limit of so many working days, which are all but weekends, ends: at the end of its last day in China."""
    day = (now + 8 * 3_600) // 86_400
    while days:
        day += 1
        days -= (day + 3) % 7 < 5  # 1970 began on a Thursday
    return (day + 1) * 86_400 - 8 * 3_600


def _of(case: ModelCase, rule: LineRule) -> tuple[int, str]:
    return case.person, rule.licence_type
