"""The objects interface: what every engine must do, checked by one contract suite.

Names are 1 to 300 characters of ``[A-Za-z0-9._-]`` in parts joined by ``/``; no part is empty, ``.`` or ``..``.
They never carry personal data. A body is at most 64 MiB. What was put survives power loss once the call returns.
"""

from collections.abc import Iterator
from typing import Protocol


class Objects(Protocol):
    """A store of named bytes."""

    def create(self, name: str, body: bytes) -> None:
        """Create once. The same bytes again are accepted; other bytes raise ``ObjectExistsError``."""
        ...

    def replace(self, name: str, body: bytes) -> None:
        """Put the bytes whether or not the name exists; readers see the old or the new bytes, never a mixture."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes; raises ``ObjectNotFoundError``."""
        ...

    def exists(self, name: str) -> bool: ...

    def names(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> list[str]:
        """Names that begin with ``prefix``, in byte order, strictly after ``after``; ``limit`` is 1 to 1,000."""
        ...

    def walk(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with ``prefix``, in byte order."""
        ...

    def delete(self, name: str) -> None:
        """Remove the name if it exists."""
        ...

    def close(self) -> None: ...


class Presigning(Protocol):
    """What some engines can do besides: let somebody without keys fetch one object, for a short time."""

    def presigned(self, name: str, seconds: int, *, download_name: str | None) -> str:
        """A URL that gives the object to whoever has it, for 1 to 3,600 seconds; handle it as a secret.

        ``download_name`` is what the browser shall call the file, at most 200 characters. Raises
        ``LimitExceededError``. Not checked: that there is such an object.
        """
        ...
