"""Where restrictions are kept, and who may see one.

1. ``restriction``/id is sealed under the data key of the holder it is on; found by the department that placed it, and
   by the holder's tag. To all other departments it does not exist.
2. ``restricted``/holder's tag (``exchange.cases.restricted``) is what decisions read. Both are written in one unit.
"""

from dataclasses import dataclass
from typing import Final

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.restricted import RESTRICTED
from exchange.cases.room import CaseRoom, is_id
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.restriction import Effect, HolderRestrictions, Restriction
from exchange.errors import NotFoundError
from exchange.oversight.auditors import auditors
from exchange.reasons import Reason
from exchange.sealed_records import Found, SealedRecords, write_sealed
from storage.records.interface import Records
from storage.vault import Vault

RESTRICTION: Final = "restriction"
DEPARTMENT: Final = "department"
HOLDER: Final = "holder"


@dataclass(frozen=True, slots=True)
class RestrictionStore:
    """Where restrictions are kept."""

    restrictions: SealedRecords[Restriction]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "RestrictionStore":
        """The store over these records."""
        return cls(SealedRecords(records, vault, RESTRICTION, Restriction))


@dataclass(frozen=True, slots=True)
class RestrictionRoom:
    """Restrictions, and the people that cases know too."""

    store: RestrictionStore
    cases: CaseRoom


@dataclass(frozen=True, slots=True)
class Bound:
    """What binds a holder today, proposed or in force, and the version of its record (0: there is none)."""

    effects: tuple[Effect, ...]
    version: int


def placed_restriction(call: Call, room: RestrictionRoom, restriction_id: str) -> Found[Restriction]:
    """A restriction that the caller's department placed, expected unchanged at commit; named in the access record.

    Raises ``NotFoundError(RESTRICTION_NOT_FOUND)`` alike for one that is missing, erased or another department's.
    """
    call.draft.purpose = Purpose.SUPERVISION.value
    found = room.store.restrictions.find(call, restriction_id) if is_id(restriction_id) else None
    if found is None or found.value.department != call.caller.department.uscc:
        raise NotFoundError(Reason.RESTRICTION_NOT_FOUND, RESTRICTION, f"restrictions/{restriction_id}")
    draft_restriction(call, room, found.value, found.owner)
    return found


def draft_restriction(call: Call, room: RestrictionRoom, restriction: Restriction, owner: str) -> None:
    """Name the restriction and, by tag, its holder in the access record."""
    holder, draft = restriction.holder, call.draft
    draft.purpose = Purpose.SUPERVISION.value
    draft.evidence_object = f"restrictions/{restriction.id}"
    draft.sealed_owner = owner
    draft.item(ItemDraft(holder_tag=room.cases.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))))


def bound(call: Call, room: RestrictionRoom, owner: str) -> Bound:
    """What binds the holder of this tag and is not over, expected unchanged at commit."""
    found = call.read(room.cases.store.restricted, owner)
    effects = found.value.effects if found.value is not None else ()
    return Bound(tuple(effect for effect in effects if call.now < effect.until_time), found.version)


def write_restriction(call: Call, restriction: Restriction, owner: str, version: int, now_bound: Bound) -> None:
    """Put a restriction over record version ``version`` (0: there is none), and what it does into its holder's record.

    ``now_bound``: what binds the holder before; a lifted restriction is taken out of it, any other put in its place.
    """
    indexes = ((DEPARTMENT, restriction.department.encode()), (HOLDER, owner.encode()))
    write_sealed(call, RESTRICTION, restriction.id, restriction, owner=owner, version=version, indexes=indexes)
    others = tuple(effect for effect in now_bound.effects if effect.id != restriction.id)
    effects = others if restriction.lifted_time else (*others, restriction.effect)
    write_sealed(call, RESTRICTED, owner, HolderRestrictions(effects), owner=owner, version=now_bound.version)


def tell_restriction(call: Call, kind: EventType, restriction: Restriction, owner: str) -> None:
    """Say to the department and every audit department that something happened to it; its holder stands nowhere."""
    call.draft.event(
        Event(
            type=kind,
            subject=f"restrictions/{restriction.id}",
            audience=auditors(call) | {restriction.department},
            details={
                "forbids": ",".join(restriction.forbids),
                "until": str(restriction.until_time),
                "conceal_until": str(restriction.conceal_until),
            },
            owner=owner,
        )
    )
