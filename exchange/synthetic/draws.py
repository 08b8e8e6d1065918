"""Repeatable choices: a pure function of a seed and a path, so that item one million costs what item one costs.

Nothing here is secret or random in a cryptographic sense: it makes sample data and must never make keys.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import TypeVar

TODAY = date(2026, 7, 1)
"""The day on which all sample data is as it is: nothing synthetic depends on a clock."""

_T = TypeVar("_T")
_SPREAD = 2_654_435_761  # a prime near 2**32 divided by the golden ratio (Knuth, TAOCP 6.4): neighbours land far apart


class Draws:
    """Choices below one path, such as ``("person", 17)``; each is named, so adding one changes no other."""

    __slots__ = ("_prefix",)

    def __init__(self, seed: int, *path: str | int) -> None:
        self._prefix = repr((seed, path))

    def number(self, name: str, below: int) -> int:
        """A whole number from 0 to ``below`` - 1."""
        digest = blake2b(f"{self._prefix}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % below

    def choice(self, name: str, options: Sequence[_T]) -> _T:
        """One of ``options``."""
        return options[self.number(name, len(options))]

    def digits(self, name: str, count: int) -> str:
        """``count`` (at most 18) decimal digits."""
        return f"{self.number(name, 10**count):0{count}d}"


def spread(number: int, seed: int, name: str, size: int) -> int:
    """A permutation of the numbers below ``size``, chosen by the seed and the name: where ``number`` goes.

    ``size`` is less than 2.6 thousand million, so that it shares no factor with the prime.
    """
    return (number * _SPREAD + Draws(seed, "spread").number(name, size)) % size
