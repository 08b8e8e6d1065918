"""The last steps of issuing, renewing and amending: sign, put the credential, and change the records.

Rules:
1. Object first, then the unit: what a crash leaves is an object that nobody names.
2. Whoever changes a licence changes the holdings of all its holders in the same unit.
3. The record's item of a new licence carries the digest of what the seal signed: the log then proves that this very
   credential was issued at that position, and no other.
"""

from collections.abc import Iterable
from dataclasses import replace

from exchange.call import Call
from exchange.entities.licence import Holder, Licence
from exchange.errors import RefusedError, Violation
from exchange.licences.credentials import sign_licence, signed_digest
from exchange.licences.room import LicenceRoom, note_licence
from exchange.licences.status_index import free_place
from exchange.licences.store import MAX_HELD, in_force, with_licence
from exchange.reasons import Reason
from storage.errors import ErasedError


def held_too_many(room: LicenceRoom, type_code: str, holders: tuple[Holder, ...]) -> list[Violation]:
    """The holders who have as many licences of the type as one may."""
    found: list[Violation] = []
    for place, holder in enumerate(holders):
        holding = room.store.holdings.fresh(room.store.holding_key(type_code, holder)).value
        if in_force(holding) >= MAX_HELD:
            found.append(
                Violation(
                    f"licence.holders[{place}]",
                    f"has {MAX_HELD} licences of this type in force",
                    f"已持有{MAX_HELD}个该类型的有效证照",
                )
            )
    return found


def write_new(
    call: Call, room: LicenceRoom, licence: Licence, *, numbered: bool, replaced: tuple[Licence, ...] = ()
) -> tuple[Licence, str]:
    """Sign and store a new licence; returns it as stored and its credential.

    ``numbered``: take its number too. ``replaced`` are licences that this unit changes with it, for the holdings.
    Raises ``RefusedError`` (``PROHIBITED``) if its holder's data key was destroyed, ``UnavailableError`` if the seal or
    a status place cannot be had.
    """
    owner = room.store.owner(licence.holders[0])
    try:
        item = note_licence(call, room, licence)
    except ErasedError as error:
        raise RefusedError(Reason.PROHIBITED) from error
    key = call.data_key(owner)
    place = free_place(room.records, licence.issuing_authority, call.now)
    licence = replace(licence, status_index=place.index)
    credential = sign_licence(room.seals, room.hub, licence, place, call.now)
    digest, name = room.store.put_credential(credential, owner, key)
    signed = signed_digest(credential)
    item.response_digest = bytes.fromhex(signed)
    stored = replace(licence, digest=digest, signed_digest=signed, object_name=name)
    call.change(room.store.inserted(stored, key), place.taken_by(stored.identifier))
    if numbered:
        call.change(room.store.numbered(stored))
    write_holdings(call, room, (*replaced, stored))
    return stored, credential


def write_holdings(call: Call, room: LicenceRoom, licences: Iterable[Licence]) -> None:
    """Bring the holdings of every holder of these licences up to date."""
    by_key: dict[str, list[Licence]] = {}
    for licence in licences:
        for holder in licence.holders:
            by_key.setdefault(room.store.holding_key(licence.type_code, holder), []).append(licence)
    for key, changed in by_key.items():
        room.store.holdings.forget(key)  # read anew: what follows is about to change it
        found = call.read(room.store.holdings, key)
        holding = found.value
        for licence in changed:
            holding = with_licence(holding, licence)
        assert holding is not None
        call.change(room.store.held(key, found.version, holding))
