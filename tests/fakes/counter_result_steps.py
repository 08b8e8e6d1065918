"""Steps of what follows on a decision: licences owed and issued, inspections, penalties proposed and carried out."""

from collections.abc import Collection
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import issuance_service_pb2 as issuance_pb
from onceonly.v1 import licence_pb2, values_pb2
from onceonly.v1 import supervision_service_pb2 as pb

from tests.fakes.counter_city import CERTIFICATE, ISSUER, NEIGHBOUR, PROVINCE, WATCH, WORKS
from tests.fakes.counter_machine import ETAGS, NUMBERS, PEOPLE, WAYS
from tests.fakes.counter_penalty_steps import OPERATIONS, PenaltySteps
from tests.fakes.counter_records import ACTIVE, CLOSED, DECLINED, PROPOSED, ModelCase, ModelLicence
from tests.fakes.licence_world import LAND, MARKET

WATCHERS = st.sampled_from((PROVINCE, PROVINCE, PROVINCE, NEIGHBOUR))


class ResultSteps(PenaltySteps):
    """What issuers and supervisors do once a case is decided."""

    # ---- owed licences

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        department=st.sampled_from((LAND, LAND, LAND, MARKET)),
        person=st.sampled_from((-1, -1, -1, *range(PEOPLE))),
        named=st.integers(0, 2),
        way=WAYS,
    )
    def issue_owed(self, number: int, department: str, person: int, named: int, way: tuple[int, str]) -> None:
        """Mostly to a case to which a licence is owed; to its applicant, or to somebody (``person``)."""
        owed = [self.model.cases[name] for name, debt in self.model.debts.items() if not debt.licence]
        case = self.one(owed, number) if owed and number % 4 else self.case(number)
        who = case.person if person < 0 else person
        holder = self.people[who]
        licence = licence_pb2.Licence(
            number=f"O-{named}",
            holders=[values_pb2.Holder(id_type=holder.id_type, id_number=holder.id_number, name=holder.name)],
            fields={"shop": values_pb2.FieldValue(text="清河小馆")},
        )
        request = issuance_pb.IssueLicenceRequest(parent=f"licenceTypes/{CERTIFICATE}", case=case.name, licence=licence)

        def follow(answer: issuance_pb.IssueLicenceResponse) -> None:
            self.model.numbers.add(f"{CERTIFICATE} O-{named}")
            self.hold_licence(answer.licence, CERTIFICATE, department, who)
            self.model.debts[case.name].licence = answer.licence.name

        obstacles = self.model.to_issue_owed(case, department, who, f"O-{named}")
        self.send(self.ask("IssuanceService/IssueLicence", request, department, ISSUER), obstacles, follow, way)

    @precondition(lambda self: self.model.debts)
    @rule(settled=st.booleans(), way=WAYS)
    def list_owed(self, settled: bool, way: tuple[int, str]) -> None:
        """The issuer is told what it owes, since when it is late, or with which licence it was settled."""

        def follow(answer: issuance_pb.ListDueIssuancesResponse) -> None:
            listed = {
                due.case: (issuance_pb.DueIssuanceState.Name(due.state).rpartition("_")[2].lower(), due.licence)
                for due in answer.due_issuances
            }
            debts = [debt for debt in self.model.debts.values() if bool(debt.licence) == settled]
            assert listed == {
                debt.case.name: ("settled" if settled else self.lateness(debt.due, "waiting"), debt.licence)
                for debt in debts
            }

        request = issuance_pb.ListDueIssuancesRequest(page_size=100, settled=settled)
        self.send(self.ask("IssuanceService/ListDueIssuances", request, LAND, ISSUER), (), follow, way)

    # ---- inspections and penalties

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, watcher=WATCHERS, findings=st.sampled_from((("dirty",), ())), way=WAYS)
    def report(self, number: int, watcher: str, findings: tuple[str, ...], way: tuple[int, str]) -> None:
        """What an inspection found: by itself it changes nothing."""
        case = self.one(self.model.cases.values(), number)
        request = pb.SubmitSupervisionResultRequest(
            subject=case.name, outcome=pb.SUPERVISION_OUTCOME_FAILED, findings=findings
        )
        obstacles = self.model.to_report(case, watcher) | (set() if findings else {"FIELD_INVALID"})
        ask = self.ask("SupervisionService/SubmitSupervisionResult", request, watcher, WATCH)
        self.send(ask, obstacles, lambda _: None, way)

    @precondition(lambda self: self.model.licences)
    @rule(number=NUMBERS, watcher=WATCHERS, operation=OPERATIONS, way=WAYS)
    def propose(self, number: int, watcher: str, operation: str, way: tuple[int, str]) -> None:
        permits = [licence for licence in self.model.licences.values() if licence.matter]
        licence = self.one(permits if permits and number % 5 else self.model.licences.values(), number)
        self.propose_penalty(licence, watcher, operation, way)

    @precondition(lambda self: self.model.penalties)
    @rule(
        number=NUMBERS,
        operation=st.sampled_from(("", "as proposed", "as proposed", "Suspend", "Revoke")),
        stranger=st.sampled_from((False, False, False, True)),
        which=ETAGS,
        way=WAYS,
    )
    def settle(self, number: int, operation: str, stranger: bool, which: int, way: tuple[int, str]) -> None:
        """The issuer carries a penalty out, or refuses it."""
        penalty = self.one(self.model.penalties.values(), number)
        licence = penalty.licence
        department = LAND if stranger else licence.issuer
        if operation:
            lead = penalty.operation if operation == "as proposed" else operation
            etag = licence.etags[max(which, -len(licence.etags))]
            self.lead_licence(licence, lead, department, etag, way, penalty)
            return

        def follow(_: Any) -> None:
            penalty.state = DECLINED

        request = issuance_pb.RefusePenaltyRequest(name=penalty.name, reason="nothing was found")
        ask = self.ask("IssuanceService/RefusePenalty", request, department, ISSUER)
        self.send(ask, self.model.to_settle(penalty, department, ""), follow, way)

    @precondition(lambda self: any(one.matter and one.state == ACTIVE for one in self.model.licences.values()))
    @rule(number=NUMBERS, operation=OPERATIONS, meanwhile=st.booleans(), way=WAYS)
    def punish(self, number: int, operation: str, meanwhile: bool, way: tuple[int, str]) -> None:
        """A penalty is proposed and carried out; the next fetch meets it, even one that was decided just before."""
        permits = [one for one in self.model.licences.values() if one.matter and one.state == ACTIVE]
        licence = self.one(permits, number)
        self.propose_penalty(licence, PROVINCE, operation, (0, "once"))
        waiting = [one for one in self.model.penalties.values() if one.licence is licence and one.state == PROPOSED]
        reading = [case for case in self.model.cases.values() if self.is_reading(case, licence)]

        def carry_out() -> None:
            for penalty in waiting:
                self.lead_licence(licence, penalty.operation, MARKET, licence.etags[-1], (1, "once"), penalty)

        if not (meanwhile and reading):
            carry_out()
        elif reading:
            self.meanwhile = carry_out
        for case in reading:
            self.fetch_line(case, "permit", case.handler, (0, "once") if self.meanwhile else way)

    @precondition(lambda self: self.model.penalties)
    @rule(way=WAYS)
    def list_penalties(self, way: tuple[int, str]) -> None:
        """The issuer is told what waits for it and what became of the rest."""

        def follow(answer: issuance_pb.ListPenaltiesResponse) -> None:
            listed = {
                one.name: (pb.PenaltyState.Name(one.state).removeprefix("PENALTY_STATE_").lower(), one.overdue)
                for one in answer.penalties
            }
            assert listed == {
                one.name: (one.state, one.state == PROPOSED and self.model.now >= one.due)
                for one in self.model.penalties.values()
            }

        request = issuance_pb.ListPenaltiesRequest(page_size=100)
        self.send(self.ask("IssuanceService/ListPenalties", request, MARKET, ISSUER), (), follow, way)

    @precondition(lambda self: self.deadlines())
    @rule(runs=st.booleans())
    def let_it_be_late(self, runs: bool) -> None:
        """The first deadline of an issuer passes; what is due is done then, or later."""
        self.advance(max(0, min(self.deadlines()) - self.model.now))
        if runs:
            self.run_due()

    # ---- what follows

    def deadlines(self) -> list[int]:
        """Of what is owed or proposed and was not told to be late."""
        debts = [debt.due for debt in self.model.debts.values() if not (debt.licence or debt.told)]
        open_penalties = [one for one in self.model.penalties.values() if one.state == PROPOSED and not one.told]
        return [*debts, *(one.due for one in open_penalties)]

    def is_reading(self, case: ModelCase, licence: ModelLicence) -> bool:
        """Whether the case may ask for the licence."""
        return case.matter == WORKS and case.person == licence.person and case.state not in CLOSED

    def lateness(self, due: int, in_time: str) -> str:
        return "overdue" if self.model.now >= due else in_time

    def tell_overdue(self, told: Collection[str]) -> None:
        """What is late is told once, when what is due is done."""
        debts = [debt for debt in self.model.debts.values() if not debt.licence]
        penalties = [penalty for penalty in self.model.penalties.values() if penalty.state == PROPOSED]
        for type_, waiting in (("issuance.overdue", debts), ("penalty.overdue", penalties)):
            late = [one for one in waiting if self.model.now >= one.due and not one.told]
            assert list(told).count(type_) == len(late)
            for one in late:
                one.told = True
