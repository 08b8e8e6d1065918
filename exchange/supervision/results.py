"""What an inspection found, told to those who approved and issued."""

from exchange.call import Call
from exchange.cases.case_now import shown_now
from exchange.cases.room import is_id, new_id
from exchange.cases.store import CASE, owner_party
from exchange.codes import short_codes_problem
from exchange.entities.case import Case, CaseState
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.supervision import SupervisionOutcome, SupervisionResult
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason
from exchange.sealed_records import write_sealed
from exchange.supervision.handing_over import SUPERVISOR, supervisor_of
from exchange.supervision.room import MAX_FINDINGS, SUPERVISION_RESULT, SupervisionRoom, supervised_licence
from exchange.supervision.task_record import close_task
from storage.errors import ErasedError


def report_on_case(
    call: Call,
    room: SupervisionRoom,
    case_id: str,
    outcome: SupervisionOutcome,
    findings: tuple[str, ...],
    task: str = "",
) -> SupervisionResult:
    """Report what an inspection of an approved case found; ``task``: the inspection task that it ends.

    Raises ``NotFoundError(CASE_UNKNOWN)`` alike for a case that is missing and one of another supervisor,
    ``RefusedError(CASE_STATE)`` for one that is not approved, what ``close_task`` raises, ``InvalidError`` for bad
    findings.
    """
    _check(outcome, findings)
    case, matter = supervised_case(call, room, case_id)
    if case.state is not CaseState.APPROVED:
        raise RefusedError(Reason.CASE_STATE, subject=f"cases/{case_id}")
    owner = room.cases.store.owner(owner_party(case))
    return _report(call, room, owner, f"cases/{case_id}", matter, case.handling_department, outcome, findings, task)


def report_on_licence(
    call: Call,
    room: SupervisionRoom,
    type_code: str,
    identifier: str,
    outcome: SupervisionOutcome,
    findings: tuple[str, ...],
    task: str = "",
) -> SupervisionResult:
    """Report what an inspection found about whoever holds a licence.

    Raises as ``supervised_licence`` and ``close_task``, and ``InvalidError`` for bad findings.
    """
    _check(outcome, findings)
    found = supervised_licence(call, room, type_code, identifier)
    return _report(call, room, found.owner, found.name, found.matter, found.issuer, outcome, findings, task)


def supervised_case(call: Call, room: SupervisionRoom, case_id: str) -> tuple[Case, str]:
    """The case and its first matter that the caller's department supervises. Raises ``NotFoundError``."""
    case = known_case(call, room, case_id)
    own = call.caller.department.uscc
    matter = next((pin.code for pin in case.matters if supervisor_of(call.register, pin.code) == own), "")
    if not matter:
        raise NotFoundError(Reason.CASE_UNKNOWN, CASE, f"cases/{case_id}")
    return case, matter


def known_case(call: Call, room: SupervisionRoom, case_id: str) -> Case:
    """The case, whoever asks. Raises ``NotFoundError``, also for a case whose applicant's data were erased."""
    call.draft.purpose = Purpose.SUPERVISION.value
    unknown = NotFoundError(Reason.CASE_UNKNOWN, CASE, f"cases/{case_id}")
    if not is_id(case_id):
        raise unknown
    try:
        case = call.read(room.cases.store.cases, case_id).value
        if case is not None:
            call.data_key(room.cases.store.owner(owner_party(case)))
    except ErasedError as error:
        raise unknown from error
    if case is None:
        raise unknown
    return shown_now(call, room.cases.store.evidence, room.cases.catalogue, case)


def _check(outcome: SupervisionOutcome, findings: tuple[str, ...]) -> None:
    problem = short_codes_problem(findings, MAX_FINDINGS)
    if problem is not None:
        raise InvalidError((Violation("findings", problem.en, problem.zh),))
    if not findings and outcome is not SupervisionOutcome.PASSED:
        raise InvalidError((Violation("findings", "must say what was found", "应列明发现的问题"),))


def _report(
    call: Call,
    room: SupervisionRoom,
    owner: str,
    subject: str,
    matter: str,
    addressee: str,
    outcome: SupervisionOutcome,
    findings: tuple[str, ...],
    task: str,
) -> SupervisionResult:
    result = SupervisionResult(
        id=new_id(room.cases, call.now_us),
        subject=subject,
        supervisor=call.caller.department.uscc,
        outcome=outcome,
        findings=findings,
        made_time=call.now,
    )
    if task:
        close_task(call, room, task, subject, result.id)
    call.draft.sealed_owner = owner
    call.draft.matter = matter
    index = (SUPERVISOR, result.supervisor.encode())
    write_sealed(call, SUPERVISION_RESULT, result.id, result, owner=owner, version=0, indexes=(index,))
    call.draft.event(
        Event(
            EventType.SUPERVISION_RESULT,
            subject,
            frozenset({addressee, result.supervisor}),
            matter=matter,
            details={"result": result.id, "outcome": outcome.value, "findings": ",".join(findings)}
            | ({"task": task} if task else {}),
            owner=owner,
        )
    )
    return result
