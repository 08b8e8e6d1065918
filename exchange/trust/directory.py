"""The trust directory, from which licences are verified offline, and its refreshing from a hub's public side.

    anchors.json                     the keys that a person pinned, as ``/trust/anchors``
    trust-list.jwt                   the latest trust list
    high-water.json                  how far this directory has come: nothing older is believed
    status/<type>/<year>/<n>.jwt     status lists
    checkpoint                       the latest checkpoint of the log, cosigned where witnesses are

Rules:
1. Anchors are fetched once, where there are none: the caller shows their digest, for a person to compare. Later keys
   are reached by the lists alone, each signed by a key that the one before names.
2. The mark is written before the list: should the power fail between them, the list is fetched again.
3. What is no trust list is kept as it came: whoever verifies checks it.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

from exchange.trust.public_side import FetchError, PublicSide
from signer.errors import FormatError, SignatureError
from signer.trust_keeper import MAX_KEEPING_BYTES, Anchors, HighWater, TrustKeeper, anchors_digest
from signer.trust_list import TrustList
from signer.trust_list_codec import MAX_BYTES

ANCHORS_FILE: Final = "anchors.json"
LIST_FILE: Final = "trust-list.jwt"
MARK_FILE: Final = "high-water.json"
CHECKPOINT_FILE: Final = "checkpoint"
STATUS_FOLDER: Final = "status"

_MAX_STATUS_BYTES: Final = 1 << 20
_MAX_NOTE_BYTES: Final = 1 << 20
_MOST_BETWEEN: Final = 10_000
_STATUS: Final = re.compile(r"[0-9A-Z]{18,21}/[0-9]{4,6}/[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a directory holds now. ``pinned``: the digest of anchors that were taken on trust just now, else empty."""

    trust_list: TrustList
    pinned: str
    status_lists: int
    checkpoint: bool


def refresh(side: PublicSide, folder: Path, now: int, status_lists: Sequence[str] = ()) -> Refreshed:
    """Bring a trust directory up to date; ``status_lists`` are ``type/year/n`` to keep beside those it has.

    Raises FetchError, FormatError (``TRUST_LIST_ROLLED_BACK`` …) and SignatureError: the directory is then as it was,
    but for the mark, which never goes back. OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    anchors, pinned = _anchors(side, folder)
    keeper = TrustKeeper(anchors.public_keys(), _mark(folder), hub=anchors.hub)
    latest = _required(side, "/trust/list", MAX_BYTES)
    try:
        trust_list = _accepted(side, keeper, latest, now)
    finally:
        if keeper.high_water is not None:
            _write(folder / MARK_FILE, keeper.high_water.to_json())
    _write(folder / LIST_FILE, latest)
    if pinned:
        _write(folder / ANCHORS_FILE, anchors.to_json())
    names = sorted({*_kept(folder), *status_lists})
    fetched = sum(_status(side, folder, name) for name in names)
    return Refreshed(trust_list, pinned, fetched, _checkpoint(side, folder))


def read_bounded(path: Path, most: int) -> bytes | None:
    """A file's bytes, None if there is none. Raises FetchError if it has more than ``most``."""
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except FileNotFoundError:
        return None
    if len(body) > most:
        raise FetchError(f"{path} has more than {most} bytes")
    return body


def _anchors(side: PublicSide, folder: Path) -> tuple[Anchors, str]:
    pinned = read_bounded(folder / ANCHORS_FILE, MAX_KEEPING_BYTES)
    if pinned is not None:
        return Anchors.from_json(pinned), ""
    found = Anchors.from_json(_required(side, "/trust/anchors", MAX_KEEPING_BYTES))
    return found, anchors_digest(found.public_keys())


def _mark(folder: Path) -> HighWater | None:
    body = read_bounded(folder / MARK_FILE, MAX_KEEPING_BYTES)
    return None if body is None else HighWater.from_json(body)


def _accepted(side: PublicSide, keeper: TrustKeeper, latest: bytes, now: int) -> TrustList:
    """The latest list; by the lists between, if its key is not known yet."""
    try:
        return keeper.accept(latest, now)
    except FormatError as error:
        if error.code != "TRUST_LIST_KEY_UNKNOWN":
            raise
    started = keeper.high_water is not None
    sequence = keeper.high_water.sequence if keeper.high_water is not None else 0
    for number in range(sequence + 1, sequence + 1 + _MOST_BETWEEN):
        between = side.get(f"/trust/lists/{number}", MAX_BYTES)
        if between is None:
            break
        try:
            keeper.follow(between)
            started = True
        except (FormatError, SignatureError):
            if started:
                raise
            continue  # older than the anchors: the first that they signed comes later
    return keeper.accept(latest, now)


def _required(side: PublicSide, path: str, most: int) -> bytes:
    body = side.get(path, most)
    if body is None:
        raise FetchError(f"{path} is not published there")
    return body


def _kept(folder: Path) -> list[str]:
    """The status lists that the directory holds, as ``type/year/n``."""
    root = folder / STATUS_FOLDER
    names = (path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.jwt"))
    return [name for name in names if _STATUS.fullmatch(name)]


def _status(side: PublicSide, folder: Path, name: str) -> bool:
    if not _STATUS.fullmatch(name):
        raise FetchError(f"{name[:80]} is no status list such as 11990000MB0000000J001/2026/1")
    body = side.get(f"/status/{name}", _MAX_STATUS_BYTES)
    if body is None:
        return False
    _write(folder / STATUS_FOLDER / f"{name}.jwt", body)
    return True


def _checkpoint(side: PublicSide, folder: Path) -> bool:
    for path in ("/log/cosigned", "/log/checkpoint"):
        body = side.get(path, _MAX_NOTE_BYTES)
        if body is not None:
            _write(folder / CHECKPOINT_FILE, body)
            return True
    return False


def _write(path: Path, body: bytes) -> None:
    """Replace a file at once: readers see the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
