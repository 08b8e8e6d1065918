"""Mask rules: how a value is shortened where it is shown to people (screens, notices, logs of a console).

A mask never changes what is signed or released: an extract carries the value or does not carry it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

STAR = "*"


def _ends(text: str, first: int, last: int) -> str:
    """The first and last characters with stars between; a text too short to keep anything of is all stars."""
    hidden = len(text) - first - last
    return text[:first] + STAR * hidden + text[len(text) - last :] if hidden > 0 else STAR * len(text)


def _name(text: str) -> str:
    return text[:1] + STAR * (len(text) - 1) if len(text) > 1 else STAR * len(text)


MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "account": lambda text: _ends(text, 0, 4),
        "address": lambda text: _ends(text, 6, 0),
        "citizen_id": lambda text: _ends(text, 3, 4),
        "name": _name,
        "phone": lambda text: _ends(text, 3, 4),
        "whole": lambda text: STAR * len(text),
    }
)
"""Rules by the name that a field's ``mask`` gives."""


def masked(rule: str, text: str) -> str:
    """``text`` as the rule shows it; the empty rule shows all. Raises KeyError for a rule that does not exist."""
    return MASKS[rule](text) if rule else text
