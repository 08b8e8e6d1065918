"""``onceonly licence``: an issuing department shows, suspends, reinstates and revokes its licences.

Rules:
1. A change names the etag that was read: it is read at once, or given with ``--etag``.
2. The same ``--request-id`` with the same words changes nothing twice. What was sent before names its etag too, so the
   two go together; where an answer is lost, the command says both.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import grpc
import typer
from google.protobuf import timestamp_pb2
from onceonly.v1 import issuance_service_pb2 as pb
from onceonly.v1 import licence_pb2

from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line
from exchange.client import CallError, HubClient, new_request_id

app = typer.Typer(no_args_is_help=True)

_UNKNOWN_END: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class Cause(StrEnum):
    """Why a licence ends: 撤销, 吊销, 注销."""

    ANNULLED = "annulled"
    PENALTY = "penalty"
    APPLICATION = "application"


Name = Annotated[str, typer.Argument(metavar="LICENCE", help="licenceTypes/{code}/licences/{identifier}.")]
Reason = Annotated[str, typer.Option(help="Why, in words; at most 500 characters.")]
LegalReference = Annotated[str, typer.Option(help="The law or decision that it rests on.")]
Since = Annotated[str, typer.Option("--since", help="From when, ISO 8601 with its offset; now. Never in the future.")]
Penalty = Annotated[str, typer.Option(help="penalties/{id}: the proposed penalty that is carried out by this.")]
Etag = Annotated[str, typer.Option(help="The etag that was read, as `show` writes it; read now if left out.")]
RequestId = Annotated[str, typer.Option(help="A UUID, with --etag; the same command again changes nothing twice.")]


@app.command()
def show(*, name: Name, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False) -> None:
    """Show a licence of one's own: whether it is valid now, and the etag that a change of it names."""
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.issuance.GetLicence, pb.GetLicenceRequest(name=name))
    if json:
        write_json(plain(answer))
    else:
        validity = licence_pb2.Validity.Name(answer.validity).removeprefix("VALIDITY_")
        write_line(f"{_line(answer.licence)} {validity} {answer.licence.etag}")


@app.command()
def suspend(
    *,
    name: Name,
    reason: Reason,
    legal_reference: LegalReference = "",
    since: Since = "",
    penalty: Penalty = "",
    etag: Etag = "",
    request_id: RequestId = "",
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Suspend an active licence (暂扣)."""
    request = pb.SuspendLicenceRequest(
        name=name, reason=reason, legal_reference=legal_reference, effective_time=_time(since), penalty=penalty
    )
    request.etag, request.request_id = etag, request_id
    with profile_of(profile, operator).connect() as hub:
        _change(hub, request, lambda: hub.call(hub.issuance.SuspendLicence, request).licence, as_json=json)


@app.command()
def reinstate(
    *,
    name: Name,
    reason: Reason,
    legal_reference: LegalReference = "",
    since: Since = "",
    etag: Etag = "",
    request_id: RequestId = "",
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Put a suspended licence in force again (暂扣发还)."""
    request = pb.ReinstateLicenceRequest(
        name=name, reason=reason, legal_reference=legal_reference, effective_time=_time(since)
    )
    request.etag, request.request_id = etag, request_id
    with profile_of(profile, operator).connect() as hub:
        _change(hub, request, lambda: hub.call(hub.issuance.ReinstateLicence, request).licence, as_json=json)


@app.command()
def revoke(
    *,
    name: Name,
    cause: Annotated[Cause, typer.Option(help="Annulled (撤销), as a penalty (吊销), or on application (注销).")],
    reason: Reason,
    legal_reference: LegalReference = "",
    since: Since = "",
    penalty: Penalty = "",
    etag: Etag = "",
    request_id: RequestId = "",
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Revoke a licence for good (撤销, 吊销, 注销)."""
    request = pb.RevokeLicenceRequest(
        name=name,
        cause=f"REVOCATION_CAUSE_{cause.name}",
        reason=reason,
        legal_reference=legal_reference,
        effective_time=_time(since),
        penalty=penalty,
    )
    request.etag, request.request_id = etag, request_id
    with profile_of(profile, operator).connect() as hub:
        _change(hub, request, lambda: hub.call(hub.issuance.RevokeLicence, request).licence, as_json=json)


def _change(
    hub: HubClient,
    request: pb.SuspendLicenceRequest | pb.ReinstateLicenceRequest | pb.RevokeLicenceRequest,
    ask: Callable[[], licence_pb2.Licence],
    *,
    as_json: bool,
) -> None:
    """Complete the request, ask, and write the licence as it is now."""
    if request.request_id and not request.etag:
        raise UseError("--request-id goes with --etag: what is sent again must be what was sent before.")
    if not request.etag:
        request.etag = hub.call(hub.issuance.GetLicence, pb.GetLicenceRequest(name=request.name)).licence.etag
    request.request_id = request.request_id or new_request_id()
    try:
        licence = ask()
    except CallError as error:
        if error.code in _UNKNOWN_END:
            again = f"--etag {request.etag} --request-id {request.request_id}"
            sys.stderr.write(f"onceonly: whether it was done is not known: give the command again with {again}\n")
        raise
    if as_json:
        write_json(plain(licence))
    else:
        write_line(_line(licence))


def _line(licence: licence_pb2.Licence) -> str:
    return f"{licence.name} {licence_pb2.LicenceState.Name(licence.state).removeprefix('LICENCE_STATE_')}"


def _time(text: str) -> timestamp_pb2.Timestamp | None:
    """The moment, or None for an empty text: the hub takes its own time. Raises ``UseError``."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UseError("--since is not ISO 8601, such as 2026-03-01T08:00:00+08:00.") from None
    if moment.tzinfo is None:
        raise UseError("--since needs its offset from UTC, such as 2026-03-01T08:00:00+08:00.")
    return timestamp_pb2.Timestamp(seconds=int(moment.timestamp()))
