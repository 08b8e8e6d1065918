"""``onceonly serve``: runs the hub."""

import os
from typing import Annotated

import typer

from exchange.cli.options import DEFAULT_CONFIG, Config
from exchange.serve.command import serve


def run(
    config: Config = DEFAULT_CONFIG,
    workers: Annotated[
        int | None,
        typer.Option(min=0, max=256, help="Worker processes, instead of the configuration's; 0: all in one."),
    ] = None,
) -> None:
    """Run the hub until it is told to stop (SIGTERM or SIGINT finish what was accepted)."""
    if workers is not None:
        os.environ["ONCEONLY_LISTEN__WORKERS"] = str(workers)  # the hub's processes read it as they read the file
    raise typer.Exit(serve(config))
