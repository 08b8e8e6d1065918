"""Guards of SUPERVISION, ASSISTANCE, CORRECTION and EMERGENCY: the evidence object and its profile.

The rules of ``caller_guards`` hold here too. An object that does not exist and one of another department give the same
reason; what else fails of it is recorded, and not told (``decision.reasons_shown``).
"""

from exchange.purpose.facts import Facts
from exchange.purpose.fields import in_window, profile_fields
from exchange.reasons import Reason

MAX_INCIDENT_SECONDS = 30 * 60


def task_is_the_callers(facts: Facts) -> Reason | None:
    """Step 6, SUPERVISION: the task exists and is the calling department's."""
    task = facts.task
    if task.id and task.supervisor and task.supervisor == facts.caller.department:
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def task_is_open(facts: Facts) -> Reason | None:
    """Step 6, SUPERVISION: the task is not finished, and in its window."""
    task = facts.task
    if task.open is True and in_window(facts.time, task.from_time, task.until_time):
        return None
    return Reason.TASK_NOT_OPEN


def task_matter_is_supervised(facts: Facts) -> Reason | None:
    """Step 7, SUPERVISION: the task is about a matter that its department supervises."""
    return None if facts.task.matter and facts.task.supervised is True else Reason.TASK_SCOPE


def task_covers_type(facts: Facts) -> Reason | None:
    """Step 8, SUPERVISION: the task is about this licence type, and the hub knows whose licence."""
    code = facts.licence_type.code
    return None if facts.holder and code and code == facts.task.licence_type else Reason.TASK_SCOPE


def task_has_uses(facts: Facts) -> Reason | None:
    """Step 13, SUPERVISION: the task has uses left."""
    uses = facts.task.uses_left
    return None if uses is not None and uses > 0 else Reason.TASK_EXHAUSTED


def letter_is_the_callers(facts: Facts) -> Reason | None:
    """Step 6, ASSISTANCE: the letter exists and names the calling department."""
    letter = facts.letter
    if letter.id and letter.requester and letter.requester == facts.caller.department:
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def letter_is_approved(facts: Facts) -> Reason | None:
    """Step 6, ASSISTANCE: the issuer agreed to the letter."""
    return None if facts.letter.approved is True else Reason.LETTER_NOT_APPROVED


def letter_is_in_its_window(facts: Facts) -> Reason | None:
    """Step 6, ASSISTANCE: the letter's time has begun and not ended."""
    if in_window(facts.time, facts.letter.from_time, facts.letter.until_time):
        return None
    return Reason.LETTER_EXPIRED


def letter_covers_type(facts: Facts) -> Reason | None:
    """Step 8, ASSISTANCE: the letter asks for this licence type, and the hub knows whose licence."""
    types, code = facts.letter.licence_types, facts.licence_type.code
    return None if facts.holder and code and types is not None and code in types else Reason.LETTER_SCOPE


def letter_cites_law(facts: Facts) -> Reason | None:
    """Step 11, ASSISTANCE: the letter names the legal reference that it rests on."""
    return None if facts.letter.legal_reference else Reason.BASIS_MISSING


def letter_has_uses(facts: Facts) -> Reason | None:
    """Step 13, ASSISTANCE: the letter has uses left."""
    uses = facts.letter.uses_left
    return None if uses is not None and uses > 0 else Reason.LETTER_EXHAUSTED


def dispute_is_the_callers(facts: Facts) -> Reason | None:
    """Step 6, CORRECTION: the dispute exists, and the calling department issued the licence or disputes it."""
    dispute = facts.dispute
    if dispute.id and dispute.issuer and dispute.disputant:
        mine = facts.caller.department in (dispute.issuer, dispute.disputant)
        return None if mine else Reason.EVIDENCE_OBJECT_UNKNOWN
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def dispute_is_open(facts: Facts) -> Reason | None:
    """Step 6, CORRECTION: the dispute is not yet answered, and in its window."""
    dispute = facts.dispute
    if dispute.open is True and in_window(facts.time, dispute.from_time, dispute.until_time):
        return None
    return Reason.DISPUTE_NOT_OPEN


def dispute_covers_type(facts: Facts) -> Reason | None:
    """Step 8, CORRECTION: the disputed licence is of this type, and the hub knows whose it is."""
    code = facts.licence_type.code
    return None if facts.holder and code and code == facts.dispute.licence_type else Reason.DISPUTE_SCOPE


def incident_is_the_callers(facts: Facts) -> Reason | None:
    """Step 6, EMERGENCY: the incident exists, and the calling department declared it."""
    incident = facts.incident
    if incident.id and incident.department and incident.department == facts.caller.department:
        return None
    return Reason.EVIDENCE_OBJECT_UNKNOWN


def incident_is_running(facts: Facts) -> Reason | None:
    """Step 6, EMERGENCY: the incident has not ended, was given at most 30 minutes, and is in them."""
    incident = facts.incident
    start, end = incident.from_time, incident.until_time
    if incident.ended is not False or start is None or end is None or end - start > MAX_INCIDENT_SECONDS:
        return Reason.INCIDENT_NOT_RUNNING
    return None if in_window(facts.time, start, end) else Reason.INCIDENT_NOT_RUNNING


def incident_is_watched(facts: Facts) -> Reason | None:
    """Step 6, EMERGENCY: a second person agreed, or the audit department was told at once."""
    if facts.incident.seconded is True or facts.incident.alerted is True:
        return None
    return Reason.INCIDENT_UNCONFIRMED


def reviews_are_not_overdue(facts: Facts) -> Reason | None:
    """Step 6, EMERGENCY: every earlier incident of the operator was reviewed in time; else the role is suspended."""
    return None if facts.incident.review_overdue is False else Reason.REVIEW_OVERDUE


def incident_covers_type(facts: Facts) -> Reason | None:
    """Step 8, EMERGENCY: the incident's profile has this licence type, and the hub knows whose licence."""
    types, code = facts.incident.licence_types, facts.licence_type.code
    return None if facts.holder and code and types is not None and code in types else Reason.INCIDENT_SCOPE


def incident_has_reason(facts: Facts) -> Reason | None:
    """Step 11, EMERGENCY: the incident names a reason code; it stands for consent and lawful basis."""
    return None if facts.incident.reason else Reason.BASIS_MISSING


def fields_are_in_profile(facts: Facts) -> Reason | None:
    """Step 8: the fields asked for are in the profile of the task, letter, dispute or incident, which has some."""
    profile, asked = profile_fields(facts), facts.request.fields
    if not profile or asked is None or facts.licence_type.masked is None:
        return Reason.FIELD_NOT_ALLOWED
    return None if asked <= profile else Reason.FIELD_NOT_ALLOWED
