"""The objects that trust rests on.

authorities/<name>.pem          roots that seals may lead to
seals/<uscc>.pem                the chain that an authority signs with now
seals/<uscc>/<sha-256>.pem      every chain that it ever had, by the digest of the seal's certificate
trust/lists/<sequence>.jwt      every trust list, created once
trust/list.jwt                  the latest
trust/anchors.json              the keys that may sign the next
trust/decisions.json            what operators decided: withdrawals and distrust
"""

from itertools import islice
from typing import Final

from storage.objects.interface import Objects

ROOTS: Final = "authorities/"
SEALS: Final = "seals/"
LISTS: Final = "trust/lists/"
LIST: Final = "trust/list.jwt"
ANCHORS: Final = "trust/anchors.json"
DECISIONS: Final = "trust/decisions.json"

_SUFFIX: Final = ".jwt"


def issued_seal(authority: str, sha256: str) -> str:
    """The object that keeps one chain of an authority for good."""
    return f"{SEALS}{authority}/{sha256}.pem"


def list_name(sequence: int) -> str:
    """The object of the list with that sequence; names sort by it."""
    return f"{LISTS}{sequence:010d}{_SUFFIX}"


def sequence_of(name: str) -> int:
    """The sequence that an object's name tells; 0 for another object's."""
    digits = name.removeprefix(LISTS).removesuffix(_SUFFIX)
    return int(digits) if len(digits) == 10 and digits.isascii() and digits.isdigit() else 0


def last_sequence(objects: Objects) -> int:
    """The sequence of the latest list, 0 if there is none. Raises ``StorageError``."""
    return max((sequence_of(name) for name in objects.walk(LISTS)), default=0)


def next_sequence(objects: Objects, known: int) -> int:
    """The sequence after ``known`` that is published already, 0 if there is none; one small question to the store."""
    return next((sequence_of(name) for name in islice(objects.names(LISTS, after=list_name(known), limit=1), 1)), 0)
