"""A fetch that must be refused, and why it was."""

import pytest

from exchange.errors import RefusedError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from tests.fakes.licence_world import MARKET


def refused(world, case, requirement="identity", *fields, room=None, department=MARKET, operator="clerk", scope=None):
    caller = world.hub.caller(department, operator, **({"scope": scope} if scope else {}))
    request = FetchRequest(case, requirement, fields, "")
    with pytest.raises(RefusedError) as caught:
        world.hub.run(caller, fetch_licence, room or world.exchange_room, request)
    return caught.value.reasons
