"""What the one writer knows of records' versions, so that an expectation costs a look-up and no query.

Only the writer may use it, inside its transaction. It must forget a record whose change was undone, and everything when
another connection changed the database.
"""

Name = tuple[str, str]
"""(kind, key)."""


class VersionCache:
    """At most ``size`` versions (0 for a record known to be absent).

    Two halves instead of a list by last use: a full half becomes the old one and the former old one is dropped, so a
    record used since the last turn stays, and each look-up costs one or two dict accesses.
    """

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self._new: dict[Name, int] = {}
        self._old: dict[Name, int] = {}

    def get(self, name: Name) -> int | None:
        """The version, or None if it is not known."""
        version = self._new.get(name)
        if version is None:
            version = self._old.get(name)
            if version is not None:
                self.put(name, version)
        return version

    def put(self, name: Name, version: int) -> None:
        """Know a version."""
        if len(self._new) >= self._half:
            if self._half == 0:
                return
            self._old = self._new
            self._new = {}
        self._new[name] = version

    def forget(self, name: Name) -> None:
        """Know nothing of one record any more."""
        self._new.pop(name, None)
        self._old.pop(name, None)

    def clear(self) -> None:
        """Know nothing any more."""
        self._new = {}
        self._old = {}

    def __len__(self) -> int:
        return len(self._new) + len(self._old)
