"""Steps of fetching: one line, some of them, all of an application; again, later, and at the same time."""

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import exchange_service_pb2
from onceonly.v1.reason_pb2 import Reason as ReasonName

from tests.fakes.counter_city import LINES, REQUIREMENTS
from tests.fakes.counter_machine import NUMBERS, WAYS, WHO, CounterMachine, hold
from tests.fakes.counter_records import ACCEPTED, AWAITING, NOTHING_SPENT, ModelCase, ModelLine, Spent
from tests.fakes.counter_window import Ask
from tests.fakes.licence_world import SERVICE_CENTRE

FABRICATED = "passport"
NAMES = st.sampled_from((*REQUIREMENTS, *REQUIREMENTS, *REQUIREMENTS, "deed", FABRICATED))


class FetchSteps(CounterMachine):
    """What a clerk reads for a case, and what comes in with it."""

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, requirement=NAMES, who=WHO, way=WAYS)
    def fetch(self, number: int, requirement: str, who: str, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.fetch_line(case, requirement, self.department(case, who), way)

    def fetch_line(self, case: ModelCase, requirement: str, department: str, way: tuple[int, str]) -> None:
        request = exchange_service_pb2.FetchLicenceRequest(case=case.name, requirement=requirement)
        self.fetched(self.ask("ExchangeService/FetchLicence", request, department), [(case, requirement)], way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, names=st.lists(NAMES, max_size=3), who=WHO, way=WAYS)
    def fetch_some(self, number: int, names: list[str], who: str, way: tuple[int, str]) -> None:
        case = self.case(number)
        asked = [(case, name) for name in dict.fromkeys(names or LINES[case.matter])]
        request = exchange_service_pb2.FetchEvidenceRequest(case=case.name, requirements=names)
        self.fetched(self.ask("ExchangeService/FetchEvidence", request, self.department(case, who)), asked, way)

    @precondition(lambda self: self.model.applications)
    @rule(number=NUMBERS, names=st.lists(st.sampled_from(REQUIREMENTS[:3]), max_size=2), way=WAYS)
    def fetch_for_application(self, number: int, names: list[str], way: tuple[int, str]) -> None:
        application = self.one(self.model.applications, number)
        cases = [self.model.cases[name] for name in self.model.applications[application]]
        asked = [(case, name) for case in cases for name in LINES[case.matter] if name in names or not names]
        request = exchange_service_pb2.FetchEvidenceRequest(application=application, requirements=names)
        self.fetched(self.ask("ExchangeService/FetchEvidence", request, SERVICE_CENTRE), asked, way)

    @precondition(lambda self: self.spent)
    @rule(number=NUMBERS, window=st.integers(0, 1))
    def fetch_again_later(self, number: int, window: int) -> None:
        """The request of a fetch that was answered long ago: decided anew, and no use is spent again."""
        ask, asked, spent = self.one(self.spent, number)
        self.fetch_once(ask, asked, window, lambda: spent)

    @precondition(lambda self: self.spent)
    @rule(number=NUMBERS, window=st.integers(0, 1))
    def fetch_something_else_with_its_id(self, number: int, window: int) -> None:
        ask, asked, _ = self.one(self.spent, number)
        case = asked[0][0]
        other = exchange_service_pb2.FetchLicenceRequest(case=case.name, requirement="identity", fields=["name"])
        other.request_id = ask.request_id
        told = self.counter.deliver(Ask("ExchangeService/FetchLicence", other, ask.department), window)
        assert told.reasons
        assert told.reasons <= {"REQUEST_REPLAYED", *self.model.to_fetch(case, ask.department, "identity")}

    # ---- what follows

    def fetched(self, ask: Ask, asked: list[tuple[ModelCase, str]], way: tuple[int, str]) -> None:
        """Fetch, and fetch again where it is sent twice; a repeat spends nothing again."""
        window, delivery = way
        if delivery == "at_once":
            known = len(self.spent)
            self.meanwhile = lambda: self.fetched(ask, asked, (1 - window, "once"))
            self.fetch_once(ask, asked, window, lambda: self.spent[known][2] if len(self.spent) > known else None)
            return
        spent = self.fetch_once(ask, asked, window, lost=delivery == "lost")
        if delivery != "once":
            self.fetch_once(ask, asked, 1 - window, lambda: spent)
        if spent is not None:
            self.spent.append((ask, asked, spent))

    def fetch_once(
        self,
        ask: Ask,
        asked: list[tuple[ModelCase, str]],
        window: int,
        used: Callable[[], Spent | None] = lambda: None,
        *,
        lost: bool = False,
    ) -> Spent | None:
        """One call; what it has used up if it is remembered, which a refusal as a whole is not.

        ``used``: what the call that it repeats has used up, as it is known when this one was answered.
        """
        told = self.counter.deliver(ask, window, lost=lost, meanwhile=self.take_meanwhile())
        spent = used()
        before = spent or NOTHING_SPENT
        obstacles = {(case.name, name): self.model.to_fetch(case, ask.department, name, before) for case, name in asked}
        if ask.method.endswith("FetchLicence"):
            (found,) = obstacles.values()
            hold(told, found | told.bounds)
            if told.reasons:
                return spent
        elif asked and all("CASE_UNKNOWN" in found for found in obstacles.values()):
            hold(told, {"CASE_UNKNOWN"})
            return spent
        elif told.answer is not None:
            _compare(told.answer.results, obstacles, asked[0][0].name)
        released = [(case, name) for case, name in asked if not obstacles[case.name, name]]
        return self.released(released, before)

    def released(self, lines: list[tuple[ModelCase, str]], spent: Spent) -> Spent:
        """Uses are spent once; what was waited for has come."""
        consents = set()
        for case, name in lines:
            line = case.lines.setdefault(name, ModelLine())
            consent = self.model.serving(case, name, spent) if LINES[case.matter][name].by_consent else None
            line.uses += (case.name, name) not in spent.lines
            if consent is not None:
                consents.add(consent.name)
                consent.uses += consent.name not in spent.consents
        for case in {case.name: case for case, _ in lines}.values():
            names = [name for of, name in lines if of is case]
            self.complete_and_read(case)
            if case.state == AWAITING and any(name in case.waiting for name in names):
                changed = self.brought_in(case, names)
                self.read(case, changed=changed)
        return Spent(frozenset((case.name, name) for case, name in lines), frozenset(consents))

    def brought_in(self, case: ModelCase, names: Iterable[str]) -> bool:
        """Lines have come in; whether the case has changed with them."""
        waiting = self.model.awaited(case)
        complete = bool(waiting) and set(waiting) <= set(names)
        for name, line in case.lines.items():
            if name in names or complete:
                line.deferred_until = 0
        if complete:
            case.state = ACCEPTED
        return bool(waiting)


def _compare(results: Any, obstacles: dict[tuple[str, str], set[str]], case: str) -> None:
    """Every line has one outcome: it is released if nothing is in its way, or refused for what is."""
    seen = []
    for result in results:
        served = [(line.case, line.requirement) for line in result.lines] or [(case, result.requirement)]
        seen += served
        if result.HasField("extract"):
            assert not any(obstacles[line] for line in served), "released in spite of an obstacle"
            continue
        reasons = {ReasonName.Name(reason).removeprefix("REASON_") for reason in result.refusal.reasons}
        assert reasons
        assert all(reasons <= obstacles[line] for line in served)
    assert sorted(seen) == sorted(obstacles)
