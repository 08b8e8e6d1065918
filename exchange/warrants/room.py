"""What reading outside a case needs, and what each kind of object warrants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exchange.call import Call
from exchange.licences.exchange_room import ExchangeRoom
from exchange.warrants.warrant import Asked, Warrant

FindWarrant = Callable[[Call, Asked], Warrant]
"""Reads the object, expects it unchanged at commit, and never raises for one that is missing (``warrant.unknown``)."""


@dataclass(frozen=True, slots=True)
class WarrantRoom:
    """``finders``: by the collection of the object's resource name; what has none cannot be read under."""

    exchange: ExchangeRoom
    finders: Mapping[str, FindWarrant]
