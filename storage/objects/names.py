"""The bounds of the objects interface, checked alike by every engine before it touches anything."""

import re

from storage.errors import LimitExceededError

MAX_NAME = 300
MAX_PART = 200
"""Longest part between slashes: file systems allow 255 bytes."""
MAX_BODY = 64 << 20
MAX_PAGE = 1_000

_NAME = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9._/-]*", re.ASCII)


def parts_of(name: str) -> list[str]:
    """The parts of a valid name; raises ``LimitExceededError`` for any other, without repeating it."""
    if len(name) > MAX_NAME or _NAME.fullmatch(name) is None:
        raise LimitExceededError(f"object name: 1 to {MAX_NAME} of A-Z a-z 0-9 . _ - in parts joined by /")
    parts = name.split("/")
    for part in parts:
        if part in (".", "..") or len(part) > MAX_PART:
            raise LimitExceededError(f"object name: a part is . or .. or longer than {MAX_PART} characters")
    return parts


def is_name(text: str) -> bool:
    """Whether this may be an object's name, see ``parts_of``."""
    try:
        parts_of(text)
    except LimitExceededError:
        return False
    return True


def check_object(body: bytes) -> None:
    """Bound an object's body."""
    if len(body) > MAX_BODY:
        raise LimitExceededError(f"object: {len(body)} bytes; at most {MAX_BODY} are allowed")


def check_listing(prefix: str, after: str = "", limit: int = MAX_PAGE) -> None:
    """Bound a question for names; ``prefix`` and ``after`` may be empty or end within a part."""
    for text in (prefix, after):
        if len(text) > MAX_NAME or _PREFIX.fullmatch(text) is None:
            raise LimitExceededError(f"prefix and after: at most {MAX_NAME} of A-Z a-z 0-9 . _ - /")
    if not 1 <= limit <= MAX_PAGE:
        raise LimitExceededError(f"limit: {limit}; 1 to {MAX_PAGE} are allowed")
