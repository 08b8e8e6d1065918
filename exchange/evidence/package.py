"""The form of an evidence package: a folder of files, named and hashed in its manifest.

    README.md, manifest.json, SHA256SUMS
    items/<n>/        what is to be judged: a credential, or an extract with its receipt; and what proves it
    trust/            the trust list, the keys that sign it, and every key as PEM
    status/           the status lists that the items name
    log/              the log's public key
    tsa/              roots of time-stamps

Rules:
1. Nothing is true because the manifest says so. It names what is there, so that nothing goes missing unseen; what is
   true is shown by the signatures of the files themselves.
2. Names, numbers and sizes are bounded before anything is read. A name never leads out of the folder.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from signer.errors import FormatError
from signer.strict_json import canonical, load_object

FORMAT: Final = "onceonly-evidence@1"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
README: Final = "README.md"

MAX_FILES: Final = 1_000
MAX_FILE_BYTES: Final = 4 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024
MAX_ITEMS: Final = 40
MAX_TEXT: Final = 2_000
MAX_TIME: Final = 253_402_300_799

_MAX_MANIFEST: Final = 512 * 1024
_PART: Final = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_NAME: Final = re.compile(rf"{_PART}(?:/{_PART}){{0,5}}")
_FOLDER: Final = re.compile(r"items/[1-9][0-9]?")
_HEX: Final = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What an item is."""

    CREDENTIAL = "credential"
    EXTRACT = "extract"


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of a package; ``name`` has ``/`` between folders."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be judged, in ``folder`` (``items/1``), as of ``time`` (Unix seconds)."""

    folder: str
    kind: Kind
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a package says of itself. ``subject`` is the resource name asked for, ``time`` when it was made, ``absent``
    sentences about what could not be had, ``files`` the hex SHA-256 of every other file by name."""

    subject: str
    hub: str
    time: int
    reason: str
    items: tuple[Item, ...]
    absent: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)


def is_name(name: str) -> bool:
    """Whether a text may name a file of a package."""
    return len(name) <= 300 and _NAME.fullmatch(name) is not None


def write_manifest(manifest: Manifest, files: Iterable[EvidenceFile]) -> EvidenceFile:
    """The manifest of a package of these files."""
    content = {
        "absent": list(manifest.absent),
        "files": {each.name: sha256(each.content).hexdigest() for each in files},
        "format": FORMAT,
        "hub": manifest.hub,
        "items": [{"folder": item.folder, "kind": item.kind.value, "time": item.time} for item in manifest.items],
        "reason": manifest.reason,
        "subject": manifest.subject,
        "time": manifest.time,
    }
    return EvidenceFile(MANIFEST, canonical(content) + b"\n")


def write_sums(files: Iterable[EvidenceFile]) -> EvidenceFile:
    """The list that ``sha256sum -c`` takes."""
    lines = [f"{sha256(each.content).hexdigest()}  {each.name}\n" for each in sorted(files, key=lambda each: each.name)]
    return EvidenceFile(SUMS, "".join(lines).encode())


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest from outside. Raises FormatError: ``EVIDENCE_MANIFEST``, and the codes of ``strict_json``.

    Not checked: that the files are there and have these digests.
    """
    members = load_object(content, max_bytes=_MAX_MANIFEST, max_depth=4)
    if members.get("format") != FORMAT:
        raise _broken(f"the format is not {FORMAT}")
    return Manifest(
        subject=_text(members, "subject"),
        hub=_text(members, "hub"),
        time=_time(members),
        reason=_text(members, "reason"),
        items=_items(members.get("items")),
        absent=_sentences(members.get("absent")),
        files=_files(members.get("files")),
    )


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _broken(f"{name} is not a text of at most {MAX_TEXT} characters")
    return value


def _time(members: Mapping[str, object]) -> int:
    value = members.get("time")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TIME:
        raise _broken("a time is not a whole number of seconds within bounds")
    return value


def _items(value: object) -> tuple[Item, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ITEMS:
        raise _broken(f"it names no list of 1 to {MAX_ITEMS} items")
    items = tuple(_item(each) for each in value)
    if len({item.folder for item in items}) != len(items):
        raise _broken("one folder stands for two items")
    return items


def _item(value: object) -> Item:
    if not isinstance(value, dict):
        raise _broken("an item is not an object")
    folder, kind = value.get("folder"), value.get("kind")
    if not isinstance(folder, str) or not _FOLDER.fullmatch(folder) or kind not in set(Kind):
        raise _broken("an item has no folder items/<n>, or is neither a credential nor an extract")
    return Item(folder, Kind(str(kind)), _time(value))


def _sentences(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_FILES:
        raise _broken("absent is not a list of sentences")
    if not all(isinstance(each, str) and len(each) <= MAX_TEXT for each in value):
        raise _broken("absent is not a list of sentences")
    return tuple(str(each) for each in value)


def _files(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_FILES:
        raise _broken(f"files is not an object of at most {MAX_FILES} members")
    for name, digest in value.items():
        if not is_name(name) or not isinstance(digest, str) or not _HEX.fullmatch(digest):
            raise _broken("a file has no proper name, or no SHA-256 in hex")
    return {name: str(digest) for name, digest in value.items()}


def _broken(sentence: str) -> FormatError:
    return FormatError("EVIDENCE_MANIFEST", f"the manifest of the evidence is broken: {sentence}")
