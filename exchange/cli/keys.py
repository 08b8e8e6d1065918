"""``onceonly keys``: the hub's keys, the seals it certifies, and identities for departments."""

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography import x509

from exchange.certification import HUB_ROOT, create_seal
from exchange.cli.failures import UseError
from exchange.cli.options import DEFAULT_CONFIG, Config, Json
from exchange.cli.output import write_json, write_line, write_table
from exchange.cli.second import second
from exchange.config import load
from exchange.enrolment import make_client, make_token_key
from exchange.installation import MASTER_SECRET, RECEIPT_KEY, open_keys
from exchange.layout import layout
from exchange.licences.seals import key_id
from exchange.stores import open_objects
from signer.certificates import der

app = typer.Typer(no_args_is_help=True)
app.command()(second)

Uscc = Annotated[str, typer.Argument(metavar="USCC", help="The department's unified social credit code.")]

_ROTATABLE: Final = frozenset({RECEIPT_KEY, MASTER_SECRET})
"""Keys whose older versions go on serving what they made, and which nothing certifies."""
_SEALS: Final = "seals/"


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
    write_line(f"{uscc} seals with {key_id(uscc)}")


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
    """Make a new version of a key. Restart the hub afterwards; what older versions made stays good."""
    if key not in _ROTATABLE:
        advice = (
            "seals rotate with `onceonly keys seal USCC --rotate`"
            if key.startswith("seal-")
            else "others stay as they are"
        )
        raise UseError(f"{key} cannot be rotated: {', '.join(sorted(_ROTATABLE))} can; {advice}.")
    info = open_keys(load(config)).rotate(key)
    write_line(f"{info.key_id} is at version {info.version}")


@app.command()
def trust(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """List whom the hub trusts to seal: roots, and each authority's seal with its end."""
    with closing(open_objects(load(config))) as objects:
        names = [HUB_ROOT, *objects.walk(_SEALS)]
        heads = [(name, x509.load_pem_x509_certificates(objects.get(name))[0]) for name in names]
    rows = [_trusted(name, certificate) for name, certificate in heads]
    if json:
        write_json([dict(zip(("object", "subject", "sha256", "until"), row, strict=True)) for row in rows])
    else:
        write_table("", ("object", "subject", "SHA-256", "until"), rows)


def _trusted(name: str, certificate: x509.Certificate) -> tuple[str, str, str, str]:
    digest = sha256(der(certificate)).hexdigest()
    until = certificate.not_valid_after_utc.date().isoformat()
    return name, certificate.subject.rfc4514_string(), digest, until
