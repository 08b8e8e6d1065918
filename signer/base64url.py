"""Base64url without padding, with exactly one accepted spelling for each value (RFC 7515 section 2, RFC 4648 3.5).

A decoder that forgives padding, line breaks or stray trailing bits lets one signed object have many spellings, and
then two parties disagree about what was signed.
"""

from binascii import Error, a2b_base64, b2a_base64
from typing import Final

from signer.errors import FormatError

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
# To the standard alphabet; what only the standard alphabet has, padding included, becomes a character that it refuses.
_TO_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING: Final = (b"", b"", b"==", b"=")
# The last character of an incomplete group carries bits that belong to no byte: they must be zero. One character beyond
# whole groups spells nothing.
_LAST: Final = (frozenset[int](), frozenset[int](), frozenset(b"AQgw"), frozenset(b"AEIMQUYcgkosw048"))


def encode(data: bytes) -> str:
    """Return ``data`` as unpadded base64url text."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str | bytes) -> bytes:
    """Return the bytes that ``text`` spells.

    Raises FormatError (``BASE64URL_INVALID``) for padding, whitespace, foreign characters, impossible lengths and
    non-zero trailing bits. The caller bounds the length.
    """
    try:
        ascii_text = text if isinstance(text, bytes) else text.encode("ascii")
        rest = len(ascii_text) & 3
        if rest and ascii_text[-1] not in _LAST[rest]:
            raise FormatError("BASE64URL_INVALID", "not the canonical unpadded base64url spelling")
        return a2b_base64(ascii_text.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except (Error, UnicodeEncodeError) as error:
        raise FormatError("BASE64URL_INVALID", "not unpadded base64url") from error
