"""Guards of steps 9 to 12: prohibitions, agreement, lawful basis and consent, representation.

The rules of ``caller_guards`` hold here too. Guards of an agreement, consent or agent are silent when there is none:
``agreement_exists``, ``consent_exists`` and ``agent_is_authorised`` have answered already.
"""

from exchange.entities.case import RepresentationKind
from exchange.entities.catalogue import Basis, Sharing
from exchange.purpose.facts import Facts
from exchange.purpose.fields import allowed_fields, guide_fields, in_window, lawful_basis, prohibited_fields
from exchange.reasons import Reason

MAX_REPRESENTATION_SECONDS = 30 * 86_400
LASTING = frozenset({RepresentationKind.LEGAL_REPRESENTATIVE, RepresentationKind.GUARDIAN})
"""Kinds that rest on an office or on the law: they last as long as the case unless what they rest on ends."""


def fields_are_not_prohibited(facts: Facts) -> Reason | None:
    """Step 9: none of the fields that would be released must not serve this purpose."""
    if facts.licence_type.prohibitions is None:
        return Reason.PROHIBITED
    prohibited = prohibited_fields(facts)
    if not prohibited:
        return None
    return None if prohibited.isdisjoint(facts.request.fields or allowed_fields(facts)) else Reason.PROHIBITED


def holder_is_not_restricted(facts: Facts) -> Reason | None:
    """Step 9: no restriction on the holder forbids this purpose."""
    if facts.restricted is None or facts.purpose in facts.restricted:
        return Reason.PROHIBITED
    return None


def type_is_shared(facts: Facts) -> Reason | None:
    """Step 10: the licence type is shared with other departments at all."""
    sharing = facts.licence_type.sharing
    return None if sharing is Sharing.UNCONDITIONAL or sharing is Sharing.CONDITIONAL else Reason.SHARING_FORBIDDEN


def agreement_exists(facts: Facts) -> Reason | None:
    """Step 10: a conditionally shared type has an agreement."""
    if facts.licence_type.sharing is Sharing.CONDITIONAL and not facts.agreement.id:
        return Reason.AGREEMENT_MISSING
    return None


def agreement_covers_call(facts: Facts) -> Reason | None:
    """Step 10: the agreement is for this requester, type, matter and day, and its daily cap is not reached.

    The requester is the calling department, or the department whose case a delegated counter handles.
    """
    agreement = facts.agreement
    if facts.licence_type.sharing is not Sharing.CONDITIONAL or not agreement.id:
        return None
    if agreement.licence_types is None or agreement.matters is None or agreement.requester is None:
        return Reason.AGREEMENT_SCOPE
    if agreement.daily_cap is None or agreement.used_today is None:
        return Reason.AGREEMENT_SCOPE
    covered = (
        agreement.requester in (facts.caller.department, facts.case.handling_department)
        and facts.licence_type.code in agreement.licence_types
        and facts.guide.matter in agreement.matters
        and in_window(facts.time, agreement.from_time, agreement.until_time)
        and (agreement.daily_cap == 0 or agreement.used_today < agreement.daily_cap)
    )
    return None if covered else Reason.AGREEMENT_SCOPE


def agreement_covers_fields(facts: Facts) -> Reason | None:
    """Step 10: the agreement covers the fields asked for, and at least one of the guide's."""
    agreement, asked = facts.agreement, facts.request.fields
    if facts.licence_type.sharing is not Sharing.CONDITIONAL or not agreement.id:
        return None
    if agreement.fields is None or asked is None or not asked <= agreement.fields:
        return Reason.AGREEMENT_SCOPE
    return Reason.AGREEMENT_SCOPE if agreement.fields.isdisjoint(guide_fields(facts)) else None


def basis_is_lawful(facts: Facts) -> Reason | None:
    """Step 11: every binding statement of the line names a lawful basis that they share."""
    return None if lawful_basis(facts) else Reason.BASIS_MISSING


def consent_exists(facts: Facts) -> Reason | None:
    """Step 11: evidence that rests on consent has a recorded one."""
    if lawful_basis(facts) is Basis.CONSENT and not facts.consent.id:
        return Reason.CONSENT_MISSING
    return None


def consent_covers_call(facts: Facts) -> Reason | None:
    """Step 11: the consent is for this case, party, requirement and time."""
    consent = facts.consent
    if not consent.id or lawful_basis(facts) is not Basis.CONSENT:
        return None
    covered = (
        consent.case is not None
        and consent.case == facts.case.tag
        and consent.party is not None
        and consent.party == facts.pinned.party
        and consent.requirements is not None
        and facts.request.requirement in consent.requirements
        and in_window(facts.time, consent.from_time, consent.until_time)
    )
    return None if covered else Reason.CONSENT_SCOPE


def consent_covers_fields(facts: Facts) -> Reason | None:
    """Step 11: the consent covers the fields asked for and one or more of the guide's; with no fields it covers all."""
    consent, asked = facts.consent, facts.request.fields
    if not consent.id or lawful_basis(facts) is not Basis.CONSENT:
        return None
    if consent.fields is None or asked is None:
        return Reason.CONSENT_SCOPE
    if not consent.fields:
        return None
    if asked <= consent.fields and not consent.fields.isdisjoint(guide_fields(facts)):
        return None
    return Reason.CONSENT_SCOPE


def consent_is_not_revoked(facts: Facts) -> Reason | None:
    """Step 11: the holder has not taken the consent back."""
    if not facts.consent.id or lawful_basis(facts) is not Basis.CONSENT:
        return None
    return None if facts.consent.revoked is False else Reason.CONSENT_REVOKED


def consent_has_uses(facts: Facts) -> Reason | None:
    """Step 11: the consent has uses left."""
    consent = facts.consent
    if not consent.id or lawful_basis(facts) is not Basis.CONSENT:
        return None
    return None if consent.uses_left is not None and consent.uses_left > 0 else Reason.CONSENT_EXHAUSTED


def agent_is_authorised(facts: Facts) -> Reason | None:
    """Step 12: the party acts itself, or an agent with recorded authority for this very party does."""
    representation = facts.representation
    if representation.agent_present is False:
        return None
    if representation.agent_present is True and representation.party and representation.party == facts.pinned.party:
        return None
    return Reason.REPRESENTATION_MISSING


def agent_may_use_evidence(facts: Facts) -> Reason | None:
    """Step 12: the agent's authority covers the requirement; one without requirements covers all."""
    representation = facts.representation
    if representation.agent_present is not True or not representation.party:
        return None
    requirements = representation.requirements
    if requirements is None or (requirements and facts.request.requirement not in requirements):
        return Reason.REPRESENTATION_SCOPE
    return None


def agent_authority_is_in_its_window(facts: Facts) -> Reason | None:
    """Step 12: the agent's authority has begun and not ended; what was given to somebody, for at most 30 days."""
    representation = facts.representation
    if representation.agent_present is not True or not representation.party:
        return None
    start, end = representation.from_time, representation.until_time
    if start is None or end is None:
        return Reason.REPRESENTATION_EXPIRED
    if representation.kind not in LASTING and end - start > MAX_REPRESENTATION_SECONDS:
        return Reason.REPRESENTATION_EXPIRED
    return None if in_window(facts.time, start, end) else Reason.REPRESENTATION_EXPIRED


def agent_authority_is_not_revoked(facts: Facts) -> Reason | None:
    """Step 12: the agent's authority was not taken back."""
    representation = facts.representation
    if representation.agent_present is not True or not representation.party:
        return None
    return None if representation.revoked is False else Reason.REPRESENTATION_REVOKED


def agent_authority_is_shown(facts: Facts) -> Reason | None:
    """Step 12: the licence or paper that the kind of representation rests on shows it today."""
    representation = facts.representation
    if representation.agent_present is not True or not representation.party:
        return None
    if representation.kind is RepresentationKind.AGENT or (representation.kind and representation.shown is True):
        return None
    return Reason.REPRESENTATION_NOT_SHOWN


def ward_is_a_minor(facts: Facts) -> Reason | None:
    """Step 12: the ward of a guardian is under 18."""
    representation = facts.representation
    if representation.agent_present is not True or representation.kind is not RepresentationKind.GUARDIAN:
        return None
    return None if in_window(facts.time, 0, representation.majority_time) else Reason.WARD_OF_AGE


def clerk_is_not_agent(facts: Facts) -> Reason | None:
    """Step 12: the clerk at the window is not the agent."""
    representation = facts.representation
    if representation.agent_present is not True:
        return None
    return None if representation.agent_is_clerk is False else Reason.CLERK_IS_AGENT
