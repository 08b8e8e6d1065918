"""A QR code of a licence, for the paper that its authority prints.

Rules:
1. Only the authority that issued a licence gets one, and only while the licence is active.
2. The code repeats what the stored credential says, signed anew by the authority's seal: same period, same place in the
   status list, so that whoever ends the licence ends its paper too.
3. What is printed everybody can read: the caller says which fields, and the access record names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from exchange import qr_pictures
from exchange.call import Call
from exchange.entities.catalogue import EntityKind
from exchange.entities.licence import Licence, LicenceState
from exchange.errors import InvalidError, RefusedError, UnavailableError, Violation
from exchange.licences.fields import MAX_FIELDS
from exchange.licences.lifecycle import own_licence
from exchange.licences.room import LicenceRoom, licence_name
from exchange.qr_pictures import QrPicture
from exchange.reasons import Reason
from signer import credential, qr, sdjwt
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError
from storage.errors import CorruptError

_TOO_LARGE = frozenset({"CBOR_TOO_LARGE", "QR_TOO_LARGE"})


class QrForm(StrEnum):
    """What a QR code carries: the signed licence, or where to find it."""

    CREDENTIAL = "credential"
    POINTER = "pointer"


@dataclass(frozen=True, slots=True)
class LicenceQr:
    """A QR code of a licence: its text, the text drawn, and the names of the fields in it."""

    text: str = field(repr=False)
    picture: QrPicture
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the stored credential says: its open claims, and every field and holder attribute by name."""

    visible: credential.Licence
    values: Mapping[str, object] = field(repr=False)


def licence_qr_code(
    call: Call, room: LicenceRoom, type_code: str, identifier: str, form: QrForm, fields: tuple[str, ...]
) -> LicenceQr:
    """A QR code of a licence of the caller's department; ``fields`` empty: all of them, or none for a pointer.

    Raises ``NotFoundError`` for any licence that is not the department's own, ``RefusedError``
    (``LICENCE_NOT_ACTIVE``), ``InvalidError`` for bad fields and for a content that no QR code holds,
    ``UnavailableError`` if the seal cannot be used, ``CorruptError`` if the stored credential is not the licence's.
    """
    # 1. The licence, which enters the access record.
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    _check_named(form, fields)
    licence, _ = own_licence(call, room, type_code, identifier)
    item = call.draft.items[-1]
    item.fields_requested = fields
    if licence.state is not LicenceState.ACTIVE:
        raise RefusedError(Reason.LICENCE_NOT_ACTIVE, subject=licence_name(type_code, identifier))
    # 2. What it says, from the credential that was issued; 3. the text, signed; 4. drawn.
    carried: tuple[str, ...] = ()
    if form is QrForm.POINTER:
        text = qr.pointer_text(licence.identifier, licence.signed_digest)
    else:
        stored = _stored(room, licence)
        carried = _carried(stored, fields)
        text = _signed(call, room, stored, carried)
    item.fields_released, item.response_digest = carried, sha256(text.encode("ascii")).digest()
    return LicenceQr(text, qr_pictures.draw(text), carried)


def _check_named(form: QrForm, fields: tuple[str, ...]) -> None:
    if form is QrForm.POINTER and fields:
        raise InvalidError((Violation("fields", "must be empty for the pointer form", "指针形式不得携带字段"),))
    if len(fields) > MAX_FIELDS:
        raise InvalidError((Violation("fields", f"must be at most {MAX_FIELDS}", f"不得超过{MAX_FIELDS}个"),))
    if len(set(fields)) != len(fields):
        raise InvalidError((Violation("fields", "must not name a field twice", "字段不得重复"),))


def _stored(room: LicenceRoom, licence: Licence) -> _Stored:
    token, _ = room.store.credential(licence.digest)
    parsed = sdjwt.parse(token)
    visible = credential.open_licence(parsed.payload)
    if visible.identifier != licence.identifier:
        raise CorruptError("a licence's record names the credential of another licence")
    return _Stored(visible, {one.path: one.value for one in parsed.disclosures})


def _carried(stored: _Stored, fields: tuple[str, ...]) -> tuple[str, ...]:
    unknown = tuple(
        Violation(f"fields[{place}]", "is not a field of this licence", "该证照没有此字段")
        for place, name in enumerate(fields)
        if name not in stored.values
    )
    if unknown:
        raise InvalidError(unknown)
    return tuple(sorted(fields or stored.values))


def _signed(call: Call, room: LicenceRoom, stored: _Stored, carried: tuple[str, ...]) -> str:
    seal = room.seals.seal(stored.visible.issuer)
    try:
        return qr.credential_text(
            replace(stored.visible, issue_time=call.now),
            {name: stored.values[name] for name in carried},
            seal_sha256=seal.sha256,
            alg=seal.signer.alg,
            sign=seal.signer.sign,
        )
    except (KeyNotFoundError, KeyBackendError) as error:
        raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error
    except FormatError as error:
        if error.code not in _TOO_LARGE:
            raise
        en = "are more than a QR code holds (version 40, error correction M): name fewer, or ask for the pointer form"
        zh = "内容超出二维码容量（40版，纠错等级M）：请减少字段，或改用指针形式"
        raise InvalidError((Violation("fields", en, zh),)) from error
