"""What a key may sign, and whether these bytes are such a thing: the judgement of the signer process.

Rules:
1. Nothing is signed that was not parsed completely: every member is known, of its type, within bounds, and spelt in
   the one way in which this hub spells it, so that no reader can see anything else in it.
2. A key signs its own kinds of objects only, and an object names the very key that signs it.
3. An object is of this hub and of now: its name stands in it, its time is within minutes of the clock.
4. The judgement is pure. What was signed before (sizes of checkpoints) is for ``signing_desk`` to remember.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signer import jws, signing_certificates, signing_qr, signing_records, signing_tokens, webhook
from signer.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from signer.errors import FormatError, NoteError
from signer.signing_kinds import KINDS_OF_KEYS, AskedKey, Kind, Place

__all__ = ["AskedKey", "Judged", "Kind", "Place", "judge", "kind_of", "kinds_of"]

MAX_OBJECT_BYTES: Final = 16 * 1024 * 1024
"""A trust list of many thousand authorities; other kinds have narrower bounds of their own."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An object that may be signed. ``checkpoint`` and ``sequence`` (of a trust list) must not go back behind those
    that were signed; None for other kinds."""

    checkpoint: Checkpoint | None = None
    sequence: int | None = None


_OF_AUTHORITY: Final = re.compile(r"([a-z]{1,20}-)[0-9a-z]{18}")
"""A key of an issuing authority: what for, and its USCC in lower case."""

_NOTHING: Final = Judged()
_Judge = Callable[[AskedKey, Place, int, bytes], Judged]


def judge(kind: Kind, key: AskedKey, place: Place, now: int, data: bytes) -> Judged:
    """Return what must be remembered of an object that ``key`` may sign; FormatError if it may not.

    ``place`` names the hub and its log, ``now`` is Unix seconds, ``data`` the complete input of the signature. Codes:
    ``KIND_NOT_OF_KEY``, ``OBJECT_TOO_LARGE``, ``OBJECT_HEADER``, ``OBJECT_KEY`` (names another key), ``OBJECT_CLAIMS``
    (a member is missing, unknown or out of bounds), ``OBJECT_NOT_CANONICAL``, ``OBJECT_HUB``, ``OBJECT_TIME``, those of
    ``base64url`` and ``strict_json``, and those of the kinds. Not checked: that what the object says is true.
    """
    if kind not in kinds_of(key.key_id):
        raise FormatError("KIND_NOT_OF_KEY", f"the key {key.key_id[:80]} signs no object of the kind {kind.value}")
    if len(data) > MAX_OBJECT_BYTES:
        raise FormatError("OBJECT_TOO_LARGE", f"more than {MAX_OBJECT_BYTES} bytes")
    return _JUDGES[kind](key, place, now, data)


def kinds_of(key_id: str) -> frozenset[Kind]:
    """Return the kinds of objects that a key of this id may sign; none for an id without a use."""
    match = _OF_AUTHORITY.fullmatch(key_id)
    name = key_id.rstrip("-") if match is None else match[1]
    return KINDS_OF_KEYS.get(name, frozenset())


def kind_of(key_id: str, data: bytes) -> Kind:
    """Return the kind that an object made here for a key must be of; FormatError (``KIND_NOT_OF_KEY``) if none is.

    A guess for the one who asks: the one who signs judges.
    """
    kinds = kinds_of(key_id)
    if len(kinds) == 1:
        return next(iter(kinds))
    if Kind.QR in kinds:
        return Kind.CREDENTIAL if data[:2] == b"ey" else Kind.QR
    if Kind.EXPORT in kinds:
        typ = jws.decode_header(data.partition(b".")[0]).get("typ")
        return _BY_TYP.get(str(typ), Kind.RECEIPT)
    raise FormatError("KIND_NOT_OF_KEY", f"the key {key_id[:80]} signs nothing")


def _checkpoint(_: AskedKey, place: Place, __: int, data: bytes) -> Judged:
    try:
        text = data.decode("utf-8")
        checkpoint = parse_checkpoint(text)
        spelt = format_checkpoint(checkpoint)
    except (UnicodeDecodeError, NoteError) as error:
        raise FormatError("CHECKPOINT_INVALID", "not the text of a checkpoint") from error
    if checkpoint.origin != place.log_origin:
        raise FormatError("CHECKPOINT_ORIGIN", "the checkpoint is of another log")
    if checkpoint.extensions or spelt != text:
        raise FormatError("OBJECT_NOT_CANONICAL", "a checkpoint here is three lines")
    return Judged(checkpoint=checkpoint)


def _trust_list(key: AskedKey, place: Place, now: int, data: bytes) -> Judged:
    return Judged(sequence=signing_tokens.trust_list(key, place, now, data))


def _plain(check: Callable[[AskedKey, Place, int, bytes], None]) -> _Judge:
    def judged(key: AskedKey, place: Place, now: int, data: bytes) -> Judged:
        check(key, place, now, data)
        return _NOTHING

    return judged


_BY_TYP: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        signing_tokens.EXPORT_TYP: Kind.EXPORT,
        webhook.TYP: Kind.WEBHOOK,
        signing_records.CONSENT_RECORD_TYP: Kind.CONSENT_RECORD,
        signing_records.IMPORT_REPORT_TYP: Kind.IMPORT_REPORT,
    }
)
"""What the receipt key signs beside receipts."""
_JUDGES: Final[Mapping[Kind, _Judge]] = MappingProxyType(
    {
        Kind.CREDENTIAL: _plain(signing_tokens.credential),
        Kind.RECEIPT: _plain(signing_tokens.receipt),
        Kind.EXPORT: _plain(signing_tokens.export),
        Kind.STATUS_LIST: _plain(signing_tokens.status_list),
        Kind.CHECKPOINT: _checkpoint,
        Kind.QR: _plain(signing_qr.qr),
        Kind.SECOND: _plain(signing_tokens.second),
        Kind.TRUST_LIST: _trust_list,
        Kind.CERTIFICATE: _plain(signing_certificates.certificate),
        Kind.WEBHOOK: _plain(signing_tokens.webhook),
        Kind.CONSENT_RECORD: _plain(signing_records.consent_record),
        Kind.IMPORT_REPORT: _plain(signing_records.import_report),
    }
)
