"""Rates, trawl limits and lock-outs: what a call charges in the fast store, and how the counts read in phase one.

Rules:
1. Keys hold tags and numbers, never an identity; days are UTC days.
2. Phase one refuses early from counts that it read; the recorder judges the same charges exactly when the call commits.
3. Uses of a consent and of a line in a case are not here: they are durable conditions of the unit's changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.audit.unit import Bar, Charge, Limit, Tally
from exchange.purpose.facts import StandingFacts
from exchange.reasons import TEXTS, Reason

MAX_KEY = 200
_DAY = 86_400
_HOUR = 3_600
_MINUTE = 60

UNCOUNTED: frozenset[Reason] = frozenset(reason for reason in Reason if TEXTS[reason].status != "PERMISSION_DENIED") - {
    Reason.CASE_NOT_YOURS,
    Reason.CASE_UNKNOWN,
}
"""Refusals that say nothing against the operator, such as a bad field or a missing licence: they do not count towards a
lock-out. What counts is asking for what is not permitted, or for a case that is not theirs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The configured numbers; times in seconds. ``trawl_extra``: holders a day beyond 6/5 of the day's opened and
    claimed cases.
    ``codes_*``: presentation codes of one holder.

    Each of those cases lets its operator read more people, and a check of its evidence tells whether there is a
    licence: so both are bounded by themselves.
    """

    fetches_per_hour: int = 60
    checks_per_hour: int = 120
    cases_per_day: int = 500
    codes_per_hour: int = 60
    codes_per_minute: int = 5
    refusals: int = 10
    refusal_window: int = 600
    lockout: int = 600
    trawl_extra: int = 5


def for_fetch(limits: Limits, operator: str, holders: Sequence[str], now: int) -> tuple[Charge, ...]:
    """What a call that releases licences of these holders charges: one fetch, and each holder once a day.

    ``operator`` and ``holders`` are tags, 32 hex characters; ``now`` is in seconds since 1970. One call is one fetch,
    however many lines of its case it reads. Raises ``ValueError`` if a tag is not hex.
    """
    keys = _Keys.of(operator, now)
    trawl = tuple(
        Limit(
            keys.holders, _DAY, limits.trawl_extra, Reason.TRAWL_SUSPECTED, member=bytes.fromhex(holder), per=keys.cases
        )
        for holder in dict.fromkeys(holders)
    )
    return (
        Bar(keys.bar, Reason.LOCKED_OUT),
        Limit(keys.fetches, _HOUR, limits.fetches_per_hour, Reason.RATE_LIMITED),
        *trawl,
    )


def for_manifest_fetch(operator: str, now: int) -> tuple[Charge, ...]:
    """What a call that releases licences of a manifest charges: nothing of the hour or the day, which the manifest and
    the second person who agreed to it stand for; a lock-out stops it all the same."""
    return (Bar(_Keys.of(operator, now).bar, Reason.LOCKED_OUT),)


def for_agreement(agreement: str, daily_cap: int, now: int) -> tuple[Charge, ...]:
    """What a release under an agreement charges; nothing if ``daily_cap`` is 0. Raises ``ValueError`` on a long id."""
    if daily_cap == 0:
        return ()
    return (Limit(agreement_key(agreement, now), _DAY, daily_cap, Reason.AGREEMENT_SCOPE),)


def for_refusal(limits: Limits, operator: str, reasons: Sequence[Reason], now: int) -> tuple[Charge, ...]:
    """What a refused call charges: a step towards the lock-out, unless nothing in it speaks against the operator.

    A call is refused when nothing of it was allowed; charge it once, however many lines it had.
    """
    if UNCOUNTED.issuperset(reasons):
        return ()
    keys = _Keys.of(operator, now)
    return (Tally(keys.refusals, limits.refusal_window, limits.refusals, keys.bar, limits.lockout),)


def for_check(limits: Limits, operator: str, now: int) -> tuple[Charge, ...]:
    """What a check of a case's evidence charges: one check of the operator's hour."""
    keys = _Keys.of(operator, now)
    return (
        Bar(keys.bar, Reason.LOCKED_OUT),
        Limit(keys.checks, _HOUR, limits.checks_per_hour, Reason.RATE_LIMITED),
    )


def for_case(limits: Limits, operator: str, now: int) -> tuple[Charge, ...]:
    """What opening a case, or claiming one that another opened, charges: one of the operator's day.

    A number and not a set: cases may be opened without end, and whoever filled the fast store with them would have
    lost everyone's counts. A case is opened once, and is not claimed by who has it, so it is counted once.
    """
    return (Limit(_Keys.of(operator, now).cases, _DAY, limits.cases_per_day, Reason.RATE_LIMITED),)


def for_code(limits: Limits, holder: str) -> tuple[Charge, ...]:
    """What a new presentation code charges: one of the holder's minute and hour. ``holder`` is a tag in hex.

    A code is good for a minute, so the minute's number bounds how many are good at once: a window of the fast store
    begins with its first code, so that at the worst moment the codes of two are, twice ``codes_per_minute``.
    """
    return (
        Limit(_bounded(f"codes:minute:{holder}"), _MINUTE, limits.codes_per_minute, Reason.RATE_LIMITED),
        Limit(_bounded(f"codes:hour:{holder}"), _HOUR, limits.codes_per_hour, Reason.RATE_LIMITED),
    )


def standing_keys(operator: str, now: int, agreement: str = "") -> tuple[str, ...]:
    """The keys to ask the recorder's ``standing`` for; ``standing`` here reads its answer."""
    keys = _Keys.of(operator, now)
    operator_keys = (keys.bar, keys.fetches, keys.holders, keys.cases)
    return (*operator_keys, agreement_key(agreement, now)) if agreement else operator_keys


def standing(limits: Limits, counts: Sequence[int], uses: int) -> StandingFacts:
    """The facts of step 13 from the counts of ``standing_keys``; ``uses`` of the line in the case come from its record.

    Raises ``ValueError`` if there are too few counts. A fifth count is the agreement's ``used_today``.
    """
    if len(counts) < 4:
        raise ValueError(f"{len(counts)} counts of a standing; 4 or 5 are needed")
    return StandingFacts(
        locked=counts[0] > 0,
        fetches=counts[1],
        fetches_limit=limits.fetches_per_hour,
        holders=counts[2],
        cases=counts[3],
        extra_holders=limits.trawl_extra,
        uses=uses,
    )


def agreement_key(agreement: str, now: int) -> str:
    """The key that counts an agreement's releases of the day."""
    return _bounded(f"agreement:{now // _DAY}:{agreement}")


@dataclass(frozen=True, slots=True)
class _Keys:
    bar: str
    fetches: str
    refusals: str
    checks: str
    holders: str
    cases: str

    @classmethod
    def of(cls, operator: str, now: int) -> "_Keys":
        day = now // _DAY
        return cls(
            bar=_bounded(f"locked:{operator}"),
            fetches=_bounded(f"fetches:{operator}"),
            refusals=_bounded(f"refusals:{operator}"),
            checks=_bounded(f"checks:{operator}"),
            holders=_bounded(f"holders:{day}:{operator}"),
            cases=_bounded(f"cases:{day}:{operator}"),
        )


def _bounded(key: str) -> str:
    if len(key) > MAX_KEY:
        raise ValueError(f"a limit's key of {len(key)} characters; at most {MAX_KEY}")
    return key
