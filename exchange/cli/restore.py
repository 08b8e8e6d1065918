"""``onceonly restore``: a backup checked, and brought back into empty stores."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import progress, write_json, write_line
from exchange.config import load
from exchange.moving.alone import alone
from exchange.moving.restoring import check_backup, restore


def run(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup.")],
    config: Config = DEFAULT_CONFIG,
    check: Annotated[bool, typer.Option("--check", help="Only check the backup; nothing is restored.")] = False,
    json: Json = False,
) -> None:
    """Restore a backup into the empty stores that the configuration names, and prove its log unbroken there.

    What was acknowledged after the backup was taken is lost: look for a newer one first.
    """
    options, source = load(config), folder.absolute()
    if check:
        manifest = check_backup(options, source, progress)
    else:
        with alone(options, progress) as bars:
            manifest = restore(options, source, bars).manifest
    if json:
        members = {"checkpoint": manifest.checkpoint, "hub": manifest.hub, "proven": manifest.log_size}
        write_json({**members, "restored": not check, "time": manifest.time})
        return
    done = "is whole" if check else "is restored"
    write_line(f"the backup of {manifest.time} {done}: the log of {manifest.log_size} entries is unbroken")
    if not check:
        write_line(f"next: onceonly serve --config {config}")
