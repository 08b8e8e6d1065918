"""Which step leads from which state of a case to which: one table."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from exchange.entities.case import CLOSED, Case, CaseState
from exchange.errors import RefusedError
from exchange.reasons import Reason


class Step(StrEnum):
    """受理, 容缺受理, 补齐, 准予, 不予 (不予受理 too), 撤回, 逾期终止."""

    ACCEPT = "accept"
    ACCEPT_DEFERRED = "accept_deferred"
    COMPLETE = "complete"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


NEXT: Mapping[tuple[CaseState, Step], CaseState] = MappingProxyType(
    {
        (CaseState.OPEN, Step.ACCEPT): CaseState.ACCEPTED,
        (CaseState.OPEN, Step.ACCEPT_DEFERRED): CaseState.AWAITING_EVIDENCE,
        (CaseState.OPEN, Step.REFUSE): CaseState.REFUSED,
        (CaseState.OPEN, Step.WITHDRAW): CaseState.WITHDRAWN,
        (CaseState.OPEN, Step.LAPSE): CaseState.LAPSED,
        (CaseState.ACCEPTED, Step.APPROVE): CaseState.APPROVED,
        (CaseState.ACCEPTED, Step.REFUSE): CaseState.REFUSED,
        (CaseState.ACCEPTED, Step.WITHDRAW): CaseState.WITHDRAWN,
        (CaseState.AWAITING_EVIDENCE, Step.COMPLETE): CaseState.ACCEPTED,
        (CaseState.AWAITING_EVIDENCE, Step.LAPSE): CaseState.LAPSED,
        (CaseState.AWAITING_EVIDENCE, Step.REFUSE): CaseState.REFUSED,
        (CaseState.AWAITING_EVIDENCE, Step.WITHDRAW): CaseState.WITHDRAWN,
    }
)
"""Nothing leads out of a closed state. Nothing is approved before it was accepted and all its evidence is in."""


def next_state(state: CaseState, step: Step) -> CaseState:
    """The state after ``step``. Raises ``RefusedError`` with CASE_NOT_OPEN (closed already) or CASE_STATE."""
    if state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN)
    found = NEXT.get((state, step))
    if found is None:
        raise RefusedError(Reason.CASE_STATE)
    return found


def as_of(case: Case, now: int) -> Case:
    """The case as it is shown at ``now``: one that was not accepted in its window has lapsed, whoever noticed."""
    if case.state is CaseState.OPEN and now >= case.expires_time:
        return replace(case, state=CaseState.LAPSED, closed_time=case.expires_time)
    return case
