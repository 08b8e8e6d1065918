"""An import of a department's existing store, and its rows that wait for a person.

Rules:
1. A row counts once, as what it was found to be the first time: sending it again changes no total.
2. Rows come without a gap, so the digest over them says that none was lost and none came twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from exchange.entities.licence import FieldValue, Holder, LicenceState, Provenance, RevocationCause


class ImportOutcome(StrEnum):
    """What became of a row."""

    ISSUED = "issued"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    IDENTITY_MISMATCH = "identity_mismatch"
    INVALID = "invalid"


class ImportDecision(StrEnum):
    """How a waiting row is settled."""

    KEEP_OURS = "keep_ours"
    TAKE_THEIRS = "take_theirs"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class SourceLicence:
    """A licence as the source has it. Times: seconds since 1970 (UTC), 0: not given."""

    number: str = field(repr=False)
    holders: tuple[Holder, ...]
    fields: Mapping[str, FieldValue] = field(repr=False)
    issued_time: int
    valid_from_time: int
    valid_until_time: int
    related_matter: str
    foreign_identifier: str
    state: LicenceState
    cause: RevocationCause
    state_time: int


@dataclass(frozen=True, slots=True)
class Import:
    """How far an import has come; ``digest`` is hex, ``report`` a JWS once ``finish_time`` is not 0."""

    import_id: str
    department: str
    type_code: str
    provenance: Provenance
    operator: str
    open_time: int
    finish_time: int
    last_row: int
    totals: Mapping[str, int]
    digest: str
    report: str


@dataclass(frozen=True, slots=True)
class ImportIssue:
    """A row that waits, or waited (``settled``), for a person; ``identifier``: of the hub's licence, or empty."""

    import_id: str
    type_code: str
    provenance: Provenance
    importer: str
    row: int
    outcome: ImportOutcome
    source: SourceLicence
    identifier: str
    settled: str = ""
    settled_by: str = ""
