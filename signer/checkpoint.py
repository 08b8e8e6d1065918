"""Checkpoints: the text by which a log commits to its size and root (C2SP tlog-checkpoint).

A checkpoint is the text of a signed note: origin, size, root, then any extension lines. Sign it with
``note.sign_note`` and open it with ``note.open_note``; this file only knows the text.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from signer.errors import NoteError
from signer.merkle import HASH_BYTES, MAX_SIZE
from signer.note import NoteKey, open_note

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_ROOT: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_LINE: Final = re.compile(r"[^\x00-\x1f]{1,1024}")
_MAX_EXTENSIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: ``origin`` its name, ``size`` in leaves, ``root`` 32 bytes, ``extensions``
    non-empty lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the text to sign, ending with a line feed. NoteError for a value the format cannot carry."""
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise NoteError("a checkpoint has a size of 0 … 2^63 - 1 and a root of 32 bytes")
    _check_lines(checkpoint.origin, *checkpoint.extensions)
    lines = [checkpoint.origin, str(checkpoint.size), b64encode(checkpoint.root).decode(), *checkpoint.extensions]
    return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text spells.

    Raises NoteError for a leading zero in the size, a root that is not canonical base64 of 32 bytes, an empty
    line, or more than 16 extension lines. The text alone proves nothing: see ``open_checkpoint``.
    """
    lines = text.split("\n", 3 + _MAX_EXTENSIONS)
    if len(lines) < 4 or lines.pop() != "":
        raise NoteError(f"a checkpoint is three lines and at most {_MAX_EXTENSIONS} extension lines")
    origin, size, encoded_root, *extensions = lines
    _check_lines(origin, *extensions)
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise NoteError("a checkpoint's size is a decimal number without leading zeros")
    if not _ROOT.fullmatch(encoded_root):
        raise NoteError("a checkpoint's root is base64 of 32 bytes")
    return Checkpoint(origin, int(size), b64decode(encoded_root), tuple(extensions))


def open_checkpoint(note: str | bytes, log_key: NoteKey, *, origin: str) -> Checkpoint:
    """Return the checkpoint in a signed note, having checked the log's own signature and that it speaks of
    ``origin``.

    Raises NoteError otherwise. Does not compare with an earlier checkpoint: that takes a consistency proof.
    """
    checkpoint = parse_checkpoint(open_note(note, [log_key]).text)
    if checkpoint.origin != origin:
        raise NoteError("the checkpoint is of another log")
    return checkpoint


def _check_lines(*lines: str) -> None:
    if not all(_LINE.fullmatch(line) for line in lines):
        raise NoteError("a checkpoint's lines have 1 to 1,024 characters and no control character")
