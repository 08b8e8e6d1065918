"""Verifying a credential that somebody was handed: a verdict with its reasons, now or as of a past date.

Rules:
1. A bad credential is a result, not an error; every call is recorded before it is answered.
2. The issuer's signature is checked every time. What is remembered is validated chains, never verdicts.
3. The status is this hub's own record of the licence, expected unchanged at commit: a revoked licence cannot pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from exchange.audit.entry import ItemDraft, Outcome, Tagger, key_epoch
from exchange.call import Call, Position
from exchange.entities.licence import Licence
from exchange.errors import InvalidError, Violation
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.credentials import signed_digest, type_of_uri
from exchange.licences.store import LicenceStore
from exchange.licences.validity import Validity, validity_at
from exchange.licences.verdicts import Report, result_of
from exchange.trust.standing import CurrentStanding, always_trusted, distrust
from signer import base64url, credential, sdjwt
from signer.algorithms import PublicKey
from signer.identifier import MAX_CHARACTERS
from signer.purpose_binding import PurposeExpectation
from signer.report import PASSED, Check, CheckName, failed, undecided
from signer.report import Outcome as Verdict
from signer.report import Report as SignerReport
from signer.seals import SealCertificate
from signer.trust import SealTrust
from storage.errors import ErasedError

_STATUS: Mapping[Validity, tuple[Verdict, str, str]] = MappingProxyType(
    {
        Validity.NOT_ISSUED: (Verdict.FAILED, "NOT_ISSUED", "the licence was not yet issued at that time"),
        Validity.REVOKED: (Verdict.FAILED, "STATUS_REVOKED", "the licence was revoked at that time"),
        Validity.SUPERSEDED: (Verdict.FAILED, "STATUS_SUPERSEDED", "a newer licence had replaced it at that time"),
        Validity.SUSPENDED: (Verdict.FAILED, "STATUS_SUSPENDED", "the licence was suspended at that time"),
    }
)
"""What the check of the status says; any other validity is the period's matter, which has a check of its own."""
_OUTCOMES: Mapping[Verdict, Outcome] = MappingProxyType(
    {
        Verdict.PASSED: Outcome.ALLOWED,
        Verdict.FAILED: Outcome.REFUSED,
        Verdict.INDETERMINATE: Outcome.PARTIAL,
    }
)
"""How the record's item for a credential ends."""


@dataclass(frozen=True, slots=True)
class VerifyRoom:
    """``receipt_keys`` gives the hub's public receipt keys by ``kid``."""

    hub: str
    store: LicenceStore
    trust: SealTrust
    issuers: AuthorisedIssuers
    tagger: Tagger
    receipt_keys: Callable[[], Mapping[str, PublicKey]]
    standing: CurrentStanding = always_trusted


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """``receipt`` empty: none came with it; ``at_time``: seconds since 1970 (UTC), 0: now."""

    credential: str
    receipt: str
    at_time: int


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer of a verification."""

    report: Report
    position: Position


@dataclass(frozen=True, slots=True)
class VerifiedBatch:
    """A report per item, in order, under one record."""

    reports: tuple[Report, ...]
    position: Position


def verify_credential(call: Call, room: VerifyRoom, request: VerifyRequest) -> Verified:
    """Verify one credential or extract.

    Raises ``InvalidError`` for a time in the future, and what ``Call.commit`` raises. The bounds of texts were checked
    before; whatever they hold, the answer is a report.
    """
    check_times(call, (request,), "")
    report = examine(call, room, request)
    position = commit(call, (report,))
    return Verified(report, position)


def verify_batch(call: Call, room: VerifyRoom, items: tuple[VerifyRequest, ...]) -> VerifiedBatch:
    """Verify several; one record with an item for each. Raises as ``verify_credential``."""
    check_times(call, items, "items[{}].")
    reports = tuple(examine(call, room, item) for item in items)
    position = commit(call, reports)
    return VerifiedBatch(reports, position)


def check_times(call: Call, items: tuple[VerifyRequest, ...], path: str) -> None:
    """Nobody can say what will be valid: times in the future are refused, all of them at once."""
    found = tuple(
        Violation(f"{path.format(place)}at_time", "must not lie in the future", "不得晚于当前时间")
        for place, item in enumerate(items)
        if not 0 <= item.at_time <= call.now
    )
    if found:
        raise InvalidError(found)


def examine(call: Call, room: VerifyRoom, request: VerifyRequest) -> Report:
    """The report on one credential; leaves an item in the access record."""
    at = request.at_time or call.now
    status = _Status(call, room, request.credential, at)
    purpose = None
    if request.receipt:
        purpose = PurposeExpectation(
            receipt=request.receipt, keys=room.receipt_keys(), audience=call.caller.department.uscc
        )
    found = credential.check(
        request.credential,
        trust=room.trust,
        at=at,
        authorised=_authorised(call, room, status),
        status=status.look_up,
        purpose=purpose,
    )
    report = _report(room, found, at)
    _note(call, room, report, found, status.licence)
    return report


def commit(call: Call, reports: tuple[Report, ...]) -> Position:
    """Commit the record; its response digest covers the code of every check, a line per report."""
    said = "\n".join([" ".join([check.code for check in report.checks]) for report in reports])
    digest = sha256(said.encode()).digest()
    return call.commit(call.prepare(Outcome.ALLOWED, (), digest))


class _Status:
    """The look-up of one credential's status, and what it found."""

    def __init__(self, call: Call, room: VerifyRoom, credential: str, at: int) -> None:
        self._call = call
        self._credential = credential
        self._room = room
        self._at = at
        self.licence: Licence | None = None

    def look_up(self, claims: Mapping[str, object]) -> Check:
        """The check that this hub's records call for."""
        identifier = str(claims["licence"])
        if claims["hub"] != self._room.hub:
            return _undecided("LICENCE_OF_OTHER_HUB", "the licence is registered at another hub")
        if len(identifier) > MAX_CHARACTERS or not (identifier.isascii() and identifier.isprintable()):
            return _undecided("LICENCE_UNKNOWN", "this hub has no record of the licence")
        try:
            licence = self._call.read(self._room.store.licences, identifier).value
            if licence is not None:
                self._call.data_key(self._room.store.owner(licence.holders[0]))  # one in memory may have been erased
        except ErasedError:
            return _undecided("LICENCE_ERASED", "the holder's data were erased")
        if licence is None:
            return _undecided("LICENCE_UNKNOWN", "this hub has no record of the licence")
        self.licence = licence
        # Another credential under the same identifier, which a seal that was stolen can sign, is not the one on record.
        if signed_digest(self._credential) != licence.signed_digest:
            return failed(CheckName.STATUS, "RECORD_MISMATCH", "the credential is not the one on record")
        ended = _STATUS.get(validity_at(licence, self._at))
        return PASSED[CheckName.STATUS] if ended is None else Check(CheckName.STATUS, *ended)

    def recorded_before(self, time: int) -> bool | None:
        """Whether this very credential was on record here before ``time``; None: this hub cannot tell."""
        claims = sdjwt.parse(self._credential).payload
        found = self.look_up(claims)
        if self.licence is None:
            return None if found.code in {"LICENCE_OF_OTHER_HUB", "LICENCE_ERASED"} else False
        same = signed_digest(self._credential) == self.licence.signed_digest
        return same and self.licence.history[0].recorded_time < time


def _undecided(code: str, detail: str) -> Check:
    return undecided(CheckName.STATUS, code, detail)


def _authorised(call: Call, room: VerifyRoom, status: _Status) -> credential.AuthorisedLookup:
    def look_up(seal: SealCertificate, vct: str, time: int) -> Check | bool | None:
        distrusted = distrust(room.standing(), seal, time, status.recorded_before)
        if distrusted is not None:
            return distrusted
        named = type_of_uri(room.hub, vct)
        if named is None:
            return None
        if room.standing().withdrawn(seal.authority, *named, time):
            return False
        return room.issuers.might_issue(call.register, seal.authority, *named, time)

    return look_up


def _report(room: VerifyRoom, found: SignerReport, at: int) -> Report:
    named = type_of_uri(room.hub, str(found.claims.get("vct", "")))
    return Report(
        outcome=found.outcome,
        checks=tuple(result_of(check) for check in found.checks),
        identifier=str(found.claims.get("licence", "")),
        licence_type=named[0] if named is not None else "",
        issuing_authority=found.issuer.authority if found.issuer is not None else "",
        disclosed_fields=found.disclosed,
        at_time=at,
    )


def _note(call: Call, room: VerifyRoom, report: Report, found: SignerReport, licence: Licence | None) -> None:
    """The record's item: tags of the licence and, if it is on record here, of its first holder."""
    epoch = key_epoch(call.now_us)
    item = call.draft.item(
        ItemDraft(
            licence_type=report.licence_type,
            issuer=report.issuing_authority,
            outcome=_OUTCOMES[report.outcome],
        )
    )
    if report.identifier:
        item.licence_tag = room.tagger.licence(report.licence_type, report.identifier, epoch)
    if licence is not None:
        holder = licence.holders[0]
        item.holder_tag = room.tagger.holder(holder.id_type, holder.id_number, epoch)
        item.licence_version = licence.version
    if found.sd_hash is not None:
        item.response_digest = base64url.decode(found.sd_hash)
