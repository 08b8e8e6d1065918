"""One table: what each method needs before its use case runs. A test reflects over every RPC and this table.

Rules:
1. A method without a row does not exist: the pipeline serves nothing that is not here.
2. Health and reflection are exempt explicitly (``EXEMPT_SERVICES``) and reveal nothing but liveness and the contract.
3. A token that is limited to requirement lines is for the methods whose row says so, which keep to those lines, and for
   verifying. Every other method refuses it: it would be let do more than it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from exchange.entities.catalogue import Role


class Access(StrEnum):
    """How a call is recorded and repeated."""

    READ = "read"
    """Reads; no request id."""
    CHANGE = "change"
    """Changes something; the same request id and body again returns the stored answer."""
    FETCH = "fetch"
    """Releases licence data; the same request id again is decided anew but not counted as another use."""
    VERIFY = "verify"
    """Checks what the caller holds, or reads what is public and needed for that; may be machine-only."""


class Holders(StrEnum):
    """Whether a token that speaks for a holder is taken."""

    REFUSED = "refused"
    """Never: the method is for departments."""
    ALSO = "also"
    """By the row's rule for departments, or by a holder's own call."""
    ONLY = "only"
    """A holder's own call and no other."""


@dataclass(frozen=True, slots=True)
class MethodRule:
    """``role``: what both department and operator must have (None: any registered department), or else ``or_role``.

    A holder's own call has no operator: of it the role HOLDER_CHANNEL of the department is asked, and ``min_assurance``
    of the holder's login. ``lines``: whether its use case keeps to the requirement lines that a token is limited to.
    """

    role: Role | None
    access: Access
    operator: bool = True
    min_assurance: int = 1
    or_role: Role | None = None
    holders: Holders = Holders.REFUSED
    lines: bool = False


_ISSUER_CHANGE = MethodRule(Role.ISSUER, Access.CHANGE)
_ISSUER_READ = MethodRule(Role.ISSUER, Access.READ)
_COUNTER_CHANGE = MethodRule(Role.REQUESTER, Access.CHANGE)
_COUNTER_READ = MethodRule(Role.REQUESTER, Access.READ)
_COUNTER_OR_SUPERVISOR_READ = MethodRule(Role.REQUESTER, Access.READ, or_role=Role.SUPERVISOR)
_COUNTER_FETCH = MethodRule(Role.REQUESTER, Access.FETCH, lines=True)
_LINE_CHANGE = MethodRule(Role.REQUESTER, Access.CHANGE, lines=True)
_LINE_READ = MethodRule(Role.REQUESTER, Access.READ, lines=True)
_PURPOSE_FETCH = MethodRule(None, Access.FETCH)  # each purpose has a role of its own: the decision asks for it
_ANYONE_VERIFY = MethodRule(None, Access.VERIFY, operator=False, min_assurance=0)
_ANYONE_CHANGE = MethodRule(None, Access.CHANGE)
_ANYONE_READ = MethodRule(None, Access.READ)
_MANAGER_CHANGE = MethodRule(Role.CATALOGUE_MANAGER, Access.CHANGE)
_MANAGER_READ = MethodRule(Role.CATALOGUE_MANAGER, Access.READ)
_AUDITOR_READ = MethodRule(Role.AUDITOR, Access.READ)
_AUDITOR_CHANGE = MethodRule(Role.AUDITOR, Access.CHANGE)
_RESPONDER_CHANGE = MethodRule(Role.RESPONDER, Access.CHANGE)
_RESPONDER_READ = MethodRule(Role.RESPONDER, Access.READ)
_SUPERVISOR_CHANGE = MethodRule(Role.SUPERVISOR, Access.CHANGE)
_SUPERVISOR_READ = MethodRule(Role.SUPERVISOR, Access.READ)
_CHECKER_CHANGE = MethodRule(Role.SUPERVISOR, Access.CHANGE, or_role=Role.REQUESTER)
_CHECKER_READ = MethodRule(Role.SUPERVISOR, Access.READ, or_role=Role.REQUESTER)
_SELF_CHANGE = MethodRule(Role.HOLDER_CHANNEL, Access.CHANGE, operator=False, min_assurance=2, holders=Holders.ONLY)
_SELF_READ = MethodRule(Role.HOLDER_CHANNEL, Access.READ, operator=False, holders=Holders.ONLY)
_BOTH_CHANGE = MethodRule(Role.REQUESTER, Access.CHANGE, holders=Holders.ALSO)
_BOTH_READ = MethodRule(Role.REQUESTER, Access.READ, holders=Holders.ALSO)
_SYSTEM_CHANGE = MethodRule(None, Access.CHANGE, operator=False, min_assurance=0)
_SYSTEM_READ = MethodRule(None, Access.READ, operator=False, min_assurance=0)

METHODS: Mapping[str, MethodRule] = MappingProxyType(
    {
        "onceonly.v1.ApplicationService/GetApplication": _COUNTER_READ,
        "onceonly.v1.ApplicationService/OpenApplication": _COUNTER_CHANGE,
        "onceonly.v1.ApplicationService/RecordApplicationConsent": _LINE_CHANGE,
        "onceonly.v1.AssistanceService/ApproveLetter": _ISSUER_CHANGE,
        "onceonly.v1.AssistanceService/GetLetter": _COUNTER_READ,
        "onceonly.v1.AssistanceService/GetReceivedLetter": _ISSUER_READ,
        "onceonly.v1.AssistanceService/ListLetters": _COUNTER_READ,
        "onceonly.v1.AssistanceService/ListReceivedLetters": _ISSUER_READ,
        "onceonly.v1.AssistanceService/RefuseLetter": _ISSUER_CHANGE,
        "onceonly.v1.AssistanceService/RequestLetter": _COUNTER_CHANGE,
        "onceonly.v1.AssistanceService/WithdrawLetter": _COUNTER_CHANGE,
        "onceonly.v1.AuditService/ExplainDecision": _AUDITOR_READ,
        "onceonly.v1.AuditService/ExportAccessRecords": _AUDITOR_READ,
        "onceonly.v1.AuditService/GetAccessRecord": _AUDITOR_READ,
        "onceonly.v1.AuditService/GetCheckpoint": _AUDITOR_READ,
        "onceonly.v1.AuditService/GetConsistencyProof": _AUDITOR_READ,
        "onceonly.v1.AuditService/GetInclusionProof": _AUDITOR_READ,
        "onceonly.v1.AuditService/GetReceipt": _ANYONE_VERIFY,
        "onceonly.v1.AuditService/ListAccessRecords": _AUDITOR_READ,
        "onceonly.v1.AuditService/SummariseAccesses": _AUDITOR_READ,
        "onceonly.v1.CaseService/AcceptCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/AnswerRectification": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/CheckEvidence": _LINE_READ,
        "onceonly.v1.CaseService/ClaimCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/CommitEvidence": _LINE_CHANGE,
        "onceonly.v1.CaseService/DecideCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/DeferEvidence": _LINE_CHANGE,
        "onceonly.v1.CaseService/GetCase": _LINE_READ,
        "onceonly.v1.CaseService/GetMaterial": _LINE_READ,
        "onceonly.v1.CaseService/HandOverCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/LiftDeferralExclusion": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/ListCases": _COUNTER_READ,
        "onceonly.v1.CaseService/ListOverdueCases": _COUNTER_OR_SUPERVISOR_READ,
        "onceonly.v1.CaseService/ListRatings": _COUNTER_READ,
        "onceonly.v1.CaseService/ListRectifications": _COUNTER_READ,
        "onceonly.v1.CaseService/OpenCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/RateCase": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/RecordConsent": _LINE_CHANGE,
        "onceonly.v1.CaseService/RecordRepresentation": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/ResumeClock": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/RevokeConsent": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/RevokeRepresentation": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/StopClock": _COUNTER_CHANGE,
        "onceonly.v1.CaseService/SubmitEvidence": _LINE_CHANGE,
        "onceonly.v1.CaseService/SummariseRatings": _COUNTER_READ,
        "onceonly.v1.CaseService/WithdrawCase": _COUNTER_CHANGE,
        "onceonly.v1.CatalogueService/ApproveEntry": _ANYONE_CHANGE,
        "onceonly.v1.CatalogueService/GetEntry": _ANYONE_READ,
        "onceonly.v1.CatalogueService/ListEntries": _ANYONE_READ,
        "onceonly.v1.CatalogueService/ProposeEntry": _MANAGER_CHANGE,
        "onceonly.v1.CatalogueService/PublishEntry": _MANAGER_CHANGE,
        "onceonly.v1.CatalogueService/RetireEntry": _MANAGER_CHANGE,
        "onceonly.v1.CatalogueService/ReviewEntry": _MANAGER_CHANGE,
        "onceonly.v1.CatalogueService/ValidateCatalogue": _MANAGER_READ,
        "onceonly.v1.ConsentService/ConfirmConsent": _SELF_CHANGE,
        "onceonly.v1.ConsentService/CreatePresentationCode": _SELF_CHANGE,
        "onceonly.v1.ConsentService/ExportConsentRecord": _BOTH_READ,
        "onceonly.v1.ConsentService/GetConsentNotice": _BOTH_READ,
        "onceonly.v1.ConsentService/GetPresentation": _BOTH_READ,
        "onceonly.v1.ConsentService/ListAccessesToMyData": _SELF_READ,
        "onceonly.v1.ConsentService/ListConsents": _BOTH_READ,
        "onceonly.v1.ConsentService/ListRestrictionsOnMe": _SELF_READ,
        "onceonly.v1.ConsentService/RedeemPresentationCode": _COUNTER_CHANGE,
        "onceonly.v1.ConsentService/RevokeConsent": _BOTH_CHANGE,
        "onceonly.v1.DisputeService/AnswerDispute": _ISSUER_CHANGE,
        "onceonly.v1.DisputeService/CheckDispute": _ISSUER_CHANGE,
        "onceonly.v1.DisputeService/GetDispute": _COUNTER_READ,
        "onceonly.v1.DisputeService/GetReceivedDispute": _ISSUER_READ,
        "onceonly.v1.DisputeService/ListDisputes": _COUNTER_READ,
        "onceonly.v1.DisputeService/ListReceivedDisputes": _ISSUER_READ,
        "onceonly.v1.DisputeService/OpenDispute": _LINE_CHANGE,
        "onceonly.v1.EvidenceService/ExportCaseEvidence": _COUNTER_READ,
        "onceonly.v1.EvidenceService/ExportLicenceEvidence": _ISSUER_READ,
        "onceonly.v1.ExchangeService/FetchEvidence": _COUNTER_FETCH,
        "onceonly.v1.ExchangeService/FetchForPurpose": _PURPOSE_FETCH,
        "onceonly.v1.ExchangeService/FetchLicence": _COUNTER_FETCH,
        "onceonly.v1.ExchangeService/PrefillForm": _COUNTER_FETCH,
        "onceonly.v1.IncidentService/CloseIncident": _RESPONDER_CHANGE,
        "onceonly.v1.IncidentService/ConfirmIncident": _RESPONDER_CHANGE,
        "onceonly.v1.IncidentService/GetIncident": _RESPONDER_READ,
        "onceonly.v1.IncidentService/ListIncidents": _AUDITOR_READ,
        "onceonly.v1.IncidentService/OpenIncident": _RESPONDER_CHANGE,
        "onceonly.v1.IncidentService/ReviewIncident": _AUDITOR_CHANGE,
        "onceonly.v1.IssuanceService/AmendLicence": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/FinishImport": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/GetImport": _ISSUER_READ,
        "onceonly.v1.IssuanceService/GetLicence": _ISSUER_READ,
        "onceonly.v1.IssuanceService/GetLicenceQrCode": _ISSUER_READ,
        "onceonly.v1.IssuanceService/ImportLicences": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/IssueLicence": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/ListDueIssuances": _ISSUER_READ,
        "onceonly.v1.IssuanceService/ListImportIssues": _ISSUER_READ,
        "onceonly.v1.IssuanceService/ListLicences": _ISSUER_READ,
        "onceonly.v1.IssuanceService/ListPenalties": _ISSUER_READ,
        "onceonly.v1.IssuanceService/RefusePenalty": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/ReinstateLicence": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/RenewLicence": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/RevokeLicence": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/SettleImportIssue": _ISSUER_CHANGE,
        "onceonly.v1.IssuanceService/SuspendLicence": _ISSUER_CHANGE,
        "onceonly.v1.ManifestService/ApproveManifest": _COUNTER_CHANGE,
        "onceonly.v1.ManifestService/FetchManifest": _COUNTER_FETCH,
        "onceonly.v1.ManifestService/GetManifest": _COUNTER_READ,
        "onceonly.v1.ManifestService/ListManifests": _COUNTER_READ,
        "onceonly.v1.ManifestService/ProposeManifest": _COUNTER_CHANGE,
        "onceonly.v1.ManifestService/WithdrawManifest": _COUNTER_CHANGE,
        "onceonly.v1.RestrictionService/ApproveRestriction": _SUPERVISOR_CHANGE,
        "onceonly.v1.RestrictionService/GetRestriction": _SUPERVISOR_READ,
        "onceonly.v1.RestrictionService/LiftRestriction": _SUPERVISOR_CHANGE,
        "onceonly.v1.RestrictionService/ListRestrictions": _SUPERVISOR_READ,
        "onceonly.v1.RestrictionService/ProposeRestriction": _SUPERVISOR_CHANGE,
        "onceonly.v1.SupervisionService/AcknowledgeHandOff": _SUPERVISOR_CHANGE,
        "onceonly.v1.SupervisionService/ListCommitmentChecks": _CHECKER_READ,
        "onceonly.v1.SupervisionService/ListHandOffs": _SUPERVISOR_READ,
        "onceonly.v1.SupervisionService/ListInspectionTasks": _SUPERVISOR_READ,
        "onceonly.v1.SupervisionService/ListProposedPenalties": _SUPERVISOR_READ,
        "onceonly.v1.SupervisionService/OpenInspectionTask": _SUPERVISOR_CHANGE,
        "onceonly.v1.SupervisionService/ProposePenalty": _SUPERVISOR_CHANGE,
        "onceonly.v1.SupervisionService/SettleCommitmentCheck": _CHECKER_CHANGE,
        "onceonly.v1.SupervisionService/SubmitSupervisionResult": _SUPERVISOR_CHANGE,
        "onceonly.v1.VerificationService/GetStatusList": _ANYONE_VERIFY,
        "onceonly.v1.VerificationService/GetTrustList": _ANYONE_VERIFY,
        "onceonly.v1.VerificationService/VerifyCredential": _ANYONE_VERIFY,
        "onceonly.v1.VerificationService/VerifyCredentials": _ANYONE_VERIFY,
    }
)

EVENT_METHODS: Mapping[str, MethodRule] = MappingProxyType(
    {
        "onceonly.v1.EventService/AcknowledgeEvents": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/CreateWebhook": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/DeleteWebhook": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/GetWebhook": _SYSTEM_READ,
        "onceonly.v1.EventService/ListDeadLetters": _SYSTEM_READ,
        "onceonly.v1.EventService/ListEvents": _SYSTEM_READ,
        "onceonly.v1.EventService/ListWebhooks": _SYSTEM_READ,
        "onceonly.v1.EventService/PauseWebhook": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/ResumeWebhook": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/RetryDeadLetter": _SYSTEM_CHANGE,
        "onceonly.v1.EventService/WatchEvents": _SYSTEM_READ,
    }
)
"""The methods on the port of events. They are a system's, with or without a person; the audience says who is told."""

EXEMPT_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})
