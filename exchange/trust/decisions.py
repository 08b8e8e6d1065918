"""What operators decided about trust: an authority may not issue any more, a seal, root or key counts no longer.

Rules:
1. Decisions add up. Distrust is never lifted or put later: that would trust again what was called forged.
2. They are kept as an object, and take effect with the next trust list, which shows everybody what was decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from exchange.trust.places import DECISIONS
from signer.errors import FormatError
from signer.strict_json import canonical, load_object
from signer.trust_members import Members, items, text, time
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_DECISIONS: Final = 10_000


class Subject(StrEnum):
    """What is distrusted: a seal's or root's certificate by its SHA-256, a key by its ``kid``."""

    CERTIFICATE = "certificate"
    ROOT = "root"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """``authority`` might issue ``licence_type`` (empty: any) only before ``since``. Times are Unix seconds."""

    authority: str
    licence_type: str
    since: int
    reason: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Distrust:
    """What ``name`` signed counts only if it is proven to have existed before ``after``."""

    subject: Subject
    name: str
    after: int
    reason: str
    recorded: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """Every decision so far, in the order in which they were made."""

    withdrawals: tuple[Withdrawal, ...] = ()
    distrusts: tuple[Distrust, ...] = field(default=())

    def distrusted_after(self, subject: Subject, name: str) -> int | None:
        """The earliest time after which the name is distrusted; None: it is trusted."""
        times = [each.after for each in self.distrusts if (each.subject, each.name) == (subject, name)]
        return min(times, default=None)

    def withdrawn_since(self, authority: str, licence_type: str) -> int | None:
        """From when on the authority may not issue the type; None: nobody withdrew it."""
        times = [
            each.since
            for each in self.withdrawals
            if each.authority == authority and each.licence_type in {"", licence_type}
        ]
        return min(times, default=None)

    def with_withdrawal(self, withdrawal: Withdrawal) -> "Decisions":
        """These and one more."""
        return replace(self, withdrawals=(*self.withdrawals, withdrawal))

    def with_distrust(self, distrust: Distrust) -> "Decisions":
        """These and one more."""
        return replace(self, distrusts=(*self.distrusts, distrust))


def load_decisions(objects: Objects) -> Decisions:
    """The decisions; none if nobody decided anything. Raises ``FormatError`` for a broken object, ``StorageError``."""
    try:
        body = objects.get(DECISIONS)
    except ObjectNotFoundError:
        return Decisions()
    claims = load_object(body, max_bytes=MAX_BYTES, max_depth=4)
    return Decisions(
        tuple(_withdrawal(each) for each in items(claims, "withdrawals", _MAX_DECISIONS)),
        tuple(_distrust(each) for each in items(claims, "distrusts", _MAX_DECISIONS)),
    )


def save_decisions(objects: Objects, decisions: Decisions) -> None:
    """Keep the decisions. Two operators who decide at once must look afterwards: the last one's are kept."""
    body = {
        "withdrawals": [_withdrawal_members(each) for each in decisions.withdrawals],
        "distrusts": [_distrust_members(each) for each in decisions.distrusts],
    }
    objects.replace(DECISIONS, canonical(body))


def _withdrawal(claims: Members) -> Withdrawal:
    named = text(claims, "type") if "type" in claims else ""
    return Withdrawal(
        text(claims, "authority"), named, time(claims, "since"), text(claims, "reason"), time(claims, "recorded")
    )


def _withdrawal_members(withdrawal: Withdrawal) -> Mapping[str, object]:
    named = {"type": withdrawal.licence_type} if withdrawal.licence_type else {}
    return {
        "authority": withdrawal.authority,
        "since": withdrawal.since,
        "reason": withdrawal.reason,
        "recorded": withdrawal.recorded,
        **named,
    }


def _distrust(claims: Members) -> Distrust:
    try:
        subject = Subject(text(claims, "subject"))
    except ValueError as error:
        raise FormatError("TRUST_DECISION", f"a decision's subject is none of {', '.join(Subject)}") from error
    return Distrust(
        subject, text(claims, "name"), time(claims, "after"), text(claims, "reason"), time(claims, "recorded")
    )


def _distrust_members(distrust: Distrust) -> Mapping[str, object]:
    return {
        "subject": distrust.subject.value,
        "name": distrust.name,
        "after": distrust.after,
        "reason": distrust.reason,
        "recorded": distrust.recorded,
    }
