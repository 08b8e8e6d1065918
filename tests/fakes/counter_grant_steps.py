"""Steps of licences and consents: given, suspended, given back, revoked; by whoever may, and by others."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from onceonly.v1 import application_service_pb2 as application_pb
from onceonly.v1 import case_service_pb2 as pb
from onceonly.v1 import issuance_service_pb2, licence_pb2, values_pb2

from tests.fakes.counter_case_steps import CaseSteps
from tests.fakes.counter_city import DEED, HYGIENE, IDENTITY, ISSUER, ISSUERS
from tests.fakes.counter_evidence_steps import DAY, EvidenceSteps
from tests.fakes.counter_machine import ETAGS, NUMBERS, PEOPLE, WAYS, WHO
from tests.fakes.counter_records import (
    ACTIVE,
    CARRIED_OUT,
    CLOSED,
    REVOKED,
    SUSPENDED,
    ModelCase,
    ModelConsent,
    ModelLicence,
    ModelPenalty,
)
from tests.fakes.licence_world import LAND, MARKET, POLICE, SERVICE_CENTRE

_TEXT = values_pb2.FieldValue(text="990100-1")
_FIELDS = {
    IDENTITY: {"name": _TEXT, "citizen_id": _TEXT, "born": values_pb2.FieldValue(text="1990-01-01")},
    DEED: {"unit_number": _TEXT, "address": values_pb2.FieldValue(text="清河市和平路一号院二号楼")},
    HYGIENE: {"text": _TEXT},
}
CHANGES = {
    "Suspend": ((ACTIVE,), SUSPENDED),
    "Reinstate": ((SUSPENDED,), ACTIVE),
    "Revoke": ((ACTIVE, SUSPENDED), REVOKED),
}


class GrantSteps(CaseSteps, EvidenceSteps):
    """What issuers do with licences, and holders with their consents."""

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
        operation=st.sampled_from(sorted(CHANGES)),
        stranger=st.sampled_from((False, False, False, True)),
        which=ETAGS,
        way=WAYS,
    )
    def change_licence(self, number: int, operation: str, stranger: bool, which: int, way: tuple[int, str]) -> None:
        licence = self.one(self.model.licences.values(), number)
        department = {POLICE: LAND, LAND: MARKET, MARKET: POLICE}[licence.issuer] if stranger else licence.issuer
        self.lead_licence(licence, operation, department, licence.etags[max(which, -len(licence.etags))], way)

    def lead_licence(
        self,
        licence: ModelLicence,
        operation: str,
        department: str,
        etag: str,
        way: tuple[int, str],
        penalty: ModelPenalty | None = None,
    ) -> None:
        """``penalty``: the one that is carried out by this."""
        before, after = CHANGES[operation]
        request: Any = getattr(issuance_service_pb2, f"{operation}LicenceRequest")(
            name=licence.name, etag=etag, reason="because", legal_reference="Article 3"
        )
        if penalty is not None:
            request.penalty = penalty.name
        if operation == "Revoke":
            request.cause = licence_pb2.REVOCATION_CAUSE_PENALTY

        def follow(answer: Any) -> None:
            licence.state = after
            if penalty is not None:
                penalty.state = CARRIED_OUT
            assert answer.licence.etag not in licence.etags
            licence.etags.append(answer.licence.etag)

        obstacles = self.model.to_change_licence(licence, department, etag, *before)
        obstacles |= self.model.to_settle(penalty, department, operation) if penalty is not None else set()
        self.send(self.ask(f"IssuanceService/{operation}Licence", request, department, ISSUER), obstacles, follow, way)

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
    @rule(number=NUMBERS, between=st.sampled_from(("", "fetch", "fetch again", "revoke", "wait")), way=WAYS)
    def fetch_by_consent(self, number: int, between: str, way: tuple[int, str]) -> None:
        """A consent, and a fetch by it; between them it may be used up, given again, taken back, or over."""
        case = self.one([case for case in self.model.cases.values() if case.state not in CLOSED], number)
        known = set(self.model.consents)
        self.give_consent(case, "deed", case.handler, 1, 1, (0, "once"))
        if between.startswith("fetch"):
            self.fetch_line(case, "deed", case.handler, (1, "once"))
        if between == "fetch again" and self.spent:
            self.give_consent(case, "deed", case.handler, 1, 1, (0, "once"))
            ask, asked, spent = self.spent[-1]
            self.fetch_once(ask, asked, 0, lambda: spent)
        if between == "wait":
            self.advance(DAY)
        for name in set(self.model.consents) - known if between == "revoke" else ():
            self.take_back(self.model.consents[name], case.handler, (1, "once"))
        self.fetch_line(case, "deed", case.handler, way)

    def give_consent(
        self, case: ModelCase, requirement: str, department: str, days: int, uses: int, way: tuple[int, str]
    ) -> None:
        until = self.model.now + days * DAY
        consent = _consent(requirement, until, uses)
        given = self.model.now

        def follow(answer: pb.RecordConsentResponse) -> None:
            name = answer.consent.name
            assert name not in self.model.consents
            self.model.consents[name] = ModelConsent(name, case.name, frozenset({requirement}), given, until, uses)
            self.complete_and_read(case)

        request = pb.RecordConsentRequest(case=case.name, consent=consent)
        ask = self.ask("CaseService/RecordConsent", request, department)
        self.send(ask, lambda: self.model.to_consent(case, department, requirement, until, uses), follow, way)

    @precondition(lambda self: self.model.applications)
    @rule(
        number=NUMBERS,
        requirement=st.sampled_from(("deed", "deed", "deed", "identity")),
        department=st.sampled_from((SERVICE_CENTRE, SERVICE_CENTRE, POLICE)),
        uses=st.sampled_from((0, 1, 2)),
        way=WAYS,
    )
    def consent_once_for_all(
        self, number: int, requirement: str, department: str, uses: int, way: tuple[int, str]
    ) -> None:
        """One consent for an application is one of each case that needs it, and ends with it at the latest."""
        name = self.one(self.model.applications, number)
        cases = [self.model.cases[each] for each in self.model.applications[name]]
        given, until = self.model.now, self.model.now + 40 * DAY
        asking = self.model.asking_consent(cases, requirement)

        def follow(answer: application_pb.RecordApplicationConsentResponse) -> None:
            for case, consent in zip(asking, answer.consents, strict=True):
                self.model.consents[consent.name] = ModelConsent(
                    consent.name, case.name, frozenset({requirement}), given, min(until, case.expires), uses
                )
            self.complete_and_read(*asking)

        obstacles = set() if department == SERVICE_CENTRE else {"APPLICATION_UNKNOWN"}
        obstacles |= set() if any(self.model.is_open(case) for case in cases) else {"CASE_NOT_OPEN"}
        obstacles |= set() if asking and uses else {"FIELD_INVALID"}
        consent = _consent(requirement, until, uses)
        request = application_pb.RecordApplicationConsentRequest(application=name, consent=consent)
        ask = self.ask("ApplicationService/RecordApplicationConsent", request, department)
        self.send(ask, obstacles, follow, way)

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


def _consent(requirement: str, until: int, uses: int) -> pb.Consent:
    return pb.Consent(
        party="applicant",
        requirements=[requirement],
        valid_until_time=Timestamp(seconds=until),
        max_uses=uses,
        statement_digest="ab" * 32,
    )
