"""Objects in memory: gone with the process. For tests, and for hubs that shall leave nothing behind."""

import threading
from collections.abc import Iterator

from storage.errors import ObjectExistsError, ObjectNotFoundError
from storage.objects.names import MAX_PAGE, check_listing, check_object, parts_of


class MemoryObjects:
    """``Objects`` in a dict."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def create(self, name: str, body: bytes) -> None:
        """See ``Objects.create``."""
        parts_of(name)
        check_object(body)
        with self._lock:
            if self._bodies.setdefault(name, body) != body:
                raise ObjectExistsError(f"{name} exists with other bytes")

    def replace(self, name: str, body: bytes) -> None:
        """See ``Objects.replace``."""
        parts_of(name)
        check_object(body)
        with self._lock:
            self._bodies[name] = body

    def get(self, name: str) -> bytes:
        """See ``Objects.get``."""
        parts_of(name)
        body = self._bodies.get(name)
        if body is None:
            raise ObjectNotFoundError(f"there is no object {name}")
        return body

    def exists(self, name: str) -> bool:
        """See ``Objects.exists``."""
        parts_of(name)
        return name in self._bodies

    def names(self, prefix: str = "", *, after: str = "", limit: int = MAX_PAGE) -> list[str]:
        """See ``Objects.names``."""
        check_listing(prefix, after, limit)
        with self._lock:
            return sorted(name for name in self._bodies if name.startswith(prefix) and name > after)[:limit]

    def walk(self, prefix: str = "") -> Iterator[str]:
        """See ``Objects.walk``; names that appear or vanish meanwhile may or may not be told."""
        check_listing(prefix)
        with self._lock:
            return iter(sorted(name for name in self._bodies if name.startswith(prefix)))

    def delete(self, name: str) -> None:
        """See ``Objects.delete``."""
        parts_of(name)
        with self._lock:
            self._bodies.pop(name, None)

    def close(self) -> None:
        """Nothing to close; what was put stays readable."""
