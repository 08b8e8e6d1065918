"""Steps of evidence besides fetching: checked, deferred, committed, handed in, disputed."""

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import case_service_pb2 as pb
from onceonly.v1 import dispute_service_pb2
from onceonly.v1.reason_pb2 import Reason as ReasonName

from exchange.entities.catalogue import Necessity
from tests.fakes.counter_city import LINES
from tests.fakes.counter_fetch_steps import FABRICATED, NAMES, FetchSteps
from tests.fakes.counter_machine import ETAGS, NUMBERS, WAYS, WHO
from tests.fakes.counter_records import ModelCase, ModelLine
from tests.fakes.licence_world import SERVICE_CENTRE
from tests.fakes.missing_world import PDF

DAY = 86_400
FILES = tuple(PDF + b"%% %d" % number for number in range(3))


class EvidenceSteps(FetchSteps):
    """What a clerk does about what a case needs and the hub may not have."""

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, who=WHO)
    def check(self, number: int, who: str) -> None:
        """The applicant is told of every line at once, and what is told is what a fetch would find."""
        case = self.case(number)
        department = self.department(case, who)

        def follow(answer: pb.CheckEvidenceResponse) -> None:
            assert [check.requirement for check in answer.checks] == list(LINES[case.matter])
            for check in answer.checks:
                obstacles = self.model.to_fetch(case, department, check.requirement)
                reasons = {ReasonName.Name(reason).removeprefix("REASON_") for reason in check.reasons}
                assert reasons <= obstacles
                assert (check.availability == pb.AVAILABILITY_AVAILABLE) == (not obstacles)
                if not self.model.is_withdrawn(case, check.requirement):
                    standing = pb.EvidenceStanding.Name(check.standing).removeprefix("EVIDENCE_STANDING_").lower()
                    assert standing == self.model.standing(case, check.requirement)

        request = pb.CheckEvidenceRequest(case=case.name)
        obstacles = self.model.seen(case, department)
        self.send(self.ask("CaseService/CheckEvidence", request, department), obstacles, follow)

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        requirement=st.sampled_from(("deed", "hygiene", "deed", "hygiene", "identity", FABRICATED)),
        who=WHO,
        which=ETAGS,
        days=st.sampled_from((3, 10, 20)),
        text=st.sampled_from(("", "", "", "0" * 64)),
        way=WAYS,
    )
    def defer(
        self, number: int, requirement: str, who: str, which: int, days: int, text: str, way: tuple[int, str]
    ) -> None:
        case = self.case(number)
        self.defer_line(case, requirement, self.department(case, who), self.etag(case, which), days, text, way)

    def defer_line(
        self,
        case: ModelCase,
        requirement: str,
        department: str,
        etag: str,
        days: int,
        text: str,
        way: tuple[int, str],
    ) -> None:
        deadline = self.model.now + days * DAY
        obstacles = self.model.to_promise(case, department, etag, requirement, Necessity.DEFERRABLE)
        obstacles |= {"FIELD_INVALID"} if deadline > case.expires else set()
        request = pb.DeferEvidenceRequest(
            case=case.name,
            etag=etag,
            lines=[pb.EvidenceName(requirement=requirement)],
            form=pb.EVIDENCE_FORM_COPY,
            deadline=Timestamp(seconds=deadline),
        )

        def follow(answer: pb.DeferEvidenceResponse) -> None:
            assert answer.deadline.seconds == deadline
            case.lines.setdefault(requirement, ModelLine()).deferred_until = deadline
            self.note_etag(case, answer.case.etag, changed=True)

        self.promise(request, department, obstacles, text, follow, way)

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        requirement=st.sampled_from(("lease", "lease", "lease", "deed")),
        who=WHO,
        which=ETAGS,
        text=st.sampled_from(("", "", "", "0" * 64)),
        way=WAYS,
    )
    def commit(self, number: int, requirement: str, who: str, which: int, text: str, way: tuple[int, str]) -> None:
        case = self.case(number)
        department, etag = self.department(case, who), self.etag(case, which)
        obstacles = self.model.to_promise(case, department, etag, requirement, Necessity.REPLACEABLE)
        line = pb.EvidenceName(requirement=requirement)
        request = pb.CommitEvidenceRequest(case=case.name, etag=etag, line=line)

        def follow(answer: pb.CommitEvidenceResponse) -> None:
            case.lines.setdefault(requirement, ModelLine()).committed = True
            self.note_etag(case, answer.case.etag, changed=True)

        self.promise(request, department, obstacles, text, follow, way)

    @precondition(lambda self: self.model.excluded)
    @rule(number=NUMBERS, who=WHO, reason=st.sampled_from(("by mistake", "by mistake", "")), way=WAYS)
    def lift_exclusion(self, number: int, who: str, reason: str, way: tuple[int, str]) -> None:
        """Whoever let evidence lapse may defer again."""
        case = self.case(number)
        department = self.department(case, who)

        def follow(_: Any) -> None:
            self.model.excluded[case.person] = self.model.now
            self.complete_and_read(case)

        obstacles = self.model.seen(case, department) | self.model.taken(case)
        obstacles |= set() if reason else {"FIELD_INVALID"}
        request = pb.LiftDeferralExclusionRequest(case=case.name, reason=reason)
        self.send(self.ask("CaseService/LiftDeferralExclusion", request, department), obstacles, follow, way)

    def promise(
        self,
        request: Any,
        department: str,
        obstacles: Collection[str],
        text: str,
        follow: Any,
        way: tuple[int, str],
    ) -> None:
        """Read the text that is to be signed, sign it (or ``text``, where it is another one), and send that."""
        method = "CaseService/" + type(request).__name__.removesuffix("Request")
        digests: list[str] = []
        request.validate_only = True
        self.send(self.ask(method, request, department), obstacles, lambda answer: digests.append(answer.text_digest))
        signed = type(request)()
        signed.CopyFrom(request)
        signed.validate_only = False
        digest = text or "".join(digests) or "1" * 64
        signed.promise.CopyFrom(pb.Promise(text_digest=digest, language="zh", signature=pb.SIGNATURE_CONFIRMED))
        changed = {"PROMISE_CHANGED"} if not digests or digest != digests[0] else set()
        self.send(self.ask(method, signed, department), {*obstacles, *changed}, follow, way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, requirement=NAMES, who=WHO, file=st.integers(0, 2), way=WAYS)
    def hand_in(self, number: int, requirement: str, who: str, file: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        department = self.department(case, who)
        self.hand_in_file(case, requirement, department, file, way)

    @precondition(lambda self: self.model.cases)
    @rule(number=NUMBERS, requirement=st.sampled_from(("identity", "deed", "hygiene", FABRICATED)), who=WHO, way=WAYS)
    def dispute(self, number: int, requirement: str, who: str, way: tuple[int, str]) -> None:
        case = self.case(number)
        department = self.department(case, who)
        line = pb.EvidenceName(requirement=requirement)
        message = dispute_service_pb2.Dispute(case=case.name, line=line, kind=dispute_service_pb2.DISPUTE_KIND_MISSING)

        def follow(answer: dispute_service_pb2.OpenDisputeResponse) -> None:
            known = case.lines.setdefault(requirement, ModelLine())
            known.dispute, known.dispute_answered = answer.dispute.name, False
            self.disputes.append((known, answer.dispute.name, answer.dispute.issuer))
            self.complete_and_read(case)

        obstacles = self.model.to_dispute(case, department, requirement)
        ask = self.ask(
            "DisputeService/OpenDispute", dispute_service_pb2.OpenDisputeRequest(dispute=message), department
        )
        self.send(ask, obstacles, follow, way)

    @precondition(lambda self: self.disputes)
    @rule(number=NUMBERS, who=WHO, true_etag=st.sampled_from((True, True, False)), way=WAYS)
    def answer_dispute(self, number: int, who: str, true_etag: bool, way: tuple[int, str]) -> None:
        line, name, issuer = self.one(self.disputes, number)
        etags: list[str] = []
        read = dispute_service_pb2.GetReceivedDisputeRequest(name=name)
        ask = self.ask("DisputeService/GetReceivedDispute", read, issuer)
        self.send(ask, (), lambda answer: etags.append(answer.dispute.etag))
        department = issuer if who == "handler" else SERVICE_CENTRE
        etag = etags[0] if true_etag else "x"
        obstacles: set[str] = set() if true_etag else {"ETAG_MISMATCH"}
        obstacles |= {"DISPUTE_STATE"} if line.dispute != name or line.dispute_answered else set()
        obstacles = obstacles if department == issuer else {"DISPUTE_NOT_FOUND"}

        def follow(_: Any) -> None:
            line.dispute_answered = True

        request = dispute_service_pb2.AnswerDisputeRequest(name=name, etag=etag, reason="as registered")
        self.send(self.ask("DisputeService/AnswerDispute", request, department), obstacles, follow, way)

    # ---- what follows

    def hand_in_file(self, case: ModelCase, requirement: str, department: str, file: int, way: tuple[int, str]) -> None:
        content = FILES[file]
        digest = sha256(content).hexdigest()
        request = pb.SubmitEvidenceRequest(
            case=case.name, requirement=requirement, media_type="application/pdf", content=content, sha256=digest
        )

        def follow(answer: pb.SubmitEvidenceResponse) -> None:
            known = digest in case.lines.get(requirement, ModelLine()).files
            case.lines.setdefault(requirement, ModelLine()).files.add(digest)
            completed = self.complete(case)
            changed = completed or (not known and self.brought_in(case, [requirement]))
            self.note_etag(case, answer.case.etag, changed=changed)

        ask = self.ask("CaseService/SubmitEvidence", request, department)
        self.send(ask, lambda: self.model.to_submit(case, department, requirement), follow, way)
