"""``onceonly issue``: an issuing department issues one licence."""

from pathlib import Path
from typing import Annotated

import typer
from onceonly.v1 import issuance_service_pb2, licence_pb2

from exchange.cli.files import read_message
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line
from exchange.client import new_request_id


def run(
    *,
    licence_type: Annotated[str, typer.Argument(metavar="TYPE", help="The licence type's code, 21 characters.")],
    file: Annotated[Path, typer.Argument(help="The licence as JSON: number, holders, fields; - for standard input.")],
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    validate_only: Annotated[bool, typer.Option("--validate-only", help="Check everything and store nothing.")] = False,
    request_id: Annotated[str, typer.Option(help="A UUID; the same one again issues nothing twice.")] = "",
    json: Json = False,
) -> None:
    """Issue a licence, sealed by the issuing authority. --json prints the signed credential too."""
    licence = read_message(file, licence_pb2.Licence())
    request = issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type}",
        licence=licence,
        request_id=request_id or new_request_id(),
        validate_only=validate_only,
    )
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.issuance.IssueLicence, request)
    if json:
        write_json(plain(answer))
    else:
        write_line("it could be issued" if validate_only else answer.licence.name)
