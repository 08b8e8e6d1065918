"""``onceonly trust``: publish what is in force, show it, say what is trusted no more, and fetch it as a verifier.

Rules:
1. All of it works while the hub runs; its workers heed a new list within seconds.
2. A publication that would drop something asks for ``--yes``; decisions are recorded first and published at once.
"""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.cli.failures import CommandFailedError, UseError
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line, write_table
from exchange.config import load
from exchange.trust.building import DEFAULT_DAYS, Sources
from exchange.trust.decisions import Distrust, Subject, Withdrawal, load_decisions, save_decisions
from exchange.trust.directory import refresh
from exchange.trust.public_side import FetchError, FolderSide, HttpSide, PublicSide
from exchange.trust.publishing import Prospect, TrustPublicationError, latest, prospect
from exchange.trust.publishing import publish as publish_list
from exchange.trust.signpost import published_status_lists
from exchange.trust.subjects import subjects_named
from exchange.trust_setup import open_sources
from signer.trust_list import Term, TrustList

app = typer.Typer(no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Publish although entries go away.")]
Days = Annotated[int, typer.Option(min=1, max=3653, help="How many days the list is in force.")]
Reason = Annotated[str, typer.Option(help="Why, for those who ask later; at most 500 characters.")]

_MAX_REASON: Final = 500
_LEAST_NAME: Final = 8
"""Characters of a digest or ``kid`` that must be given."""


@app.command()
def publish(
    *,
    config: Config = DEFAULT_CONFIG,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    days: Days = DEFAULT_DAYS,
    json: Json = False,
) -> None:
    """Publish a new trust list of what is in force: seals, types, keys. Shows what changes against the last one."""
    with open_sources(load(config)) as sources:
        wanted = prospect(sources, _now(), days)
        if dry_run:
            _tell(wanted, None, json=json)
            return
        _tell(wanted, _published(sources, wanted, yes=yes), json=json)


@app.command()
def show(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Show the published trust list."""
    with open_sources(load(config)) as sources:
        found = latest(sources.objects, sources.keys)
    if found is None:
        raise CommandFailedError("no trust list was published yet: run `onceonly trust publish`.")
    rows = list(_rows(found))
    if json:
        entries = [dict(zip(("entry", "name", "from", "until", "distrusted_after"), row, strict=True)) for row in rows]
        write_json(
            {
                "hub": found.hub,
                "sequence": found.sequence,
                "issued": _time(found.issue_time),
                "expires": _time(found.expire_time),
                "quorum": found.quorum,
                "entries": entries,
            }
        )
        return
    title = f"{found.hub}, list {found.sequence}, {_time(found.issue_time)} to {_time(found.expire_time)}"
    write_table(title, ("entry", "name", "from", "until", "distrusted after"), rows)


@app.command()
def distrust(
    *,
    name: Annotated[
        str, typer.Argument(metavar="SHA256_OR_KID", help="A seal, root or hub key; its beginning will do.")
    ],
    reason: Reason,
    after: Annotated[
        str, typer.Option(help="From when on: ISO 8601 with its offset, or Unix seconds. Default: now.")
    ] = "",
    config: Config = DEFAULT_CONFIG,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Say from when on a seal, root or key is trusted no more, as after a theft, and publish it. Never undone."""
    now = _now()
    since = _parsed(after, now)
    with open_sources(load(config)) as sources:
        subject, whole = _subject(prospect(sources, now).draft.trust_list, name)
        decisions = load_decisions(sources.objects)
        known = decisions.distrusted_after(subject, whole)
        if known is not None and known <= since:
            raise UseError(f"{subject} {whole} is distrusted after {_time(known)} already: that is not put later.")
        made = Distrust(subject, whole, since, _reason(reason), now)
        save_decisions(sources.objects, decisions.with_distrust(made))
        wanted = prospect(sources, now)
        _tell(wanted, _published(sources, wanted, yes=yes), json=json)


@app.command()
def withdraw(
    *,
    uscc: Annotated[str, typer.Argument(metavar="USCC", help="The issuing authority.")],
    reason: Reason,
    licence_type: Annotated[str, typer.Option("--type", help="The licence type's code. Default: every type.")] = "",
    since: Annotated[
        str, typer.Option(help="From when on: ISO 8601 with its offset, or Unix seconds. Default: now.")
    ] = "",
    config: Config = DEFAULT_CONFIG,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Say from when on an authority may issue no more, whatever the catalogue says, and publish it."""
    now = _now()
    with open_sources(load(config)) as sources:
        found = latest(sources.objects, sources.keys)
        listed = found.authority_by_uscc.get(uscc) if found is not None else None
        if listed is None or (licence_type and licence_type not in {each.code for each in listed.types}):
            raise UseError(f"the trust list names no authority {uscc}{' with that type' if licence_type else ''}.")
        made = Withdrawal(uscc, licence_type, _parsed(since, now), _reason(reason), now)
        save_decisions(sources.objects, load_decisions(sources.objects).with_withdrawal(made))
        wanted = prospect(sources, now)
        _tell(wanted, _published(sources, wanted, yes=yes), json=json)


@app.command()
def fetch(
    *,
    source: Annotated[
        str, typer.Argument(metavar="URL_OR_DIR", help="A hub's public side, or a folder that mirrors it.")
    ],
    into: Annotated[Path, typer.Option(help="The trust directory.")],
    status: Annotated[list[str] | None, typer.Option(help="A status list to keep: type/year/n. Repeatable.")] = None,
    all_status: Annotated[
        bool, typer.Option("--all-status", help="Keep every status list that the hub publishes.")
    ] = False,
    tls_ca: Annotated[Path | None, typer.Option(help="PEM of the only authorities trusted for https.")] = None,
    json: Json = False,
) -> None:
    """Bring a trust directory up to date, for verifying without the hub. An older or another list is refused."""
    try:
        side = _side(source, tls_ca)
        named = published_status_lists(side) if all_status else ()
        done = refresh(side, into, _now(), (*named, *(status or ())))
    except FetchError as error:
        raise CommandFailedError(str(error)) from error
    if json:
        write_json(
            {
                "sequence": done.trust_list.sequence,
                "expires": _time(done.trust_list.expire_time),
                "pinned": done.pinned,
                "status_lists": done.status_lists,
                "checkpoint": done.checkpoint,
            }
        )
        return
    write_line(
        f"{into} holds list {done.trust_list.sequence} of {done.trust_list.hub}, {done.status_lists} status lists"
    )
    if done.pinned:
        write_line(f"its anchors were taken on trust; compare their digest with the operator's: {done.pinned}")


def _published(sources: Sources, wanted: Prospect, *, yes: bool) -> TrustList:
    if wanted.losses and not yes:
        names = "\n".join(f"  {each.entry}" for each in wanted.losses)
        raise CommandFailedError(
            f"nothing was published, since these entries would go away:\n{names}\nrun `onceonly trust publish --yes` "
            "if that is meant; a decision that was recorded is published with it."
        )
    try:
        return publish_list(sources.objects, wanted)
    except TrustPublicationError as error:
        raise CommandFailedError(str(error)) from error


def _tell(wanted: Prospect, published: TrustList | None, *, json: bool) -> None:
    if json:
        found = [{"change": each.kind.value, "entry": each.entry} for each in wanted.changes]
        write_json({"sequence": published.sequence if published is not None else 0, "changes": found})
        return
    for each in wanted.changes:
        write_line(f"{each.kind}: {each.entry}")
    if published is None:
        write_line(f"{len(wanted.changes)} changes; nothing was published")
    else:
        write_line(f"published list {published.sequence}, in force until {_time(published.expire_time)}")


def _rows(found: TrustList) -> Iterable[tuple[str, str, str, str, str]]:
    for name, key in (("trust key", jwk.kid) for jwk in found.trust_keys):
        yield name, key, "", "", ""
    for entry, named, term, distrusted in subjects_named(found):
        yield entry, named, *_term(term), _time(distrusted)
    for each in found.authorities:
        for listed in each.types:
            yield "type", f"{each.uscc} {listed.code} {listed.revision}", *_term(listed.term), ""
    for log in found.logs:
        yield "log", log.vkey, *_term(log.term), ""
    for witness in found.witnesses:
        yield "witness", witness.vkey, "", "", ""
    for stamping in found.timestamp_authorities:
        yield "time-stamp authority", stamping.name, "", "", ""


def _term(term: Term) -> tuple[str, str]:
    return _time(term.since), _time(term.until)


def _subject(found: TrustList, name: str) -> tuple[Subject, str]:
    """What a name or the beginning of one means; the list must say so without doubt."""
    every = {whole.split()[-1]: entry for entry, whole, _, _ in subjects_named(found)}
    named = [whole for whole in every if whole.startswith(name)]
    if len(named) != 1 or len(name) < _LEAST_NAME:
        few = f"give at least {_LEAST_NAME} characters, and enough to name one"
        raise UseError(f"{name[:80]} names {len(named)} seals, roots or keys: {few}.")
    whole, entry = named[0], every[named[0]]
    return {"seal": Subject.CERTIFICATE, "root": Subject.ROOT}.get(entry, Subject.KEY), whole


def _side(source: str, tls_ca: Path | None) -> PublicSide:
    if "://" not in source:
        return FolderSide(Path(source))
    return HttpSide(source, ssl.create_default_context(cafile=str(tls_ca)) if tls_ca is not None else None)


def _reason(text: str) -> str:
    if not 0 < len(text) <= _MAX_REASON or not text.isprintable():
        raise UseError(f"--reason is a text of 1 to {_MAX_REASON} characters, on one line.")
    return text


def _parsed(text: str, now: int) -> int:
    try:
        time = now if not text else int(text) if text.isdigit() else _from_iso(text)
    except ValueError:
        raise UseError("a time is written as 2026-03-05T09:00:00+08:00 or in Unix seconds.") from None
    if time > now:
        raise UseError("a time in the future cannot be decided about: give one that has passed.")
    return time


def _from_iso(text: str) -> int:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("without its offset a time means nothing")
    return int(found.timestamp())


def _time(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else "ever"


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
