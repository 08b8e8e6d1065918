"""What bounds an operator in time, in the model: fetches and checks of an hour, and a lock-out after refusals.

Rules:
1. A window of time begins with the first event in it and ends ``seconds`` later, whatever happens in between.
2. A refusal counts if its status is PERMISSION_DENIED, or if it is about a case that is not told of.
3. A lock-out is not prolonged by refusals during it.
4. Counts begin anew with the year, since the tags of operators do.
5. A check counts whatever case it names, unless a limit refuses it: else the limit would tell which cases there are.
"""

from collections.abc import Collection

from onceonly.v1 import access_record_pb2 as log

from exchange.purpose.limits import Limits
from exchange.reasons import TEXTS, Reason

HOUR = 3_600
NARROW = Limits(
    fetches_per_hour=3,
    checks_per_hour=2,
    cases_per_day=10**6,
    refusals=4,
    refusal_window=900,
    lockout=600,
    trawl_extra=10**6,
)
"""Of the hasty clerk, who meets them often."""
FETCH, CHECK = "ExchangeService/FetchLicence", "CaseService/CheckEvidence"


class ModelBounds:
    """Counts of operators by name, as their calls were answered; times in seconds since 1970."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._most = {FETCH: limits.fetches_per_hour, CHECK: limits.checks_per_hour}
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._bars: dict[str, int] = {}

    def in_the_way(self, method: str, who: str, now: int) -> frozenset[str]:
        """Why a fetch or a check of this operator is refused now, whatever it is about."""
        found = {"LOCKED_OUT"} if now < self._bars.get(who, 0) else set()
        return frozenset(found | ({"RATE_LIMITED"} if self._count(method, who, now) >= self._most[method] else set()))

    def note(self, method: str, who: str, outcome: int, reasons: Collection[int], now: int) -> None:
        """An entry of the log: a fetch or check that was answered, or a refusal."""
        limited = any(TEXTS[Reason(reason)].status == "RESOURCE_EXHAUSTED" for reason in reasons)
        if outcome == log.OUTCOME_ALLOWED or (method == CHECK and not limited):
            self._add(method, who, now, HOUR)
        if outcome != log.OUTCOME_ALLOWED and any(_speaks_against(Reason(reason)) for reason in reasons):
            refusals = self._add("refusal", who, now, self._limits.refusal_window)
            if refusals >= self._limits.refusals and now >= self._bars.get(who, 0):
                self._bars[who] = now + self._limits.lockout

    def _count(self, what: str, who: str, now: int) -> int:
        ends, count = self._counts.get((what, who), (0, 0))
        return count if now < ends else 0

    def _add(self, what: str, who: str, now: int, seconds: int) -> int:
        count = self._count(what, who, now) + 1
        ends = self._counts[what, who][0] if count > 1 else now + seconds
        self._counts[what, who] = ends, count
        return count


def _speaks_against(reason: Reason) -> bool:
    return TEXTS[reason].status == "PERMISSION_DENIED" or reason in {Reason.CASE_UNKNOWN, Reason.CASE_NOT_YOURS}
