"""What departments read outside a case of the small world, and what the log says of it."""

from typing import Any

from exchange.assistance.room import AssistanceRoom, LetterStore
from exchange.incidents.room import IncidentRoom, IncidentStore
from exchange.licences.exchange_room import Fetched
from exchange.oversight.mandate import MandateDesk
from exchange.oversight.questions import explain_entry
from exchange.purpose.limits import Limits
from exchange.warrants.assistance import letter_warrants
from exchange.warrants.correction import dispute_warrants
from exchange.warrants.emergency import incident_warrants
from exchange.warrants.fetch import fetch_for_purpose
from exchange.warrants.room import WarrantRoom
from exchange.warrants.supervision import task_warrants
from exchange.warrants.warrant import DISPUTES, INCIDENTS, LETTERS, TASKS, Asked
from tests.fakes.licence_world import World


def warrant_room(world: World) -> WarrantRoom:
    """Every kind of object, over the world's rooms."""
    finders = {
        DISPUTES: dispute_warrants(world.case_room),
        INCIDENTS: incident_warrants(incident_room(world)),
        LETTERS: letter_warrants(letter_room(world)),
        TASKS: task_warrants(world.result_room.supervision),
    }
    return WarrantRoom(world.exchange_room, finders)


def incident_room(world: World) -> IncidentRoom:
    """Incidents over the world's records."""
    hub = world.hub
    desk = MandateDesk(hub.recorder, Limits(), world.tagger)
    return IncidentRoom(IncidentStore.over(hub.records, hub.vault), world.case_room, desk)


def letter_room(world: World) -> AssistanceRoom:
    """Letters over the world's records."""
    return AssistanceRoom(LetterStore.over(world.hub.records, world.hub.vault), world.case_room)


def fetch_under(
    world: World,
    department: str,
    operator: str,
    name: str,
    *fields: str,
    licence_type: str = "",
    **caller: Any,
) -> Fetched:
    """Fetch under ``collection/id``, committed; ``caller`` as ``Hub.caller`` takes it."""
    collection, _, identifier = name.partition("/")
    asked = Asked(collection, identifier, licence_type, fields)
    who = world.hub.caller(department, operator, **caller)
    fetched: Fetched = world.hub.run(who, fetch_for_purpose, warrant_room(world), asked)
    return fetched


def last_entry(world: World) -> Any:
    """The newest entry of the log; its decisions agree when they are made again."""
    entry = world.records()[-1]
    explained = explain_entry(entry.SerializeToString())
    assert explained
    assert all(each.explanation.agrees for each in explained)
    return entry
