"""A counter's whole day: the straight way, two windows at once, time that passes, guides, and requests sent late."""

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import case_service_pb2 as pb

from exchange.edge.methods import Access
from tests.fakes.counter_agent_steps import AgentSteps
from tests.fakes.counter_city import DECIDER, DEED, HANDLERS, HYGIENE, IDENTITY, LINES, SHOP, TITLE, WORKS, guide
from tests.fakes.counter_hurry_steps import HurrySteps
from tests.fakes.counter_machine import NUMBERS
from tests.fakes.counter_records import (
    AWAITING,
    CLOSED,
    LAPSED,
    OPEN,
    YEAR,
    ModelCase,
)
from tests.fakes.counter_result_steps import ResultSteps
from tests.fakes.counter_window import Ask
from tests.fakes.licence_world import SERVICE_CENTRE

RACING = ("accept", "approve", "refuse", "withdraw", "hand in", "fetch", "fetch by consent", "consent")
TAKEN_AWAY = ("consent given", "consent given", "agent", "agent", "licence", "line")


class WholeDay(ResultSteps, AgentSteps, HurrySteps):
    """All steps."""

    def stock(self) -> None:
        """Some licences, a case in most states, an application with two open ones, a permit and a certificate owed."""
        once = (0, "once")
        for person, licence_type in ((0, IDENTITY), (0, DEED), (1, IDENTITY), (1, DEED), (1, HYGIENE)):
            self.issue(person=person, licence_type=licence_type, department="issuer", number=0, way=once)
        for matter, steps in ((WORKS, 0), (WORKS, 2), (TITLE, 1), (SHOP, 3), (SHOP, 1)):
            self.open_case(matter=matter, person=0, department=HANDLERS[matter], number=len(self.model.cases), way=once)
            for _ in range(steps):  # deferred; fetched; approved
                self.take_step(list(self.model.cases.values())[-1], later="deed" if matter == SHOP else "", days=10)
        self.open_application(person=1, department=SERVICE_CENTRE, number=0, way=once)

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(number=NUMBERS, later=st.sampled_from(("", "deed", "hygiene")), days=st.sampled_from((3, 10)))
    def go_on(self, number: int, later: str, days: int) -> None:
        """One step on the straight way, so that many days see what lies behind it: accepted, completed, approved."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        self.take_step(case, later, days)

    def take_step(self, case: ModelCase, later: str, days: int) -> None:
        state = self.model.state_now(case)
        if state == OPEN:
            for name in LINES[case.matter]:
                if name != later and self.model.standing(case, name) == "out":
                    self.hand_in_file(case, name, case.handler, 0, (0, "once"))
            if later:
                self.defer_line(case, later, case.handler, case.etags[-1], days, "", (1, "once"))
            self.accept_case(case, case.handler, case.etags[-1], (0, "once"))
        elif state == AWAITING:
            self.bring_in(case, fetches=bool(later))
        else:
            self.withdraw(case, case.handler, case.etags[-2], (1, "once"))  # somebody who read it before
            permit = f"G-{self.number()}" if case.matter == SHOP else None
            self.approve(case, case.handler, DECIDER, case.etags[-1], permit, (0, "once"))

    def bring_in(self, case: ModelCase, *, fetches: bool) -> None:
        """What was deferred comes: handed in, or fetched where the holder consents."""
        for name in tuple(self.model.awaited(case)):
            if fetches and LINES[case.matter][name].by_consent:
                self.give_consent(case, name, case.handler, 1, 1, (0, "once"))
            if fetches:
                self.fetch_line(case, name, case.handler, (1, "once"))
            else:
                self.hand_in_file(case, name, case.handler, 0, (1, "once"))

    # ---- two windows

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(number=NUMBERS, first=st.sampled_from(RACING), second=st.sampled_from((*RACING, *TAKEN_AWAY)))
    def two_windows_at_once(self, number: int, first: str, second: str) -> None:
        """The second step is done once the first was decided, and before it is committed: that is decided anew then."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        etag = case.etags[-1]
        self.meanwhile = lambda: self.race(case, second, etag, (1, "once"))
        self.race(case, first, etag, (0, "once"))
        assert self.meanwhile is None

    def race(self, case: ModelCase, step: str, etag: str, way: tuple[int, str]) -> None:
        match step:
            case "accept":
                self.accept_case(case, case.handler, etag, way)
            case "approve":
                permit = f"R-{self.number()}" if case.matter == SHOP else None
                self.approve(case, case.handler, DECIDER, etag, permit, way)
            case "refuse":
                self.refuse(case, case.handler, etag, way, says_why=True)
            case "withdraw":
                self.withdraw(case, case.handler, etag, way)
            case "hand in":
                self.hand_in_file(case, "deed", case.handler, 1, way)
            case "fetch":
                self.fetch_line(case, "identity", case.handler, way)
            case "fetch by consent":
                self.fetch_line(case, "deed", case.handler, way)
            case "consent":
                self.give_consent(case, "deed", case.handler, 1, 1, way)
            case _:
                self.take_away(case, step, etag, way)

    def take_away(self, case: ModelCase, what: str, etag: str, way: tuple[int, str]) -> None:
        """What the other window's step may rest on."""
        match what:
            case "consent given":
                for consent in [one for one in self.model.consents.values() if one.case == case.name][-1:]:
                    self.take_back(consent, case.handler, way)
            case "agent":
                self.take_power_back(case, case.handler, etag, way)
            case "licence":
                held = [one for one in self.model.licences.values() if one.person == case.person]
                for licence in [one for one in held if one.licence_type in {IDENTITY, DEED}][-1:]:
                    self.lead_licence(licence, "Revoke", licence.issuer, licence.etags[-1], way)
            case "line":
                self.publish_a_guide(matter=case.matter, withdrawn=("deed",))

    # ---- time, and what happens by itself

    @rule(hours=st.sampled_from((1, 24, 24, 80, 900)), runs=st.booleans())
    def wait(self, hours: int, runs: bool) -> None:
        """Time passes, and what is due is done then, or later."""
        self.advance(hours * 3_600)
        if runs:
            self.run_due()

    @precondition(lambda self: any(case.waiting for case in self.model.cases.values()))
    @rule(comes=st.booleans(), runs=st.booleans())
    def miss_a_deadline(self, comes: bool, runs: bool) -> None:
        """What was deferred does not come; or it does, and the case is not accepted."""
        for case in self.model.cases.values():
            if comes and case.state == OPEN and "deed" in case.waiting:
                self.give_consent(case, "deed", case.handler, 1, 1, (0, "once"))
                self.fetch_line(case, "deed", case.handler, (1, "once"))
        lines = [line for case in self.model.cases.values() for line in case.waiting.values()]
        self.advance(max(0, min(line.deferred_until for line in lines) - self.model.now))
        if runs:
            self.run_due()

    def advance(self, seconds: int) -> None:
        self.world.hub.clock.advance(seconds)
        self.model.now = self.world.hub.clock.seconds

    def run_due(self) -> None:
        told = self.counter.run_due()
        assert self.is_all_done()
        late: list[str] = []
        completed = [case for case in self.model.cases.values() if self.complete(case)]
        for case in self.model.cases.values():
            self.read(case, changed=self.lapse(case, late) or case in completed)
        assert told.count("deferral.lapsed") == len(late)
        assert told.count("case.completed") == len(completed)
        self.tell_overdue(told)

    def lapse(self, case: ModelCase, late: list[str]) -> bool:
        """What the time that has passed does to a case, and to ``late``: lines that did not come.

        Returns whether the case's record changed.
        """
        changed = False
        for _, name in sorted((line.deferred_until, name) for name, line in case.waiting.items()):
            line = case.lines[name]
            if not line.deferred_until or self.model.now < line.deferred_until:
                continue
            if self.model.rule(case, name) is not None and not line.uses:
                late.append(name)
            if name in self.model.awaited(case):
                case.state, changed = LAPSED, True
                self.model.excluded[case.person] = max(self.model.excluded.get(case.person, 0), self.model.now + YEAR)
            line.deferred_until = 0
            if changed:
                for other in case.lines.values():
                    other.deferred_until = 0
        if case.state == OPEN and self.model.now >= case.expires:
            case.state, changed = LAPSED, True
        return changed

    @rule(matter=st.sampled_from((SHOP, TITLE)), withdrawn=st.sampled_from(((), (), (), ("deed",), ("hygiene",))))
    def publish_a_guide(self, matter: str, withdrawn: tuple[str, ...]) -> None:
        """In the middle of open cases: they keep the guide that they pinned, but for what is withdrawn."""
        names = frozenset(withdrawn) - (frozenset({"hygiene"}) if matter == TITLE else frozenset())
        self.counter.publish(guide(matter, names))
        self.model.withdrawn[matter] = names

    @precondition(lambda self: any(self.model.awaited(case) for case in self.model.cases.values()))
    @rule(number=NUMBERS, then=st.sampled_from(("step", "wait", "run", "ask again", "miss")))
    def ask_for_no_more(self, number: int, then: str) -> None:
        """A guide withdraws all that a case awaits; the next thing that happens goes by that."""
        case = self.one([case for case in self.model.cases.values() if self.model.awaited(case)], number)
        if then == "miss":
            self.miss_a_deadline(comes=False, runs=False)
        self.publish_a_guide(matter=case.matter, withdrawn=tuple(case.waiting))
        self.read(case)
        if then == "step" and case.state not in CLOSED:
            self.take_step(case, later="", days=3)
        if then in {"wait", "run"}:
            self.wait(hours=80 if then == "wait" else 1, runs=then == "run")
        if then == "ask again":
            self.publish_a_guide(matter=case.matter, withdrawn=())
            self.read(case)

    # ---- requests that come late

    @precondition(lambda self: any(_is_change(ask) for ask, _ in self.answered))
    @rule(number=NUMBERS, window=st.integers(0, 1))
    def send_again_later(self, number: int, window: int) -> None:
        """An answer that was lost is told again, whatever happened since."""
        ask, answer = self.one([(ask, answer) for ask, answer in self.answered if _is_change(ask)], number)
        told = self.counter.deliver(ask, window)
        assert not told.reasons
        assert told.answer == answer

    @precondition(lambda self: any(_is_change(ask) for ask, _ in self.answered))
    @rule(number=NUMBERS, window=st.integers(0, 1))
    def send_something_else_with_its_id(self, number: int, window: int) -> None:
        ask, _ = self.one([(ask, answer) for ask, answer in self.answered if _is_change(ask)], number)
        other: Message = pb.AcceptCaseRequest(name="cases/" + "0" * 32, etag="x", request_id=ask.request_id)
        told = self.counter.deliver(Ask("CaseService/AcceptCase", other, ask.department, ask.operator), window)
        assert told.reasons == {"REQUEST_ID_REUSED"}


def _is_change(ask: Ask) -> bool:
    return ask.access is Access.CHANGE and not getattr(ask.message, "validate_only", False)
