"""A page of a list, and the etag of a record."""

import hashlib
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``next_key`` is the key to read on after, empty at the end; the edge seals it into a page token."""

    items: tuple[T, ...]
    next_key: str


def etag(kind: str, key: str, version: int) -> str:
    """The etag of a record at a version: opaque to callers, the same on every hub, another after each change."""
    return hashlib.sha256(f"{kind}\0{key}\0{version}".encode()).hexdigest()[:24]
