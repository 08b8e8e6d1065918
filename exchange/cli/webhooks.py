"""``onceonly webhooks``: where a department's events are posted to, and what could not be delivered.

Rule: a webhook belongs to the system of the profile; another's does not exist for it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from onceonly.v1 import event_service_pb2 as pb

from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line, write_table
from exchange.client import HubClient, new_request_id

app = typer.Typer(no_args_is_help=True)

Address = Annotated[str, typer.Option(help="host:port where the hub serves events.")]
Name = Annotated[str, typer.Argument(metavar="WEBHOOK", help="webhooks/{id}.")]
LetterName = Annotated[str, typer.Argument(metavar="DEAD_LETTER", help="webhooks/{id}/deadLetters/{number}.")]


@app.callback()
def _group() -> None:
    """Addresses that the hub posts a department's events to."""


@app.command()
def create(
    *,
    url: Annotated[str, typer.Argument(help="https address, on a host that the hub's operator lists.")],
    address: Address,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
    departments: Annotated[
        list[str] | None, typer.Option("--department", help="Only what this department (USCC) did; may be repeated.")
    ] = None,
    matters: Annotated[list[str] | None, typer.Option("--matter", help="Only this matter; may be repeated.")] = None,
    licence_types: Annotated[
        list[str] | None, typer.Option("--licence-type", help="Only this licence type; may be repeated.")
    ] = None,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Have what happens from now on posted to an address; writes the webhook's name and state."""
    asked = pb.EventFilter(
        types=types or [], departments=departments or [], matters=matters or [], licence_types=licence_types or []
    )
    request = pb.CreateWebhookRequest(url=url, filter=asked, request_id=new_request_id())
    with _events(profile, operator, address) as hub:
        _show(hub.call(hub.events.CreateWebhook, request).webhook, as_json=json)


@app.command("list")
def list_all(
    *, address: Address, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False
) -> None:
    """List the system's webhooks: whether each is posted to, and how often its next event has failed."""
    with _events(profile, operator, address) as hub:
        webhooks = hub.call(hub.events.ListWebhooks, pb.ListWebhooksRequest()).webhooks
    if json:
        write_json([plain(each) for each in webhooks])
        return
    rows = [
        (
            each.name,
            _state(each),
            str(each.failed_attempts),
            str(each.dead_letters),
            each.url,
            ", ".join(each.filter.types) or "every type",
        )
        for each in webhooks
    ]
    write_table("", ("webhook", "state", "failed attempts", "dead letters", "address", "types"), rows)


@app.command()
def delete(*, name: Name, address: Address, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "") -> None:
    """End a webhook, and drop its dead letters."""
    request = pb.DeleteWebhookRequest(name=name, request_id=new_request_id())
    with _events(profile, operator, address) as hub:
        hub.call(hub.events.DeleteWebhook, request)


@app.command()
def pause(
    *,
    name: Name,
    address: Address,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Post nothing more until it is resumed; nothing is lost meanwhile."""
    request = pb.PauseWebhookRequest(name=name, request_id=new_request_id())
    with _events(profile, operator, address) as hub:
        _show(hub.call(hub.events.PauseWebhook, request).webhook, as_json=json)


@app.command()
def resume(
    *,
    name: Name,
    address: Address,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Go on posting, from where a webhook was paused or stopped."""
    request = pb.ResumeWebhookRequest(name=name, request_id=new_request_id())
    with _events(profile, operator, address) as hub:
        _show(hub.call(hub.events.ResumeWebhook, request).webhook, as_json=json)


@app.command("dead-letters")
def dead_letters(
    *,
    name: Name,
    address: Address,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """List the events that could not be delivered, in the order of the log."""
    with _events(profile, operator, address) as hub:
        letters = hub.call(hub.events.ListDeadLetters, pb.ListDeadLettersRequest(name=name)).dead_letters
    if json:
        write_json([plain(each) for each in letters])
        return
    rows = [
        (
            each.name,
            datetime.fromtimestamp(each.give_up_time.seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
            str(each.attempts),
            each.outcome,
            "waits" if each.waiting else "",
            each.event.type,
            each.event.subject,
        )
        for each in letters
    ]
    write_table("", ("dead letter", "given up", "attempts", "outcome", "retry", "type", "subject"), rows)


@app.command()
def retry(
    *, name: LetterName, address: Address, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = ""
) -> None:
    """Have a dead letter posted once more; it leaves the list when the receiver takes it."""
    request = pb.RetryDeadLetterRequest(name=name, request_id=new_request_id())
    with _events(profile, operator, address) as hub:
        hub.call(hub.events.RetryDeadLetter, request)


def _events(profile: ProfileFile, operator: str, address: str) -> HubClient:
    return replace(profile_of(profile, operator), address=address).connect()


def _show(webhook: pb.Webhook, *, as_json: bool) -> None:
    if as_json:
        write_json(plain(webhook))
    else:
        write_line(f"{webhook.name} {_state(webhook)}")


def _state(webhook: pb.Webhook) -> str:
    return pb.WebhookState.Name(webhook.state).removeprefix("WEBHOOK_STATE_")
