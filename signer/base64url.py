"""Base64url without padding, with exactly one accepted spelling for each value (RFC 7515 section 2, RFC 4648
section 3.5).

A decoder that forgives padding, line breaks or stray trailing bits lets one signed object have many
spellings, and then two parties disagree about what was signed. Decoding here ends with encoding again and
comparing, which refuses every other spelling at once and costs less than looking at the characters.
"""

from binascii import Error, a2b_base64, b2a_base64

from signer.errors import FormatError

_TO_URL = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def encode(data: bytes) -> str:
    """Return ``data`` as unpadded base64url text."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` spells.

    Raises FormatError (``BASE64URL_INVALID``) for padding, whitespace, foreign characters, impossible lengths
    and non-zero trailing bits. The caller bounds the length.
    """
    try:
        ascii_text = text.encode("ascii")
        # Two padding characters always suffice; those not needed are ignored by the lenient decoder.
        data = a2b_base64(ascii_text.translate(_TO_STANDARD) + b"==")
    except (Error, UnicodeEncodeError) as error:
        raise FormatError("BASE64URL_INVALID", "not unpadded base64url") from error
    if b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=") != ascii_text:
        raise FormatError("BASE64URL_INVALID", "not the canonical unpadded base64url spelling")
    return data
