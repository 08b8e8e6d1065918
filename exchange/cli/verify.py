"""``onceonly verify``: what is true of a credential, asked of the hub or, with a trust directory, found out offline.

Rules:
1. With ``--trust`` or ``--anchor`` nothing but files is read, and no connection is opened.
2. Exit codes are for programs: 0 all passed, 1 something failed, 2 wrong use or a file that cannot be read, 3 the
   trust directory or the evidence cannot be used, 4 something is undecided and nothing failed. Of many files the
   worst counts.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf import timestamp_pb2
from onceonly.v1 import verification_service_pb2

from exchange.cli.failures import FAILED, UseError
from exchange.cli.files import STDIN, read_text
from exchange.cli.offline import Asked, verify_offline
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line, write_table
from exchange.cli.verdict_tables import Language
from exchange.offline.evidence import is_evidence
from exchange.offline.trust_folder import MAX_AGE_SECONDS
from signer.sdjwt import MAX_TOKEN_BYTES
from signer.second_signature import MAX_BYTES

_LATEST = 2**40


def run(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="A credential, an extract, a QR code's text or its picture (PNG); a folder of them, or of evidence; "
            "- for standard input."
        ),
    ] = STDIN,
    trust: Annotated[Path | None, typer.Option(help="Verify offline, by this trust directory.")] = None,
    anchor: Annotated[
        str, typer.Option(help="For evidence without a trust directory: SHA-256 of the anchors (hex) as published.")
    ] = "",
    receipt: Annotated[Path | None, typer.Option(help="The receipt of an extract: its purpose is checked too.")] = None,
    second: Annotated[Path | None, typer.Option(help="The second signature that came with it: checked too.")] = None,
    proof: Annotated[Path | None, typer.Option(help="Offline: the log's proof of the issue (tlog-proof).")] = None,
    at: Annotated[str, typer.Option(help="The time to answer for: seconds or ISO 8601; now.")] = "",
    max_age: Annotated[
        int, typer.Option(min=1, max=_LATEST, help="Offline: how many seconds old a status list may be.")
    ] = MAX_AGE_SECONDS,
    audience: Annotated[str, typer.Option(help="Offline: USCC for which the extract must have been made.")] = "",
    case: Annotated[str, typer.Option(help="Offline: id of the case for which the extract must be.")] = "",
    lang: Annotated[Language, typer.Option(help="Offline: the language of the sentences.")] = Language.BOTH,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Verify a credential, an extract, a QR code or evidence: at the hub, or offline with --trust.

    Exit code 0: all passed; 1: something failed; 2: wrong use, or a file that cannot be read; 3: the trust directory or
    the evidence cannot be used; 4: undecided, nothing failed.
    """
    time_asked = _time(at)
    if trust is None and not is_evidence(file):
        offline_only = (
            ("anchor", anchor),
            ("proof", proof),
            ("audience", audience),
            ("case", case),
        )
        if misplaced := [f"--{name}" for name, value in offline_only if value]:
            raise UseError(f"{', '.join(misplaced)}: only with --trust, or for a folder of evidence.")
        if file.is_dir():
            raise UseError(f"{file} is a folder: verify many files offline, with --trust.")
        _at_the_hub(file, receipt, second, time_asked, profile, operator, json=json)
        return
    asked = Asked(
        file=file,
        trust=trust,
        anchor=anchor,
        receipt=receipt,
        second=second,
        proof=proof,
        at=time_asked,
        now=int(time.time()),
        max_age=max_age,
        audience=audience or None,
        case=case.removeprefix("cases/") or None,
    )
    raise typer.Exit(verify_offline(asked, lang, json=json))


def _time(text: str) -> int | None:
    """Unix seconds from digits or an ISO 8601 date and time; a date alone is its first second in UTC."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 13 and 0 < int(text) <= _LATEST:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UseError("--at is neither seconds since 1970 nor ISO 8601, such as 2027-03-01T08:00:00+08:00.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _at_the_hub(
    file: Path, receipt: Path | None, second: Path | None, at: int | None, profile: Path, operator: str, *, json: bool
) -> None:
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
