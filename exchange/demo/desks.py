"""What the people of the city do at their desks: each function is one call of the contract, in plain arguments."""

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256

from google.protobuf import timestamp_pb2
from onceonly.v1 import (
    case_service_pb2,
    consent_service_pb2,
    evidence_service_pb2,
    exchange_service_pb2,
    issuance_service_pb2,
    licence_pb2,
    verification_service_pb2,
)

from exchange.client import HubClient, new_request_id
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.entities.catalogue import LicenceType
from exchange.entities.licence import Holder
from exchange.synthetic import Organisation, Person, Synthetic

NOTICE = "本人同意将所列证照信息用于办理本事项。I agree that the licences listed are used for this matter."
"""What a holder agrees to at the counter; the hub keeps its digest."""
_CONSENT_SECONDS = 86_400


def issue(
    hub: HubClient,
    synthetic: Synthetic,
    licence_type: LicenceType,
    of: Person | Organisation,
    issuer: str,
    number: str,
    case: str = "",
) -> issuance_service_pb2.IssueLicenceResponse:
    """Issue a synthetic licence with everything that its type asks for; ``issuer`` is the name printed on it.

    ``case`` is the case to which the licence is owed, if it is.
    """
    licence = licence_pb2.Licence(
        number=number, holders=[holder_message(each) for each in synthetic.holders(licence_type, of)]
    )
    put_field_values(licence.fields, synthetic.licence_fields(licence_type, of, issuer))
    request = issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type.code}", licence=licence, request_id=new_request_id(), case=case
    )
    return hub.call(hub.issuance.IssueLicence, request)


def revoke(hub: HubClient, licence: licence_pb2.Licence, cause: str, reason: str) -> licence_pb2.Licence:
    """Revoke a licence; ``cause`` is a name of the contract's RevocationCause."""
    request = issuance_service_pb2.RevokeLicenceRequest(
        name=licence.name, etag=licence.etag, cause=cause, reason=reason, request_id=new_request_id()
    )
    return hub.call(hub.issuance.RevokeLicence, request).licence


def open_case(
    hub: HubClient, number: str, matter: str, parties: Mapping[str, Holder], situations: Sequence[str] = ()
) -> case_service_pb2.Case:
    """Open a case of one matter at the counter for these parties."""
    case = case_service_pb2.Case(
        number=number,
        matters=[matter],
        parties=[case_service_pb2.CaseParty(role=role, holder=holder_message(each)) for role, each in parties.items()],
        situations=situations,
        channel="counter",
    )
    request = case_service_pb2.OpenCaseRequest(case=case, request_id=new_request_id())
    return hub.call(hub.cases.OpenCase, request).case


def check(hub: HubClient, case: str) -> Sequence[case_service_pb2.EvidenceCheck]:
    """What the case needs, line by line (一次性告知)."""
    return hub.call(hub.cases.CheckEvidence, case_service_pb2.CheckEvidenceRequest(case=case)).checks


def consent(hub: HubClient, case: str, party: str, requirements: Sequence[str]) -> case_service_pb2.Consent:
    """Record what a party agrees to at the counter, for a day."""
    given = case_service_pb2.Consent(
        party=party,
        requirements=requirements,
        valid_until_time=timestamp_pb2.Timestamp(seconds=int(time.time()) + _CONSENT_SECONDS),
        max_uses=3,
        statement_digest=sha256(NOTICE.encode()).hexdigest(),
    )
    request = case_service_pb2.RecordConsentRequest(case=case, consent=given, request_id=new_request_id())
    return hub.call(hub.cases.RecordConsent, request).consent


def show_code(
    holder: HubClient, case: str = "", language: str = "zh-CN"
) -> consent_service_pb2.CreatePresentationCodeResponse:
    """Make a presentation code, as a holder by the channel; good for a minute."""
    request = consent_service_pb2.CreatePresentationCodeRequest(
        case=case, language=language, request_id=new_request_id()
    )
    return holder.call(holder.consents.CreatePresentationCode, request)


def redeem(hub: HubClient, case: str, code: str) -> consent_service_pb2.Presentation:
    """Redeem a code that the holder shows at the counter."""
    request = consent_service_pb2.RedeemPresentationCodeRequest(case=case, code=code, request_id=new_request_id())
    return hub.call(hub.consents.RedeemPresentationCode, request).presentation


def confirm(holder: HubClient, name: str) -> consent_service_pb2.Presentation:
    """Read what the counter asks, and agree to it as the holder."""
    seen = holder.call(
        holder.consents.GetPresentation, consent_service_pb2.GetPresentationRequest(name=name)
    ).presentation
    digest = seen.notice.digest_en if seen.language == "en" else seen.notice.digest_zh
    request = consent_service_pb2.ConfirmConsentRequest(name=name, statement_digest=digest, request_id=new_request_id())
    return holder.call(holder.consents.ConfirmConsent, request).presentation


def fetch(
    hub: HubClient, case: str, requirement: str, fields: Sequence[str] = ()
) -> exchange_service_pb2.FetchLicenceResponse:
    """Fetch one line of a case."""
    request = exchange_service_pb2.FetchLicenceRequest(
        case=case, requirement=requirement, fields=fields, request_id=new_request_id()
    )
    return hub.call(hub.exchange.FetchLicence, request)


def fetch_all(
    hub: HubClient, case: str, requirements: Sequence[str] = ()
) -> exchange_service_pb2.FetchEvidenceResponse:
    """Fetch several lines of a case, or all that apply."""
    request = exchange_service_pb2.FetchEvidenceRequest(
        case=case, requirements=requirements, request_id=new_request_id()
    )
    return hub.call(hub.exchange.FetchEvidence, request)


def accept(hub: HubClient, name: str) -> case_service_pb2.Case:
    """Accept a case (受理) as it stands now."""
    case = hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case
    request = case_service_pb2.AcceptCaseRequest(name=name, etag=case.etag, request_id=new_request_id())
    return hub.call(hub.cases.AcceptCase, request).case


def approve(hub: HubClient, name: str, note: str) -> case_service_pb2.Case:
    """Grant what a case applies for (办结)."""
    case = hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case
    request = case_service_pb2.DecideCaseRequest(
        name=name, etag=case.etag, approved=True, note=note, request_id=new_request_id()
    )
    return hub.call(hub.cases.DecideCase, request).case


def approve_with_licence(
    hub: HubClient, name: str, note: str, licence: licence_pb2.Licence
) -> case_service_pb2.DecideCaseResponse:
    """Grant what a case applies for, and issue its licence with the decision (谁办理谁入库)."""
    case = hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case
    request = case_service_pb2.DecideCaseRequest(
        name=name,
        etag=case.etag,
        approved=True,
        note=note,
        results=[case_service_pb2.ResultContent(licence=licence)],
        request_id=new_request_id(),
    )
    return hub.call(hub.cases.DecideCase, request)


def verify(hub: HubClient, credential: str, receipt: str = "") -> verification_service_pb2.VerificationReport:
    """Verify what one was handed."""
    request = verification_service_pb2.VerifyCredentialRequest(credential=credential, receipt=receipt)
    return hub.call(hub.verification.VerifyCredential, request).report


def qr_code(hub: HubClient, name: str, fields: Sequence[str]) -> issuance_service_pb2.GetLicenceQrCodeResponse:
    """The QR code for the paper of one's own licence, carrying these fields."""
    request = issuance_service_pb2.GetLicenceQrCodeRequest(
        name=name, form=issuance_service_pb2.QR_FORM_CREDENTIAL, fields=fields
    )
    return hub.call(hub.issuance.GetLicenceQrCode, request)


def evidence(hub: HubClient, name: str, reason: str) -> Mapping[str, bytes]:
    """The package of evidence for one's own licence: its files by name."""
    request = evidence_service_pb2.ExportLicenceEvidenceRequest(name=name, reason=reason)
    return {file.name: file.content for file in hub.call(hub.evidence.ExportLicenceEvidence, request).files}
