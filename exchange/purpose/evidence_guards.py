"""Guards of steps 6 to 8: the evidence object, the matter guide and the requirement line.

The rules of ``caller_guards`` hold here too. When there is no case, what the other guards say of it
is not told: ``guards.NEEDS_CASE``.
"""

from exchange.entities.case import CLOSED
from exchange.purpose.facts import Facts
from exchange.purpose.fields import allowed_fields, binding_lines, guide_fields, in_transition, in_window
from exchange.reasons import Reason


def case_exists(facts: Facts) -> Reason | None:
    """Step 6: the hub knows the case."""
    return None if facts.case.exists is True and facts.case.tag else Reason.CASE_UNKNOWN


def case_is_open(facts: Facts) -> Reason | None:
    """Step 6: the case is in a state in which evidence is gathered."""
    state = facts.case.state
    return Reason.CASE_NOT_OPEN if state is None or state in CLOSED else None


def case_is_in_its_window(facts: Facts) -> Reason | None:
    """Step 6: the case's deadline has not passed; 0 is no deadline."""
    expires_time = facts.case.expires_time
    if facts.time is None or expires_time is None:
        return Reason.CASE_EXPIRED
    return None if expires_time == 0 or facts.time < expires_time else Reason.CASE_EXPIRED


def case_is_handled_by_caller(facts: Facts) -> Reason | None:
    """Step 6: the caller handles the case, or does a delegated duty of the implementer, which handles it."""
    case = facts.case
    if case.handling_department is None or case.delegated is None or case.collecting is None or case.shared is None:
        return Reason.CASE_NOT_YOURS
    if facts.caller.department == case.handling_department:
        return None
    has_duty = case.delegated is True or case.collecting is True or case.shared is True
    if has_duty and facts.guide.implementer == case.handling_department:
        return None
    return Reason.CASE_NOT_YOURS


def caller_does_more_than_collect(facts: Facts) -> Reason | None:
    """Step 6: the caller is not the department that only collects the case for another region: it reads no field."""
    return None if facts.case.collecting is False else Reason.COLLECTS_ONLY


def case_was_handed_over(facts: Facts) -> Reason | None:
    """Step 6: what was collected for another region is read once form and identity are checked and it is handed over.

    Silent for who only collects: ``caller_does_more_than_collect`` has answered already.
    """
    case = facts.case
    return None if case.handed_over is True or case.collecting is True else Reason.CASE_NOT_HANDED_OVER


def case_is_assured(facts: Facts) -> Reason | None:
    """Step 6: the hub is as sure of the case as every binding statement of the line demands."""
    assurance = facts.case.assurance
    if assurance is None:
        return Reason.CASE_ASSURANCE_LOW
    for line in binding_lines(facts):
        if line.min_assurance is None or assurance < line.min_assurance:
            return Reason.CASE_ASSURANCE_LOW
    return None


def session_is_the_holders(facts: Facts) -> Reason | None:
    """Step 6, SELF: an unexpired session of the very holder whose licence is asked for."""
    session = facts.session
    if session.holder and session.holder == facts.holder and in_window(facts.time, 0, session.expires_time):
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def session_is_strong(facts: Facts) -> Reason | None:
    """Step 6, SELF: the holder's login reaches the level of assurance that the method needs."""
    session = facts.session
    if session.level is None or session.required_level is None:
        return Reason.ASSURANCE_LOW
    return None if session.level >= session.required_level else Reason.ASSURANCE_LOW


def mandate_is_the_callers(facts: Facts) -> Reason | None:
    """Step 6, OVERSIGHT: the mandate is the calling department's and in its window."""
    mandate = facts.mandate
    if not mandate.id or not mandate.auditor or mandate.auditor != facts.caller.department:
        return Reason.EVIDENCE_OBJECT_UNKNOWN
    if in_window(facts.time, mandate.from_time, mandate.until_time):
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def mandate_covers_departments(facts: Facts) -> Reason | None:
    """Step 6, OVERSIGHT: the query is about departments of the mandate, or the mandate is for all."""
    mandate = facts.mandate
    if mandate.departments is None or mandate.asked is None:
        return Reason.EVIDENCE_OBJECT_UNKNOWN
    if not mandate.departments or (mandate.asked and mandate.asked <= mandate.departments):
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def catalogue_is_current(facts: Facts) -> Reason | None:
    """Step 7: the catalogue is signed, and no older than the guide that the case pins."""
    guide = facts.guide
    if guide.verified is not True or not guide.pinned_digest or not guide.current_digest:
        return Reason.CATALOGUE_STALE
    if guide.pinned_revision is None or guide.current_revision is None:
        return Reason.CATALOGUE_STALE
    if guide.current_revision == 0 or guide.pinned_revision < guide.current_revision:
        return None
    same = guide.pinned_revision == guide.current_revision and guide.pinned_digest == guide.current_digest
    return None if same else Reason.CATALOGUE_STALE


def guide_is_in_force(facts: Facts) -> Reason | None:
    """Step 7: the matter has a guide in force, and the case pins a revision of it."""
    guide = facts.guide
    if guide.matter and guide.pinned_revision and guide.current_revision and guide.transition_end_time is not None:
        return None
    return Reason.MATTER_NOT_IN_FORCE


def department_implements(facts: Facts) -> Reason | None:
    """Step 7: the caller implements the matter, or its implementer delegates a duty in it to the caller."""
    implementer, case = facts.guide.implementer, facts.case
    has_duty = case.delegated is True or case.collecting is True or case.shared is True
    if implementer and (has_duty or implementer == facts.caller.department):
        return None
    return Reason.NOT_IMPLEMENTER


def evidence_is_required(facts: Facts) -> Reason | None:
    """Step 8: the pinned guide has the line, of this licence type, for a party that the case has."""
    line = facts.pinned
    if line.licence_type is None or line.party is None or line.fields is None or line.situations is None:
        return Reason.EVIDENCE_NOT_REQUIRED
    if not facts.request.requirement or not facts.holder or facts.licence_type.code != line.licence_type:
        return Reason.EVIDENCE_NOT_REQUIRED
    return None


def situation_needs_evidence(facts: Facts) -> Reason | None:
    """Step 8: every binding statement of the line applies in the situations chosen; a line without any always does."""
    chosen = facts.case.situations
    if chosen is None:
        return Reason.EVIDENCE_NOT_REQUIRED
    for line in binding_lines(facts):
        if line.situations is None or (line.situations and line.situations.isdisjoint(chosen)):
            return Reason.EVIDENCE_NOT_REQUIRED
    return None


def evidence_is_outstanding(facts: Facts) -> Reason | None:
    """Step 8: the line may still be read; of a case that awaits deferred evidence, only the outstanding lines may."""
    return None if facts.case.outstanding is True else Reason.EVIDENCE_NOT_REQUIRED


def requirement_is_not_withdrawn(facts: Facts) -> Reason | None:
    """Step 8: the guide in force still has the line, of the same type and party.

    A line that is left out lives on through the transition period; one that is marked withdrawn does not.
    """
    pinned, current = facts.pinned, facts.current
    if pinned.withdrawn is not False or current.withdrawn is True:
        return Reason.REQUIREMENT_WITHDRAWN
    if in_transition(facts):
        return None
    if current.withdrawn is None or current.fields is None:
        return Reason.REQUIREMENT_WITHDRAWN
    same = current.licence_type == pinned.licence_type and current.party == pinned.party
    return None if same else Reason.REQUIREMENT_WITHDRAWN


def fields_are_in_guide(facts: Facts) -> Reason | None:
    """Step 8: the fields asked for are fields of every binding statement of the line, and there is at least one."""
    fields, asked = guide_fields(facts), facts.request.fields
    if not fields or asked is None or facts.licence_type.masked is None:
        return Reason.FIELD_NOT_ALLOWED
    return None if asked <= fields else Reason.FIELD_NOT_ALLOWED


def fields_are_of_type(facts: Facts) -> Reason | None:
    """Step 8, SELF: the fields asked for are fields of the licence type, and there is at least one."""
    licence_type, asked = facts.licence_type, facts.request.fields
    if not licence_type.code or not licence_type.fields or asked is None:
        return Reason.FIELD_NOT_ALLOWED
    return None if allowed_fields(facts) and asked <= licence_type.fields else Reason.FIELD_NOT_ALLOWED


def no_field_is_asked(facts: Facts) -> Reason | None:
    """Step 8, OVERSIGHT: no licence data is asked for; auditors read the log's metadata alone."""
    return None if facts.request.fields == frozenset() else Reason.FIELD_NOT_ALLOWED
