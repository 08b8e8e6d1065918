"""Steps of a clerk in a hurry, who fetches and checks until a limit of time stops it, and tries again too early."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import case_service_pb2, exchange_service_pb2

from tests.fakes.counter_bounds import CHECK, FETCH, HOUR, NARROW
from tests.fakes.counter_city import HASTY
from tests.fakes.counter_fetch_steps import FABRICATED, FetchSteps
from tests.fakes.counter_machine import NUMBERS, WAYS, WHO, hold
from tests.fakes.counter_records import ModelCase

PAUSES = st.sampled_from((0, 0, 0, 1, NARROW.lockout - 1, NARROW.lockout, NARROW.refusal_window, HOUR - 1, HOUR))
"""Seconds, up to the last one of a window and beyond it."""


class HurrySteps(FetchSteps):
    """What one operator does too often."""

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        requirement=st.sampled_from(("identity", "identity", "deed", FABRICATED)),
        who=WHO,
        pause=PAUSES,
        way=WAYS,
    )
    def fetch_in_a_hurry(self, number: int, requirement: str, who: str, pause: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.fetch_hastily(case, requirement, self.department(case, who), way)
        self.advance(pause)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, who=WHO, pause=PAUSES, way=WAYS)
    def check_in_a_hurry(self, number: int, who: str, pause: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.check_hastily(case, self.department(case, who), way)
        self.advance(pause)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, times=st.integers(1, NARROW.checks_per_hour), window=st.integers(0, 1), pause=PAUSES)
    def look_for_cases(self, number: int, times: int, window: int, pause: int) -> None:
        """Another department's case is told of no more than one that is made up, whatever limit is reached by it."""
        case = self.case(number)
        stranger = self.department(case, "stranger")
        for _ in range(times):
            before, told, after = (
                self.look_for(name, stranger, window) for name in (self.made_up(), case.name, self.made_up())
            )
            assert told in {before, after}
        self.advance(pause)
        for own in [one for one in self.model.cases.values() if one.handler == stranger][:1]:
            self.check_hastily(own, stranger, (window, "once"))

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, requirement=st.sampled_from(("identity", "deed", FABRICATED)), pause=PAUSES)
    def go_on_too_long(self, number: int, requirement: str, pause: int) -> None:
        """The same again and again, at one window and the other; then something that may be fetched, after a pause."""
        case = self.case(number)
        for time in range(NARROW.refusals):
            self.fetch_hastily(case, requirement, case.handler, (time % 2, "once"))
        self.advance(pause)
        for other in self.model.cases.values():
            if other.handler == case.handler:
                self.fetch_hastily(other, "identity", other.handler, (0, "once"))

    def fetch_hastily(self, case: ModelCase, requirement: str, department: str, way: tuple[int, str]) -> None:
        request = exchange_service_pb2.FetchLicenceRequest(case=case.name, requirement=requirement)
        self.fetched(self.ask(FETCH, request, department, HASTY), [(case, requirement)], way)

    def check_hastily(self, case: ModelCase, department: str, way: tuple[int, str]) -> None:
        request = case_service_pb2.CheckEvidenceRequest(case=case.name)
        unknown = self.model.seen(case, department)
        self.send(self.ask(CHECK, request, department, HASTY), unknown, lambda _: None, way)

    def look_for(self, name: str, department: str, window: int) -> frozenset[str]:
        """Why a check of another's case is refused."""
        request = case_service_pb2.CheckEvidenceRequest(case=name)
        told = self.counter.deliver(self.ask(CHECK, request, department, HASTY), window)
        hold(told, {"CASE_UNKNOWN", *told.bounds})
        return told.reasons

    def made_up(self) -> str:
        return f"cases/{self.number():032x}"
