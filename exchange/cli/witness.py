"""``onceonly witness``: a witness of other people's logs (docs/witnesses.md)."""

import secrets
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.certification import write_private
from exchange.cli.failures import UseError
from exchange.cli.output import write_line
from exchange.config import ConfigError
from exchange.logs import configure
from exchange.secret_files import read_secret
from exchange.witness.desk import WitnessDesk
from exchange.witness.heads import Heads, create_heads
from exchange.witness.options import WitnessConfig, load_witness
from exchange.witness.service import serve as serve_witness
from signer.cosignature import WitnessKey
from signer.keys.files import FileKeyBackend

app = typer.Typer(no_args_is_help=True)

ConfigFile = Annotated[
    Path, typer.Option("--config", "-c", help="The witness's configuration (TOML).", envvar="ONCEONLY_WITNESS_CONFIG")
]
DEFAULT_FILE: Final = Path("witness.toml")

_KEY: Final = "witness"


@app.command()
def init(config: ConfigFile = DEFAULT_FILE) -> None:
    """Make what the configuration names: the passphrase, the key, the empty record of what was seen. Once only."""
    options = load_witness(config)
    if options.keys.exists() or options.heads.exists():
        raise UseError(f"{options.witness.data_dir} holds a witness already.")
    options.witness.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not options.witness.passphrase_file.exists():
        write_private(options.witness.passphrase_file, secrets.token_urlsafe(32).encode() + b"\n")
    keys = _keys(options)
    keys.generate(_KEY, "EdDSA")
    create_heads(options.heads)
    write_line(_witness_key(options, keys).vkey)


@app.command()
def key(config: ConfigFile = DEFAULT_FILE) -> None:
    """Print the witness's verifier key, which hubs and verifiers configure."""
    options = load_witness(config)
    write_line(_witness_key(options, _keys(options)).vkey)


@app.command()
def serve(config: ConfigFile = DEFAULT_FILE) -> None:
    """Answer add-checkpoint requests until the process is told to stop."""
    options = load_witness(config)
    keys = _keys(options)
    configure("info", "json", "witness")
    with closing(Heads(options.heads)) as heads:
        desk = WitnessDesk(_witness_key(options, keys), keys.signer(_KEY).sign, options.watched(), heads, time.time)
        serve_witness(desk, options.witness)


def _keys(options: WitnessConfig) -> FileKeyBackend:
    passphrase = read_secret("[witness] passphrase_file", options.witness.passphrase_file)
    return FileKeyBackend(options.keys, passphrase)


def _witness_key(options: WitnessConfig, keys: FileKeyBackend) -> WitnessKey:
    if all(info.key_id != _KEY for info in keys.list()):
        raise ConfigError([f"{options.keys} holds no witness's key: run `onceonly witness init`."])
    public = keys.public_key(_KEY)
    assert isinstance(public, Ed25519PublicKey)
    return WitnessKey(options.witness.name, public)
