"""What restrictions do to a holder: read for each decision about their data, and for the list of who looked at it.

``restricted``/holder's tag is one record a holder, sealed under that holder's data key. Rules:
1. A decision costs one look-up through a cache, expected unchanged at commit: what was restricted meanwhile is refused.
2. Who has no such record is not restricted. One that does not decode stops the call (``CorruptError``); it is never
   taken for none.
3. Of a holder whose data key was destroyed nothing can be read any more, so there is nothing to restrict. That key is
   the one that the record's own key names: another's that stands in its bytes is no reason to believe so.
"""

from typing import Final

from exchange.cache import RecordCache
from exchange.call import Call
from exchange.entities.catalogue import Purpose
from exchange.entities.restriction import CONCEALED, Effect, HolderRestrictions
from exchange.sealed_records import SealedRecords
from storage.errors import CorruptError, ErasedError
from storage.records.interface import Record, Records
from storage.vault import Vault

RESTRICTED: Final = "restricted"

_NOTHING: Final = frozenset[Purpose]()

RestrictedCache = RecordCache[HolderRestrictions]


def restricted_cache(records: Records, vault: Vault, size: int) -> RestrictedCache:
    """The cache of the records, by the holder's tag in hex."""
    sealed = SealedRecords(records, vault, RESTRICTED, HolderRestrictions)

    def decode(record: Record) -> HolderRestrictions:
        if not record.body.startswith(bytes.fromhex(record.key)):
            raise CorruptError("a record of restrictions is sealed for another holder: restore it from a backup")
        return sealed.opened(record)

    return RecordCache(records, RESTRICTED, decode, size)


def effects_on(call: Call, cache: RestrictedCache, owner: str) -> tuple[Effect, ...]:
    """What restrictions do to the holder of this tag, in force or only proposed, expected unchanged at commit.

    Raises ``CorruptError``.
    """
    try:
        found = call.read(cache, owner).value
    except ErasedError:
        return ()
    return found.effects if found is not None else ()


def forbidden(call: Call, cache: RestrictedCache, owner: str) -> frozenset[Purpose]:
    """The purposes that restrictions in force now forbid for the holder of this tag. Raises ``CorruptError``."""
    effects = effects_on(call, cache, owner)
    if not effects:
        return _NOTHING
    return frozenset(purpose for effect in effects if effect.binds(call.now) for purpose in effect.forbids)


def is_concealed(hiding: tuple[Effect, ...], purpose: str, evidence_object: str, time: int) -> bool:
    """Whether a look at ``time`` (seconds since 1970, UTC) is kept from the holder by restrictions that conceal now.

    So are looks for an inspection or an investigation since a concealing restriction came into force, and what was done
    about that restriction itself, from its proposal on.
    """
    return any(
        evidence_object == f"restrictions/{effect.id}" or (purpose in CONCEALED and 0 < effect.from_time <= time)
        for effect in hiding
    )
