"""``onceonly audit``: the access log, asked at the hub and verified without it."""

import hashlib
import time
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Annotated, Final

import typer
from onceonly.v1 import access_record_pb2, audit_service_pb2

from exchange.audit.asked import is_request
from exchange.audit.entry import parse
from exchange.audit.journal import entry_at
from exchange.audit.log_export import export_log
from exchange.audit.log_files import VKEY
from exchange.audit.log_report import LogReport
from exchange.audit.log_site import SiteError, SiteFiles
from exchange.audit.offline import verify_log
from exchange.audit.offline_witnesses import Witnesses
from exchange.audit.proofs import PublishedLog, log_key
from exchange.cli.failures import FAILED, CommandFailedError, UseError
from exchange.cli.files import read_bytes, read_text
from exchange.cli.options import DEFAULT_CONFIG, DEFAULT_PROFILE, Config, Json, OperatorId, ProfileFile, profile_of
from exchange.cli.output import plain, progress, write_json, write_line, write_table
from exchange.config import load
from exchange.installation import MASTER_SECRET, open_keys
from exchange.master_key import MasterKey
from exchange.stores import open_objects, open_records
from signer.cosignature import parse_witness_vkey
from signer.errors import NoteError
from storage.vault import Vault

app = typer.Typer(no_args_is_help=True)

Mandate = Annotated[str, typer.Option(help="mandates/{id}: what the auditor asks under.")]
Index = Annotated[int, typer.Argument(min=0, help="The record's index in the log.")]

_MAX_VKEY: Final = 1_024


@app.command("list")
def list_records(
    *,
    mandate: Mandate,
    department: Annotated[str, typer.Option(help="USCC of the calling department.")] = "",
    by: Annotated[str, typer.Option(help="Operator id; needs --department.")] = "",
    matter: Annotated[str, typer.Option(help="Matter code.")] = "",
    case: Annotated[str, typer.Option(help="cases/{id}.")] = "",
    licence: Annotated[str, typer.Option(help="licenceTypes/{code}/licences/{identifier}.")] = "",
    reason: Annotated[str, typer.Option(help="Reason code of a refusal.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many, newest first.")] = 50,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """List access records, newest first. The question is itself an entry of the log."""
    asked = audit_service_pb2.AccessFilter(
        mandate=mandate, department=department, operator=by, matter=matter, case=case, licence=licence, reason=reason
    )
    request = audit_service_pb2.ListAccessRecordsRequest(filter=asked, page_size=limit)
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.audit.ListAccessRecords, request)
    if json:
        write_json(plain(answer))
    else:
        columns = ("index", "time", "method", "outcome", "department", "matter", "reasons")
        write_table("", columns, [_row(record) for record in answer.records])


@app.command()
def explain(
    *,
    index: Index,
    mandate: Mandate,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Run a recorded decision again; exit code 1 if it does not agree with the record."""
    request = audit_service_pb2.ExplainDecisionRequest(name=f"accessRecords/{index}", mandate=mandate)
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.audit.ExplainDecision, request)
    if json:
        write_json(plain(answer))
    else:
        for item in answer.items:
            rows = [
                (str(each.step), each.guard, "held" if each.held else each.reason, each.message.zh)
                for each in item.guards
            ]
            agrees = "agrees with the record" if item.agrees else "DOES NOT AGREE with the record"
            write_table(f"{item.requirement or 'the call'}: {agrees}", ("step", "guard", "outcome", ""), rows)
        if not answer.items:
            write_line("nothing was decided in this call")
    if not all(item.agrees for item in answer.items):
        raise typer.Exit(FAILED)


@app.command()
def checkpoint(*, profile: ProfileFile = DEFAULT_PROFILE, operator: OperatorId = "", json: Json = False) -> None:
    """Print the log's latest signed checkpoint and the key that verifies it."""
    with profile_of(profile, operator).connect() as hub:
        answer = hub.call(hub.audit.GetCheckpoint, audit_service_pb2.GetCheckpointRequest())
    if json:
        write_json(plain(answer))
    else:
        write_line(f"{answer.checkpoint}\n{answer.verifier_key}")


@app.command()
def export(
    *,
    out: Annotated[
        Path, typer.Argument(help="A new file for the records; the manifest goes to the same with .manifest.")
    ],
    mandate: Mandate,
    format_: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    start: Annotated[int, typer.Option(min=0, help="First index.")] = 0,
    end: Annotated[int, typer.Option(min=0, help="Index after the last; 0: up to the latest checkpoint.")] = 0,
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    json: Json = False,
) -> None:
    """Export records with tags (no raw identifiers) and a manifest that the hub signs. Needs a mandate over all."""
    request = audit_service_pb2.ExportAccessRecordsRequest(
        mandate=mandate, start_index=start, end_index=end, format=format_
    )
    digest, size, manifest = hashlib.sha256(), 0, ""
    with profile_of(profile, operator).connect() as hub, out.open("xb") as file:
        for part in hub.receive(hub.audit.ExportAccessRecords, request):
            manifest = part.manifest
            digest.update(part.data)
            size += file.write(part.data)
    beside = out.with_name(f"{out.name}.manifest")
    beside.write_text(manifest, "ascii")
    if json:
        write_json({"bytes": size, "file": str(out), "manifest": str(beside), "sha256": digest.hexdigest()})
    else:
        write_line(f"{size} bytes in {out}, SHA-256 {digest.hexdigest()}; the signed manifest is {beside}")


@app.command()
def copy(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    config: Config = DEFAULT_CONFIG,
    public: Annotated[bool, typer.Option("--public", help="Only what anyone may see: no entries.")] = False,
    json: Json = False,
) -> None:
    """Copy the whole log out of the hub's own data folder, for `onceonly audit verify` anywhere."""
    options = load(config)
    with (
        closing(open_objects(options)) as objects,
        closing(open_records(options, read_only=True)) as records,
        progress("log") as done,
    ):
        log = PublishedLog(objects, log_key(objects))
        size = export_log(folder, log, objects, None if public else records, done)
    if json:
        write_json({"entries": size, "folder": str(folder), "verifier_key": log.verifier_key})
    else:
        write_line(
            f"{size} entries in {folder}; verify with: onceonly audit verify {folder} --vkey '{log.verifier_key}'"
        )


@app.command("request")
def compare_request(
    *,
    index: Index,
    file: Annotated[Path, typer.Argument(help="The request as it was sent: a serialised protobuf message.")],
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Say whether a file is the request that a record is of; exit code 1 if it is not. Needs the hub's own keys.

    Nobody else can tell: the record holds a digest under a key of its year. Fails if that key was destroyed.
    """
    options = load(config)
    asked = read_bytes(file, options.listen.max_message_bytes)
    with (
        closing(open_keys(options, frozenset({MASTER_SECRET}))) as keys,
        closing(open_records(options, read_only=True)) as records,
    ):
        found = entry_at(records, index)
        if found is None:
            raise CommandFailedError(f"the log has no record {index}")
        same = is_request(parse(found.entry), asked, Vault(records, MasterKey(keys)).data_key)
    if json:
        write_json({"index": index, "same": same})
    else:
        write_line(f"record {index} is of {'this' if same else 'ANOTHER'} request")
    if not same:
        raise typer.Exit(FAILED)


@app.command()
def verify(
    *,
    source: Annotated[
        str, typer.Argument(metavar="URL_OR_DIR", help="Where the log is: https://hub.example.gov/log, or a copy.")
    ],
    vkey: Annotated[
        str, typer.Option(help="The log's verifier key, as published. Default: the one beside the log.")
    ] = "",
    witness: Annotated[
        list[str] | None, typer.Option(help="A witness's verifier key; once for each witness that you trust.")
    ] = None,
    quorum: Annotated[int, typer.Option(min=0, help="How many of them must have cosigned. Default: all.")] = 0,
    json: Json = False,
) -> None:
    """Verify a whole log: signature, root, tiles and entries; names the first bad entry and its file.

    Exit code 1 if anything is wrong. Give --vkey from elsewhere: a key beside the log proves only that it fits itself.
    With --witness, the log must have been cosigned too: nobody was then shown another history.
    """
    trusted = _witnesses(witness or [], quorum)
    try:
        with _opened(source) as files:
            report = verify_log(files, vkey or _key_beside(files), witnesses=trusted)
    except NoteError as error:
        raise UseError(f"--vkey: {error}") from error
    except NotADirectoryError as error:
        raise UseError(f"{error}.") from error
    except SiteError as error:
        raise CommandFailedError(str(error)) from error
    _tell(report, given=bool(vkey), as_json=json)
    if not report.ok:
        raise typer.Exit(FAILED)


def _witnesses(vkeys: list[str], quorum: int) -> Witnesses:
    try:
        keys = tuple(parse_witness_vkey(vkey) for vkey in vkeys)
    except NoteError as error:
        raise UseError(f"--witness: {error}") from error
    if quorum > len(keys):
        raise UseError(f"--quorum: {quorum} witnesses cannot be asked of {len(keys)}: name more with --witness.")
    return Witnesses(keys, quorum or len(keys))


def _opened(source: str) -> AbstractContextManager[Path | SiteFiles]:
    return SiteFiles(source) if source.startswith(("http://", "https://")) else nullcontext(Path(source))


def _key_beside(files: Path | SiteFiles) -> str:
    if isinstance(files, SiteFiles):
        content = files.get(VKEY) or b""
        return content[:_MAX_VKEY].decode("ascii", "replace").strip()
    if not files.is_dir():
        raise UseError(f"{files} is not a folder that holds a log.")
    return read_text(files / VKEY, _MAX_VKEY)


def _tell(report: LogReport, *, given: bool, as_json: bool) -> None:
    first = report.first
    if as_json:
        findings = [{"file": each.file, "entry": each.index, "problem": each.problem} for each in report.findings]
        members = {"ok": report.ok, "origin": report.origin, "size": report.size, "root": report.root.hex()}
        write_json(
            {**members, "entries": report.entries, "tiles": report.tiles, "findings": findings, **_cosigners(report)}
        )
    elif first is None:
        key = "" if given else "; its key was taken from the folder"
        write_line(f"whole: {report.size} entries of {report.origin}, {report.entries} of them opened{key}")
        if report.cosigned is not None:
            names = ", ".join(cosigner.key.name for cosigner in report.cosigned.cosigners)
            write_line(f"cosigned: the first {report.cosigned.checkpoint.size} entries, by {names}")
    else:
        entry = "" if first.index is None else f", entry {first.index}"
        write_line(f"NOT whole: {first.file}{entry}: {first.problem} ({len(report.findings)} findings)")


def _cosigners(report: LogReport) -> dict[str, object]:
    """Members of the answer about witnesses; none where none were asked for."""
    if report.cosigned is None:
        return {}
    cosigners = [{"name": each.key.name, "time": each.time} for each in report.cosigned.cosigners]
    return {"cosigned_size": report.cosigned.checkpoint.size, "cosigners": cosigners}


def _row(record: audit_service_pb2.AccessRecord) -> tuple[str, ...]:
    entry = record.entry
    return (
        str(record.index),
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time_us // 1_000_000)),
        entry.method.rpartition(".")[2],
        access_record_pb2.Outcome.Name(entry.outcome).removeprefix("OUTCOME_").lower(),
        entry.department,
        entry.matter,
        ", ".join(entry.reasons),
    )
