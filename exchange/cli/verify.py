"""``onceonly verify``: the hub says what is true of a credential."""

from pathlib import Path
from typing import Annotated

import typer
from google.protobuf import timestamp_pb2
from onceonly.v1 import verification_service_pb2

from exchange.cli.failures import FAILED
from exchange.cli.files import STDIN, read_text
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line, write_table
from signer.sdjwt import MAX_TOKEN_BYTES
from signer.second_signature import MAX_BYTES


def run(
    *,
    file: Annotated[Path, typer.Argument(help="The credential or presentation; - for standard input.")] = STDIN,
    receipt: Annotated[Path | None, typer.Option(help="The receipt of an extract: its purpose is checked too.")] = None,
    second: Annotated[Path | None, typer.Option(help="The second signature that came with it: checked too.")] = None,
    at: Annotated[int | None, typer.Option(min=1, max=2**40, help="The time to answer for, in seconds; now.")] = None,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Verify a credential or an extract at the hub. Exit code 0 only if everything passed."""
    request = verification_service_pb2.VerifyCredentialRequest(
        credential=read_text(file, MAX_TOKEN_BYTES),
        receipt=read_text(receipt, MAX_TOKEN_BYTES) if receipt is not None else "",
        second_signature=read_text(second, MAX_BYTES) if second is not None else "",
        at_time=timestamp_pb2.Timestamp(seconds=at) if at is not None else None,
    )
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.verification.VerifyCredential, request)
    report = answer.report
    if json:
        write_json(plain(answer))
    else:
        write_line(f"{_name(report.verdict)} {report.identifier}")
        rows = [(check.name, _name(check.verdict), check.code, check.message.zh) for check in report.checks]
        write_table("", ("check", "verdict", "code", ""), rows)
    if report.verdict != verification_service_pb2.VERDICT_PASSED:
        raise typer.Exit(FAILED)


def _name(verdict: verification_service_pb2.Verdict) -> str:
    return verification_service_pb2.Verdict.Name(verdict).removeprefix("VERDICT_")
