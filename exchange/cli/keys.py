"""``onceonly keys``: the hub's keys, the seals it certifies, and identities for departments."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.proofs import CHECKPOINT, LOG_VKEY, LOG_VKEYS, log_vkeys
from exchange.certification import create_seal, rotate_hub_authority
from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line, write_table
from exchange.cli.second import second
from exchange.config import Config as Options
from exchange.config import load
from exchange.enrolment import make_client, make_token_key
from exchange.installation import (
    LOG_KEY,
    MASTER_SECRET,
    RECEIPT_KEY,
    STATUS_KEY,
    TRUST_KEY,
    complete,
    log_origin,
    open_keys,
)
from exchange.layout import layout
from exchange.licences.seals import key_id
from exchange.stores import open_objects
from exchange.trust.places import ROOTS, SEALS
from signer.certificates import der
from signer.errors import NoteError
from signer.keys.backend import KeyBackend, KeyInfo
from signer.note import NoteKey, open_note, parse_vkey
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

app = typer.Typer(no_args_is_help=True)
app.command()(second)

Uscc = Annotated[str, typer.Argument(metavar="USCC", help="The department's unified social credit code.")]

_ROTATABLE: Final = frozenset({LOG_KEY, RECEIPT_KEY, MASTER_SECRET, STATUS_KEY, TRUST_KEY})
"""Keys whose older versions go on serving what they made, and which nothing certifies."""
_LISTED: Final = frozenset({LOG_KEY, RECEIPT_KEY, STATUS_KEY, TRUST_KEY})
_PUBLISH: Final = "next: onceonly trust publish"


@app.command("list")
def list_keys(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """List the hub's keys: what they are for, their newest versions. No key leaves the hub."""
    found = open_keys(load(config)).list()
    if json:
        write_json([{"id": k.key_id, "kind": k.kind.value, "suite": k.suite, "version": k.version} for k in found])
    else:
        rows = [(info.key_id, info.kind.value, info.suite or "", str(info.version)) for info in found]
        write_table("", ("id", "kind", "suite", "version"), rows)


@app.command()
def seal(
    *,
    uscc: Uscc,
    name: Annotated[str, typer.Option(help="The authority's name, at most 64 characters.")],
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new key first; old seals keep verifying.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Give an issuing authority a seal under the hub's CA, or renew the certificate of the one it has."""
    options = load(config)
    keys = open_keys(options)
    if rotate:
        keys.rotate(key_id(uscc))
    with closing(open_objects(options)) as objects:
        create_seal(keys, objects, uscc, name, datetime.now(UTC))
    write_line(f"{uscc} seals with {key_id(uscc)}; {_PUBLISH}")


@app.command("hub-ca")
def hub_ca(
    *,
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new key and root beside the old one.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Give the CA of seals a new key and root. New seals are made under it; old ones stay good."""
    if not rotate:
        raise UseError("say --rotate to make a new key and root.")
    options = load(config)
    with closing(open_objects(options)) as objects:
        host = urlsplit(options.hub.name).hostname or ""
        version = rotate_hub_authority(open_keys(options), objects, host, datetime.now(UTC))
    write_line(f"hub-ca is at version {version}; {_PUBLISH}, then a new seal for each authority")


@app.command("complete")
def complete_keys(config: Config = DEFAULT_CONFIG) -> None:
    """Make the keys that a hub of an earlier version lacks."""
    made = complete(open_keys(load(config)))
    write_line(f"made {', '.join(made)}; {_PUBLISH}" if made else "no key is missing")


@app.command("tls-client")
def tls_client(
    *,
    uscc: Uscc,
    out: Annotated[Path, typer.Option(help="Folder for client.pem, client.key and ca.pem.")],
    system: Annotated[str, typer.Option(help="The department's system, at most 64 characters.")] = "desk",
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Make a TLS identity for a department's system. It opens nothing until the catalogue registers its digest."""
    options = load(config)
    authority = layout(options).client_ca.read_bytes()
    digest = make_client(open_keys(options), authority, out, datetime.now(UTC), department=uscc, system=system)
    if json:
        write_json({"certificate": digest})
    else:
        write_line(f"register under certificates of departments/{uscc}: {digest}")


@app.command("token-key")
def token_key(out: Annotated[Path, typer.Option(help="Folder for token.key.")], json: Json = False) -> None:
    """Make a key for access tokens. It signs for nobody until the catalogue registers its public part."""
    made = make_token_key(out)
    if json:
        write_json(asdict(made) | {"status": made.status.value})
    else:
        write_line(f"register under token_keys of the department: kid {made.kid}, alg {made.alg}, jwk {made.jwk}")


@app.command()
def rotate(key: Annotated[str, typer.Argument(metavar="ID")], config: Config = DEFAULT_CONFIG) -> None:
    """Make a new version of a key. The hub takes it up by itself; what older versions made stays good."""
    if key not in _ROTATABLE:
        advice = (
            "seals rotate with `onceonly keys seal USCC --rotate`"
            if key.startswith("seal-")
            else "others stay as they are"
        )
        raise UseError(f"{key} cannot be rotated: {', '.join(sorted(_ROTATABLE))} can; {advice}.")
    options = load(config)
    keys = open_keys(options)
    version = _rotate_log(options, keys) if key == LOG_KEY else keys.rotate(key).version
    write_line(f"{key} is at version {version}{f'; {_PUBLISH}' if key in _LISTED else ''}")


@app.command()
def retire(key: Annotated[str, typer.Argument(metavar="ID")], config: Config = DEFAULT_CONFIG) -> None:
    """Let the oldest of the log's keys sign no more, once everybody who reads the log knows the newer one."""
    if key != LOG_KEY:
        raise UseError("only the log's key is retired; others are succeeded by their newest version.")
    with closing(open_objects(load(config))) as objects:
        _, *left = log_vkeys(objects)
        if not left:
            raise UseError("the log has one key: rotate it first.")
        _check_signed(objects, left)
        objects.replace(LOG_VKEYS, _lines(left))
        objects.replace(LOG_VKEY, _lines(left[:1]))
    write_line(f"the log is signed by {left[0]}; {_PUBLISH}")


def _check_signed(objects: Objects, vkeys: Sequence[str]) -> None:
    """UseError unless one of these keys signed the published checkpoint: else none that is left vouches for it."""
    try:
        open_note(objects.get(CHECKPOINT), [parse_vkey(vkey) for vkey in vkeys])
    except ObjectNotFoundError:
        return  # nothing is published that the old key alone signed
    except NoteError as error:
        raise UseError(
            "the newer key has not signed the published checkpoint yet: wait until the log has grown under both keys."
        ) from error


@app.command()
def trust(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """List whom the hub trusts to seal: roots, and each authority's seal with its end."""
    with closing(open_objects(load(config))) as objects:
        in_use = [name for name in objects.walk(SEALS) if "/" not in name.removeprefix(SEALS)]
        names = [*objects.walk(ROOTS), *in_use]
        heads = [(name, x509.load_pem_x509_certificates(objects.get(name))[0]) for name in names]
    rows = [_trusted(name, certificate) for name, certificate in heads]
    if json:
        write_json([dict(zip(("object", "subject", "sha256", "until"), row, strict=True)) for row in rows])
    else:
        write_table("", ("object", "subject", "SHA-256", "until"), rows)


def _rotate_log(options: Options, keys: KeyBackend) -> int:
    """A new version, and its name among those that sign; after an interrupted run only the name."""
    with closing(open_objects(options)) as objects:
        signing = log_vkeys(objects)
        newest = keys.versions(LOG_KEY)[-1]
        if _vkey(options, newest) in signing:
            newest = keys.rotate(LOG_KEY)
        objects.replace(LOG_VKEYS, _lines([*signing, _vkey(options, newest)]))
    return newest.version


def _vkey(options: Options, info: KeyInfo) -> str:
    assert isinstance(info.public, Ed25519PublicKey)
    return NoteKey(log_origin(options), info.public).vkey


def _lines(vkeys: Sequence[str]) -> bytes:
    return "".join(f"{vkey}\n" for vkey in vkeys).encode()


def _trusted(name: str, certificate: x509.Certificate) -> tuple[str, str, str, str]:
    digest = sha256(der(certificate)).hexdigest()
    until = certificate.not_valid_after_utc.date().isoformat()
    return name, certificate.subject.rfc4514_string(), digest, until
