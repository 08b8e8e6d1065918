"""Who may defer no evidence for a time, since a deferral of theirs lapsed; and lifting that.

Rules:
1. It is kept by the blind tag of the applicant and sealed under the applicant's data key: nobody can list it.
2. It ends by itself: whoever reads it compares its end with the clock.
"""

from exchange.call import Call
from exchange.cases.evidence_store import Exclusion
from exchange.cases.open_step import take_case
from exchange.cases.recording import tell
from exchange.cases.room import CaseRoom, draft_people, works_on
from exchange.cases.store import CaseStore, owner_party
from exchange.codes import text_problem
from exchange.entities.case import Case
from exchange.entities.event import EventType
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason

MAX_REASON = 500


def excluded_until(call: Call, store: CaseStore, case: Case) -> int:
    """Until when the case's applicant may defer nothing, in seconds since 1970; 0: they may."""
    found = call.read(store.evidence.exclusions, store.owner(owner_party(case))).value
    return found.until_time if found is not None and call.now < found.until_time else 0


def exclude(call: Call, store: CaseStore, case: Case, until_time: int) -> None:
    """Let the case's applicant defer nothing until then, or until later if that was said before."""
    owner = store.owner(owner_party(case))
    found = call.read(store.evidence.exclusions, owner)
    until_time = max(until_time, found.value.until_time if found.value is not None else 0)
    call.change(store.evidence.write_exclusion(Exclusion(until_time, case.id), call.data_key(owner), found.version))


def lift_exclusion(call: Call, room: CaseRoom, case_id: str, reason: str) -> None:
    """Let the applicant of this case defer evidence again; where nothing excludes them nothing changes.

    Raises what ``take_case`` raises, ``RefusedError(NOT_IMPLEMENTER)`` and ``InvalidError`` (reason). Not checked: that
    the reason is a good one; the access log keeps who lifted it.
    """
    problem = text_problem(reason, MAX_REASON)
    if not reason or problem is not None:
        en, zh = (problem.en, problem.zh) if problem is not None else ("must not be empty", "应填写原因")
        raise InvalidError((Violation("reason", en, zh),))
    case = take_case(call, room, case_id).case
    if not works_on(call, case):
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=f"cases/{case_id}")
    draft_people(call, room, case)
    owner = room.store.owner(owner_party(case))
    found = call.read(room.store.evidence.exclusions, owner)
    if found.value is None or call.now >= found.value.until_time:
        return
    lifted = Exclusion(call.now, found.value.case)
    call.change(room.store.evidence.write_exclusion(lifted, call.data_key(owner), found.version))
    tell(call, room.store, case, EventType.DEFERRAL_EXCLUSION_LIFTED)
