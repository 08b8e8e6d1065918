"""Keys on the SM2 recommended curve (GB/T 32918.5 section 2), which ``cryptography`` does not know.

Rules: a public key that exists lies on the curve; a private key shows nothing of itself when it is printed.
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn

ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""n: how many points the curve has. It is prime, so that every point but infinity has this order."""

COORDINATE_BYTES: Final = 32

_PRIME: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _PRIME - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_UNCOMPRESSED: Final = b"\x04"


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve by its coordinates; ValueError for any other pair of numbers."""

    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.x < _PRIME and 0 <= self.y < _PRIME):
            raise ValueError("a coordinate is outside the SM2 field")
        if (self.y * self.y - (self.x * self.x + _A) * self.x - _B) % _PRIME:
            raise ValueError("the point is not on the SM2 curve")

    def encoded(self) -> bytes:
        """Return the point uncompressed: 0x04 ‖ x ‖ y, 65 bytes (GB/T 32918.1 section 4.2.9)."""
        return _UNCOMPRESSED + self.x.to_bytes(COORDINATE_BYTES, "big") + self.y.to_bytes(COORDINATE_BYTES, "big")

    @classmethod
    def from_encoded(cls, point: bytes) -> "Sm2PublicKey":
        """Return the key of an uncompressed point; ValueError for any other bytes."""
        if len(point) != 1 + 2 * COORDINATE_BYTES or point[:1] != _UNCOMPRESSED:
            raise ValueError("not an uncompressed point of 65 bytes")
        return cls(int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big"))


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private number and the public key that belongs to it; ValueError for a number outside 1 … n-2.

    That the two belong together is not checked: a pair that does not makes signatures that verify nowhere.
    """

    secret: int = field(repr=False)
    public: Sm2PublicKey

    def __post_init__(self) -> None:
        if not 0 < self.secret < ORDER - 1:
            raise ValueError("a private number of SM2 lies within 1 … n-2")

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied: a private key stays with its backend."""
        raise TypeError("a private key is neither pickled nor copied")

    def public_key(self) -> Sm2PublicKey:
        """Return the public key."""
        return self.public
