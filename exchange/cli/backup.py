"""``onceonly backup``: a whole hub in one folder, taken while it runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import progress, write_json, write_line
from exchange.config import load
from exchange.moving.backup import back_up


def run(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Back up records, objects, keys and certificates into a new folder; the hub may run. The passphrase is not in it.

    What is acknowledged after the backup has begun may be missing from it.
    """
    manifest = back_up(load(config), folder.absolute(), datetime.now(UTC), progress)
    rows = sum(count for count, _ in manifest.tables.values())
    if json:
        members = {"entries": manifest.journal, "files": manifest.files, "objects": manifest.objects, "rows": rows}
        write_json({**members, "checkpoint": manifest.checkpoint, "folder": str(folder), "proven": manifest.log_size})
        return
    write_line(
        f"{rows} rows and {manifest.objects} objects in {folder}; the log of {manifest.log_size} entries is unbroken"
    )
    write_line("keep the passphrase elsewhere: without it the backup opens for nobody, with it for anybody")
