"""The signed lists that a hub has published, for callers who ask for them here and not on its public pages."""

import re
from dataclasses import dataclass
from typing import Final

from exchange.errors import NotFoundError
from exchange.reasons import Reason
from exchange.trust.places import LIST
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

_STATUS_LIST: Final = re.compile(r"/(status/(?:[0-9A-Z]{21}/[0-9]{4}|[0-9A-Z]{18}/[0-9]{6})/[1-9][0-9]{0,3})")
"""Lists of a type and year, and those of an authority and month that older licences name."""


@dataclass(frozen=True, slots=True)
class ListRoom:
    """``hub`` is the hub's name, below which its lists are named."""

    hub: str
    objects: Objects


def trust_list(room: ListRoom) -> str:
    """The latest trust list, a JWS. Raises ``NotFoundError`` if none was published, ``StorageError``."""
    return _read(room, LIST, "trust/list")


def status_list(room: ListRoom, uri: str) -> str:
    """The latest of the status list of that URI, a JWS.

    Raises ``NotFoundError`` for a URI that is not of this hub's lists or of none that was published, ``StorageError``.
    """
    match = _STATUS_LIST.fullmatch(uri.removeprefix(room.hub)) if uri.startswith(room.hub) else None
    if match is None:
        raise NotFoundError(Reason.LIST_NOT_FOUND, "lists", uri)
    return _read(room, f"{match[1]}.jwt", uri)


def _read(room: ListRoom, name: str, asked: str) -> str:
    try:
        return room.objects.get(name).decode("ascii")
    except ObjectNotFoundError as error:
        raise NotFoundError(Reason.LIST_NOT_FOUND, "lists", asked) from error
