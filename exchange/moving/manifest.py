"""What a backup says of itself: ``backup.json``, and ``SHA256SUMS`` with a line for each of its other files.

Rules:
1. ``SHA256SUMS`` is what ``sha256sum --check`` takes, so that a backup's bytes can be checked without this software.
2. ``backup.json`` is authenticated by a secret among the hub's own keys: whoever cannot open those cannot change a
   backup unseen. Its bytes are canonical JSON.
3. Both are read with bounds and believed only after that.
"""

import hmac
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from exchange.certification import write_private
from exchange.installation import BLIND_SECRET
from signer.errors import FormatError
from signer.keys.backend import KeyBackend
from signer.strict_json import canonical, load_object
from storage.errors import CorruptError

MANIFEST: Final = "backup.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
_LABEL: Final = b"onceonly backup v1\0"
_MAX_BYTES: Final = 256 * 1024
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,400})\n", re.ASCII)
_MAX_LINE: Final = 500


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid", strict=True))
class Manifest:
    """``tables``: rows and SHA-256 of each table; ``sums``: SHA-256 of ``SHA256SUMS``, which has ``files`` lines.

    ``time`` is UTC (RFC 3339), ``schema`` the records' revision, ``checkpoint`` the newest signed note, empty if there
    was none; ``log_size`` is its size and ``journal`` the number of entries in the copied journal.
    """

    format: int
    hub: str
    time: str
    schema: str
    tables: dict[str, tuple[int, str]]
    journal: int
    log_size: int
    checkpoint: str
    objects: int
    files: int
    sums: str


def write_manifest(folder: Path, manifest: Manifest, keys: KeyBackend) -> None:
    """Write ``backup.json``, durable on return. Raises ``KeyBackendError``, ``OSError``."""
    content = asdict(manifest)
    write_private(folder / MANIFEST, canonical({**content, "mac": _mac(content, keys)}) + b"\n")


def read_manifest(folder: Path, keys: KeyBackend) -> Manifest:
    """Read ``backup.json`` and check who wrote it; ``keys`` are those in the backup, opened.

    Raises ``CorruptError`` for anything but what ``write_manifest`` wrote with the same keys.
    """
    try:
        with (folder / MANIFEST).open("rb") as file:
            content = load_object(file.read(_MAX_BYTES + 1), max_bytes=_MAX_BYTES)
    except (OSError, FormatError) as error:
        raise CorruptError(f"{MANIFEST} cannot be read: this is no whole backup") from error
    mac = content.pop("mac", None)
    if not isinstance(mac, str) or not hmac.compare_digest(mac.encode(), _mac(content, keys).encode()):
        raise CorruptError(f"{MANIFEST} is not what this hub wrote: it was changed, or belongs to other keys")
    if content.get("format") != FORMAT:
        raise CorruptError(f"{MANIFEST} is of another format than {FORMAT}: a newer version made this backup")
    try:
        return TypeAdapter(Manifest).validate_json(canonical(content))
    except ValidationError as error:
        raise CorruptError(f"{MANIFEST} lacks what a backup says of itself") from error


def write_sums(folder: Path, progress: Callable[[int, int], None]) -> tuple[str, int]:
    """Hash every file of a backup into ``SHA256SUMS``, durable on return; returns its own SHA-256 and its lines."""
    digest, lines = sha256(), 0
    descriptor = os.open(folder / SUMS, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for path in _files(folder):
            line = f"{_hash(folder / path)}  {path}\n".encode("ascii")
            digest.update(line)
            out.write(line)
            lines += 1
            progress(lines, lines)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), lines


def check_sums(folder: Path, manifest: Manifest, progress: Callable[[int, int], None]) -> None:
    """Check every file of a backup against ``SHA256SUMS``, and that against the manifest.

    Raises ``CorruptError`` naming the first file that is missing, was changed, or is too many.
    """
    if not (folder / SUMS).is_file() or _hash(folder / SUMS) != manifest.sums:
        raise CorruptError(f"{SUMS} is not the one that {MANIFEST} speaks of")
    there = _files(folder)
    for number, (expected, path) in enumerate(_lines(folder / SUMS), 1):
        found = next(there, None)
        if found != path:
            missing = found is None or found > path
            raise CorruptError(f"{path} is missing" if missing else f"{found} does not belong to the backup")
        if _hash(folder / path) != expected:
            raise CorruptError(f"{path} was changed since the backup was taken")
        progress(number, manifest.files)
    extra = next(there, None)
    if extra is not None:
        raise CorruptError(f"{extra} does not belong to the backup")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        while line := file.readline(_MAX_LINE):
            match = _LINE.fullmatch(line.decode("ascii", "replace"))
            if match is None or ".." in match[2].split("/"):
                raise CorruptError(f"{SUMS} has a line that is none")
            yield match[1], match[2]


def _files(folder: Path, within: str = "") -> Iterator[str]:
    """Every regular file but the two of this page, in the order of their paths' bytes."""
    with os.scandir(folder / within) as entries:
        found = sorted(
            f"{within}{entry.name}{'/' if entry.is_dir(follow_symlinks=False) else ''}"
            for entry in entries
            if "~" not in entry.name
        )
    for path in found:
        if path.endswith("/"):
            yield from _files(folder, path)
        elif path not in {MANIFEST, SUMS}:
            yield path


def _hash(path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CorruptError(f"{path} is no file")
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CorruptError(f"{path} cannot be read: {error.strerror}") from error


def _mac(content: dict[str, object], keys: KeyBackend) -> str:
    return keys.mac(BLIND_SECRET, _LABEL + canonical(content)).hex()
