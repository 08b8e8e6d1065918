"""Steps besides cases and evidence: licences, consents, time, what is due, guides, and requests sent late."""

from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import case_service_pb2 as pb
from onceonly.v1 import issuance_service_pb2, licence_pb2, values_pb2

from exchange.edge.methods import Access
from tests.fakes.counter_case_steps import CaseSteps
from tests.fakes.counter_city import DECIDER, DEED, HYGIENE, IDENTITY, ISSUER, ISSUERS, LINES, SHOP, TITLE, guide
from tests.fakes.counter_evidence_steps import DAY, EvidenceSteps
from tests.fakes.counter_machine import ETAGS, NUMBERS, PEOPLE, WAYS, WHO
from tests.fakes.counter_model import (
    ACTIVE,
    AWAITING,
    CLOSED,
    LAPSED,
    OPEN,
    REVOKED,
    SUSPENDED,
    YEAR,
    ModelCase,
    ModelConsent,
    ModelLicence,
)
from tests.fakes.counter_window import Ask
from tests.fakes.licence_world import LAND, MARKET, POLICE, SERVICE_CENTRE

_TEXT = values_pb2.FieldValue(text="990100-1")
_FIELDS = {
    IDENTITY: {"name": _TEXT, "citizen_id": _TEXT, "born": values_pb2.FieldValue(text="1990-01-01")},
    DEED: {"unit_number": _TEXT, "address": values_pb2.FieldValue(text="清河市和平路一号院二号楼")},
    HYGIENE: {"text": _TEXT},
}
_CHANGES = {
    "Suspend": ((ACTIVE,), SUSPENDED),
    "Reinstate": ((SUSPENDED,), ACTIVE),
    "Revoke": ((ACTIVE, SUSPENDED), REVOKED),
}

RACING = (
    "accept",
    "approve",
    "refuse",
    "withdraw",
    "hand in",
    "fetch",
    "fetch by consent",
    "fetch by consent",
    "consent",
)
MEANWHILE = ("take back", "take back", "revoke", "publish")


class WholeDay(CaseSteps, EvidenceSteps):
    """All steps."""

    def stock(self) -> None:
        """Some licences, a case, and an application with a case of each matter."""
        once = (0, "once")
        for person, licence_type in ((0, IDENTITY), (0, DEED), (1, IDENTITY), (1, DEED), (1, HYGIENE)):
            self.issue(person=person, licence_type=licence_type, department="issuer", number=0, way=once)
        self.open_case(matter=SHOP, person=0, department=MARKET, number=0, way=once)
        self.open_application(person=1, department=SERVICE_CENTRE, number=0, way=once)

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(number=NUMBERS, later=st.sampled_from(("", "deed", "hygiene")), days=st.sampled_from((3, 10)))
    def go_on(self, number: int, later: str, days: int) -> None:
        """One step on the straight way, so that many days see what lies behind it: accepted, completed, approved."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        if case.state == OPEN:
            for name in LINES[case.matter]:
                if name != later and self.model.standing(case, name) == "out":
                    self.hand_in_file(case, name, case.handler, 0, (0, "once"))
            if later:
                self.defer_line(case, later, case.handler, case.etags[-1], days, "", (1, "once"))
            self.accept_case(case, case.handler, case.etags[-1], (0, "once"))
        elif case.state == AWAITING:
            for name in tuple(self.model.awaited(case)):
                self.hand_in_file(case, name, case.handler, 0, (1, "once"))
        else:
            permit = f"G-{self.number()}" if case.matter == SHOP else None
            self.approve(case, case.handler, DECIDER, case.etags[-1], permit, (0, "once"))

    # ---- licences

    @rule(
        person=st.integers(0, PEOPLE - 1),
        licence_type=st.sampled_from((IDENTITY, DEED, DEED, HYGIENE)),
        department=st.sampled_from(("issuer", "issuer", "issuer", MARKET)),
        number=st.integers(0, 3),
        way=WAYS,
    )
    def issue(self, person: int, licence_type: str, department: str, number: int, way: tuple[int, str]) -> None:
        issuer = ISSUERS[licence_type] if department == "issuer" else department
        holder = self.people[person]
        taken = f"{licence_type} {person} L-{number}"
        licence = licence_pb2.Licence(
            number=f"L-{person}-{number}",
            holders=[values_pb2.Holder(id_type=holder.id_type, id_number=holder.id_number, name=holder.name)],
            fields=_FIELDS[licence_type],
        )
        request = issuance_service_pb2.IssueLicenceRequest(parent=f"licenceTypes/{licence_type}", licence=licence)
        obstacles = {"NOT_ISSUER"} if issuer != ISSUERS[licence_type] else set()
        obstacles |= {"LICENCE_EXISTS"} if taken in self.model.numbers else set()

        def follow(answer: issuance_service_pb2.IssueLicenceResponse) -> None:
            self.model.numbers.add(taken)
            self.hold_licence(answer.licence, licence_type, issuer, person)

        self.send(self.ask("IssuanceService/IssueLicence", request, issuer, ISSUER), obstacles, follow, way)

    @precondition(lambda self: self.model.licences)
    @rule(
        number=NUMBERS,
        operation=st.sampled_from(sorted(_CHANGES)),
        stranger=st.sampled_from((False, False, False, True)),
        which=ETAGS,
        way=WAYS,
    )
    def change_licence(self, number: int, operation: str, stranger: bool, which: int, way: tuple[int, str]) -> None:
        licence = self.one(self.model.licences.values(), number)
        department = {POLICE: LAND, LAND: MARKET, MARKET: POLICE}[licence.issuer] if stranger else licence.issuer
        self.lead_licence(licence, operation, department, licence.etags[max(which, -len(licence.etags))], way)

    def lead_licence(
        self, licence: ModelLicence, operation: str, department: str, etag: str, way: tuple[int, str]
    ) -> None:
        before, after = _CHANGES[operation]
        request: Any = getattr(issuance_service_pb2, f"{operation}LicenceRequest")(
            name=licence.name, etag=etag, reason="because", legal_reference="Article 3"
        )
        if operation == "Revoke":
            request.cause = licence_pb2.REVOCATION_CAUSE_PENALTY

        def follow(answer: Any) -> None:
            licence.state = after
            assert answer.licence.etag not in licence.etags
            licence.etags.append(answer.licence.etag)

        obstacles = self.model.to_change_licence(licence, department, etag, *before)
        self.send(self.ask(f"IssuanceService/{operation}Licence", request, department, ISSUER), obstacles, follow, way)

    # ---- two windows

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(number=NUMBERS, first=st.sampled_from(RACING), second=st.sampled_from((*RACING, *MEANWHILE)))
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
            case "take back":
                for consent in [one for one in self.model.consents.values() if one.case == case.name][-1:]:
                    self.take_back(consent, case.handler, way)
            case "revoke":
                held = [one for one in self.model.licences.values() if one.person == case.person]
                for licence in [one for one in held if one.licence_type in {IDENTITY, DEED}][-1:]:
                    self.lead_licence(licence, "Revoke", licence.issuer, licence.etags[-1], way)
            case "publish":
                self.publish_a_guide(matter=case.matter, withdrawn=("deed",))

    # ---- consents

    @precondition(lambda self: self.model.cases)
    @rule(
        number=NUMBERS,
        requirement=st.sampled_from(("deed", "deed", "deed", "identity")),
        who=WHO,
        days=st.sampled_from((1, 5, 20)),
        uses=st.sampled_from((0, 1, 1, 2)),
        way=WAYS,
    )
    def consent(self, number: int, requirement: str, who: str, days: int, uses: int, way: tuple[int, str]) -> None:
        case = self.case(number)
        self.give_consent(case, requirement, self.department(case, who), days, uses, way)

    @precondition(lambda self: any(case.state not in CLOSED for case in self.model.cases.values()))
    @rule(number=NUMBERS, between=st.sampled_from(("", "fetch", "revoke", "wait")), way=WAYS)
    def fetch_by_consent(self, number: int, between: str, way: tuple[int, str]) -> None:
        """A consent, and a fetch by it; between them it may be used up, taken back, or over."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        known = set(self.model.consents)
        self.give_consent(case, "deed", case.handler, 1, 1, (0, "once"))
        if between == "fetch":
            self.fetch_line(case, "deed", case.handler, (1, "once"))
        elif between == "wait":
            self.advance(DAY)
        for name in set(self.model.consents) - known if between == "revoke" else ():
            self.take_back(self.model.consents[name], case.handler, (1, "once"))
        self.fetch_line(case, "deed", case.handler, way)

    def give_consent(
        self, case: ModelCase, requirement: str, department: str, days: int, uses: int, way: tuple[int, str]
    ) -> None:
        until = self.model.now + days * DAY
        consent = pb.Consent(
            party="applicant",
            requirements=[requirement],
            valid_until_time=Timestamp(seconds=until),
            max_uses=uses,
            statement_digest="ab" * 32,
        )
        given = self.model.now

        def follow(answer: pb.RecordConsentResponse) -> None:
            name = answer.consent.name
            assert name not in self.model.consents
            self.model.consents[name] = ModelConsent(name, case.name, frozenset({requirement}), given, until, uses)

        request = pb.RecordConsentRequest(case=case.name, consent=consent)
        ask = self.ask("CaseService/RecordConsent", request, department)
        self.send(ask, lambda: self.model.to_consent(case, department, requirement, until, uses), follow, way)

    @precondition(lambda self: self.model.consents)
    @rule(number=NUMBERS, who=WHO, way=WAYS)
    def revoke_consent(self, number: int, who: str, way: tuple[int, str]) -> None:
        consent = self.one(self.model.consents.values(), number)
        self.take_back(consent, self.department(self.model.cases[consent.case], who), way)

    def take_back(self, consent: ModelConsent, department: str, way: tuple[int, str]) -> None:
        def follow(answer: pb.RevokeConsentResponse) -> None:
            assert answer.consent.revoked_time.seconds
            consent.revoked = True

        obstacles = {"CONSENT_NOT_FOUND"} if self.model.seen(self.model.cases[consent.case], department) else set()
        request = pb.RevokeConsentRequest(name=consent.name)
        self.send(self.ask("CaseService/RevokeConsent", request, department), obstacles, follow, way)

    # ---- time, and what happens by itself

    @rule(hours=st.sampled_from((1, 24, 24, 80, 900)), runs=st.booleans())
    def wait(self, hours: int, runs: bool) -> None:
        """Time passes, and what is due is done then, or later."""
        self.advance(hours * 3_600)
        if runs:
            self.run_due()

    @precondition(lambda self: any(case.waiting for case in self.model.cases.values()))
    @rule(runs=st.booleans())
    def miss_a_deadline(self, runs: bool) -> None:
        """What was deferred does not come."""
        lines = [line for case in self.model.cases.values() for line in case.waiting.values()]
        self.advance(max(0, min(line.deferred_until for line in lines) - self.model.now))
        if runs:
            self.run_due()

    def advance(self, seconds: int) -> None:
        self.world.hub.clock.advance(seconds)
        self.model.now = self.world.hub.clock.seconds

    def run_due(self) -> None:
        self.counter.run_due()
        assert self.is_all_done()
        for case in self.model.cases.values():
            self.read(case, changed=self.lapse(case))

    def lapse(self, case: ModelCase) -> bool:
        """What the time that has passed does to a case; whether its record changed."""
        changed = False
        for _, name in sorted((line.deferred_until, name) for name, line in case.waiting.items()):
            line = case.lines[name]
            if not line.deferred_until or self.model.now < line.deferred_until:
                continue
            if name in self.model.awaited(case):
                case.state, changed = LAPSED, True
                self.model.excluded[case.person] = max(self.model.excluded.get(case.person, 0), self.model.now + YEAR)
            line.deferred_until = 0
            if case.state == AWAITING and not self.model.awaited(case):
                case.state, changed = "accepted", True
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
