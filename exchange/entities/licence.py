"""A licence, its states and its history.

Rules:
1. A stored state is never EXPIRED: expiry is derived from the time asked about.
2. Every transition is an event with reason, legal reference, operator and effective time; the history is kept, so that
   "was it valid on day D?" has an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LicenceState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    TRANSFERRED_OUT = "transferred_out"
    SUPERSEDED = "superseded"


class RevocationCause(StrEnum):
    """撤销 by the authority, 吊销 by penalty, 注销 on application."""

    NONE = "none"
    ANNULLED = "annulled"
    PENALTY = "penalty"
    APPLICATION = "application"


class Provenance(StrEnum):
    ISSUED_HERE = "issued_here"
    BACK_FILLED_REGISTER = "back_filled_register"
    BACK_FILLED_SCAN = "back_filled_scan"


FieldValue = str | int | bool | tuple[str, ...]
"""A field's value: text, dates as ISO 8601, decimals as text, integers, booleans or a list of texts."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a licence is about. ``id_type`` is the three-digit holder id type code (111 citizen ID, 001 USCC, …)."""

    id_type: str
    id_number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LicenceEvent:
    """One transition: ``effective_time`` may lie before ``recorded_time``, never after it by more than a day."""

    operation: str
    state: LicenceState
    cause: RevocationCause
    reason: str
    legal_reference: str
    operator: str
    effective_time: int
    recorded_time: int


@dataclass(frozen=True, slots=True)
class Licence:
    """One version of a licence. Times: seconds since 1970 (UTC), 0: none.

    ``digest``: hex SHA-256 of the credential with every disclosure. ``signed_digest``: of the bytes that its seal
    signed, which every extract carries; not of the signature, since ECDSA signatures can be altered and stay valid.
    """

    identifier: str
    number: str = field(repr=False)
    type_code: str
    type_revision: int
    holders: tuple[Holder, ...]
    issuing_authority: str
    fields: Mapping[str, FieldValue] = field(repr=False)
    issued_time: int
    valid_from_time: int
    valid_until_time: int
    version: int
    state: LicenceState
    cause: RevocationCause
    provenance: Provenance
    predecessor: str
    successor: str
    status_index: int
    digest: str
    signed_digest: str
    object_name: str
    related_matter: str
    history: tuple[LicenceEvent, ...]
    status_list: str = ""
    """The name of the status list in which ``status_index`` is its place; empty: issued before licences noted it."""
