"""``onceonly import``: a department brings its existing store in, from a file.

Rules:
1. One bad row never stops it; every row is a line of ``FILE.results.jsonl``, in order.
2. ``FILE.import.json`` says which import it is. Started again, it goes on after the last row that has a result.
3. The results hold no names, numbers or field values.
"""

import fcntl
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Self

import typer
from onceonly.v1 import issuance_service_pb2 as pb
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from exchange.back_fill.mapping import Mapped, MappingError, import_row, read_mapping
from exchange.back_fill.parquet import parquet_rows
from exchange.back_fill.rows import FileRow, HeaderError, csv_rows, json_rows
from exchange.back_fill.sending import send_rows
from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_PROFILE, OperatorId, ProfileFile, profile_of
from exchange.cli.output import write_line
from exchange.client import HubClient, new_request_id

_PREFIX: Final = "IMPORT_OUTCOME_"
_WELL: Final = frozenset({"issued", "unchanged"})


class Grade(StrEnum):
    """Where the rows come from."""

    REGISTER = "register"
    SCAN = "scan"


class Encoding(StrEnum):
    """How the file's text is encoded."""

    UTF_8 = "utf-8"
    GB18030 = "gb18030"


def run(
    *,
    licence_type: Annotated[str, typer.Argument(metavar="TYPE", help="The licence type's code, 21 characters.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .csv, .jsonl or .parquet file.")],
    profile: ProfileFile = DEFAULT_PROFILE,
    operator: OperatorId = "",
    mapping: Annotated[Path | None, typer.Option(help="What the columns are, where they are not standard.")] = None,
    grade: Annotated[Grade, typer.Option(help="Where the rows come from.")] = Grade.REGISTER,
    encoding: Annotated[Encoding, typer.Option(help="The file's encoding.")] = Encoding.UTF_8,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row and store nothing.")] = False,
) -> None:
    """Import a file. Exit code 0: every row is issued or unchanged; 1: some are not, see the results; 2: wrong use."""
    mapped = _mapping(mapping)
    results = file.with_name(f"{file.name}.{'dry-run' if dry_run else 'results'}.jsonl")
    opening = pb.ImportLicencesRequest(
        parent=f"licenceTypes/{licence_type}",
        import_id=str(uuid.uuid4())
        if dry_run
        else _import_id(file.with_name(f"{file.name}.import.json"), licence_type),
        provenance=f"IMPORT_PROVENANCE_BACK_FILLED_{grade.name}",
        validate_only=dry_run,
    )
    try:
        with profile_of(profile, operator).connect() as hub:
            totals, digest = _imported(hub, opening, file, results, mapped, encoding)
            if not dry_run and totals:
                _finished(hub, opening.import_id, digest, file)
    except HeaderError as error:
        raise UseError(str(error)) from error
    for outcome, count in sorted(totals.items()):
        write_line(f"{outcome} {count}")
    if totals.keys() - _WELL:
        raise typer.Exit(1)


def _imported(
    hub: HubClient, opening: pb.ImportLicencesRequest, file: Path, results: Path, mapped: Mapped, encoding: str
) -> tuple[Counter[str], str]:
    """Outcomes of all rows, and the digest over all of them."""
    totals: Counter[str] = Counter()
    if opening.validate_only:
        results.unlink(missing_ok=True)
    running = _Running()
    with file.open("rb") as source, _alone(results) as written, _progress(file, source) as advance:
        done = _answered(results, totals)
        rows = running.over(_rows(source, file.suffix.lower(), encoding))
        for _ in islice(rows, done):
            pass
        told: dict[int, FileRow] = {}
        sent = (import_row(_told(row, told), mapped) for row in rows)
        for _, answer in send_rows(hub, opening, sent):
            for result in answer.results:
                line = _line(result, told.pop(result.row, None))
                totals[str(line["outcome"])] += 1
                written.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            written.flush()
            advance()
    return totals, running.digest.hex()


@contextmanager
def _alone(results: Path) -> Iterator[BinaryIO]:
    """The results, to be written on by nobody else meanwhile. Raises ``UseError`` if somebody does."""
    with results.open("ab") as written:
        try:
            fcntl.flock(written, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UseError(f"{results.name} is being written: another import of this file runs") from error
        yield written


def _rows(source: BinaryIO, suffix: str, encoding: str) -> Iterator[FileRow]:
    if suffix == ".parquet":
        return parquet_rows(source)
    return csv_rows(source, encoding) if suffix == ".csv" else json_rows(source, encoding)


class _Running:
    """The digest over the rows as they are read."""

    def __init__(self) -> None:
        self.digest = bytes(32)

    def over(self, rows: Iterator[FileRow]) -> Iterator[FileRow]:
        for row in rows:
            self.digest = sha256(self.digest + row.digest).digest()
            yield row


def _told(row: FileRow, told: dict[int, FileRow]) -> FileRow:
    """Keep where an unreadable row stands until its answer is there."""
    if row.problem:
        told[row.number] = row
    return row


def _line(result: pb.ImportRowResult, row: FileRow | None) -> dict[str, object]:
    line: dict[str, object] = {
        "row": result.row,
        "outcome": pb.ImportOutcome.Name(result.outcome).removeprefix(_PREFIX).lower(),
    }
    if result.identifier:
        line["identifier"] = result.identifier
    if result.violations:
        line["violations"] = [{"field": one.field, "en": one.en, "zh": one.zh} for one in result.violations]
    if result.quality:
        line["quality"] = list(result.quality)
    if row is not None:
        line |= {"unreadable": row.problem, "offset": row.offset}
        if row.bad_at >= 0:
            line["bad_at"] = row.bad_at
    return line


def _answered(results: Path, totals: Counter[str]) -> int:
    """How many rows have a result, counted into ``totals``; a line that was cut short is cut off."""
    if not results.exists():
        return 0
    done = size = 0
    with results.open("r+b") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            totals[str(json.loads(line)["outcome"])] += 1
            done += 1
            size += len(line)
        file.truncate(size)
    return done


def _import_id(state: Path, licence_type: str) -> str:
    """The id of the file's import: a new one, or that of the import to go on with."""
    if state.exists():
        try:
            known = json.loads(state.read_text(encoding="utf-8"))
            import_id, of_type = str(uuid.UUID(known["import_id"])), known["licence_type"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UseError(f"{state.name} does not say which import it is: restore it, or begin a new one") from error
        if of_type != licence_type:
            raise UseError(f"{state.name} is of an import of another licence type: remove it to begin a new one")
        return import_id
    import_id = str(uuid.uuid4())
    written = state.with_name(f"{state.name}.new")  # never half of it under its name
    with written.open("w", encoding="utf-8") as file:
        json.dump({"import_id": import_id, "licence_type": licence_type}, file)
        file.flush()
        os.fsync(file.fileno())
    written.replace(state)
    return import_id


def _finished(hub: HubClient, import_id: str, digest: str, file: Path) -> None:
    """Finish the import and keep its signed report beside the file."""
    request = pb.FinishImportRequest(import_id=import_id, digest=digest, request_id=new_request_id())
    answer = hub.call(hub.issuance.FinishImport, request)
    file.with_name(f"{file.name}.report.jws").write_text(answer.progress.report, encoding="ascii")


def _mapping(path: Path | None) -> Mapped:
    if path is None:
        return Mapped()
    try:
        return read_mapping(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, MappingError) as error:
        raise UseError(f"{path.name}: {error}") from error


def _progress(file: Path, source: BinaryIO) -> "_Bar":
    return _Bar(file.stat().st_size, source)


class _Bar:
    """A progress bar over the bytes of the file; silent where there is no terminal."""

    def __init__(self, size: int, source: BinaryIO) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("importing"), BarColumn(), DownloadColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("importing", total=size)
        self._source = source

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self) -> None:
        self._progress.update(self._task, completed=self._source.tell())
