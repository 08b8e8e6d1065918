"""What the use cases on letters of request need, where letters are kept, and who may see one.

Rule: a letter is about one person and sealed under that person's data key. To all but its two departments it does not
exist.
"""

from dataclasses import dataclass
from typing import Final

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.room import CaseRoom, is_id
from exchange.entities.catalogue import Purpose
from exchange.entities.event import Event, EventType
from exchange.entities.letter import Letter
from exchange.errors import RefusedError
from exchange.reasons import Reason
from exchange.sealed_records import Found, SealedRecords, write_sealed
from storage.records.interface import Records
from storage.vault import Vault

LETTER: Final = "letter"
REQUESTER: Final = "requester"
ISSUER: Final = "issuer"


@dataclass(frozen=True, slots=True)
class LetterStore:
    """Where letters are kept, and how often each was used."""

    records: Records
    letters: SealedRecords[Letter]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "LetterStore":
        """The store over these records."""
        return cls(records, SealedRecords(records, vault, LETTER, Letter))


@dataclass(frozen=True, slots=True)
class AssistanceRoom:
    """Letters, and the people that cases know too."""

    store: LetterStore
    cases: CaseRoom


def uses_counter(letter: str) -> str:
    """The durable counter of how often a letter was used."""
    return f"letter/{letter}"


def find_letter(call: Call, store: LetterStore, letter: str) -> Found[Letter] | None:
    """The letter, whosever it is, expected unchanged at commit; None for one that is missing or was erased."""
    return store.letters.find(call, letter) if is_id(letter) else None


def sent_letter(call: Call, room: AssistanceRoom, letter: str) -> Found[Letter]:
    """The letter, if the caller's department wrote it. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    found = find_letter(call, room.store, letter)
    if found is None or found.value.requester != call.caller.department.uscc:
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=f"letters/{letter}")
    draft_letter(call, room, found.value, found.owner)
    return found


def received_letter(call: Call, room: AssistanceRoom, letter: str) -> Found[Letter]:
    """The letter, if it is put to the caller's department. Raises ``RefusedError(EVIDENCE_OBJECT_UNKNOWN)``."""
    found = find_letter(call, room.store, letter)
    if found is None or found.value.issuer != call.caller.department.uscc:
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=f"letters/{letter}")
    draft_letter(call, room, found.value, found.owner)
    return found


def draft_letter(call: Call, room: AssistanceRoom, letter: Letter, owner: str) -> None:
    """Name the letter and, by tag, its person in the access record."""
    holder, draft = letter.holder, call.draft
    draft.purpose = Purpose.ASSISTANCE.value
    draft.evidence_object = f"letters/{letter.id}"
    draft.sealed_owner = owner
    tag = room.cases.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))
    draft.item(ItemDraft(holder_tag=tag, issuer=letter.issuer))


def write_letter(call: Call, letter: Letter, owner: str, version: int) -> None:
    """Put a letter over record version ``version`` (0: there is none)."""
    indexes = ((REQUESTER, letter.requester.encode()), (ISSUER, letter.issuer.encode()))
    write_sealed(call, LETTER, letter.id, letter, owner=owner, version=version, indexes=indexes)


def letter_event(kind: EventType, letter: Letter, owner: str, licence_type: str = "") -> Event:
    """What is told to both departments; the letter's person stands nowhere in it."""
    return Event(
        type=kind,
        subject=f"letters/{letter.id}",
        audience=frozenset({letter.requester, letter.issuer}),
        licence_type=licence_type,
        details={"state": letter.state.value, "until": str(letter.until_time)},
        owner=owner,
    )
