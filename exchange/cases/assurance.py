"""How sure the hub is that a case is real."""

from exchange.entities.catalogue import CROSS_REGION, CaseAssurance

COUNTERS = frozenset({"counter", CROSS_REGION})
STRONG_LOGIN = 2


def case_assurance(login_assurance: int, channel: str) -> CaseAssurance:
    """The assurance of a case when it is opened.

    C1: an operator with a strong login (level 2 or 3) opened it at a counter, so that a known person answers for the
    applicant having been there. C0: the department says so. C2 needs proof from the applicant and is never given for
    the caller's word.
    """
    strong = login_assurance >= STRONG_LOGIN and channel in COUNTERS
    return CaseAssurance.C1 if strong else CaseAssurance.C0
