"""Verifying what somebody was handed: a verdict with its reasons, now or as of a past date.

Rules:
1. A bad credential is a result, not an error; every call is recorded before it is answered.
2. The answer carries a receipt, signed by the hub, which names the record in the log; nobody sees it unless that record
   is durable.
3. Nobody can say what will be valid: times in the future are refused.
"""

from dataclasses import dataclass
from hashlib import sha256

from exchange.audit.entry import Outcome
from exchange.call import Call, Position
from exchange.errors import InvalidError, Violation
from exchange.licences.examining import VerifyRequest, VerifyRoom, examine
from exchange.licences.receipts import receipt_number
from exchange.licences.verdicts import Report
from signer import base64url
from signer.receipt import Act, Receipt
from signer.report import Outcome as Verdict
from signer.report import overall_of

PURPOSE = "verification"
"""What a verification's receipt says it was for: the caller holds the licence already and learns nothing of it."""

_DIGEST_BYTES = (16, 32)
_MAX_CODES = 20


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer of a verification; ``receipt`` is empty if none was wanted."""

    report: Report
    position: Position
    receipt: str


@dataclass(frozen=True, slots=True)
class VerifiedBatch:
    """A report per item, in order, under one record and one receipt (empty if none was wanted)."""

    reports: tuple[Report, ...]
    position: Position
    receipt: str


def verify_credential(call: Call, room: VerifyRoom, request: VerifyRequest, *, with_receipt: bool = True) -> Verified:
    """Verify one credential, extract, QR code or pointer.

    Raises ``InvalidError`` for a request that is not exactly one of these or asks for a time in the future, what
    ``Call.commit`` raises, and ``SignerError`` if a receipt is wanted and cannot be signed. The bounds of texts were
    checked before; whatever they hold, the answer is a report.
    """
    check_requests(call, (request,), "")
    report = examine(call, room, request)
    position, receipt = _commit(call, room, (report,), with_receipt=with_receipt)
    return Verified(report, position, receipt)


def verify_batch(
    call: Call, room: VerifyRoom, items: tuple[VerifyRequest, ...], *, with_receipt: bool = True
) -> VerifiedBatch:
    """Verify several; one record with an item for each. Raises as ``verify_credential``."""
    check_requests(call, items, "items[{}].")
    reports = tuple([examine(call, room, item) for item in items])
    position, receipt = _commit(call, room, reports, with_receipt=with_receipt)
    return VerifiedBatch(reports, position, receipt)


def check_requests(call: Call, items: tuple[VerifyRequest, ...], path: str) -> None:
    """Refuse requests that cannot be answered, all of them at once."""
    found: list[Violation] = []
    for place, item in enumerate(items):
        if item.is_plain and not item.at_time:
            continue
        at = path.format(place)
        if not 0 <= item.at_time <= call.now:
            found.append(Violation(f"{at}at_time", "must not lie in the future", "不得晚于当前时间"))
        found += _form_problems(item, at)
    if found:
        raise InvalidError(tuple(found))


def _form_problems(item: VerifyRequest, path: str) -> list[Violation]:
    if sum(map(bool, (item.credential, item.qr_text, item.identifier))) != 1:
        en = "must be exactly one of credential, qr_text, and identifier with digest"
        return [Violation(f"{path}credential", en, "证照、二维码内容、证照标识加摘要三者须且仅须提供一项")]
    found: list[Violation] = []
    if bool(item.identifier) != bool(item.digest) or (item.digest and len(item.digest) not in _DIGEST_BYTES):
        en, zh = "must be 16 or 32 bytes, with an identifier", "须为16或32字节，并与证照标识一同提供"
        found.append(Violation(f"{path}digest", en, zh))
    if item.receipt and not item.credential:
        found.append(Violation(f"{path}receipt", "belongs to a credential", "仅可与证照一同提供"))
    if item.second_signature and not item.credential:
        found.append(Violation(f"{path}second_signature", "belongs to a credential", "仅可与证照一同提供"))
    return found


def _commit(call: Call, room: VerifyRoom, reports: tuple[Report, ...], *, with_receipt: bool) -> tuple[Position, str]:
    """Commit the record; its response digest is that of the reports, which the receipt carries too."""
    digest = report_digest(reports)
    prepared = call.prepare(Outcome.ALLOWED, (), digest)
    receipt = room.receipts.sign(_receipt(call, room, reports, digest, prepared.commitment)) if with_receipt else ""
    return call.commit(prepared), receipt


def report_digest(reports: tuple[Report, ...]) -> bytes:
    """SHA-256 over one line a report: digest of what was presented or ``-``, outcome, time, codes of the checks."""
    lines = [
        f"{report.sd_hash or '-'} {report.outcome} {report.at_time} {' '.join([check.code for check in report.checks])}"
        for report in reports
    ]
    return sha256("".join([f"{line}\n" for line in lines]).encode()).digest()


def _receipt(call: Call, room: VerifyRoom, reports: tuple[Report, ...], digest: bytes, commitment: bytes) -> Receipt:
    one = reports[0] if len(reports) == 1 else None
    codes = {check.code: None for report in reports for check in report.checks if check.outcome is not Verdict.PASSED}
    return Receipt(
        identifier=receipt_number(),
        hub=room.hub,
        audience=call.caller.department.uscc,
        system=call.caller.system,
        act=Act.VERIFIED,
        issue_time=call.now,
        expire_time=room.receipts.expiry(call, 0),
        purpose=PURPOSE,
        sd_hash=(one.sd_hash or None) if one else None,
        licence=(one.identifier or None) if one else None,
        commitment=commitment,
        reasons=tuple(codes)[:_MAX_CODES],
        verdict=overall_of([report.outcome for report in reports]),
        asked_time=one.at_time if one else None,
        report=base64url.encode(digest),
    )
