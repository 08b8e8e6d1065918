"""The table of public pages: which paths there are, what each shows, and how long others may keep it.

Rules:
1. A path is looked up as the bytes that came: nothing is decoded or made shorter, so ``%2e``, ``..`` and ``//`` are no
   path of the table.
2. Only a path of the table ever becomes the name of an object.
3. What can never change under its path may be kept for ever; what changes says for how long a copy will do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from exchange.audit.log_files import parse_name

MAX_PATH_BYTES: Final = 200
INDEX_PATH: Final = "/.well-known/onceonly"

_TYPE: Final = "[0-9A-Z]{18}[0-9]{3}"
_NUMBER: Final = "0|[1-9][0-9]{0,9}"
_STATUS: Final = re.compile(rf"/(status/(?:{_TYPE}/[0-9]{{4}}|[0-9A-Z]{{18}}/[0-9]{{6}})/(?:{_NUMBER}))")
"""Lists of a type and year, and those of an authority and month that older licences name."""
_PAST_LIST: Final = re.compile(rf"/trust/lists/({_NUMBER})")
_REVISION: Final = re.compile(rf"/licenceTypes/({_TYPE})/revisions/([1-9][0-9]{{0,5}})")
_LOG: Final = "/log/"


class PageKind(StrEnum):
    """What a page is about; also its name in the metrics."""

    STATUS_LIST = "status_list"
    TRUST_LIST = "trust_list"
    TRUST_ANCHORS = "trust_anchors"
    CHECKPOINT = "checkpoint"
    LOG_KEY = "log_key"
    TILE = "tile"
    LICENCE_TYPE = "licence_type"
    INDEX = "index"


class Freshness(StrEnum):
    """How long a copy of a page is good."""

    FOR_EVER = "for ever"
    """Nothing else will ever stand under this path."""
    A_WHILE = "a while"
    """As long as the configuration says."""
    ASK_EACH_TIME = "ask each time"
    """A copy is good only where the hub says that it still is."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``source`` is its object's name, or for a licence type ``code/revision``; empty: the index."""

    kind: PageKind
    source: str
    content_type: str
    freshness: Freshness


_JSON: Final = "application/json"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_STATUS_TYPE: Final = "application/statuslist+jwt"
_TRUST_TYPE: Final = "application/onceonly-trust-list+jwt"

_SINGLE: Final[dict[str, Page]] = {
    INDEX_PATH: Page(PageKind.INDEX, "", _JSON, Freshness.A_WHILE),
    "/trust/list": Page(PageKind.TRUST_LIST, "trust/list.jwt", _TRUST_TYPE, Freshness.A_WHILE),
    "/trust/anchors": Page(PageKind.TRUST_ANCHORS, "trust/anchors.json", _JSON, Freshness.A_WHILE),
    "/log/checkpoint": Page(PageKind.CHECKPOINT, "log/checkpoint", _TEXT, Freshness.ASK_EACH_TIME),
    "/log/cosigned": Page(PageKind.CHECKPOINT, "log/cosigned", _TEXT, Freshness.ASK_EACH_TIME),
    "/log/vkey": Page(PageKind.LOG_KEY, "log/vkey", _TEXT, Freshness.A_WHILE),
}


def find(path: bytes) -> Page | None:
    """The page at a path as it came (RFC 9112 section 3.2, without query); None if the table has none. Pure.

    Not checked: that the object or the revision exists.
    """
    if len(path) > MAX_PATH_BYTES or not path.isascii():
        return None
    text = path.decode("ascii")
    page = _SINGLE.get(text)
    if page is not None:
        return page
    return next((found for look in _FAMILIES if (found := look(text)) is not None), None)


def _status_list(path: str) -> Page | None:
    match = _STATUS.fullmatch(path)
    if match is None:
        return None
    return Page(PageKind.STATUS_LIST, f"{match[1]}.jwt", _STATUS_TYPE, Freshness.A_WHILE)


def _past_trust_list(path: str) -> Page | None:
    match = _PAST_LIST.fullmatch(path)
    if match is None:
        return None
    return Page(PageKind.TRUST_LIST, f"trust/lists/{int(match[1]):010d}.jwt", _TRUST_TYPE, Freshness.FOR_EVER)


def _licence_type(path: str) -> Page | None:
    match = _REVISION.fullmatch(path)
    if match is None:
        return None
    return Page(PageKind.LICENCE_TYPE, f"{match[1]}/{match[2]}", _JSON, Freshness.A_WHILE)


def _tile(path: str) -> Page | None:
    """Full and partial tiles and bundles: a tree of the same size has the same ones (C2SP tlog-tiles)."""
    name = path.removeprefix(_LOG)
    if name == path or parse_name(name) is None:
        return None
    return Page(PageKind.TILE, path.removeprefix("/"), _BYTES, Freshness.FOR_EVER)


_FAMILIES: Final[tuple[Callable[[str], Page | None], ...]] = (_status_list, _tile, _licence_type, _past_trust_list)
