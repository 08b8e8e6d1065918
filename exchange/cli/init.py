"""``onceonly init``: a new hub in a folder."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.failures import UseError
from exchange.cli.files import read_departments
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line
from exchange.config import load
from exchange.enrolment import PROFILE, enrol, found_catalogue
from exchange.entities.catalogue import Department
from exchange.installation import initialise, open_keys
from exchange.layout import layout

_TEXT = """\
# The hub's configuration. Every option, its default and its meaning: config/onceonly.example.toml.

[hub]
# The hub's name: the audience that every access token must carry.
name = "{name}"
# Folder of everything the hub stores; on a local file system.
data_dir = "data"

[listen]
# host:port of the gRPC service. Keep the port below 32768 (the ephemeral range).
address = "{address}"

[keys]
# File (mode 0600) whose first line opens the keys. Keep it off the data folder and its backups.
passphrase_file = "passphrase"
"""


def run(
    *,
    config: Config = DEFAULT_CONFIG,
    name: Annotated[
        str, typer.Option(help="The hub's name, if there is no configuration: https://hub.example.gov")
    ] = "",
    address: Annotated[
        str, typer.Option(help="host:port of the service, if there is no configuration.")
    ] = "127.0.0.1:7443",
    departments: Annotated[
        Path | None, typer.Option(help="YAML of the first departments, with two catalogue managers among them.")
    ] = None,
    identities: Annotated[Path, typer.Option(help="New folder for the identities of those departments.")] = Path(
        "identities"
    ),
    json: Json = False,
) -> None:
    """Make a new hub: configuration (if absent), databases, keys, certificates, and the first departments if given."""
    first = read_departments(departments) if departments is not None else ()
    written = _write_config(config, name, address)
    options = load(config)
    try:
        initialise(options, datetime.now(UTC))
    except Exception:
        if written and not layout(options).data.exists():
            config.unlink()  # nothing was made, so the same command can be given again
        raise
    profiles = enrol_first(config, first, identities) if first else []
    if json:
        write_json({"config": str(config), "data": str(options.hub.data_dir), "profiles": [str(p) for p in profiles]})
        return
    if written:
        write_line(f"wrote {config}")
    write_line(
        f"made {layout(options).data}; its passphrase is in {options.keys.passphrase_file}: keep a copy elsewhere"
    )
    for profile in profiles:
        write_line(f"enrolled {profile}")
    write_line(f"next: onceonly serve --config {config}")


def enrol_first(config: Path, departments: Sequence[Department], identities: Path) -> list[Path]:
    """Identities for the first departments, and these in force; returns their profiles. No hub may run."""
    options, now = load(config), datetime.now(UTC)
    taken = [department.uscc for department in departments if (identities / department.uscc).exists()]
    if taken:
        raise UseError(f"{identities} holds identities of {', '.join(taken)}: name a new folder with --identities.")
    keys = open_keys(options)
    enrolled = [enrol(options, keys, each, identities / each.uscc, now) for each in departments]
    found_catalogue(options, enrolled, now)
    return [identities / department.uscc / PROFILE for department in departments]


def _write_config(path: Path, name: str, address: str) -> bool:
    """Write the configuration if there is none; returns whether it was written."""
    if path.exists():
        if name:
            raise UseError(f"{path} exists and names the hub: leave --name out, or name another --config.")
        return False
    if not name:
        raise UseError(f"there is no {path}: give the hub's name with --name https://hub.example.gov")
    if not (name + address).isprintable() or '"' in name + address or "\\" in name + address:
        raise UseError("--name and --address must not hold quotes, backslashes or control characters.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEXT.format(name=name, address=address), "utf-8")
    return True
