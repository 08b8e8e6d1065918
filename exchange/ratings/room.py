"""What the use cases of ratings need, and where ratings are kept.

Rules:
1. ``case_rating``/case id: the ratings of a case and the tag of its ticket in one record, so that one of any number of
   calls at once wins. Sealed under the data key of the case's owner, the comments with it.
2. ``rectification``/case id/channel: a bad rating to be answered, sealed in the same way.
3. Figures are durable counters by department, matter and month: no case is read to tell them.
"""

from dataclasses import dataclass
from typing import Final

from exchange.cases.room import CaseRoom
from exchange.cases.store import CaseStore
from exchange.entities.rating import CaseRatings, Rectification
from exchange.sealed_records import SealedRecords
from storage.blind import BlindIndex
from storage.records.interface import Records
from storage.vault import Vault

CASE_RATING: Final = "case_rating"
RECTIFICATION: Final = "rectification"
CONTACT_DAYS: Final = 1
ANSWER_DAYS: Final = 15


@dataclass(frozen=True, slots=True)
class RatingStore:
    """Where ratings and rectifications are kept."""

    records: Records
    ratings: SealedRecords[CaseRatings]
    rectifications: SealedRecords[Rectification]

    @classmethod
    def over(cls, records: Records, vault: Vault) -> "RatingStore":
        """The store over these records."""
        return cls(
            records,
            SealedRecords(records, vault, CASE_RATING, CaseRatings),
            SealedRecords(records, vault, RECTIFICATION, Rectification),
        )


@dataclass(frozen=True, slots=True)
class RatingRoom:
    """``blind`` makes the tags of tickets; the limits are working days from a bad rating on."""

    store: RatingStore
    cases: CaseRoom
    blind: BlindIndex
    contact_days: int = CONTACT_DAYS
    answer_days: int = ANSWER_DAYS

    @property
    def case_store(self) -> CaseStore:
        """Where the cases are."""
        return self.cases.store

    def ticket_tag(self, case_id: str, ticket: str) -> str:
        """What is kept of a ticket, in hex: an HMAC, bound to its case."""
        return self.blind.tag("rating ticket", f"{case_id}/{ticket}").hex()
