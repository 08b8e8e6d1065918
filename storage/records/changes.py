"""The changes a unit may make, each with its condition.

Rules:
1. A unit's changes are applied in order, all or none.
2. A change whose condition fails raises ``ConditionFailedError`` naming its position; the caller rolls the unit back.
3. Versions start at 1 and grow by 1; 0 means "no such record".
4. Kinds, keys and index names compare by bytes, case-sensitively, on every engine.
"""

from dataclasses import dataclass

IndexEntry = tuple[str, bytes]
"""(index name, value): an equality look-up under which a record is found. Values of personal data are blind (HMAC)."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Create a record at version 1; fails with EXISTS."""

    kind: str
    key: str
    body: bytes
    indexes: tuple[IndexEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Replace:
    """Put a new body and new index entries in place of version ``version``; fails with MISSING or VERSION."""

    kind: str
    key: str
    version: int
    body: bytes
    indexes: tuple[IndexEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a record that is at version ``version``; fails with MISSING or VERSION."""

    kind: str
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class Expect:
    """Change nothing; fail with VERSION unless the record is at ``version`` (0: absent)."""

    kind: str
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class Spend:
    """Add ``amount`` (> 0) to a durable counter that starts at 0; fails with SPENT if it would pass ``limit``."""

    counter: str
    amount: int
    limit: int


@dataclass(frozen=True, slots=True)
class Remember:
    """Note that a request was answered; fails with REMEMBERED if its id is known.

    ``request`` is a 32-byte digest of caller and request id, ``body_digest`` 32 bytes that tell its body from others,
    ``answer`` what a repeat shall get (already encrypted; may be empty), ``time_us`` microseconds since 1970 (UTC).
    """

    request: bytes
    body_digest: bytes
    answer: bytes
    time_us: int


Change = Insert | Replace | Delete | Expect | Spend | Remember
