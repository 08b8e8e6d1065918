"""``onceonly catalogue``: the catalogue's files and a hub's catalogue."""

from pathlib import Path
from typing import Annotated

import typer
from onceonly.v1 import catalogue_pb2, catalogue_service_pb2

from exchange.catalogue.schema import CatalogueFilesError
from exchange.catalogue.validation import validate as validate_entities
from exchange.cli.failures import FAILED
from exchange.cli.files import read_catalogue, read_departments
from exchange.cli.init import enrol_first
from exchange.cli.options import DEFAULT_CONFIG, DEFAULT_PROFILE, Config, Json, ProfileFile
from exchange.cli.output import progress, write_json, write_line
from exchange.client import new_request_id
from exchange.loading import load_catalogue
from exchange.profile import load_profile

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of YAML files, or one file.")]


@app.command()
def validate(folder: Folder, json: Json = False) -> None:
    """Check a catalogue's files by themselves and against each other; exit code 1 if anything is wrong."""
    try:
        entities = read_catalogue(folder).entities()
        found = [
            {"file": "", "line": 0, "entry": each.entity, "field": each.field, "en": each.en, "zh": each.zh}
            for each in validate_entities(entities)
        ]
    except CatalogueFilesError as error:
        entities = ()
        found = [
            {"file": p.file, "line": p.line, "entry": p.entry, "field": p.field, "en": p.en, "zh": p.zh}
            for p in error.problems
        ]
    if json:
        write_json({"entries": len(entities), "problems": found})
    else:
        for each in found:
            place = f"{each['file']}:{each['line']}: " if each["file"] else ""
            write_line(f"{place}{each['entry']} {each['field']}: {each['en']} {each['zh']}")
        if not found:
            write_line(f"{len(entities)} entries, nothing wrong")
    raise typer.Exit(FAILED if found else 0)


@app.command()
def load(
    *,
    folder: Folder,
    author: Annotated[str, typer.Option(help="The operator who proposes.")],
    publisher: Annotated[str, typer.Option(help="Another operator, who reviews and publishes.")],
    profile: ProfileFile = DEFAULT_PROFILE,
    json: Json = False,
) -> None:
    """Load a catalogue into a running hub: propose, review and publish what is not in force yet."""
    entities = read_catalogue(folder).entities()
    caller = load_profile(profile)
    with (
        caller.for_operator(author).connect() as proposing,
        caller.for_operator(publisher).connect() as publishing,
        progress("catalogue") as done,
    ):
        loaded = load_catalogue(proposing, publishing, entities, done)
    if json:
        write_json({"published": loaded.published, "unchanged": loaded.unchanged})
    else:
        write_line(f"{loaded.published} published, {loaded.unchanged} unchanged")


@app.command()
def approve(
    name: Annotated[str, typer.Argument(metavar="NAME", help="{collection}/{code}/revisions/{n}, in review.")],
    profile: ProfileFile = DEFAULT_PROFILE,
    json: Json = False,
) -> None:
    """Approve, as a second department, that a reviewed revision widens access; says first what it changes."""
    with load_profile(profile).connect() as hub:
        entry = hub.call(hub.catalogue.GetEntry, catalogue_service_pb2.GetEntryRequest(name=name)).entry
        request = catalogue_service_pb2.ApproveEntryRequest(
            name=entry.name, etag=entry.etag, request_id=new_request_id()
        )
        approved = hub.call(hub.catalogue.ApproveEntry, request).entry
    changes = [
        {
            "effect": catalogue_pb2.AccessEffect.Name(change.effect).removeprefix("ACCESS_EFFECT_").lower(),
            "path": change.path,
            "licence_type": change.licence_type,
            "en": change.label.en,
            "zh": change.label.zh,
        }
        for change in entry.access_changes
    ]
    if json:
        write_json({"name": approved.name, "approver": approved.approver, "changes": changes})
    else:
        for change in changes:
            write_line(f"{change['effect']} {change['path']}: {change['en']} {change['zh']}")
        write_line(f"{approved.name} approved")


@app.command()
def bootstrap(
    file: Annotated[Path, typer.Argument(help="YAML of the first departments, with two catalogue managers.")],
    config: Config = DEFAULT_CONFIG,
    identities: Annotated[Path, typer.Option(help="New folder for their identities.")] = Path("identities"),
    json: Json = False,
) -> None:
    """Put the first departments of an empty catalogue in force while no hub runs, and make their identities."""
    profiles = enrol_first(config, read_departments(file), identities)
    if json:
        write_json({"profiles": [str(profile) for profile in profiles]})
    else:
        for profile in profiles:
            write_line(f"enrolled {profile}")
