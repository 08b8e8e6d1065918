"""Checks and constructors of the codes and texts that licences, matters and their holders carry.

Rules:
1. Pure and bounded: a length is checked before anything else looks at the value.
2. Where a standard says digits it means ASCII digits: Unicode digits and full-width forms are refused, never folded.
3. A check returns None, or one sentence in both languages that never repeats the value (it may be a person's number).
4. Nothing here asks whether a number was ever assigned: that is the issuing register's to say.

Sources: GB 32100-2015 (unified social credit code), GB 11643-1999 (citizen identity number), GB/T 2260 (region codes),
GB/T 36904-2018 (21-character licence type code), the matter code rules of the national government service platform.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from exchange.entities.catalogue import Label, Level
from signer.identifier import type_valid, uscc_check_character, uscc_valid

CITIZEN_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_ID_CHECK_CHARACTERS = "10X98765432"
EARLIEST_BIRTH_YEAR = 1850
MAX_NAME_LENGTH = 200
LEVEL_DIGITS: Mapping[Level, str] = MappingProxyType(
    {Level.NATIONAL: "1", Level.PROVINCE: "2", Level.CITY: "3", Level.COUNTY: "4", Level.TOWNSHIP: "5"}
)

_REGION = re.compile(r"[1-9][0-9]{5}")
_CITIZEN_ID = re.compile(r"[1-9][0-9]{16}[0-9X]")
_MATTER_TAIL = re.compile(r"[1-5][0-9A-Z]{12}(?:[0-9]{2})?")
_BASIC_CODE = re.compile(r"[0-9A-Z]{12}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # category L, M or S, yet nothing is drawn
_DOCUMENT_NUMBER = re.compile(r"[0-9A-Z](?:[0-9A-Z()/-]{0,38}[0-9A-Z)])?")

_USCC_WRONG = Label(
    zh="统一社会信用代码应为18位且校验码正确",
    en="must be an 18-character unified social credit code with a right check",
)
_CITIZEN_ID_SHAPE = Label(zh="公民身份号码应为17位数字加校验码", en="must be 17 digits and a check character")
_CITIZEN_ID_DATE = Label(zh="公民身份号码中的出生日期不存在", en="carries a date of birth that does not exist")
_CITIZEN_ID_CHECK = Label(zh="公民身份号码校验码错误", en="has a wrong check character")
_REGION_WRONG = Label(zh="行政区划代码应为6位数字", en="must be a region code of six digits")
_TYPE_CODE_WRONG = Label(
    zh="证照类型代码应为定义机构的统一社会信用代码加3位数字",
    en="must be the defining authority's unified social credit code and three digits",
)
_MATTER_CODE_WRONG = Label(
    zh="实施编码应为统一社会信用代码、1位层级和12位基本编码（业务办理项再加2位）",
    en="must be a unified social credit code, a level digit and a 12-character basic code (and 2 digits for an item)",
)
_BASIC_CODE_WRONG = Label(zh="基本编码应为12位数字或大写字母", en="must be 12 digits or capital letters")
_DATE_WRONG = Label(zh="日期应为实际存在的日期，格式为 YYYY-MM-DD", en="must be an existing date, written YYYY-MM-DD")
_SHORT_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID_TYPE_WRONG = Label(zh="未知的证件类型代码", en="is not a known holder id type code")
_NUMBER_WRONG = Label(
    zh="证件号码应为1至40位数字、大写字母或连字符",
    en="must be 1 to 40 digits, capital letters, hyphens, slashes or brackets",
)


def uscc_problem(text: str) -> Label | None:
    """What is wrong with a unified social credit code (GB 32100), or None."""
    return None if uscc_valid(text) else _USCC_WRONG


def uscc(first17: str) -> str:
    """The whole code from its first 17 characters. Raises ``signer.errors.FormatError`` on a wrong one."""
    return first17 + uscc_check_character(first17)


def citizen_id_check_character(first17: str) -> str:
    """The 18th character of a citizen identity number (GB 11643, ISO 7064 MOD 11-2) from 17 ASCII digits."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("a citizen identity number begins with 17 digits")
    total = sum(weight * int(digit) for weight, digit in zip(CITIZEN_ID_WEIGHTS, first17, strict=True))
    return CITIZEN_ID_CHECK_CHARACTERS[total % 11]


def citizen_id(region: str, birth_date: date, sequence: int) -> str:
    """The number of the person ``sequence`` (1 to 999, odd: male) born that day in the region of six digits."""
    if _REGION.fullmatch(region) is None or not 1 <= sequence <= 999:
        raise ValueError("region is six digits, sequence is 1 to 999")
    first17 = f"{region}{birth_date:%Y%m%d}{sequence:03d}"
    return first17 + citizen_id_check_character(first17)


def citizen_id_birth_date(text: str) -> date | None:
    """The date of birth inside a citizen identity number, or None when there is none. Its check is not checked."""
    if len(text) != 18 or _CITIZEN_ID.fullmatch(text) is None:
        return None
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None
    return born if born.year >= EARLIEST_BIRTH_YEAR else None


def citizen_id_agrees(number: str, given: str) -> bool:
    """Whether ``given`` is that citizen identity number, or its form of 15 digits from before GB 11643-1999."""
    return given == number or (len(given) == 15 and given == number[:6] + number[8:17])


def citizen_id_problem(text: str) -> Label | None:
    """What is wrong with a citizen identity number (GB 11643), or None. ``x`` in lower case is refused.

    Not checked: that the region existed at birth, that the birth lies before today.
    """
    if len(text) != 18 or _CITIZEN_ID.fullmatch(text) is None:
        return _CITIZEN_ID_SHAPE
    if citizen_id_birth_date(text) is None:
        return _CITIZEN_ID_DATE
    return None if citizen_id_check_character(text[:17]) == text[17] else _CITIZEN_ID_CHECK


def region_code_problem(text: str) -> Label | None:
    """What is wrong with a region code's shape (GB/T 2260: six digits), or None. Assignment is not checked."""
    return None if len(text) == 6 and _REGION.fullmatch(text) else _REGION_WRONG


def licence_type_code(authority: str, number: int) -> str:
    """The 21-character type code of the defining authority's type ``number`` (1 to 999)."""
    if not uscc_valid(authority) or not 1 <= number <= 999:
        raise ValueError("authority is a unified social credit code, number is 1 to 999")
    return f"{authority}{number:03d}"


def licence_type_code_problem(text: str) -> Label | None:
    """What is wrong with a licence type code (GB/T 36904, 21 characters), or None."""
    return None if type_valid(text) else _TYPE_CODE_WRONG


def matter_code(implementer: str, level: Level, basic_code: str) -> str:
    """The 31-character implementation code of a matter."""
    if not uscc_valid(implementer) or basic_code_problem(basic_code) is not None:
        raise ValueError("implementer is a unified social credit code, the basic code has 12 characters")
    return f"{implementer}{LEVEL_DIGITS[level]}{basic_code}"


def matter_code_problem(text: str) -> Label | None:
    """What is wrong with an implementation code (31 characters, or 33 for a business item), or None."""
    right = len(text) in {31, 33} and uscc_valid(text[:18]) and _MATTER_TAIL.fullmatch(text[18:]) is not None
    return None if right else _MATTER_CODE_WRONG


def basic_code_problem(text: str) -> Label | None:
    """What is wrong with a matter's 12-character basic code, or None."""
    return None if len(text) == 12 and _BASIC_CODE.fullmatch(text) else _BASIC_CODE_WRONG


def iso_date(text: str) -> date | None:
    """The date that ``YYYY-MM-DD`` (ASCII) names, or None when there is none. Other ISO 8601 forms are refused."""
    if len(text) != 10 or _ISO_DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def date_problem(text: str) -> Label | None:
    """What is wrong with a calendar date, or None."""
    return None if iso_date(text) is not None else _DATE_WRONG


def _document_number_problem(text: str) -> Label | None:
    return None if len(text) <= 40 and _DOCUMENT_NUMBER.fullmatch(text) else _NUMBER_WRONG


SEX_CODES: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(("男", "1"), frozenset("13579"))
    | dict.fromkeys(("女", "2"), frozenset("02468"))
    | dict.fromkeys(("未知的性别", "未说明的性别", "0", "9"), frozenset("0123456789"))
)
"""What GB/T 2261.1 calls the sexes → the 17th digits of the citizen identity numbers (GB 11643) that agree with it."""

HOLDER_ID_TYPES: Mapping[str, tuple[Label, Callable[[str], Label | None]]] = MappingProxyType(
    {
        "001": (Label(zh="统一社会信用代码", en="Unified social credit code"), uscc_problem),
        "099": (Label(zh="其他机构证件", en="Other organisation document"), _document_number_problem),
        "111": (Label(zh="居民身份证", en="Citizen identity number"), citizen_id_problem),
        "114": (Label(zh="中国人民解放军军官证", en="Military officer's card"), _document_number_problem),
        "115": (Label(zh="中国人民武装警察部队警官证", en="Armed police officer's card"), _document_number_problem),
        "118": (Label(zh="中国人民解放军士兵证", en="Soldier's card"), _document_number_problem),
        "119": (Label(zh="武装警察部队士兵证", en="Armed police soldier's card"), _document_number_problem),
        "120": (Label(zh="中国人民解放军文职人员证", en="Military civilian's card"), _document_number_problem),
        "122": (
            Label(zh="中国人民武装警察部队文职人员证", en="Armed police civilian's card"),
            _document_number_problem,
        ),
        "411": (Label(zh="外交护照", en="Diplomatic passport"), _document_number_problem),
        "412": (Label(zh="公务护照", en="Service passport"), _document_number_problem),
        "413": (Label(zh="公务普通护照", en="Public affairs passport"), _document_number_problem),
        "414": (Label(zh="普通护照", en="Ordinary passport"), _document_number_problem),
        "511": (Label(zh="台湾居民来往大陆通行证", en="Travel permit for Taiwan residents"), _document_number_problem),
        "516": (
            Label(zh="港澳居民来往内地通行证", en="Travel permit for Hong Kong and Macao residents"),
            _document_number_problem,
        ),
        "999": (Label(zh="其他证件", en="Other document"), _document_number_problem),
    }
)
"""Holder id type codes as deployed licence platforms use them: what each is called and how its numbers are checked."""

ORGANISATION_ID_TYPES = frozenset({"001", "099"})


def holder_id_problem(id_type: str, id_number: str) -> Label | None:
    """What is wrong with a holder's id type and number, or None. Numbers compare by bytes: nothing is normalised."""
    entry = HOLDER_ID_TYPES.get(id_type)
    return _ID_TYPE_WRONG if entry is None else entry[1](id_number)


def _is_unseen(character: str) -> bool:
    """Control, format, private use, surrogate, line and paragraph separators, and noncharacters (Unicode 23.7)."""
    point = ord(character)
    noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return noncharacter or unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def text_problem(value: str, max_length: int) -> Label | None:
    """What is wrong with a text of at most ``max_length`` code points, or None; the empty text is right.

    Refused: more than ``max_length``, not NFC, control, format (bidirectional, zero-width, tags), private-use,
    surrogate and noncharacter code points, line and paragraph separators, fillers, and a space at either end.
    Rare ideographs (extension B and later, also those newer than Python's tables) and the middle dot are right.
    """
    if len(value) > max_length:
        return Label(zh=f"不得超过{max_length}个字符", en=f"must have at most {max_length} characters")
    if not value.isprintable() and any(_is_unseen(character) for character in value):
        return Label(zh="含有控制、格式或不可见字符", en="has control, format or invisible characters")
    if not value.isascii():  # no ASCII text has either fault
        if not _INVISIBLE_LETTERS.isdisjoint(value):
            return Label(zh="含有不可见的填充字符", en="has invisible filler characters")
        if not unicodedata.is_normalized("NFC", value):
            return Label(zh="应为 Unicode NFC 规范形式", en="must be in Unicode normalisation form C")
    if value != value.strip():
        return Label(zh="首尾不得有空格", en="must not begin or end with a space")
    return None


def name_problem(value: str) -> Label | None:
    """What is wrong with the name of a person or an organisation, or None: a right text that is not empty."""
    if not value:
        return Label(zh="名称不得为空", en="must not be empty")
    return text_problem(value, MAX_NAME_LENGTH)


def short_codes_problem(codes: Sequence[str], most: int) -> Label | None:
    """What is wrong with a list of at most ``most`` short codes (``fire_exit_blocked``), or None."""
    if len(codes) <= most and len(set(codes)) == len(codes) and all(map(_SHORT_CODE.fullmatch, codes)):
        return None
    en = f"must be at most {most} different codes, each a letter and up to 39 lower-case letters, digits or underscores"
    return Label(zh=f"应为至多{most}个不重复的代码（小写字母开头，可含数字和下划线，至多40位）", en=en)
