"""What the use cases of supervision need, and whom they let in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exchange.call import Call
from exchange.cases.room import CaseRoom
from exchange.entities.catalogue import Purpose
from exchange.entities.supervision import HandOff, InspectionTask, Penalty, SupervisedLicence, SupervisionResult
from exchange.errors import NotFoundError
from exchange.reasons import Reason
from exchange.sealed_records import SealedRecords
from exchange.supervision.handing_over import HAND_OFF, supervisor_of
from storage.records.interface import Records
from storage.vault import Vault

SUPERVISION_RESULT: Final = "supervision_result"
PENALTY: Final = "penalty"
INSPECTION_TASK: Final = "inspection_task"
MAX_FINDINGS: Final = 10
MAX_REFERENCE: Final = 300
PENALTY_DAYS: Final = 10
"""Working days within which an issuer acts on a penalty, unless configured otherwise."""

FindLicence = Callable[[Call, str, str], SupervisedLicence | None]
"""(call, type code, identifier) in, the licence out; it is expected unchanged at commit. None: there is none."""


@dataclass(frozen=True, slots=True)
class SupervisionStore:
    """Where hand-offs, results, penalties and inspection tasks are kept."""

    records: Records
    hand_offs: SealedRecords[HandOff]
    results: SealedRecords[SupervisionResult]
    penalties: SealedRecords[Penalty]
    tasks: SealedRecords[InspectionTask]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "SupervisionStore":
        """The store over these records."""
        return cls(
            records,
            SealedRecords(records, vault, HAND_OFF, HandOff),
            SealedRecords(records, vault, SUPERVISION_RESULT, SupervisionResult),
            SealedRecords(records, vault, PENALTY, Penalty),
            SealedRecords(records, vault, INSPECTION_TASK, InspectionTask),
        )


@dataclass(frozen=True, slots=True)
class SupervisionRoom:
    """``find_licence`` looks into the room of licences, which is above this one; ``penalty_days`` are working days."""

    store: SupervisionStore
    cases: CaseRoom
    find_licence: FindLicence
    penalty_days: int = PENALTY_DAYS


def supervised_licence(call: Call, room: SupervisionRoom, type_code: str, identifier: str) -> SupervisedLicence:
    """The licence, if the caller's department supervises the matter that led to it.

    Raises ``NotFoundError(LICENCE_NOT_FOUND)`` alike for one that is missing and one of another supervisor.
    """
    call.draft.purpose = Purpose.SUPERVISION.value
    call.draft.resource = f"licenceTypes/{type_code}"
    found = room.find_licence(call, type_code, identifier)
    if found is None or supervisor_of(call.register, found.matter) != call.caller.department.uscc:
        name = f"licenceTypes/{type_code}/licences/{identifier}"
        raise NotFoundError(Reason.LICENCE_NOT_FOUND, "licences", name)
    return found
