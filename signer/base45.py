"""Base45, as QR codes carry bytes in their alphanumeric mode (RFC 9285), with exactly one accepted spelling for each
value.

Two bytes become three characters, one byte at the end becomes two. RFC 9285 section 6 says what a decoder must
refuse: characters outside the alphabet, groups that spell more than their bytes hold, a character left over.
"""

from typing import Final

from signer.errors import FormatError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Value by position; also the alphabet of a QR code's alphanumeric mode (ISO/IEC 18004 table 5)."""

_VALUES: Final = bytes(ALPHABET.find(chr(code)) % 256 for code in range(256))
_NO_VALUE: Final = 255


def encode(data: bytes) -> str:
    """Return the base45 spelling of ``data``."""
    pairs = (_spelled(data[at] << 8 | data[at + 1], 3) for at in range(0, len(data) - 1, 2))
    return "".join(pairs) + (_spelled(data[-1], 2) if len(data) & 1 else "")


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` spells.

    Raises FormatError (``BASE45_INVALID``) for any text that ``encode`` does not write. The caller bounds the length.
    """
    values = text.encode("ascii", "replace").translate(_VALUES)  # what is not ASCII becomes "?", which has no value
    if _NO_VALUE in values or len(values) % 3 == 1:
        raise FormatError("BASE45_INVALID", "a character outside the alphabet, or one too many")
    groups = (values[at : at + 3] for at in range(0, len(values), 3))
    return b"".join(map(_bytes, groups))


def _spelled(value: int, characters: int) -> str:
    return "".join(ALPHABET[value // 45**place % 45] for place in range(characters))


def _bytes(group: bytes) -> bytes:
    value = 0
    for digit in reversed(group):
        value = value * 45 + digit
    try:
        return value.to_bytes(len(group) - 1, "big")
    except OverflowError as error:
        raise FormatError("BASE45_INVALID", "a group of characters that spells more than its bytes hold") from error
