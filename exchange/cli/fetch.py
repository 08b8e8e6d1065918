"""``onceonly fetch``: a counter reads what a case needs."""

from pathlib import Path
from typing import Annotated

import typer
from onceonly.v1 import exchange_service_pb2, reason_pb2

from exchange.cli.failures import FAILED, UseError
from exchange.cli.options import DEFAULT_PROFILE, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import cell, plain, write_json, write_table
from exchange.client import HubClient, new_request_id
from exchange.edge.convert.values import field_value


def run(
    *,
    case: Annotated[str, typer.Argument(help="cases/{id}.")],
    requirements: Annotated[list[str] | None, typer.Argument(help="Evidence lines; none: all that apply.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="Narrow one line to these fields.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for each extract's presentation and receipt.")] = None,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Fetch the evidence of a case. Exit code 1 if a line was refused; the others are released nevertheless."""
    wanted, fields = requirements or [], field or []
    if fields and len(wanted) != 1:
        raise UseError("--field narrows one line: name exactly one requirement.")
    with profile_of(profile, operator).connect() as hub:
        results = [_one(hub, case, wanted[0], fields)] if fields else _several(hub, case, wanted)
    if out is not None:
        _write(out, results)
    if json:
        write_json([plain(result) for result in results])
    else:
        rows = [row for result in results for row in _rows(result)]
        write_table("", ("requirement", "field / reason", "value"), rows)
    if any(result.HasField("refusal") for result in results):
        raise typer.Exit(FAILED)


def _one(hub: HubClient, case: str, requirement: str, fields: list[str]) -> exchange_service_pb2.EvidenceResult:
    request = exchange_service_pb2.FetchLicenceRequest(
        case=case, requirement=requirement, fields=fields, request_id=new_request_id()
    )
    extract = hub.call(hub.exchange.FetchLicence, request).extract
    return exchange_service_pb2.EvidenceResult(requirement=extract.requirement, extract=extract)


def _several(hub: HubClient, case: str, wanted: list[str]) -> list[exchange_service_pb2.EvidenceResult]:
    request = exchange_service_pb2.FetchEvidenceRequest(case=case, requirements=wanted, request_id=new_request_id())
    return list(hub.call(hub.exchange.FetchEvidence, request).results)


def _write(folder: Path, results: list[exchange_service_pb2.EvidenceResult]) -> None:
    """``<requirement>.sd-jwt``, ``.receipt`` and, where there is one, ``.second`` for each line that was released, for
    this user alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for result in results:
        if result.HasField("extract"):
            name = "".join(each for each in result.requirement if each.isalnum() or each in "_-")
            extract = result.extract
            contents = {"sd-jwt": extract.presentation, "receipt": extract.receipt, "second": extract.second_signature}
            for suffix, content in contents.items():
                if not content:
                    continue
                path = folder / f"{name}.{suffix}"
                path.touch(mode=0o600)
                path.write_text(content, "ascii")


def _rows(result: exchange_service_pb2.EvidenceResult) -> list[tuple[str, str, str]]:
    if result.HasField("refusal"):
        pairs = zip(result.refusal.reasons, result.refusal.messages, strict=True)
        return [
            (result.requirement, reason_pb2.Reason.Name(reason).removeprefix("REASON_"), f"{text.zh} {text.en}")
            for reason, text in pairs
        ]
    fields = result.extract.fields
    return [(result.requirement, name, cell(field_value(fields[name], name))) for name in sorted(fields)]
