"""Steps of agents: somebody acts for the applicant until the power ends, is taken back, or the applicant comes."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import case_service_pb2 as pb
from onceonly.v1 import values_pb2

from tests.fakes.counter_city import LINES
from tests.fakes.counter_fetch_steps import FABRICATED, FetchSteps
from tests.fakes.counter_machine import ETAGS, NUMBERS, WAYS, WHO
from tests.fakes.counter_records import CLOSED, ModelAgent, ModelCase

DAY = 86_400
MOST_DAYS = 30
APPLICANT = "applicant"


class AgentSteps(FetchSteps):
    """Who acts for the applicant of a case."""

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        who=WHO,
        which=ETAGS,
        party=st.sampled_from((APPLICANT, APPLICANT, APPLICANT, APPLICANT, "seller")),
        line=st.sampled_from(("", "", "identity", "deed", FABRICATED)),
        begins=st.sampled_from((0, 0, 0, 1)),
        days=st.sampled_from((1, 5, MOST_DAYS, MOST_DAYS + 1)),
        way=WAYS,
    )
    def appoint(
        self, number: int, who: str, which: int, party: str, line: str, begins: int, days: int, way: tuple[int, str]
    ) -> None:
        case = self.case(number)
        start = self.model.now + begins * DAY
        agent = ModelAgent(frozenset({line} - {""}), start, start + days * DAY)
        self.appoint_agent(case, party, agent, self.department(case, who), self.etag(case, which), way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, who=WHO, which=ETAGS, takes_back=st.booleans(), way=WAYS)
    def dismiss(self, number: int, who: str, which: int, takes_back: bool, way: tuple[int, str]) -> None:
        """The power is taken back; or the applicant acts from now on, which lets the case go on."""
        acted = [case for case in self.model.cases.values() if case.agent is not None and case.state not in CLOSED]
        case = self.one(acted, number) if acted and number % 4 else self.case(number)
        stop = self.take_power_back if takes_back else self.come_again
        stop(case, self.department(case, who), self.etag(case, which), way)

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(
        number=NUMBERS,
        ends=st.sampled_from(("expires", "expires", "nearly", "is taken back", "is narrowed")),
        line=st.sampled_from(("identity", "identity", "deed")),
        way=WAYS,
    )
    def act_until_the_power_ends(self, number: int, ends: str, line: str, way: tuple[int, str]) -> None:
        """A line is fetched for the agent, and again once the power has come to its end; then for the applicant."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        given = ModelAgent(frozenset(), self.model.now, self.model.now + DAY)
        self.appoint_agent(case, APPLICANT, given, case.handler, case.etags[-1], (0, "once"))
        self.fetch_line(case, line, case.handler, (1, "once"))
        if ends in {"expires", "nearly"}:
            self.advance(DAY - (ends == "nearly"))
        elif ends == "is taken back":
            self.take_power_back(case, case.handler, case.etags[-1], (1, "once"))
        else:
            other = ModelAgent(frozenset({"deed"}), self.model.now, self.model.now + DAY)
            self.appoint_agent(case, APPLICANT, other, case.handler, case.etags[-1], (1, "once"))
        self.fetch_line(case, line, case.handler, way)
        if self.spent:
            ask, asked, spent = self.spent[-1]
            self.fetch_once(ask, asked, 1, lambda: spent)
        self.come_again(case, case.handler, case.etags[-1], (0, "once"))
        self.fetch_line(case, line, case.handler, (1, "once"))

    # ---- what follows

    def appoint_agent(
        self, case: ModelCase, party: str, agent: ModelAgent, department: str, etag: str, way: tuple[int, str]
    ) -> None:
        holder = self.agent
        representation = pb.Representation(
            party=party,
            agent=values_pb2.Holder(id_type=holder.id_type, id_number=holder.id_number, name=holder.name),
            requirements=sorted(agent.requirements),
            valid_from_time=Timestamp(seconds=agent.from_time),
            valid_until_time=Timestamp(seconds=agent.until_time),
        )
        request = pb.RecordRepresentationRequest(case=case.name, etag=etag, representation=representation)
        good = party == APPLICANT and agent.requirements <= set(LINES[case.matter])
        good = good and agent.until_time - agent.from_time <= MOST_DAYS * DAY
        spoilt = set() if good else {"FIELD_INVALID"}

        def follow(answer: Any) -> None:
            self.complete(case)
            case.agent = agent
            self.note_etag(case, answer.case.etag, changed=True)

        ask = self.ask("CaseService/RecordRepresentation", request, department)
        self.send(ask, lambda: self.model.to_represent(case, department, etag) | spoilt, follow, way)

    def take_power_back(self, case: ModelCase, department: str, etag: str, way: tuple[int, str]) -> None:
        """Nothing of the applicant is read until somebody is appointed anew, or the applicant comes."""

        def follow(answer: Any) -> None:
            assert case.agent is not None
            self.complete(case)
            case.agent.revoked = True
            self.note_etag(case, answer.case.etag, changed=True)

        request = pb.RevokeRepresentationRequest(case=case.name, etag=etag, party=APPLICANT)
        ask = self.ask("CaseService/RevokeRepresentation", request, department)
        self.send(ask, lambda: self.model.to_take_power_back(case, department, etag), follow, way)

    def come_again(self, case: ModelCase, department: str, etag: str, way: tuple[int, str]) -> None:
        """The applicant acts without an agent."""

        def follow(answer: Any) -> None:
            self.complete(case)
            case.agent = None
            self.note_etag(case, answer.case.etag, changed=True)

        request = pb.RecordRepresentationRequest(case=case.name, etag=etag, party=APPLICANT)
        ask = self.ask("CaseService/RecordRepresentation", request, department)
        self.send(ask, lambda: self.model.to_end_power(case, department, etag), follow, way)
