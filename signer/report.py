"""What a verification found: an outcome for each check, with a stable code for everything that did not pass."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from signer.seals import SealCertificate


class Outcome(StrEnum):
    """As in ETSI EN 319 102-1: INDETERMINATE where what is needed to decide was not at hand."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"


class CheckName(StrEnum):
    """The checks of a licence, in the order in which they are made; from the purpose binding on only if asked for."""

    FORMAT = "format"
    ISSUER_CHAIN = "issuer_chain"
    SIGNATURE = "signature"
    DISCLOSURES = "disclosures"
    ISSUER_AUTHORISED = "issuer_authorised"
    IDENTIFIER = "identifier"
    VALIDITY = "validity"
    STATUS = "status"
    PURPOSE_BINDING = "purpose_binding"
    SECOND_SIGNATURE = "second_signature"
    LOG_INCLUSION = "log_inclusion"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``code`` is ``OK``, or says in UPPER_SNAKE what was found; ``detail`` is a sentence for people and
    holds no personal data."""

    name: CheckName
    outcome: Outcome
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one credential.

    ``claims`` and ``disclosed`` (paths) are empty unless signature and disclosures passed: nothing unproven can be
    read from a report. ``issuer`` is None unless the chain passed; ``sd_hash`` is None where the credential could
    not be read.
    """

    outcome: Outcome
    checks: tuple[Check, ...]
    claims: Mapping[str, object]
    disclosed: tuple[str, ...]
    issuer: SealCertificate | None
    sd_hash: str | None

    def check(self, name: CheckName) -> Check | None:
        """Return one check; None for one that was not asked for."""
        return next((check for check in self.checks if check.name is name), None)


PASSED: Final[Mapping[CheckName, Check]] = MappingProxyType(
    {name: Check(name, Outcome.PASSED, "OK", "") for name in CheckName}
)
"""The check of each name that passed without remark."""


def failed(name: CheckName, code: str, detail: str) -> Check:
    """Return a check that failed."""
    return Check(name, Outcome.FAILED, code, detail)


def undecided(name: CheckName, code: str, detail: str) -> Check:
    """Return a check that could not be decided."""
    return Check(name, Outcome.INDETERMINATE, code, detail)


def overall(checks: list[Check]) -> Outcome:
    """Return FAILED if any check failed, else INDETERMINATE if any was undecided, else PASSED."""
    return overall_of([check.outcome for check in checks])


def overall_of(outcomes: Collection[Outcome]) -> Outcome:
    """Return FAILED if that is among the outcomes, else INDETERMINATE if that is, else PASSED."""
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.INDETERMINATE if Outcome.INDETERMINATE in outcomes else Outcome.PASSED
