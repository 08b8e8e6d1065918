"""``onceonly events``: listen to what happened, as a department's system.

Rule: one line for each event, as it comes; nothing is acknowledged unless ``--acknowledge`` is given.
"""

import json
import sys
from dataclasses import replace
from typing import Annotated

import typer
from onceonly.v1 import event_service_pb2 as pb

from exchange.cli.options import DEFAULT_PROFILE, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain
from exchange.client import HubClient, new_request_id

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What happened at the hub, as far as the department may know."""


@app.command("watch")
def watch(
    *,
    address: Annotated[str, typer.Option(help="host:port where the hub serves events.")],
    subscription: Annotated[str, typer.Option(help="The subscriber's own name for what it does.")] = "default",
    types: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
    cursor: Annotated[str, typer.Option(help="Begin after this cursor.")] = "",
    from_now: Annotated[bool, typer.Option(help="Begin with what happens from now on.")] = False,
    acknowledge: Annotated[bool, typer.Option(help="Acknowledge each event once its line is written.")] = False,
    count: Annotated[int, typer.Option(min=0, help="End after so many events; 0: go on.")] = 0,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
) -> None:
    """Write each event as a line of JSON, from the last acknowledged on unless told otherwise."""
    request = pb.WatchEventsRequest(
        subscription=subscription, filter=pb.EventFilter(types=types or []), cursor=cursor, from_now=from_now
    )
    told = 0
    with replace(profile_of(profile, operator), address=address).connect() as hub:
        for message in hub.receive(hub.events.WatchEvents, request):
            if not message.HasField("event"):
                continue
            sys.stdout.write(json.dumps(plain(message.event), sort_keys=True) + "\n")
            sys.stdout.flush()
            if acknowledge:
                _acknowledge(hub, subscription, message.event.cursor)
            told += 1
            if told == count:
                return


def _acknowledge(hub: HubClient, subscription: str, cursor: str) -> None:
    request = pb.AcknowledgeEventsRequest(subscription=subscription, cursor=cursor, request_id=new_request_id())
    hub.call(hub.events.AcknowledgeEvents, request)
