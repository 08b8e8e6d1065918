"""The bounds of the records interface, checked alike by every engine before it touches anything.

Every check raises ``LimitExceededError``. Messages name the bound, never the value, which may be a person's.
"""

from collections.abc import Sequence

from storage.errors import LimitExceededError
from storage.records.changes import IndexEntry, Remember, Spend

MAX_KEY = 200
MAX_KIND = 40
MAX_INDEX_VALUE = 200
MAX_INDEX_ENTRIES = 64
MAX_BODY = 1 << 20
MAX_BATCH_BODY = 64 << 20
MAX_PAGE = 1_000
MAX_FORGET = 10_000
MAX_TERMS = 16
MAX_INTEGER = (1 << 62) - 1
"""Half of what 64 signed bits hold, so that no engine can overflow when it adds one to the other."""
DIGEST = 32


def check_text(what: str, text: str, most: int, least: int = 1) -> None:
    """Bound a name: ``least`` to ``most`` characters, none of them NUL or half of a surrogate pair."""
    if not least <= len(text) <= most:
        raise LimitExceededError(f"{what}: {len(text)} characters; {least} to {most} are allowed")
    if "\0" in text or not (text.isascii() or _has_bytes(text)):
        raise LimitExceededError(f"{what}: contains NUL or a lone surrogate, which no engine stores")


def _has_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_name(kind: str, key: str) -> None:
    """Bound a record's kind and key."""
    check_text("kind", kind, MAX_KIND)
    check_text("key", key, MAX_KEY)


def check_page(after: str, limit: int, most: int = MAX_PAGE) -> None:
    """Bound a page: ``after`` may be empty, ``limit`` is 1 to ``most``."""
    check_text("after", after, MAX_KEY, least=0)
    check_limit(limit, most)


def check_limit(limit: int, most: int = MAX_PAGE) -> None:
    """Bound the length of a page."""
    if not 1 <= limit <= most:
        raise LimitExceededError(f"limit: {limit}; 1 to {most} are allowed")


def check_body(body: bytes, indexes: Sequence[IndexEntry]) -> None:
    """Bound a record's body and its index entries."""
    if len(body) > MAX_BODY:
        raise LimitExceededError(f"body: {len(body)} bytes; at most {MAX_BODY} are allowed")
    if len(indexes) > MAX_INDEX_ENTRIES:
        raise LimitExceededError(f"indexes: {len(indexes)} entries; at most {MAX_INDEX_ENTRIES} are allowed")
    for name, value in indexes:
        check_term(name, value)


def check_term(name: str, value: bytes) -> None:
    """Bound an index entry or a term of the access index."""
    check_text("index name", name, MAX_KIND)
    if not 1 <= len(value) <= MAX_INDEX_VALUE:
        raise LimitExceededError(f"index value: {len(value)} bytes; 1 to {MAX_INDEX_VALUE} are allowed")


def check_terms(terms: Sequence[tuple[str, bytes]]) -> None:
    """Bound the terms of one question to the access index."""
    if len(terms) > MAX_TERMS:
        raise LimitExceededError(f"terms: {len(terms)}; at most {MAX_TERMS} are allowed")
    for name, value in terms:
        check_term(name, value)


def check_number(what: str, number: int, least: int = 0) -> None:
    """Bound a whole number to what every engine stores."""
    if not least <= number <= MAX_INTEGER:
        raise LimitExceededError(f"{what}: outside {least} to {MAX_INTEGER}")


def check_spend(change: Spend) -> None:
    """Bound a spending; ``limit`` may be smaller than ``amount``, which then fails as spent."""
    check_text("counter", change.counter, MAX_KEY)
    check_number("amount", change.amount, least=1)
    check_number("limit", change.limit)


def check_remember(change: Remember) -> None:
    """Bound a remembered request."""
    if len(change.request) != DIGEST or len(change.body_digest) != DIGEST:
        raise LimitExceededError(f"request and body digest: {DIGEST} bytes each")
    check_body(change.answer, ())
    check_number("time", change.time_us)


def check_batch(count: int, time_us: int, body: bytes) -> None:
    """Bound a journal batch."""
    check_number("count", count, least=1)
    check_number("time", time_us)
    if len(body) > MAX_BATCH_BODY:
        raise LimitExceededError(f"batch: {len(body)} bytes; at most {MAX_BATCH_BODY} are allowed")
