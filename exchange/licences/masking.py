"""What a value of a masked field looks like where it is released masked.

The rules are the catalogue's (``exchange.catalogue.masks``). A field that is released masked leaves the hub masked
only: its disclosure, which carries the whole value, is left out of the presentation (``docs/fetch-walk.md``, step 8).
"""

from exchange.catalogue.masks import MASKS, STAR
from exchange.entities.licence import FieldValue

HIDDEN = STAR * 4


def masked_value(rule: str, value: FieldValue) -> FieldValue:
    """The value as its rule shows it: the items of a list one by one, numbers and booleans not at all.

    A rule that the hub does not know hides everything.
    """
    mask = MASKS.get(rule)
    if mask is None or isinstance(value, int):
        return HIDDEN
    return mask(value) if isinstance(value, str) else tuple(mask(item) for item in value)
