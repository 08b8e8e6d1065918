"""Steps of penalties: proposed by who supervises, and ended by the step that was proposed and by no other."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import supervision_service_pb2 as pb

from tests.fakes.counter_city import PROVINCE, WATCH
from tests.fakes.counter_grant_steps import CHANGES, GrantSteps
from tests.fakes.counter_machine import NUMBERS, WAYS
from tests.fakes.counter_model import after_working_days
from tests.fakes.counter_records import ACTIVE, PROPOSED, ModelLicence, ModelPenalty

PENALTY_DAYS = 10
OPERATIONS = st.sampled_from(("Suspend", "Suspend", "Revoke"))
_KINDS = {"Suspend": pb.PENALTY_KIND_SUSPEND, "Revoke": pb.PENALTY_KIND_REVOKE}
_OTHER = {"Suspend": "Revoke", "Revoke": "Suspend"}


class PenaltySteps(GrantSteps):
    """What supervisors propose, and issuers who do something else than that."""

    @precondition(lambda self: any(one.matter and one.state == ACTIVE for one in self.model.licences.values()))
    @rule(number=NUMBERS, operation=OPERATIONS, way=WAYS)
    def carry_out_another_kind(self, number: int, operation: str, way: tuple[int, str]) -> None:
        """The issuer names a waiting penalty in a step of the other kind: the penalty waits on, the licence stays."""
        permits = [one for one in self.model.licences.values() if one.matter and one.state == ACTIVE]
        licence = self.one(permits, number)
        self.propose_penalty(licence, PROVINCE, operation, (0, "once"))
        for penalty in [one for one in self.model.penalties.values() if one.licence is licence]:
            if penalty.state == PROPOSED:
                other = _OTHER[penalty.operation]
                self.lead_licence(licence, other, licence.issuer, licence.etags[-1], way, penalty)

    def propose_penalty(self, licence: ModelLicence, watcher: str, operation: str, way: tuple[int, str]) -> None:
        request = pb.ProposePenaltyRequest(licence=licence.name, kind=_KINDS[operation], legal_reference="Article 50")

        def follow(answer: pb.ProposePenaltyResponse) -> None:
            due = after_working_days(self.model.now, PENALTY_DAYS)
            assert (answer.penalty.due_time.seconds, answer.penalty.licence) == (due, licence.name)
            self.model.penalties[answer.penalty.name] = ModelPenalty(answer.penalty.name, licence, operation, due)

        obstacles = self.model.to_propose(licence, watcher, *CHANGES[operation][0])
        self.send(self.ask("SupervisionService/ProposePenalty", request, watcher, WATCH), obstacles, follow, way)
