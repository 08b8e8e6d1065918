"""What the use cases of decisions and their results need, and where results are kept.

Rules:
1. ``case_result``/case id: what was decided and what it led to, sealed under the data key of the case's owner.
2. ``due_issuance``/case id/matter: a licence that its issuer owes. Found under ``owed`` or ``settled`` by its issuer,
   and, while it is owed, under ``awaited`` by issuer, type and first holder's tag.
"""

from dataclasses import dataclass
from typing import Final

from exchange.cases.room import CaseRoom
from exchange.entities.result import CaseResult, DueIssuance
from exchange.licences.room import LicenceRoom
from exchange.ratings.room import RatingRoom
from exchange.sealed_records import SealedRecords
from exchange.supervision.room import SupervisionRoom
from storage.records.interface import Records
from storage.vault import Vault

CASE_RESULT: Final = "case_result"
DUE_ISSUANCE: Final = "due_issuance"


@dataclass(frozen=True, slots=True)
class ResultStore:
    """Where results and due licences are kept."""

    records: Records
    results: SealedRecords[CaseResult]
    dues: SealedRecords[DueIssuance]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "ResultStore":
        """The store over these records."""
        return cls(
            records,
            SealedRecords(records, vault, CASE_RESULT, CaseResult),
            SealedRecords(records, vault, DUE_ISSUANCE, DueIssuance),
        )


@dataclass(frozen=True, slots=True)
class ResultRoom:
    """The rooms that a decision touches in one unit."""

    store: ResultStore
    cases: CaseRoom
    licences: LicenceRoom
    ratings: RatingRoom
    supervision: SupervisionRoom
