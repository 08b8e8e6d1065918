"""Where stamped checkpoints lie: ``log/stamped/<size, 20 digits>/checkpoint`` and ``…/timestamp.tsr``.

A pair is created once. ``log/stamped/latest`` holds the newest size in 20 digits and a line feed: a hint where to look,
believed only once the pair it names has been verified.
"""

import re
from dataclasses import dataclass
from typing import Final

from exchange.audit.proofs import STAMPED
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

LATEST: Final = STAMPED + "latest"
_PAIR: Final = re.compile(r"log/stamped/([0-9]{20})/(?:checkpoint|timestamp\.tsr)")
_LATEST: Final = re.compile(rb"([0-9]{20})\n")


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint's signed note as it was stamped, and the authority's response (DER). Nothing is verified."""

    note: bytes
    response: bytes


def note_name(size: int) -> str:
    """The object of the stamped note of a size."""
    return f"{STAMPED}{size:020d}/checkpoint"


def response_name(size: int) -> str:
    """The object of the authority's response for a size."""
    return f"{STAMPED}{size:020d}/timestamp.tsr"


def stamped_size(name: str) -> int | None:
    """The size that an object under ``log/stamped/`` is of; None for any other name."""
    match = _PAIR.fullmatch(name)
    return int(match[1]) if match else None


def latest_size(objects: Objects) -> int:
    """The size that ``latest`` names; 0 if there is none that can be read."""
    try:
        match = _LATEST.fullmatch(objects.get(LATEST))
    except ObjectNotFoundError:
        return 0
    return int(match[1]) if match else 0


def encode_latest(size: int) -> bytes:
    """The content of ``latest`` that names a size."""
    return f"{size:020d}\n".encode()


def write_latest(objects: Objects, size: int) -> None:
    """Name the newest size."""
    objects.replace(LATEST, encode_latest(size))


def read_stamped(objects: Objects, size: int) -> Stamped:
    """The pair of a size. Raises ``ObjectNotFoundError`` if it is not whole."""
    return Stamped(objects.get(note_name(size)), objects.get(response_name(size)))
