"""``onceonly migrate``: brings the databases to this version's schema."""

from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line
from exchange.config import load
from exchange.databases import create_databases
from exchange.layout import layout
from exchange.serve.run_folder import RunFolder


def run(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Bring the databases of a stopped hub to this version's schema; nothing happens if they have it."""
    options = load(config)
    with RunFolder(layout(options).run):
        records, index = create_databases(options)
    if json:
        write_json({"index": index, "records": records})
    else:
        write_line(f"records at {records}, index at {index}")
