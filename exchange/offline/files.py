"""Files that a verifier was given or keeps: read within bounds, written whole."""

import os
import tempfile
from pathlib import Path


def read_bounded(path: Path, most: int) -> bytes | None:
    """The bytes of a file; None if there is none, or if it has more than ``most``. Raises ``OSError`` for anything
    else, such as a file that may not be read."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return content if len(content) <= most else None


def replace_whole(path: Path, content: bytes) -> None:
    """Put ``content`` in the file's place: a reader sees the old or the new, never a part. Raises ``OSError``."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
