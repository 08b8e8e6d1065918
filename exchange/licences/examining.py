"""Examining what somebody was handed, check by check, against what this hub knows.

Rules:
1. The issuer's signature is checked every time. What is remembered is validated chains, never verdicts.
2. The status is this hub's own record of the licence, expected unchanged at commit: a revoked licence cannot pass.
3. A pointer (identifier and digest) is answered from the credential on record, verified like any other; and only to
   whoever has the digest: everybody else learns nothing, not even whether there is such a licence.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from exchange.audit.entry import ItemDraft, Outcome, Tagger, key_epoch
from exchange.call import Call
from exchange.entities.licence import Licence
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.codec import plain
from exchange.licences.credentials import signed_digest, type_of_uri
from exchange.licences.fields import holder_values
from exchange.licences.receipts import ReceiptDesk
from exchange.licences.seal_archive import SealArchive
from exchange.licences.second import SecondRoom, answered
from exchange.licences.store import LicenceStore
from exchange.licences.validity import Validity, validity_at
from exchange.licences.verdicts import Report, results_of
from exchange.trust.standing import CurrentStanding, always_trusted, distrust
from signer import base64url, credential, qr, sdjwt
from signer.algorithms import PublicKey
from signer.errors import FormatError
from signer.identifier import MAX_CHARACTERS
from signer.purpose_binding import PurposeExpectation
from signer.qr_payload import claims_of
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
    receipts: ReceiptDesk
    seals: SealArchive
    seconds: SecondRoom
    standing: CurrentStanding = always_trusted


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What to verify: a credential (``receipt`` and ``second_signature`` empty: none came with it), the text of a QR
    code, or an identifier and the digest of what its seal signed. ``at_time``: seconds since 1970 (UTC), 0: now."""

    credential: str = field(default="", repr=False)
    receipt: str = ""
    at_time: int = 0
    qr_text: str = field(default="", repr=False)
    identifier: str = ""
    digest: bytes = b""
    second_signature: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is a credential and nothing else."""
        return bool(self.credential) and not (self.qr_text or self.identifier or self.digest)


Agreement = Callable[[Licence, Mapping[str, object]], bool]
"""(the licence on record, the claims presented) in; whether the one is of the other."""


def examine(call: Call, room: VerifyRoom, request: VerifyRequest) -> Report:
    """The report on what a request presents; leaves an item in the access record."""
    at = request.at_time or call.now
    if request.identifier:
        return _pointed(call, room, request.identifier, request.digest, at)
    if request.qr_text:
        return _drawn(call, room, request.qr_text, at)
    return _presented(call, room, request.credential, request.receipt, request.second_signature, at)


def _presented(call: Call, room: VerifyRoom, token: str, receipt: str, second: str, at: int) -> Report:
    status = _Status(call, room, _is_credential(token), lambda: sdjwt.parse(token).payload, at)
    purpose = None
    if receipt:
        purpose = PurposeExpectation(receipt=receipt, keys=room.receipt_keys(), audience=call.caller.department.uscc)
    found = credential.check(
        token,
        trust=room.trust,
        at=at,
        authorised=_authorised(call, room, status),
        status=status.look_up,
        purpose=purpose,
        further={CheckName.SECOND_SIGNATURE: room.seconds.check(second, call.now)},
    )
    found = replace(found, checks=answered(found.checks, second))
    report = _report(room, found, at)
    _note(call, room, report, found, status.licence)
    return report


def _drawn(call: Call, room: VerifyRoom, text: str, at: int) -> Report:
    """The report on a QR code. The credential form is signed by itself, so it must say what the record says."""
    try:
        read = qr.read_qr_text(text)
    except FormatError:
        read = None
    if isinstance(read, qr.Pointer):
        return _pointed(call, room, read.identifier, read.digest, at)
    status = _Status(call, room, _has_fields, lambda: {} if read is None else claims_of(read.licence, read.fields), at)
    found = qr.check_qr(
        text if read is None else read,
        seals=room.seals.of("" if read is None else read.licence.issuer),
        at=at,
        authorised=_authorised(call, room, status),
        status=status.look_up,
    )
    report = _report(room, found, at)
    _note(call, room, report, found, status.licence)
    return report


def _pointed(call: Call, room: VerifyRoom, identifier: str, digest: bytes, at: int) -> Report:
    """The report on the licence that an identifier and a digest point to."""
    try:
        licence = _record(call, room, identifier)
        if licence is None or not _points_to(licence, digest):
            return _unread(call, at)
        token, _ = room.store.credential(licence.digest)
        second = room.seconds.on_record(room.store, licence)
    except ErasedError:
        return _unread(call, at)
    report = _presented(call, room, token, "", second, at)
    return replace(report, disclosed_fields=(), sd_hash="")  # whoever points to a licence has shown none of its fields


def _points_to(licence: Licence, digest: bytes) -> bool:
    whole = bytes.fromhex(licence.signed_digest)
    return hmac.compare_digest(whole[: len(digest)], digest)


def _unread(call: Call, at: int) -> Report:
    """The report on a pointer to nothing: unknown, erased and another digest look alike, here and in the record."""
    checks = [undecided(name, "NOT_REACHED", "there is no credential to look at") for name in credential.ALWAYS]
    checks[credential.ALWAYS.index(CheckName.FORMAT)] = PASSED[CheckName.FORMAT]
    mismatch = failed(CheckName.STATUS, "POINTER_MISMATCH", "no licence here has that digest")
    checks[credential.ALWAYS.index(CheckName.STATUS)] = mismatch
    call.draft.item(ItemDraft(outcome=_OUTCOMES[Verdict.FAILED]))
    return Report(Verdict.FAILED, results_of(tuple(checks)), "", "", "", (), at)


def _record(call: Call, room: VerifyRoom, identifier: str) -> Licence | None:
    """This hub's record of a licence, expected unchanged at commit. Raises ``ErasedError``, though it be in memory."""
    if len(identifier) > MAX_CHARACTERS or not (identifier.isascii() and identifier.isprintable()):
        return None
    licence = call.read(room.store.licences, identifier).value
    if licence is not None:
        call.data_key(room.store.owner(licence.holders[0]))
    return licence


def _is_credential(token: str) -> Agreement:
    signed = signed_digest(token)
    return lambda licence, _: signed == licence.signed_digest


def _has_fields(licence: Licence, claims: Mapping[str, object]) -> bool:
    """Whether every field and holder attribute of a QR code is the record's."""
    there = {name: plain(value) for name, value in {**licence.fields, **holder_values(licence.holders)}.items()}
    return all(there.get(name) == value for name, value in claims.items() if name not in credential.OPEN_CLAIMS)


class _Status:
    """The look-up of one credential's status, and what it found.

    ``agrees`` tells whether what was presented is of the licence on record. A seal that was stolen can sign anything
    under an identifier that exists. ``claims`` reads what it says, for whoever asks before it is looked up.
    """

    def __init__(
        self, call: Call, room: VerifyRoom, agrees: Agreement, claims: Callable[[], Mapping[str, object]], at: int
    ) -> None:
        self._call = call
        self._agrees = agrees
        self._claims = claims
        self._room = room
        self._at = at
        self.licence: Licence | None = None

    def look_up(self, claims: Mapping[str, object]) -> Check:
        """The check that this hub's records call for."""
        identifier = str(claims["licence"])
        if claims["hub"] != self._room.hub:
            return _undecided("LICENCE_OF_OTHER_HUB", "the licence is registered at another hub")
        try:
            licence = _record(self._call, self._room, identifier)
        except ErasedError:
            return _undecided("LICENCE_ERASED", "the holder's data were erased")
        if licence is None:
            return _undecided("LICENCE_UNKNOWN", "this hub has no record of the licence")
        self.licence = licence
        if not self._agrees(licence, claims):
            return failed(CheckName.STATUS, "RECORD_MISMATCH", "the credential is not the one on record")
        ended = _STATUS.get(validity_at(licence, self._at))
        return PASSED[CheckName.STATUS] if ended is None else Check(CheckName.STATUS, *ended)

    def recorded_before(self, time: int) -> bool | None:
        """Whether the very licence presented was on record here before ``time``; None: this hub cannot tell."""
        found = self.look_up(self._claims())
        if self.licence is None:
            return None if found.code in {"LICENCE_OF_OTHER_HUB", "LICENCE_ERASED"} else False
        return found.code != "RECORD_MISMATCH" and self.licence.history[0].recorded_time < time


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
        checks=results_of(found.checks),
        identifier=str(found.claims.get("licence", "")),
        licence_type=named[0] if named is not None else "",
        issuing_authority=found.issuer.authority if found.issuer is not None else "",
        disclosed_fields=found.disclosed,
        at_time=at,
        sd_hash=found.sd_hash or "",
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
