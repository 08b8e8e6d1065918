"""Copy objects from one store to another, as moving a hub, backing it up and restoring it need.

Rules:
1. Names are created once, in byte order. What is there already with the same bytes is accepted, so that a copy that was
   interrupted is simply begun again; it then sends only what is missing.
2. Replaceable names are read when their turn comes and written last: a log's checkpoint reaches the target after every
   tile that it speaks of, and never before.
3. Each body is read back from the target and compared.
4. Names with other bytes in the target are left as they are, the rest is copied, and the copy ends with an error.

In memory are one body and the replaceable ones. Not copied: names that vanish from the source meanwhile, such as
partial tiles that were outgrown; their number is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from storage.errors import CorruptError, LimitExceededError, ObjectExistsError, ObjectNotFoundError
from storage.objects.interface import Objects

MAX_REPLACEABLE: Final = 100_000
MAX_REPLACEABLE_BYTES: Final = 256 << 20
_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did: objects ``written``, ``present`` before with the same bytes, and ``vanished`` from the source
    meanwhile; ``body_bytes`` is the size of the first two together."""

    written: int = 0
    present: int = 0
    vanished: int = 0
    body_bytes: int = 0


def copy_objects(
    source: Objects,
    target: Objects,
    *,
    progress: Callable[[int], None],
    replaceable: Callable[[str], bool],
    prefix: str = "",
) -> Copied:
    """Copy every object whose name begins with ``prefix``.

    ``progress`` is told after each object how many are done. ``replaceable`` tells which names may have other bytes
    in the target, which are then replaced; all others never change.

    Raises ``ObjectExistsError`` at the end, naming the first of those names with other bytes; ``CorruptError`` if the
    target gives other bytes than it took; ``LimitExceededError`` for too many replaceable objects; ``StorageError`` if
    either store is away: begin again then.
    """
    run = _Run(source, target, progress)
    kept = _Kept()
    there = _Sorted(target.walk(prefix))
    for name in source.walk(prefix):
        body = run.read(name)
        if body is None:
            continue
        if replaceable(name):
            kept.add(name, body)
        elif there.has(name):
            run.compare(name, body)
        else:
            run.create(name, body)
    for name, body in kept.bodies.items():
        run.replace(name, body)
    if run.conflicts:
        shown = ", ".join(run.shown)
        raise ObjectExistsError(f"{run.conflicts} names exist with other bytes and were left, such as {shown}")
    return Copied(run.written, run.present, run.vanished, run.body_bytes)


class _Sorted:
    """Whether a name is among sorted names, for questions in the same order."""

    def __init__(self, names: Iterator[str]) -> None:
        self._names = names
        self._next = next(names, None)

    def has(self, name: str) -> bool:
        while self._next is not None and self._next < name:
            self._next = next(self._names, None)
        return self._next == name


class _Kept:
    """Bodies that wait for the end of the copy, bounded."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self._left = MAX_REPLACEABLE_BYTES

    def add(self, name: str, body: bytes) -> None:
        self._left -= len(body)
        if len(self.bodies) >= MAX_REPLACEABLE or self._left < 0:
            raise LimitExceededError(
                f"replaceable objects: at most {MAX_REPLACEABLE}, of {MAX_REPLACEABLE_BYTES} bytes"
            )
        self.bodies[name] = body


class _Run:
    """One copy under way and its counts."""

    def __init__(self, source: Objects, target: Objects, progress: Callable[[int], None]) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self.written = self.present = self.vanished = self.body_bytes = self.conflicts = 0
        self.shown: list[str] = []

    def read(self, name: str) -> bytes | None:
        """The source's body, or ``None`` if it vanished since its name was told."""
        try:
            return self._source.get(name)
        except ObjectNotFoundError:
            self.vanished += 1
            self._tell()
            return None

    def compare(self, name: str, body: bytes) -> None:
        """What the target has under a name that it told; created if it vanished since."""
        found = self._found(name)
        if found is None:
            self.create(name, body)
        elif found != body:
            self._conflict(name)
        else:
            self._same(body)

    def create(self, name: str, body: bytes) -> None:
        try:
            self._target.create(name, body)
        except ObjectExistsError:
            self._conflict(name)
        else:
            self._confirm(name, body)

    def replace(self, name: str, body: bytes) -> None:
        if self._found(name) == body:
            self._same(body)
        else:
            self._target.replace(name, body)
            self._confirm(name, body)

    def _found(self, name: str) -> bytes | None:
        try:
            return self._target.get(name)
        except ObjectNotFoundError:
            return None

    def _confirm(self, name: str, body: bytes) -> None:
        if self._found(name) != body:
            raise CorruptError(
                f"{name} was written, but other bytes or none are read back: the target is not to be trusted"
            )
        self.written += 1
        self.body_bytes += len(body)
        self._tell()

    def _same(self, body: bytes) -> None:
        self.present += 1
        self.body_bytes += len(body)
        self._tell()

    def _conflict(self, name: str) -> None:
        self.conflicts += 1
        if len(self.shown) < _TOLD:
            self.shown.append(name)
        self._tell()

    def _tell(self) -> None:
        self._progress(self.written + self.present + self.vanished + self.conflicts)
