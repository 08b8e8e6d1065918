"""The register of guards: which are asked for which purpose, in the order of the steps.

Rules:
1. A purpose without rules of its own is asked what every call is asked; the guards of step 5 refuse it.
2. The order is part of the policy (``decision.policy_digest``); a change of rules is a new ``decision.POLICY``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exchange.entities.catalogue import Purpose
from exchange.purpose import caller_guards as caller
from exchange.purpose import evidence_guards as evidence
from exchange.purpose import licence_guards as licence
from exchange.purpose import object_guards as evidence_object
from exchange.purpose import sharing_guards as sharing
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule of phase one: it answers why it refuses, or ``None``. One that raises has refused for ``reason``."""

    step: int
    rule: Callable[[Facts], Reason | None]
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReleaseGuard:
    """A rule of phase two, which sees the licence too."""

    step: int
    rule: Callable[[Facts, LicenceFacts], Reason | None]
    reason: Reason


_CONNECTION = (
    Guard(1, caller.certificate_is_registered, Reason.CERTIFICATE_UNKNOWN),
    Guard(1, caller.certificate_is_not_revoked, Reason.CERTIFICATE_REVOKED),
    Guard(2, caller.token_is_valid, Reason.TOKEN_INVALID),
    Guard(2, caller.token_is_bound, Reason.TOKEN_UNBOUND),
    Guard(3, caller.department_is_active, Reason.OPERATOR_UNKNOWN),
    Guard(3, caller.department_has_role, Reason.ROLE_MISSING),
    Guard(4, caller.request_is_fresh, Reason.REQUEST_REPLAYED),
    Guard(4, caller.request_is_within_token, Reason.TOKEN_EXCEEDED),
    Guard(5, caller.purpose_is_open_to_department, Reason.PURPOSE_NOT_ALLOWED),
)
_OPERATOR = (
    Guard(3, caller.operator_is_active, Reason.OPERATOR_UNKNOWN),
    Guard(3, caller.operator_has_role, Reason.ROLE_MISSING),
    Guard(3, caller.login_is_strong, Reason.ASSURANCE_LOW),
    Guard(5, caller.purpose_is_open_to_operator, Reason.PURPOSE_NOT_ALLOWED),
)
_CASE = (
    Guard(6, evidence.case_exists, Reason.CASE_UNKNOWN),
    Guard(6, evidence.case_is_open, Reason.CASE_NOT_OPEN),
    Guard(6, evidence.case_is_in_its_window, Reason.CASE_EXPIRED),
    Guard(6, evidence.case_is_handled_by_caller, Reason.CASE_NOT_YOURS),
    Guard(6, evidence.caller_does_more_than_collect, Reason.COLLECTS_ONLY),
    Guard(6, evidence.case_was_handed_over, Reason.CASE_NOT_HANDED_OVER),
    Guard(6, evidence.case_is_assured, Reason.CASE_ASSURANCE_LOW),
)
_GUIDE = (
    Guard(7, evidence.catalogue_is_current, Reason.CATALOGUE_STALE),
    Guard(7, evidence.guide_is_in_force, Reason.MATTER_NOT_IN_FORCE),
    Guard(7, evidence.department_implements, Reason.NOT_IMPLEMENTER),
    Guard(8, evidence.evidence_is_required, Reason.EVIDENCE_NOT_REQUIRED),
    Guard(8, evidence.situation_needs_evidence, Reason.EVIDENCE_NOT_REQUIRED),
    Guard(8, evidence.evidence_is_outstanding, Reason.EVIDENCE_NOT_REQUIRED),
    Guard(8, evidence.requirement_is_not_withdrawn, Reason.REQUIREMENT_WITHDRAWN),
    Guard(8, evidence.fields_are_in_guide, Reason.FIELD_NOT_ALLOWED),
)
_LABEL = (
    Guard(9, sharing.fields_are_not_prohibited, Reason.PROHIBITED),
    Guard(9, sharing.holder_is_not_restricted, Reason.PROHIBITED),
)
_SHARING = (
    Guard(10, sharing.type_is_shared, Reason.SHARING_FORBIDDEN),
    Guard(10, sharing.agreement_exists, Reason.AGREEMENT_MISSING),
    Guard(10, sharing.agreement_covers_call, Reason.AGREEMENT_SCOPE),
    Guard(10, sharing.agreement_covers_fields, Reason.AGREEMENT_SCOPE),
)
_CONSENT = (
    Guard(11, sharing.basis_is_lawful, Reason.BASIS_MISSING),
    Guard(11, sharing.consent_exists, Reason.CONSENT_MISSING),
    Guard(11, sharing.consent_covers_call, Reason.CONSENT_SCOPE),
    Guard(11, sharing.consent_covers_fields, Reason.CONSENT_SCOPE),
    Guard(11, sharing.consent_is_not_revoked, Reason.CONSENT_REVOKED),
    Guard(11, sharing.consent_has_uses, Reason.CONSENT_EXHAUSTED),
)
_AGENT = (
    Guard(12, sharing.agent_is_authorised, Reason.REPRESENTATION_MISSING),
    Guard(12, sharing.agent_may_use_evidence, Reason.REPRESENTATION_SCOPE),
    Guard(12, sharing.agent_authority_is_in_its_window, Reason.REPRESENTATION_EXPIRED),
    Guard(12, sharing.agent_authority_is_not_revoked, Reason.REPRESENTATION_REVOKED),
    Guard(12, sharing.agent_authority_is_shown, Reason.REPRESENTATION_NOT_SHOWN),
    Guard(12, sharing.ward_is_a_minor, Reason.WARD_OF_AGE),
    Guard(12, sharing.clerk_is_not_agent, Reason.CLERK_IS_AGENT),
)
_RATES = (
    Guard(13, caller.caller_is_not_locked_out, Reason.LOCKED_OUT),
    Guard(13, caller.hourly_limit_is_not_reached, Reason.RATE_LIMITED),
)
_TRAWL = (
    Guard(13, caller.uses_are_left, Reason.USES_EXHAUSTED),
    Guard(13, caller.holders_match_cases, Reason.TRAWL_SUSPECTED),
)
_SESSION = (
    Guard(6, evidence.session_is_the_holders, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence.session_is_strong, Reason.ASSURANCE_LOW),
    Guard(8, evidence.fields_are_of_type, Reason.FIELD_NOT_ALLOWED),
)
_MANDATE = (
    Guard(6, evidence.mandate_is_the_callers, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence.mandate_covers_departments, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(8, evidence.no_field_is_asked, Reason.FIELD_NOT_ALLOWED),
)
_PROFILE = (Guard(8, evidence_object.fields_are_in_profile, Reason.FIELD_NOT_ALLOWED),)
_SHARED = (Guard(10, sharing.type_is_shared, Reason.SHARING_FORBIDDEN),)
_TASK = (
    Guard(6, evidence_object.task_is_the_callers, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence_object.task_is_open, Reason.TASK_NOT_OPEN),
    Guard(7, evidence_object.task_matter_is_supervised, Reason.TASK_SCOPE),
    Guard(8, evidence_object.task_covers_type, Reason.TASK_SCOPE),
    Guard(13, evidence_object.task_has_uses, Reason.TASK_EXHAUSTED),
)
_LETTER = (
    Guard(6, evidence_object.letter_is_the_callers, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence_object.letter_is_approved, Reason.LETTER_NOT_APPROVED),
    Guard(6, evidence_object.letter_is_in_its_window, Reason.LETTER_EXPIRED),
    Guard(8, evidence_object.letter_covers_type, Reason.LETTER_SCOPE),
    Guard(11, evidence_object.letter_cites_law, Reason.BASIS_MISSING),
    Guard(13, evidence_object.letter_has_uses, Reason.LETTER_EXHAUSTED),
)
_DISPUTE = (
    Guard(6, evidence_object.dispute_is_the_callers, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence_object.dispute_is_open, Reason.DISPUTE_NOT_OPEN),
    Guard(8, evidence_object.dispute_covers_type, Reason.DISPUTE_SCOPE),
)
_INCIDENT = (
    Guard(6, evidence_object.incident_is_the_callers, Reason.EVIDENCE_OBJECT_UNKNOWN),
    Guard(6, evidence_object.incident_is_running, Reason.INCIDENT_NOT_RUNNING),
    Guard(6, evidence_object.incident_is_watched, Reason.INCIDENT_UNCONFIRMED),
    Guard(6, evidence_object.reviews_are_not_overdue, Reason.REVIEW_OVERDUE),
    Guard(8, evidence_object.incident_covers_type, Reason.INCIDENT_SCOPE),
    Guard(11, evidence_object.incident_has_reason, Reason.BASIS_MISSING),
)
_LICENCE = (
    ReleaseGuard(14, licence.licence_is_found, Reason.LICENCE_NOT_FOUND),
    ReleaseGuard(14, licence.licence_is_active, Reason.LICENCE_NOT_ACTIVE),
    ReleaseGuard(14, licence.status_is_fresh, Reason.STATUS_STALE),
    ReleaseGuard(14, licence.credential_is_intact, Reason.RECORD_CORRUPT),
    ReleaseGuard(14, licence.signature_verifies, Reason.SIGNATURE_FAILED),
)
NO_LICENCE: tuple[ReleaseGuard, ...] = (ReleaseGuard(14, licence.no_licence_is_read, Reason.PURPOSE_NOT_ALLOWED),)


def _in_order(*groups: tuple[Guard, ...]) -> tuple[Guard, ...]:
    return tuple(sorted((guard for group in groups for guard in group), key=lambda guard: guard.step))


EVERY_CALL: tuple[Guard, ...] = _in_order(_CONNECTION, _OPERATOR)
"""Asked of every call that is not a holder's own."""

PHASE_ONE: Mapping[Purpose, tuple[Guard, ...]] = MappingProxyType(
    {
        Purpose.SERVICE: _in_order(
            _CONNECTION, _OPERATOR, _CASE, _GUIDE, _LABEL, _SHARING, _CONSENT, _AGENT, _RATES, _TRAWL
        ),
        Purpose.SELF: _in_order(_CONNECTION, _SESSION, _LABEL, _RATES),
        Purpose.OVERSIGHT: _in_order(_CONNECTION, _OPERATOR, _MANDATE, _RATES),
        Purpose.SUPERVISION: _in_order(_CONNECTION, _OPERATOR, _TASK, _PROFILE, _LABEL, _SHARED, _RATES),
        Purpose.ASSISTANCE: _in_order(_CONNECTION, _OPERATOR, _LETTER, _PROFILE, _LABEL, _SHARED, _RATES),
        Purpose.CORRECTION: _in_order(_CONNECTION, _OPERATOR, _DISPUTE, _PROFILE, _LABEL, _RATES),
        Purpose.EMERGENCY: _in_order(_CONNECTION, _OPERATOR, _INCIDENT, _PROFILE, _LABEL, _SHARED, _RATES),
    }
)
"""What needs no licence; any purpose that is not here is asked ``EVERY_CALL``."""

PHASE_TWO: Mapping[Purpose, tuple[ReleaseGuard, ...]] = MappingProxyType(
    {purpose: _LICENCE for purpose in Purpose if purpose is not Purpose.OVERSIGHT}
)
"""What needs the licence; any purpose that is not here is asked ``NO_LICENCE``."""

NEEDS_CASE: frozenset[Reason] = frozenset(
    guard.reason for group in (_CASE[1:], _GUIDE, _LABEL, _SHARING, _CONSENT, _AGENT, _TRAWL[:1]) for guard in group
)
"""Reasons that can be told only of a case: without one, ``CASE_UNKNOWN`` stands for them."""

TELLS_OF_CASE: frozenset[Reason] = NEEDS_CASE | {Reason.CASE_UNKNOWN, Reason.TOKEN_EXCEEDED}
"""Reasons from which a caller could tell a case of another department from one that does not exist."""

NO_LINE: frozenset[Reason] = frozenset(
    {
        Reason.CASE_ASSURANCE_LOW,
        Reason.EVIDENCE_NOT_REQUIRED,
        Reason.REQUIREMENT_WITHDRAWN,
        Reason.FIELD_NOT_ALLOWED,
        Reason.PROHIBITED,
        Reason.SHARING_FORBIDDEN,
        Reason.BASIS_MISSING,
        Reason.USES_EXHAUSTED,
    }
)
"""Why a line that no guide of the case has is refused, all at once: every guard of a line misses its facts."""

TELLS_OF_LINE: frozenset[Reason] = frozenset(
    guard.reason
    for group in (_CASE[-1:], _GUIDE, _LABEL, _SHARING, _CONSENT, _AGENT, _TRAWL[:1])
    for guard in group
    if guard.step != 7 and guard.reason not in {Reason.EVIDENCE_NOT_REQUIRED, Reason.CLERK_IS_AGENT}
)
"""Reasons about a line, for which ``EVIDENCE_NOT_REQUIRED`` stands where there is no such line."""

TELLS_OF_OBJECT: frozenset[Reason] = frozenset(
    guard.reason
    for group in (_TASK, _LETTER, _DISPUTE, _INCIDENT, _PROFILE, _LABEL, _SHARED)
    for guard in group
    if guard.reason is not Reason.EVIDENCE_OBJECT_UNKNOWN
)
"""Reasons from which a caller could tell a task, letter, dispute or incident of another department from none at all."""
