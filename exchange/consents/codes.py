"""Presentation codes: 128 random bits as a QR text, and eight digits to say instead.

Rules:
1. A code is made here, shown once and kept nowhere: records hold keyed tags (HMAC-SHA-256) of it.
2. Eight digits are few, so they are bound to one case, which ends them after three wrong tries.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from signer import base64url
from signer.errors import FormatError
from storage.blind import BlindIndex

PREFIX: Final = "onceonly-code:"
CODE_SECONDS: Final = 60
CONFIRM_SECONDS: Final = 300
KEPT_SECONDS: Final = 600
"""How long a code that nobody redeemed is shown as expired, to the holder who made it, before it is swept."""
MAX_TRIES: Final = 3
_CODE_BYTES: Final = 16
_DIGITS = re.compile(r"[0-9]{8}")


def new_code(random: Callable[[int], bytes]) -> str:
    """The text of a new QR code."""
    return PREFIX + base64url.encode(random(_CODE_BYTES))


def new_digits() -> str:
    """Eight random digits."""
    return f"{secrets.randbelow(10**8):08d}"


def is_code(text: str) -> bool:
    """Whether the text could be a QR code's."""
    try:
        return text.startswith(PREFIX) and len(base64url.decode(text.removeprefix(PREFIX))) == _CODE_BYTES
    except FormatError:
        return False


def is_digits(text: str) -> bool:
    """Whether the text is eight ASCII digits."""
    return _DIGITS.fullmatch(text) is not None


def code_tag(blind: BlindIndex, text: str) -> str:
    """The tag of a QR code, in hex: what records know of it."""
    return blind.tag("presentation code", text).hex()


def digits_tag(blind: BlindIndex, case: str, digits: str) -> str:
    """The tag of eight digits for a case, in hex."""
    return blind.tag("presentation digits", f"{case}/{digits}").hex()


def matching(tag: str, known: Sequence[tuple[str, str]]) -> str:
    """What stands beside the tag in ``known`` (tag, value), or an empty text; every pair is compared, in equal time."""
    found = ""
    for each, value in known:
        if hmac.compare_digest(each, tag):
            found = value
    return found
