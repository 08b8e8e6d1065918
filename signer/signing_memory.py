"""What the signer remembers so that it never contradicts itself: the last checkpoint of each log, the last trust list.

Rules: a checkpoint never has a lower size than one that was signed, and the same size only with the same root; a trust
list never has a lower sequence number. What is to be signed is remembered, durably, before it is signed.
"""

import os
from base64 import b64encode
from pathlib import Path
from threading import Lock
from typing import Final

from signer.checkpoint import Checkpoint
from signer.errors import FormatError, SignerError
from signer.strict_json import canonical, load_object

_MAX_BYTES: Final = 64 * 1024


class SigningMemoryError(SignerError):
    """The memory cannot be read or written."""


class GoesBackError(SignerError):
    """The object contradicts one that was signed."""


class SigningMemory:
    """The memory in one small file, which is replaced whole. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Reads the file. SigningMemoryError if it is not there (see ``create_memory``) or not ours."""
        self._path = path
        self._lock = Lock()
        try:
            content = path.read_bytes()
            kept = load_object(content, max_bytes=_MAX_BYTES, max_depth=3)
            checkpoint, sequence = kept["checkpoint"], kept["trust_list"]
            self._size, self._root = _checkpoint(checkpoint)
            self._sequence = _number(sequence)
        except OSError as error:
            raise SigningMemoryError(
                f"the signer's memory {path} cannot be read ({error.strerror}): restore it, so that nothing is signed "
                "that goes back behind what was"
            ) from error
        except (FormatError, KeyError) as error:
            raise SigningMemoryError(f"{path} is not a signer's memory: restore it") from error

    def remember_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Let a checkpoint be the last one; GoesBackError if it contradicts the last one, SigningMemoryError if it
        cannot be remembered."""
        root = b64encode(checkpoint.root).decode()
        with self._lock:
            if checkpoint.size < self._size or (checkpoint.size == self._size and root != self._root and self._root):
                raise GoesBackError("the checkpoint goes back behind one that was signed, or contradicts it")
            if (checkpoint.size, root) != (self._size, self._root):
                _replace(self._path, checkpoint.size, root, self._sequence)
                self._size, self._root = checkpoint.size, root

    def remember_trust_list(self, sequence: int) -> None:
        """Let a trust list be the last one; raises as ``remember_checkpoint``."""
        with self._lock:
            if sequence < self._sequence:
                raise GoesBackError("the trust list has a lower sequence number than one that was signed")
            if sequence > self._sequence:
                _replace(self._path, self._size, self._root, sequence)
                self._sequence = sequence


def create_memory(path: Path) -> None:
    """Make the memory of a signer that has signed nothing. SigningMemoryError if it cannot be written."""
    _replace(path, 0, "", 0)


def _replace(path: Path, size: int, root: str, sequence: int) -> None:
    content = canonical({"checkpoint": {"root": root, "size": size}, "trust_list": sequence})
    temporary = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SigningMemoryError(f"the signer's memory {path} cannot be written: {error.strerror}") from error


def _checkpoint(value: object) -> tuple[int, str]:
    match value:
        case {"root": str(root), "size": int(size)}:
            return size, root
    raise FormatError("MEMORY_INVALID", "no checkpoint")


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise FormatError("MEMORY_INVALID", "no number")
    return value
