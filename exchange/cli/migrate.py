"""``onceonly migrate``: brings the databases to this version's schema, or carries a whole hub to other stores."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import progress, write_json, write_line, write_table
from exchange.config import Config as Options
from exchange.config import load
from exchange.databases import create_databases
from exchange.layout import layout
from exchange.moving.alone import alone
from exchange.moving.carrying import Carried, carry
from exchange.moving.stores import embedded
from exchange.serve.run_folder import RunFolder

_FOLDER: Final = "sqlite:"
_SERVERS: Final = ("postgresql://", "postgres://")


def run(
    config: Config = DEFAULT_CONFIG,
    source: Annotated[
        str, typer.Option("--from", metavar="PLACE", help="sqlite:DATA_FOLDER or postgresql://…, to carry a hub from.")
    ] = "",
    target: Annotated[str, typer.Option("--to", metavar="PLACE", help="The other of the two, to carry it to.")] = "",
    json: Json = False,
) -> None:
    """Bring the databases to this version's schema; nothing happens if they have it.

    With --from and --to carry a stopped hub instead, between a data folder (sqlite:DATA_FOLDER) and the servers that
    the configuration names; the postgresql:// place reads as its [records] url does. The source stays as it was.
    """
    options = load(config)
    if source or target:
        _carry(options, source, target, as_json=json)
        return
    with RunFolder(layout(options).run):
        records, index = create_databases(options)
    if json:
        write_json({"index": index, "records": records})
    else:
        write_line(f"records at {records}, index at {index}")


def _carry(options: Options, source: str, target: str, *, as_json: bool) -> None:
    local = embedded(options, _folder(options, source, target))
    with ExitStack() as held:
        bars = held.enter_context(alone(options, progress))
        if local.hub.data_dir.resolve() != options.hub.data_dir.resolve():
            bars = held.enter_context(alone(local, bars))
        to_servers = source.startswith(_FOLDER)
        carried = carry(local, options, bars) if to_servers else carry(options, local, bars)
    if as_json:
        _write(carried)
    else:
        _tell(carried, source)


def _folder(options: Options, source: str, target: str) -> Path:
    """The data folder among the two places; the other must be the configuration's database. Raises ``UseError``."""
    folders = [place for place in (source, target) if place.startswith(_FOLDER)]
    servers = [place for place in (source, target) if place.startswith(_SERVERS)]
    if len(folders) != 1 or len(servers) != 1:
        raise UseError("--from and --to are sqlite:DATA_FOLDER and postgresql://user@host/database, one each.")
    if servers[0] != options.records.url:
        raise UseError("the postgresql:// place must read as [records] url in the configuration does.")
    folder = Path(folders[0].removeprefix(_FOLDER)).absolute()
    if source.startswith(_FOLDER) and not (folder / "records.sqlite").is_file():
        raise UseError(f"{folder} holds no hub: it has no records.sqlite.")
    return folder


def _write(carried: Carried) -> None:
    tables = {table.name: {"rows": table.rows, "sha256": table.digest} for table in carried.records.tables}
    objects = None
    if carried.objects is not None:
        objects = {"bytes": carried.objects.body_bytes, "count": carried.objects.written + carried.objects.present}
    log = {"root": carried.proof.root.hex(), "size": carried.proof.size}
    write_json({"log": log, "objects": objects, "tables": tables})


def _tell(carried: Carried, source: str) -> None:
    rows = [(table.name, str(table.rows), table.digest) for table in carried.records.tables]
    if carried.objects is not None:
        count = carried.objects.written + carried.objects.present
        rows.append(("objects", str(count), f"{carried.objects.body_bytes} bytes, each read back"))
    write_table("", ("what", "how many", "SHA-256 on both sides"), rows)
    write_line(f"the log is unbroken: {carried.proof.size} entries, root {carried.proof.root.hex()}")
    write_line(f"{source} stays as it was: never serve from it again, or the log has two histories")
