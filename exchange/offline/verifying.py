"""Verifying what somebody was handed, offline: a credential, an extract with its receipt, or the text of a QR code.

Rules:
1. Everything rests on the trust list: roots, seals, what each authority may issue, the hub's keys, the log's.
2. The period is asked of the licence, the status of the lists at hand; neither of the clock of whoever presents it.
3. A bad credential is a result, not an error, whatever its bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from exchange.entities.catalogue import Label
from exchange.licences.verdicts import Report
from exchange.offline.log_proof import (
    LogEvidence,
    ProvenEntry,
    issue_recorded,
    issued_by,
    proven_entry,
    release_recorded,
)
from exchange.offline.sentences import said
from exchange.offline.status_folder import StatusFolder
from signer import credential, qr
from signer.credential import FurtherCheck, Proven
from signer.errors import FormatError, SignerError
from signer.purpose_binding import PurposeExpectation
from signer.receipt import verify as verify_receipt
from signer.report import Check, CheckName, overall, undecided
from signer.report import Report as SignerReport
from signer.seal_shelf import SealShelf
from signer.second_signature import check_second
from signer.trust import SealTrust
from signer.trust_list import KeyUse, RecordedBefore, SecondRule, TrustList

QR_PREFIXES: Final = (qr.CREDENTIAL_PREFIX, qr.POINTER_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is to be verified. ``text``: an SD-JWT or a QR code's text. ``receipt``, ``second`` and the log's proofs
    came with it; None: they did not. A check in a proof's place says why there is none."""

    text: str = field(repr=False)
    receipt: str | None = None
    second: str | None = None
    issue_proof: LogEvidence | Check | None = None
    release_proof: LogEvidence | Check | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``at``: the Unix time to answer for. ``audience`` (USCC) and ``case``: for whom an extract must have been made;
    None: for whomever its receipt says."""

    at: int
    audience: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``fields``: the values disclosed, empty unless signature and disclosures hold. ``notices``: what else to know."""

    report: Report
    fields: Mapping[str, object] = field(repr=False)
    notices: tuple[Label, ...]


StatusAt = Callable[[Mapping[str, object], int], Check]
"""(proven claims, time) in; the check of the status."""


class Verifier:
    """Verifies under one trust list; remembers chains that it has validated. For one thread."""

    def __init__(self, trust_list: TrustList, status: StatusFolder) -> None:
        self.trust_list = trust_list
        self.status = status
        roots = trust_list.seal_roots()
        self._seals = SealTrust(roots)
        listed = [each.chain for authority in trust_list.authorities for each in authority.certificates if each.chain]
        self._shelf = SealShelf(listed, roots)

    def verify(self, submission: Submission, question: Question, status: StatusAt | None = None) -> Verdict:
        """The verdict on a submission; ``status`` answers in place of the lists. Raises nothing for any text."""
        text = submission.text
        look_up = partial(_ask, status or self.status.check, question.at)
        issued = self._proven(submission.issue_proof)
        before = _recorded_before(issued_by(issued, text.partition("~")[0].encode("ascii", "replace")))
        authorised = partial(self.trust_list.authorised, recorded_before=before)
        if text.startswith(QR_PREFIXES):
            found = qr.check_qr(text, seals=self._shelf.find, at=question.at, authorised=authorised, status=look_up)
        else:
            found = credential.check(
                text,
                trust=self._seals,
                at=question.at,
                authorised=authorised,
                status=look_up,
                purpose=self._purpose(submission, question),
                further=self._further(submission, issued),
            )
        found = _answered(found, question)
        return Verdict(self._report(found, question.at), _fields(found), self._notices(found, question.at))

    def _proven(self, evidence: LogEvidence | Check | None) -> ProvenEntry | Check | None:
        return proven_entry(evidence, self.trust_list) if isinstance(evidence, LogEvidence) else evidence

    def _purpose(self, submission: Submission, question: Question) -> PurposeExpectation | None:
        if submission.receipt is None:
            return None
        keys = self.trust_list.keys_for(KeyUse.RECEIPTS, None)
        return PurposeExpectation(receipt=submission.receipt, keys=keys, audience=question.audience, case=question.case)

    def _further(self, submission: Submission, issued: ProvenEntry | Check | None) -> Mapping[CheckName, FurtherCheck]:
        further: dict[CheckName, FurtherCheck] = {CheckName.SECOND_SIGNATURE: partial(self._second, submission.second)}
        released = self._proven(submission.release_proof)
        if issued is not None or released is not None:
            named = self._named(submission)

            def recorded(proven: Proven) -> Check:
                return _recorded(proven, issued, released, named)

            further[CheckName.LOG_INCLUSION] = recorded
        return further

    def _second(self, text: str | None, proven: Proven) -> Check:
        uscc = proven.licence.issuer
        rule = self.trust_list.second_rule(uscc, proven.licence.licence_type)
        keys = self.trust_list.second_keys(uscc)
        return check_second(text, required=rule is SecondRule.REQUIRE, keys=keys, proven=proven)

    def _named(self, submission: Submission) -> bytes | None:
        """The commitment that the receipt names; None where there is none that holds."""
        if submission.receipt is None:
            return None
        keys = self.trust_list.keys_for(KeyUse.RECEIPTS, None)
        try:
            return verify_receipt(submission.receipt, keys, at=None).commitment
        except SignerError:
            return None  # the purpose binding says so

    def _report(self, found: SignerReport, at: int) -> Report:
        named = self.trust_list.type_named(str(found.claims.get("vct", "")))
        return Report(
            outcome=found.outcome,
            checks=tuple(said(check) for check in found.checks),
            identifier=str(found.claims.get("licence", "")),
            licence_type=named[0] if named is not None else "",
            issuing_authority=found.issuer.authority if found.issuer is not None else "",
            disclosed_fields=found.disclosed,
            at_time=at,
        )

    def _notices(self, found: SignerReport, at: int) -> tuple[Label, ...]:
        """How old the status list is that answered."""
        made = self.status.made(found.claims)
        if made is None:
            return ()
        age = max(0, at - made)
        en = f"The status list was {age} seconds old at the time asked about."
        return (Label(zh=f"所用状态列表在所查询时间已有 {age} 秒。", en=en),)


def _answered(found: SignerReport, question: Question) -> SignerReport:
    """The report, undecided where it was asked for whom something was made and no receipt says so."""
    asked = question.audience is not None or question.case is not None
    if not asked or found.check(CheckName.PURPOSE_BINDING) is not None:
        return found
    missing = undecided(CheckName.PURPOSE_BINDING, "RECEIPT_MISSING", "no receipt says for whom it was made")
    order = list(CheckName)
    checks = sorted([*found.checks, missing], key=lambda check: order.index(check.name))
    return replace(found, outcome=overall(checks), checks=tuple(checks))


def _ask(status: StatusAt, at: int, claims: Mapping[str, object]) -> Check:
    return status(claims, at)


def _recorded_before(seen: int | None) -> RecordedBefore | None:
    """Whether others had seen the issue before a time. Later sightings prove nothing about earlier: None."""
    if seen is None:
        return None
    return lambda time: True if seen < time else None


def _recorded(
    proven: Proven, issued: ProvenEntry | Check | None, released: ProvenEntry | Check | None, named: bytes | None
) -> Check:
    """The worst of what the log's proofs show: of the issue, and of the release where one is there."""
    checks = [] if issued is None else [issue_recorded(issued, proven)]
    if released is not None:
        checks.append(release_recorded(released, proven, named))
    order = {"FAILED": 0, "INDETERMINATE": 1, "PASSED": 2}
    return min(checks, key=lambda check: order[check.outcome])


def _fields(found: SignerReport) -> Mapping[str, object]:
    return {name: found.claims[name] for name in found.disclosed if name in found.claims}


def text_of(content: bytes) -> str:
    """The text in a file or on standard input; FormatError (``NOT_TEXT``) for what is none."""
    try:
        return content.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise FormatError("NOT_TEXT", "neither text nor a PNG picture") from error
