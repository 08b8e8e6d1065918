"""What the use cases are told of the configuration, for the composition roots."""

import time

from exchange.cases.terms import DAY, EvidenceTerms
from exchange.clocks.case_clock import WarningTerms
from exchange.config import Config
from exchange.purpose.limits import Limits


def decision_limits(config: Config) -> Limits:
    """The operators' limits as configured."""
    options = config.limits
    return Limits(
        fetches_per_hour=options.fetches_per_hour,
        refusals=options.refusals,
        refusal_window=options.refusal_window_seconds,
        lockout=options.lockout_seconds,
        trawl_extra=options.trawl_extra,
        checks_per_hour=options.checks_per_hour,
        cases_per_day=options.cases_per_day,
        codes_per_hour=options.codes_per_hour,
    )


def evidence_terms(config: Config) -> EvidenceTerms:
    """The terms of missing evidence as configured."""
    options = config.evidence
    return EvidenceTerms(
        deferral_days=options.deferral_days,
        reminder_seconds=options.reminder_days * DAY,
        exclusion_seconds=options.exclusion_days * DAY,
        dispute_check_days=options.dispute_check_days,
        dispute_answer_days=options.dispute_answer_days,
    )


def warning_terms(config: Config) -> WarningTerms:
    """When a deadline counts as near, as configured."""
    return WarningTerms(config.clocks.warn_days, config.clocks.warn_percent)


def clock_us() -> int:
    """Microseconds since 1970 (UTC)."""
    return time.time_ns() // 1000
