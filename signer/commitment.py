"""The leaf of the public log that stands for one private entry (docs/audit-format.md).

The salt keeps outsiders from guessing entries; the label keeps this hash apart from every other use of
SHA-256; the leading byte is the version of the rule.
"""

from hashlib import sha256
from typing import Final

from signer.errors import FormatError

COMMITMENT_BYTES: Final = 33
SALT_BYTES: Final = 32

_LABEL: Final = b"onceonly-audit-v1\x00"
_VERSION: Final = b"\x01"


def commitment(salt: bytes, entry: bytes) -> bytes:
    """Return 0x01 ‖ SHA-256("onceonly-audit-v1" ‖ 0x00 ‖ salt ‖ entry), 33 bytes.

    The salt is exactly 32 random bytes: with a free length, one commitment would open to several pairs of
    salt and entry. Raises FormatError (``SALT_LENGTH``) otherwise. Compare commitments with
    ``hmac.compare_digest`` only where timing could tell something.
    """
    if len(salt) != SALT_BYTES:
        raise FormatError("SALT_LENGTH", f"a salt is {SALT_BYTES} bytes")
    return _VERSION + sha256(_LABEL + salt + entry).digest()
