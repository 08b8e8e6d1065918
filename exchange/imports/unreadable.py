"""Why a row of a source could not be read, in words: one code of the reader, one cause in both languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.entities.catalogue import Label
from exchange.errors import Violation

CAUSES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "bytes": Label(zh="含有不属于所声明编码的字节", en="it has bytes that are not in the encoding"),
        "columns": Label(zh="列数与首行不符", en="it has another number of columns than the first line"),
        "json": Label(zh="不是一个成员不重复的 JSON 对象", en="it is not one JSON object without repeated members"),
        "missing": Label(zh="没有证照内容", en="it has no licence"),
        "nul": Label(zh="含有空字符（NUL）", en="it has a NUL character"),
        "oversized": Label(zh="超过64KiB", en="it is over 64 KiB"),
        "quote": Label(zh="引号未闭合或提前闭合", en="a quote is left open or closed before its field ends"),
        "value": Label(
            zh="某个日期、代码、数字或单元格的值不成立", en="a date, code, number or cell is none that there can be"
        ),
    }
)


def unreadable_problem(code: str) -> Violation:
    """What an unreadable row is told; a code that is not known counts as ``missing``."""
    code = code if code in CAUSES else "missing"
    cause = CAUSES[code]
    return Violation("licence", f"could not be read ({code}): {cause.en}", f"无法读取（{code}）：{cause.zh}")
