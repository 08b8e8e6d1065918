"""What supervision may know of a licence: its name, issuer, matter and state."""

from exchange.call import Call
from exchange.entities.supervision import SupervisedLicence
from exchange.licences.lifecycle import MAX_IDENTIFIER_LENGTH
from exchange.licences.room import LicenceRoom, licence_name, note_licence
from exchange.supervision.room import FindLicence
from storage.errors import ErasedError


def licence_finder(room: LicenceRoom) -> FindLicence:
    """What looks a licence up by type code and identifier, and expects it unchanged at commit."""

    def find(call: Call, type_code: str, identifier: str) -> SupervisedLicence | None:
        if not (0 < len(identifier) <= MAX_IDENTIFIER_LENGTH and identifier.isascii() and identifier.isprintable()):
            return None
        try:
            licence = call.read(room.store.licences, identifier).value
            if licence is None or licence.type_code != type_code:
                return None
            note_licence(call, room, licence)
        except ErasedError:
            return None
        return SupervisedLicence(
            name=licence_name(type_code, identifier),
            issuer=licence.issuing_authority,
            matter=licence.related_matter,
            state=licence.state,
            owner=room.store.owner(licence.holders[0]),
            holder=licence.holders[0],
        )

    return find
