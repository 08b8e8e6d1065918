"""A bounded cache of decoded records that can never release stale data.

Rules:
1. A cached value is only a guess. Whoever uses it adds an ``Expect`` of its version to the unit (``Call.read`` does):
   the recorder refuses the unit if the record has changed since; the pipeline then forgets it and runs the call again.
2. Values are immutable; the cache is shared by threads.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from storage.records.interface import Record, Records

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A decoded record (``None``: absent) and the version it was read at (0: absent)."""

    value: T | None
    version: int


class RecordCache(Generic[T]):
    """Reads records of one kind and decodes each version once; holds at most ``size`` of them."""

    def __init__(self, records: Records, kind: str, decode: Callable[[Record], T], size: int) -> None:
        self.kind = kind
        self._records = records
        self._decode = decode
        self._size = size
        self._values: OrderedDict[str, Versioned[T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Versioned[T]:
        """The record as last read; absence is cached too. Raises what storage and ``decode`` raise."""
        found = self._values.get(key)
        if found is not None:
            return found
        return self.fresh(key)

    def fresh(self, key: str) -> Versioned[T]:
        """The record as it is now, past the cache."""
        record = self._records.get(self.kind, key)
        read: Versioned[T] = Versioned(None, 0) if record is None else Versioned(self._decode(record), record.version)
        with self._lock:
            self._values[key] = read
            self._values.move_to_end(key)
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return read

    def forget(self, key: str) -> None:
        """Read the record anew next time."""
        with self._lock:
            self._values.pop(key, None)
