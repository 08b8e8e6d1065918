"""What the use cases of licences that change them need, and what they answer."""

from dataclasses import dataclass, field

from exchange.audit.entry import ItemDraft, Tagger, key_epoch
from exchange.call import Call
from exchange.entities.catalogue import EntityKind, LicenceType
from exchange.entities.licence import Licence
from exchange.entities.page import etag
from exchange.entities.revision import Revision
from exchange.errors import NotFoundError
from exchange.licences.seals import SealRing
from exchange.licences.second import SecondRing
from exchange.licences.store import LICENCE, LicenceStore
from exchange.reasons import Reason
from storage.records.interface import Records


@dataclass(frozen=True, slots=True)
class LicenceRoom:
    """``hub`` is the hub's name, a URL without a slash at its end: types and status lists are named below it."""

    hub: str
    records: Records
    store: LicenceStore
    seals: SealRing
    tagger: Tagger
    seconds: SecondRing


@dataclass(frozen=True, slots=True)
class LicenceView:
    """A licence and the etag that the next change of it must name."""

    licence: Licence
    etag: str


@dataclass(frozen=True, slots=True)
class IssuedLicence:
    """A new licence and its signed credential with every disclosure (empty if it was only validated).

    ``second_signature`` is empty where its type omits it, or offers it and the authority has no key for it.
    """

    view: LicenceView
    credential: str = field(repr=False)
    second_signature: str = ""


def view_of(licence: Licence, version: int) -> LicenceView:
    """A licence whose record is at ``version``."""
    return LicenceView(licence, etag(LICENCE, licence.identifier, version))


def licence_name(type_code: str, identifier: str) -> str:
    """The resource name of a licence."""
    return f"{EntityKind.LICENCE_TYPE}/{type_code}/licences/{identifier}"


def type_in_force(call: Call, type_code: str) -> tuple[LicenceType, Revision]:
    """The licence type and its revision in force; raises ``NotFoundError``."""
    found = call.register.licence_types.get(type_code)
    if found is None:
        raise NotFoundError(Reason.CATALOGUE_NOT_FOUND, EntityKind.LICENCE_TYPE, type_code)
    return found, call.register.revisions[EntityKind.LICENCE_TYPE, type_code]


def note_licence(call: Call, room: LicenceRoom, licence: Licence) -> ItemDraft:
    """Put a licence into the call's record: tags in the open, raw identifiers sealed under its first holder's key.

    Raises ``ErasedError`` if that key was destroyed.
    """
    epoch = key_epoch(call.now_us)
    holder = licence.holders[0]
    owner = room.store.owner(holder)
    call.data_key(owner)
    call.draft.sealed_owner = owner
    call.draft.raw |= {"licence": licence.identifier, "holder": f"{holder.id_type}:{holder.id_number}"}
    return call.draft.item(
        ItemDraft(
            licence_type=licence.type_code,
            issuer=licence.issuing_authority,
            holder_tag=room.tagger.holder(holder.id_type, holder.id_number, epoch),
            licence_tag=room.tagger.licence(licence.type_code, licence.identifier, epoch),
            licence_version=licence.version,
        )
    )
