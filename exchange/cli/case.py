"""``onceonly case``: a counter opens cases and follows them."""

import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf import timestamp_pb2
from onceonly.v1 import case_service_pb2

from exchange.cli.files import read_bytes, read_message
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line, write_table
from exchange.client import HubClient, new_request_id

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CASE", help="cases/{id}.")]
Note = Annotated[str, typer.Option(help="The decision or the reason in words.")]


@app.command("open")
def open_case(
    *,
    file: Annotated[Path, typer.Argument(help="The case as JSON: number, matters, parties…; - for standard input.")],
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Open a case of published matters."""
    case = read_message(file, case_service_pb2.Case())
    request = case_service_pb2.OpenCaseRequest(case=case, request_id=new_request_id())
    with profile_of(profile, operator).connect() as hub:
        _show(hub.call(hub.cases.OpenCase, request).case, as_json=json)


@app.command()
def show(*, name: Name, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False) -> None:
    """Show a case; its parties are masked."""
    with profile_of(profile, operator).connect() as hub:
        _show(_read(hub, name), as_json=json)


@app.command()
def check(*, name: Name, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False) -> None:
    """Say for each line of evidence what is available and what to do about the rest (一次性告知)."""
    with profile_of(profile, operator).connect() as hub:
        checks = hub.call(hub.cases.CheckEvidence, case_service_pb2.CheckEvidenceRequest(case=name)).checks
    if json:
        write_json([plain(each) for each in checks])
        return
    states = case_service_pb2.Availability
    rows = [
        (each.requirement, each.label.zh, states.Name(each.availability).removeprefix("AVAILABILITY_"), each.advice.zh)
        for each in checks
    ]
    write_table("", ("requirement", "", "availability", "advice"), rows)


@app.command()
def consent(
    *,
    name: Name,
    party: Annotated[str, typer.Option(help="The party who consents.")],
    requirement: Annotated[list[str], typer.Option(help="The lines of evidence that it covers.")],
    statement: Annotated[Path, typer.Option(help="The notice that the party agreed to; only its digest is sent.")],
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long it holds.")] = 24,
    uses: Annotated[int, typer.Option(min=1, max=100, help="How many fetches it allows.")] = 3,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Record what a party agreed to at the counter."""
    given = case_service_pb2.Consent(
        party=party,
        requirements=requirement,
        valid_until_time=timestamp_pb2.Timestamp(seconds=int(time.time()) + hours * 3_600),
        max_uses=uses,
        statement_digest=sha256(read_bytes(statement)).hexdigest(),
    )
    request = case_service_pb2.RecordConsentRequest(case=name, consent=given, request_id=new_request_id())
    with profile_of(profile, operator).connect() as hub:
        recorded = hub.call(hub.cases.RecordConsent, request).consent
    if json:
        write_json(plain(recorded))
    else:
        write_line(recorded.name)


@app.command()
def accept(
    *, name: Name, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False
) -> None:
    """Accept a case (受理)."""
    with profile_of(profile, operator).connect() as hub:
        request = case_service_pb2.AcceptCaseRequest(name=name, etag=_read(hub, name).etag, request_id=new_request_id())
        _show(hub.call(hub.cases.AcceptCase, request).case, as_json=json)


@app.command()
def claim(*, name: Name, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False) -> None:
    """Take on a case that another operator opened (签收), so that reading for it counts as one of your cases."""
    with profile_of(profile, operator).connect() as hub:
        request = case_service_pb2.ClaimCaseRequest(name=name, etag=_read(hub, name).etag, request_id=new_request_id())
        _show(hub.call(hub.cases.ClaimCase, request).case, as_json=json)


@app.command()
def decide(
    *,
    name: Name,
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="Whether the application is granted.")],
    note: Note,
    reason: Annotated[list[str] | None, typer.Option(help="Why it is refused, as a code; repeat for more.")] = None,
    legal_reference: Annotated[str, typer.Option(help="The provision that a refusal rests on.")] = "",
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Decide a case (办结)."""
    with profile_of(profile, operator).connect() as hub:
        request = case_service_pb2.DecideCaseRequest(
            name=name,
            etag=_read(hub, name).etag,
            approved=approve,
            note=note,
            refusal_reasons=reason or [],
            legal_reference=legal_reference,
            request_id=new_request_id(),
        )
        _show(hub.call(hub.cases.DecideCase, request).case, as_json=json)


@app.command()
def withdraw(
    *, name: Name, note: Note, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False
) -> None:
    """Close a case on the applicant's wish."""
    with profile_of(profile, operator).connect() as hub:
        request = case_service_pb2.WithdrawCaseRequest(
            name=name, etag=_read(hub, name).etag, note=note, request_id=new_request_id()
        )
        _show(hub.call(hub.cases.WithdrawCase, request).case, as_json=json)


def _read(hub: HubClient, name: str) -> case_service_pb2.Case:
    return hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case


def _show(case: case_service_pb2.Case, *, as_json: bool) -> None:
    if as_json:
        write_json(plain(case))
    else:
        state = case_service_pb2.CaseState.Name(case.state).removeprefix("CASE_STATE_")
        write_line(f"{case.name} {state} {case.number}")
