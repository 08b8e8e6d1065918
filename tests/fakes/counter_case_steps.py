"""Steps of cases: opened, accepted, stopped, resumed, decided, withdrawn, rated; by whoever may, and by others."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import application_service_pb2 as application_pb
from onceonly.v1 import case_service_pb2 as pb
from onceonly.v1 import licence_pb2, values_pb2

from tests.fakes.counter_city import (
    BUNDLE,
    CLERK,
    DECIDER,
    DUE_DAYS,
    HANDLERS,
    LINES,
    NO_MATTER,
    PLATFORM,
    PROCEDURES,
    RESULTS,
    SHOP,
    TITLE,
    WORKS,
)
from tests.fakes.counter_machine import ETAGS, NUMBERS, PEOPLE, WAYS, WHO, CounterMachine
from tests.fakes.counter_model import after_working_days
from tests.fakes.counter_records import (
    ACCEPTED,
    ACTIVE,
    APPROVED,
    AWAITING,
    REFUSED,
    WITHDRAWN,
    ModelCase,
    ModelDebt,
    ModelLicence,
)
from tests.fakes.licence_world import LAND, MARKET, POLICE, SERVICE_CENTRE

FEW = 12
"""Cases of one run, so that steps meet on them."""
OPENERS = st.sampled_from((MARKET, MARKET, MARKET, LAND, SERVICE_CENTRE, SERVICE_CENTRE, POLICE))


class CaseSteps(CounterMachine):
    """What a clerk does with a case."""

    @precondition(lambda self: len(self.model.cases) < FEW)
    @rule(
        matter=st.sampled_from((SHOP, SHOP, SHOP, TITLE, WORKS, NO_MATTER)),
        person=st.integers(0, PEOPLE - 1),
        department=OPENERS,
        number=st.integers(0, 5),
        way=WAYS,
    )
    def open_case(self, matter: str, person: int, department: str, number: int, way: tuple[int, str]) -> None:
        taken = f"case {HANDLERS.get(matter)} C-{number}"
        obstacles = set() if self.model.may_handle(matter, department) else {"NOT_IMPLEMENTER"}
        obstacles |= {"CASE_EXISTS"} if taken in self.model.numbers else set()
        obstacles |= {"MATTER_NOT_IN_FORCE"} if matter == NO_MATTER else set()
        case = pb.Case(number=f"C-{number}", matters=[matter], channel="counter", parties=[self.party(person)])

        def follow(answer: pb.OpenCaseResponse) -> None:
            self.model.numbers.add(taken)
            self.opened_case(answer.case, person)

        self.send(self.ask("CaseService/OpenCase", pb.OpenCaseRequest(case=case), department), obstacles, follow, way)

    @precondition(lambda self: len(self.model.cases) < FEW - 1)
    @rule(person=st.integers(0, PEOPLE - 1), department=OPENERS, number=st.integers(0, 2), way=WAYS)
    def open_application(self, person: int, department: str, number: int, way: tuple[int, str]) -> None:
        taken = f"application {department} A-{number}"
        numbers = {f"case {HANDLERS[matter]} A-{number}-{place}" for place, matter in enumerate((SHOP, TITLE), 1)}
        obstacles = set() if department == SERVICE_CENTRE else {"NOT_IMPLEMENTER"}
        obstacles |= {"APPLICATION_EXISTS"} if taken in self.model.numbers else set()
        new = application_pb.Application(
            number=f"A-{number}", bundle=f"bundles/{BUNDLE}", channel="counter", parties=[self.party(person)]
        )

        def follow(answer: application_pb.OpenApplicationResponse) -> None:
            self.model.numbers |= {taken, *numbers}
            name = answer.application.name
            self.model.applications[name] = [self.opened_case(case, person, name) for case in answer.application.cases]

        request = application_pb.OpenApplicationRequest(application=new)
        self.send(self.ask("ApplicationService/OpenApplication", request, department), obstacles, follow, way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, who=WHO, which=ETAGS, way=WAYS)
    def accept(self, number: int, who: str, which: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.accept_case(case, self.department(case, who), self.etag(case, which), way)

    def accept_case(self, case: ModelCase, department: str, etag: str, way: tuple[int, str]) -> None:
        def follow(answer: pb.AcceptCaseResponse) -> None:
            waits = [name for name in case.waiting if self.model.standing(case, name) == "deferred"]
            waits = [name for name in waits if self.model.rule(case, name) is not None]
            for name, line in case.lines.items():
                line.deferred_until = line.deferred_until if name in waits else 0
            case.state, case.clock, case.accepted = AWAITING if waits else ACCEPTED, "running", True
            self.note_etag(case, answer.case.etag, changed=True)

        ask = self.ask("CaseService/AcceptCase", pb.AcceptCaseRequest(name=case.name, etag=etag), department)
        self.send(ask, lambda: self.model.to_accept(case, department, etag), follow, way)

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        who=WHO,
        which=ETAGS,
        how=st.sampled_from(("approve", "approve", "approve", "approve", "refuse", "withdraw")),
        detail=st.integers(0, 7),
        way=WAYS,
    )
    def close(self, number: int, who: str, which: int, how: str, detail: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        department, etag = self.department(case, who), self.etag(case, which)
        if how == "withdraw":
            self.withdraw(case, department, etag, way)
        elif how == "refuse":
            self.refuse(case, department, etag, way, says_why=detail > 1)
        else:
            operator = DECIDER if detail % 4 and department == case.handler else CLERK
            permit = None if detail == 7 or (case.matter != SHOP and detail) else f"P-{detail}"
            self.approve(case, department, operator, etag, permit, way)

    def withdraw(self, case: ModelCase, department: str, etag: str, way: tuple[int, str]) -> None:
        request = pb.WithdrawCaseRequest(name=case.name, etag=etag, note="withdrawn")
        ask = self.ask("CaseService/WithdrawCase", request, department)

        def follow(answer: pb.WithdrawCaseResponse) -> None:
            self.closed(case, WITHDRAWN, answer.case.etag)

        self.send(ask, lambda: self.model.to_close(case, department, etag), follow, way)

    def refuse(self, case: ModelCase, department: str, etag: str, way: tuple[int, str], *, says_why: bool) -> None:
        spoilt = set() if says_why else {"FIELD_INVALID"}
        why = {"refusal_reasons": ["incomplete"], "legal_reference": "Article 2"} if says_why else {}
        request = pb.DecideCaseRequest(name=case.name, etag=etag, approved=False, **why)
        ask = self.ask("CaseService/DecideCase", request, department)

        def follow(answer: pb.DecideCaseResponse) -> None:
            assert not answer.results
            case.ticket = answer.rating_ticket
            assert bool(case.ticket) == case.accepted
            self.closed(case, REFUSED, answer.case.etag)

        self.send(ask, lambda: self.model.to_close(case, department, etag) | spoilt, follow, way)

    def approve(
        self, case: ModelCase, department: str, operator: str, etag: str, permit: str | None, way: tuple[int, str]
    ) -> None:
        """``permit``: the number of the licence that the decision grants, None: it grants none."""
        request = pb.DecideCaseRequest(name=case.name, etag=etag, approved=True)
        if permit is not None:
            fields = {"shop": values_pb2.FieldValue(text="清河小馆")}
            request.results.add(licence=licence_pb2.Licence(number=permit, fields=fields))
        ask = self.ask("CaseService/DecideCase", request, department, operator)

        def follow(answer: pb.DecideCaseResponse) -> None:
            assert len(answer.results) == (permit is not None)
            for result in answer.results:
                self.model.numbers.add(f"{RESULTS[case.matter]} {permit}")
                self.hold_licence(result.licence, RESULTS[case.matter], case.handler, case.person, case.matter)
            if case.matter == WORKS and permit is None:
                self.model.debts[case.name] = ModelDebt(case, after_working_days(self.model.now, DUE_DAYS))
            case.ticket = answer.rating_ticket
            assert case.ticket
            self.closed(case, APPROVED, answer.case.etag)

        who = department, operator
        self.send(ask, lambda: self.model.to_approve(case, who, etag, permit), follow, way)

    @precondition(lambda self: any(case.clock for case in self.model.cases.values()))
    @rule(number=NUMBERS, who=WHO, which=ETAGS, procedure=st.sampled_from((*PROCEDURES, "tea")), way=WAYS)
    def stop_clock(self, number: int, who: str, which: int, procedure: str, way: tuple[int, str]) -> None:
        case = self.case(number)
        department, etag = self.department(case, who), self.etag(case, which)
        obstacles = self.model.to_stop(case, department, etag, procedure)
        request = pb.StopClockRequest(name=case.name, etag=etag, procedure=procedure)
        ask = self.ask("CaseService/StopClock", request, department)
        self.send(ask, obstacles, lambda answer: self.turned(case, "stopped", answer.case.etag), way)

    @precondition(lambda self: any(case.clock for case in self.model.cases.values()))
    @rule(number=NUMBERS, who=WHO, which=ETAGS, way=WAYS)
    def resume_clock(self, number: int, who: str, which: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        department, etag = self.department(case, who), self.etag(case, which)
        obstacles = self.model.to_resume(case, department, etag)
        request = pb.ResumeClockRequest(name=case.name, etag=etag)
        ask = self.ask("CaseService/ResumeClock", request, department)
        self.send(ask, obstacles, lambda answer: self.turned(case, "running", answer.case.etag), way)

    @precondition(lambda self: any(case.ticket for case in self.model.cases.values()))
    @rule(
        number=NUMBERS,
        department=st.sampled_from((PLATFORM, PLATFORM, SERVICE_CENTRE)),
        true_ticket=st.sampled_from((True, True, False)),
        level=st.integers(0, 5),
        way=WAYS,
    )
    def rate(self, number: int, department: str, true_ticket: bool, level: int, way: tuple[int, str]) -> None:
        case = self.one([case for case in self.model.cases.values() if case.ticket], number)
        ticket = case.ticket if true_ticket else "0" * 32
        obstacles = self.model.to_rate(case, department, ticket, level)
        rating = pb.Rating(level=level, channel=pb.RATING_CHANNEL_ONLINE)
        request = pb.RateCaseRequest(case=case.name, rating_ticket=ticket, rating=rating)

        def follow(_: Any) -> None:
            case.ticket_used = True

        self.send(self.ask("CaseService/RateCase", request, department), obstacles, follow, way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, fabricated=st.booleans(), way=WAYS)
    def read_case(self, number: int, fabricated: bool, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.read(case)
        if fabricated:
            request = pb.AcceptCaseRequest(name=f"cases/{self.number():032x}", etag=case.etags[-1])
            ask = self.ask("CaseService/AcceptCase", request, case.handler)
            self.send(ask, {"CASE_UNKNOWN"}, lambda _: None, way)

    # ---- what follows

    def party(self, person: int) -> pb.CaseParty:
        holder = self.people[person]
        return pb.CaseParty(
            role="applicant",
            holder=values_pb2.Holder(id_type=holder.id_type, id_number=holder.id_number, name=holder.name),
        )

    def opened_case(self, opened: pb.Case, person: int, application: str = "") -> str:
        (matter,) = opened.matters
        assert opened.name not in self.model.cases
        self.model.cases[opened.name] = ModelCase(
            name=opened.name,
            matter=matter,
            person=person,
            expires=opened.expires_time.seconds,
            withdrawn=self.model.withdrawn[matter],
            etags=[opened.etag],
            application=application,
        )
        assert LINES[matter]
        return opened.name

    def closed(self, case: ModelCase, state: str, etag: str) -> None:
        self.complete(case)
        case.state = state
        for line in case.lines.values():
            line.deferred_until = 0
        self.note_etag(case, etag, changed=True)

    def turned(self, case: ModelCase, clock: str, etag: str) -> None:
        self.complete(case)
        case.clock = clock
        self.note_etag(case, etag, changed=True)

    def hold_licence(
        self, licence: licence_pb2.Licence, licence_type: str, issuer: str, person: int, matter: str = ""
    ) -> None:
        assert licence.name not in self.model.licences
        self.model.licences[licence.name] = ModelLicence(
            licence.name, licence_type, issuer, person, ACTIVE, [licence.etag], matter
        )
