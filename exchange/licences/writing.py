"""The last steps of issuing, renewing and amending: sign, put the credential, and change the records.

Rules:
1. Object first, then the unit: what a crash leaves is an object that nobody names. An attempt whose unit is refused
   takes its object away again.
2. Whoever changes a licence changes the holdings of all its holders, and its place in its status list, in the same
   unit.
3. The record's item of a new licence carries the digest of what the seal signed: the log then proves that this very
   credential was issued at that position, and no other.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from exchange.call import Call
from exchange.entities.licence import Holder, Licence
from exchange.errors import RefusedError, Violation
from exchange.licences.credentials import sign_licence, signed_digest
from exchange.licences.room import IssuedLicence, LicenceRoom, note_licence, type_in_force, view_of
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
) -> IssuedLicence:
    """Sign and store a new licence, a second time where its type says so.

    ``numbered``: take its number too. ``replaced`` are licences that this unit changes with it, for the holdings.
    Raises ``RefusedError`` (``PROHIBITED``) if its holder's data key was destroyed, ``UnavailableError`` if the seal, a
    second key that the type requires or a status place cannot be had.
    """
    owner = room.store.owner(licence.holders[0])
    try:
        item = note_licence(call, room, licence)
    except ErasedError as error:
        raise RefusedError(Reason.PROHIBITED) from error
    key = call.data_key(owner)
    [place] = room.store.places.free(licence.type_code, call.now)
    licence = replace(licence, status_list=place.list_name, status_index=place.index)
    credential = sign_licence(room.seals, room.hub, licence, place, call.now)
    licence_type, _ = type_in_force(call, licence.type_code)
    second = room.seconds.sign(licence_type.second_signature, licence.issuing_authority, credential, call.now)
    if second:
        room.store.put_second(second, sha256(credential.encode("ascii")).hexdigest(), key)
    digest, name = room.store.put_credential(credential, owner, key)
    signed = signed_digest(credential)
    item.response_digest = bytes.fromhex(signed)
    stored = replace(licence, digest=digest, signed_digest=signed, object_name=name)
    call.if_refused(lambda: room.store.discard((stored,)))
    call.change(room.store.inserted(stored, key), *room.store.places.taken(place, stored.identifier, call.now))
    if numbered:
        call.change(room.store.numbered(stored))
    write_holdings(call, room, (*replaced, stored))
    return IssuedLicence(view_of(stored, 1), credential, second)


def write_changed(call: Call, room: LicenceRoom, licence: Licence, version: int) -> Licence:
    """Store a licence whose state changed over record version ``version``, and what its status list is to say of it.

    Returns it as stored. The holdings are left to the caller, who may have more licences to put there.
    """
    places = room.store.places
    stored = replace(licence, status_list=places.list_of(licence))
    call.change(room.store.replaced(stored, version), *places.marked(stored, call.now))
    return stored


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
