"""What the use cases of evidence need, and what they answer."""

from dataclasses import dataclass

from exchange.call import Position
from exchange.cases.room import CaseRoom
from exchange.errors import Violation
from exchange.evidence.log_parts import LogRoom
from exchange.evidence.package import EvidenceFile
from exchange.licences.lifecycle import MAX_REASON_LENGTH, reason_problems
from exchange.licences.receipts import ReceiptDesk, ReceiptKeys
from exchange.licences.room import LicenceRoom


@dataclass(frozen=True, slots=True)
class EvidenceRoom:
    """``roots`` are the roots of seals (DER)."""

    licences: LicenceRoom
    cases: CaseRoom
    log: LogRoom
    receipts: ReceiptDesk
    receipt_keys: ReceiptKeys
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package, and where the log holds the record of its export."""

    files: tuple[EvidenceFile, ...]
    position: Position


def purpose_problems(reason: str) -> list[Violation]:
    """What is wrong with the reason given: it is required, and bounded."""
    return reason_problems(reason, "")


__all__ = ["MAX_REASON_LENGTH", "EvidenceRoom", "Package", "purpose_problems"]
