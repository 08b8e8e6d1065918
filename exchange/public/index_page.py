"""``/.well-known/onceonly``: where everything public of a hub stands, for programs and for people who look around.

Rule: it is a signpost and no proof. What it names is signed, or in the log; this page is neither.
"""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Final

from exchange.catalogue.store import CatalogueStore, revision_key
from exchange.entities.catalogue import EntityKind
from exchange.licences.credentials import type_uri
from storage.objects.interface import Objects

MOST_NAMED: Final = 5_000
"""Status lists, and licence types, that the page names."""
_PAGE: Final = 1_000
_STATUS: Final = "status/"
_SUFFIX: Final = ".jwt"


def index_page(hub: str, objects: Objects, catalogue: CatalogueStore) -> bytes:
    """The page as UTF-8 JSON; ``hub`` is the hub's name, which begins every address. Raises ``StorageError``.

    ``complete`` is false where there are more status lists or licence types than the page names.
    """
    lists = list(islice(_status_lists(objects), MOST_NAMED + 1))
    types = list(islice(_licence_types(hub, catalogue), MOST_NAMED + 1))
    content = {
        "hub": hub,
        "trust_list": f"{hub}/trust/list",
        "past_trust_lists": f"{hub}/trust/lists/{{sequence}}",
        "trust_anchors": f"{hub}/trust/anchors",
        "log": {
            "prefix": f"{hub}/log",
            "checkpoint": f"{hub}/log/checkpoint",
            "cosigned": f"{hub}/log/cosigned",
            "vkey": f"{hub}/log/vkey",
        },
        "status_lists": [f"{hub}/{name}" for name in lists[:MOST_NAMED]],
        "licence_types": types[:MOST_NAMED],
        "complete": max(len(lists), len(types)) <= MOST_NAMED,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _status_lists(objects: Objects) -> Iterable[str]:
    return (name.removesuffix(_SUFFIX) for name in objects.walk(_STATUS) if name.endswith(_SUFFIX))


def _licence_types(hub: str, catalogue: CatalogueStore) -> Iterable[str]:
    """The revisions in force, by code."""
    after = ""
    while True:
        page = [each.revision for each in catalogue.in_force(EntityKind.LICENCE_TYPE, after, _PAGE)]
        yield from (type_uri(hub, each.code, each.number) for each in page)
        if len(page) < _PAGE:
            return
        after = revision_key(EntityKind.LICENCE_TYPE, page[-1].code, page[-1].number)
