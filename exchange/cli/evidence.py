"""``onceonly evidence``: packages that prove a licence, or what a case was given, to a court.

Rules:
1. A licence's package is exported by the authority that issued it, a case's by the department whose case it is. The
   extracts of a case are those that ``onceonly fetch --out`` wrote: the hub keeps none.
2. A package is written into a new folder, for this user alone. Names that the hub sends never lead out of it.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from google.protobuf import timestamp_pb2
from onceonly.v1 import evidence_service_pb2 as pb

from exchange.cli.failures import CommandFailedError, UseError
from exchange.cli.files import read_text
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import write_json, write_line
from exchange.client import HubClient
from exchange.evidence.package import MAX_FILES, MAX_ITEMS, is_name
from signer.sdjwt import MAX_TOKEN_BYTES

app = typer.Typer(no_args_is_help=True)

_PRESENTATION: Final = ".sd-jwt"
_RECEIPT: Final = ".receipt"
_SECOND: Final = ".second"


@app.callback()
def _group() -> None:
    """Packages that prove a licence, or what a case was given, to a court."""


@app.command("export")
def export(
    *,
    name: Annotated[str, typer.Argument(help="licenceTypes/{code}/licences/{identifier}, or cases/{id}.")],
    out: Annotated[Path, typer.Option(help="The new folder to write the package into.")],
    reason: Annotated[str, typer.Option(help="Why it is needed; stands in the package and in the access log.")],
    extracts: Annotated[
        Path | None, typer.Option(help="For a case: the folder that `onceonly fetch --out` wrote.")
    ] = None,
    at: Annotated[
        int | None, typer.Option(min=1, max=2**40, help="For a licence: the time to state its status for; now.")
    ] = None,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Export the evidence of a licence or a case. Check it with `onceonly verify FOLDER`."""
    if name.startswith("cases/") != (extracts is not None):
        raise UseError("a case needs --extracts, the folder with what was fetched for it; a licence has none.")
    if out.exists():
        raise UseError(f"{out} exists: name a new folder.")
    with profile_of(profile, operator).connect() as hub:
        files = _licence(hub, name, reason, at) if extracts is None else _case(hub, name, reason, extracts)
    _write(out, files)
    if json:
        write_json({"files": sorted(files), "folder": str(out)})
    else:
        write_line(f"{out}: {len(files)} files")


def _licence(hub: HubClient, name: str, reason: str, at: int | None) -> dict[str, bytes]:
    time = timestamp_pb2.Timestamp(seconds=at) if at is not None else None
    request = pb.ExportLicenceEvidenceRequest(name=name, reason=reason, at_time=time)
    return _named(hub.call(hub.evidence.ExportLicenceEvidence, request).files)


def _case(hub: HubClient, name: str, reason: str, folder: Path) -> dict[str, bytes]:
    presentations = sorted(folder.glob(f"*{_PRESENTATION}"))
    if not 1 <= len(presentations) <= MAX_ITEMS:
        raise UseError(f"{folder} holds no *{_PRESENTATION}, or more than {MAX_ITEMS}.")
    held = [
        pb.HeldExtract(
            credential=read_text(path, MAX_TOKEN_BYTES),
            receipt=read_text(path.with_suffix(_RECEIPT), MAX_TOKEN_BYTES),
            second_signature=_beside(path.with_suffix(_SECOND)),
        )
        for path in presentations
    ]
    request = pb.ExportCaseEvidenceRequest(name=name, reason=reason, extracts=held)
    return _named(hub.call(hub.evidence.ExportCaseEvidence, request).files)


def _beside(path: Path) -> str:
    return read_text(path, MAX_TOKEN_BYTES) if path.is_file() else ""


def _named(files: Iterable[pb.EvidenceFile]) -> dict[str, bytes]:
    """The files by name. Raises ``CommandFailedError`` for names that are none of a package."""
    found = {each.name: each.content for each in files}
    if not 0 < len(found) <= MAX_FILES or not all(is_name(name) for name in found):
        raise CommandFailedError("the hub sent what is no package of evidence; nothing was written.")
    return found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(mode=0o700, parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(content)
