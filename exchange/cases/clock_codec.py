"""A case's clock as bytes (canonical JSON): what is sealed into its record."""

import json
from dataclasses import asdict

from exchange.entities.clock import CaseClock, Mark, Notice, Stop
from storage.errors import CorruptError


def encode_clock(clock: CaseClock) -> bytes:
    """The clock as canonical JSON; sets become sorted lists."""
    return json.dumps(asdict(clock), default=sorted, sort_keys=True, separators=(",", ":")).encode()


def decode_clock(content: bytes) -> CaseClock:
    """The clock that ``encode_clock`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        members = json.loads(content)
        members |= {
            "marks": tuple(Mark(mark["time"], Notice(mark["notice"])) for mark in members["marks"]),
            "stops": tuple(Stop(**stop) for stop in members["stops"]),
            "told": frozenset(Notice(notice) for notice in members["told"]),
        }
        return CaseClock(**members)
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("a stored clock does not decode: restore it from a backup") from error
