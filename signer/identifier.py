"""Identifiers: of licences (GB/T 36904) and of organisations (GB 32100), with their check characters.

A licence identifier is ``1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>``. It is minted strictly.
Deployed systems also circulate identifiers with another root, a six-digit area code for the issuer, or a wrong
check character: those are read too, each departure with a flag, so that nothing foreign passes unnoticed.
Identifiers compare by bytes; only ASCII digits and capitals occur.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final

from signer.errors import FormatError

ROOT: Final = "1.2.156.3005.2"
MAX_CHARACTERS: Final = 128

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = tuple(pow(3, position, 31) for position in range(17))
_NO_VALUE: Final = 255

_TYPE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_SERIAL: Final = re.compile(r"[0-9A-Z]{1,32}")
_FOREIGN: Final = re.compile(
    r"(?P<root>[0-9]{1,6}(?:\.[0-9]{1,6}){1,7})\.(?P<type>[0-9A-Z]{21})\.(?P<issuer>[0-9A-Z]{18}|[0-9]{6})"
    r"\.(?P<serial>[0-9A-Z]{1,32})\.(?P<version>[0-9]{3})\.(?P<check>[0-9A-Z])"
)


class Quality(StrEnum):
    """How a foreign identifier departs from the standard."""

    CHECK_CHARACTER_WRONG = "CHECK_CHARACTER_WRONG"
    ISSUER_AREA_CODE = "ISSUER_AREA_CODE"
    ISSUER_INVALID = "ISSUER_INVALID"
    ROOT_FOREIGN = "ROOT_FOREIGN"
    TYPE_INVALID = "TYPE_INVALID"
    VERSION_ZERO = "VERSION_ZERO"


@dataclass(frozen=True, slots=True)
class LicenceIdentifier:
    """A licence identifier taken apart: ``type`` 21 characters, ``issuer`` a USCC (or an area code, if foreign),
    ``version`` 1 … 999."""

    root: str
    type: str
    issuer: str
    serial: str
    version: int
    check: str
    quality: frozenset[Quality] = frozenset()
    """Empty for an identifier that keeps the standard."""

    def __str__(self) -> str:
        return ".".join((self.root, self.type, self.issuer, self.serial, f"{self.version:03d}", self.check))


def parse(text: str) -> LicenceIdentifier:
    """Return a licence identifier that keeps the standard in every part, both USCCs within it included.

    Raises FormatError: ``IDENTIFIER_INVALID`` for another shape, else the ``Quality`` value of the first departure.
    """
    identifier = parse_foreign(text)
    if identifier.quality:
        departure = min(identifier.quality)
        raise FormatError(departure.value, "the licence identifier departs from GB/T 36904")
    return identifier


def parse_foreign(text: str) -> LicenceIdentifier:
    """Return a licence identifier as circulated, with a flag in ``quality`` for each departure from the standard.

    Raises FormatError (``IDENTIFIER_INVALID``) where the parts cannot even be told apart. Bounded to 128
    characters.
    """
    match = _FOREIGN.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise FormatError("IDENTIFIER_INVALID", "not a licence identifier: root.type.issuer.serial.version.check")
    type_code, issuer, serial, version = match["type"], match["issuer"], match["serial"], match["version"]
    check = check_character(type_code + issuer + serial + version)
    if (match["root"], check) == (ROOT, match["check"]) and version != "000" and _both_valid(type_code, issuer):
        return LicenceIdentifier(ROOT, type_code, issuer, serial, int(version), check)
    departures = {
        Quality.ROOT_FOREIGN: match["root"] != ROOT,
        Quality.TYPE_INVALID: not type_valid(type_code),
        Quality.ISSUER_AREA_CODE: len(issuer) == 6,
        Quality.ISSUER_INVALID: len(issuer) != 6 and not uscc_valid(issuer),
        Quality.VERSION_ZERO: version == "000",
        Quality.CHECK_CHARACTER_WRONG: check != match["check"],
    }
    quality = frozenset(departure for departure, present in departures.items() if present)
    return LicenceIdentifier(match["root"], type_code, issuer, serial, int(version), match["check"], quality)


def _both_valid(type_code: str, issuer: str) -> bool:
    return len(issuer) != 6 and uscc_valid(issuer) and type_valid(type_code)


def mint(type_code: str, issuer: str, serial: str, version: int) -> LicenceIdentifier:
    """Return a new identifier with its check character.

    Raises FormatError: ``TYPE_INVALID``, ``ISSUER_INVALID``, ``SERIAL_INVALID``, ``VERSION_INVALID``. That the
    serial is new is for the register to say.
    """
    if not type_valid(type_code):
        raise FormatError("TYPE_INVALID", "a licence type code is a valid USCC and three digits")
    if not uscc_valid(issuer):
        raise FormatError("ISSUER_INVALID", "an issuer is a valid USCC")
    if not _SERIAL.fullmatch(serial):
        raise FormatError("SERIAL_INVALID", "a serial has 1 to 32 of the characters 0-9 and A-Z")
    if not 1 <= version <= 999:
        raise FormatError("VERSION_INVALID", "a version is 1 to 999")
    check = check_character(f"{type_code}{issuer}{serial}{version:03d}")
    return LicenceIdentifier(ROOT, type_code, issuer, serial, version, check)


def check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of text over ``0-9A-Z``.

    Raises FormatError (``CHARACTER_INVALID``) for other characters.
    """
    remainder = 36
    for value in _values(body, _VALUES):
        remainder = ((remainder + value) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - remainder) % 36]


def type_valid(type_code: str) -> bool:
    """Tell whether text is a licence type code: the defining authority's USCC and three digits."""
    return _TYPE.fullmatch(type_code) is not None and uscc_valid(type_code[:18])


def uscc_check_character(body: str) -> str:
    """Return the GB 32100 check character of the first 17 characters of a USCC.

    Raises FormatError (``CHARACTER_INVALID``) for another length or other characters.
    """
    if len(body) != 17:
        raise FormatError("CHARACTER_INVALID", "a USCC has 17 characters before the check character")
    return _USCC_ALPHABET[-sum(map(mul, _values(body, _USCC_VALUES), _USCC_WEIGHTS)) % 31]


@lru_cache(4096)
def uscc_valid(text: str) -> bool:
    """Tell whether text is a unified social credit code with the right check character."""
    if len(text) != 18:
        return False
    try:
        return text[17] == uscc_check_character(text[:17])
    except FormatError:
        return False


def _table(alphabet: str) -> bytes:
    """Return the translation from ASCII characters to their values in an alphabet."""
    return bytes(alphabet.find(chr(code)) % 256 for code in range(256))


_VALUES: Final = _table(_ALPHABET)
_USCC_VALUES: Final = _table(_USCC_ALPHABET)


def _values(text: str, table: bytes) -> bytes:
    """Return the characters' values, one byte each. By bytes, so that no Unicode digit counts as a digit."""
    values = text.encode("ascii", "replace").translate(table)
    if _NO_VALUE in values:
        raise FormatError("CHARACTER_INVALID", "a character that identifiers do not have")
    return values
