"""``onceonly qr``: an issuing department makes a QR code for a licence's paper form."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from onceonly.v1 import issuance_service_pb2

from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, write_json, write_line


class Form(StrEnum):
    """What the code carries."""

    CREDENTIAL = "credential"
    POINTER = "pointer"


_FORMS = {
    Form.CREDENTIAL: issuance_service_pb2.QR_FORM_CREDENTIAL,
    Form.POINTER: issuance_service_pb2.QR_FORM_POINTER,
}


def run(
    *,
    name: Annotated[str, typer.Argument(help="licenceTypes/{code}/licences/{identifier}.")],
    form: Annotated[Form, typer.Option(help="The signed licence, or only where to find it.")] = Form.CREDENTIAL,
    fields: Annotated[str, typer.Option(help="Fields to carry, separated by commas; none: all.")] = "",
    out: Annotated[Path | None, typer.Option(help="The PNG file to write; it must not be there yet.")] = None,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Make a QR code of a licence. Everybody who has the paper can read the fields that it carries."""
    request = issuance_service_pb2.GetLicenceQrCodeRequest(
        name=name, form=_FORMS[form], fields=[field.strip() for field in fields.split(",") if field.strip()]
    )
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.issuance.GetLicenceQrCode, request)
    if out is not None:
        _write(out, answer.png)
    if json:
        write_json(plain(answer))
    else:
        write_line(answer.text)
        write_line(f"version {answer.version}, {answer.modules} modules, fields: {', '.join(answer.fields) or 'none'}")


def _write(path: Path, png: bytes) -> None:
    """A new file for this user alone: what it shows may be a person's."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(png)
    except OSError as error:
        raise UseError(f"{path} cannot be written: {error.strerror}.") from error
