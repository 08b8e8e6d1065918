"""``onceonly signer``: the process that holds a hub's keys and signs for it."""

import grp
import signal
import threading
import time
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import structlog
import typer

from exchange import logs
from exchange.cli.failures import CommandFailedError, UseError
from exchange.cli.options import Json
from exchange.cli.output import write_json, write_line
from exchange.config import ConfigError
from exchange.key_backends import open_token
from exchange.secret_files import read_secret
from exchange.signer_config import SignerConfig, SignerTlsOptions, UnixOptions, load_signer
from signer.keys.backend import SignatureBackend
from signer.keys.files import FileKeyBackend
from signer.service import Report, SignerProcess, TlsListener, UnixListener
from signer.signing_desk import Client, Role, SigningDesk
from signer.signing_kinds import Place
from signer.signing_limits import SigningLimits
from signer.signing_log import Line, SigningLog, files, verify
from signer.signing_memory import SigningMemory, create_memory

app = typer.Typer(no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", "-c", help="The signer's configuration.")]
DEFAULT: Final = Path("signer.toml")

_MEMORY: Final = "memory.json"
_LOG: Final = "log"


@app.command()
def init(config: Config = DEFAULT) -> None:
    """Make the folder of a new signer's log and memory. Keys are made by operators, through it."""
    options = load_signer(config)
    state = options.signer.state_dir
    if state.exists() and any(state.iterdir()):
        raise UseError(f"{state} is not empty: this signer has been made already.")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_memory(state / _MEMORY)
    write_line(f"{state} is ready")


@app.command()
def serve(config: Config = DEFAULT) -> None:
    """Sign until told to stop (SIGTERM or SIGINT finish what was accepted)."""
    options = load_signer(config)
    logs.configure("info", "json", "signer")
    log = structlog.get_logger("onceonly.signer")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        process = build_signer(options, lambda error: log.error("nothing can be signed", error=type(error).__name__))
    except OSError as error:
        raise UseError(f"the signer cannot listen: {error}") from error
    process.start()
    log.info("ready")
    stopping.wait()
    process.stop(options.signer.stop_grace_seconds)


@app.command("log")
def check_log(
    folder: Annotated[Path, typer.Argument(help="Folder of the log's files.")],
    since: Annotated[
        str, typer.Option(help="<number>:<digest> of a line that is known; the log must hold it, unchanged.")
    ] = "",
    json: Json = False,
) -> None:
    """Check that every line of the signer's log follows from the one before."""
    known = _known_line(since)
    try:
        last, found = _checked(folder, known)
    except OSError as error:
        raise UseError(f"{folder} cannot be read: {error.strerror}.") from error
    if not found:
        raise CommandFailedError(f"the log does not hold {since} as it was when that was given out")
    if json:
        write_json({"digest": last.digest, "lines": last.number})
    else:
        write_line(f"{last.number} lines hold together; the last is {last.number}:{last.digest}")


def build_signer(options: SignerConfig, report: Report) -> SignerProcess:
    """The signer that a configuration describes, listening but not started.

    Raises ``ConfigError`` for files that cannot be read, ``SignerError`` for keys, log or memory that cannot be used,
    ``OSError`` for an address that cannot be had.
    """
    state = options.signer.state_dir
    memory = SigningMemory(state / _MEMORY)
    keys = _keys(options)
    desk = SigningDesk(
        keys,
        Place(options.signer.hub, options.signer.log_origin or f"{urlsplit(options.signer.hub).hostname}/log"),
        SigningLog(state / _LOG, options.signer.log_file_bytes),
        memory,
        SigningLimits(options.limits.by_key(), time.monotonic),
    )
    return SignerProcess(desk, _listeners(options), options.signer.threads, report)


def _keys(options: SignerConfig) -> SignatureBackend:
    keys = options.keys
    if keys.backend == "pkcs11":
        return open_token(keys.pkcs11_module, keys.pkcs11_token, keys.pin_file)
    return FileKeyBackend(keys.folder, read_secret("[keys] passphrase_file", keys.passphrase_file))


def _listeners(options: SignerConfig) -> list[UnixListener | TlsListener]:
    sockets: list[UnixListener | TlsListener] = [_socket(socket) for socket in options.unix]
    if options.tls is None:
        return sockets
    clients = {client.sha256: Client(client.name, Role(client.role)) for client in options.clients}
    return [*sockets, _tls(options.tls, clients)]


def _socket(options: UnixOptions) -> UnixListener:
    if not options.group:
        return UnixListener(options.path, Role(options.role))
    try:
        return UnixListener(options.path, Role(options.role), grp.getgrnam(options.group).gr_gid)
    except KeyError as error:
        raise ConfigError([f"[[unix]] group: there is no group {options.group}."]) from error


def _tls(options: SignerTlsOptions, clients: dict[str, Client]) -> TlsListener:
    try:
        if options.key.stat().st_mode & 0o077:
            raise ConfigError([f"[tls] key: {options.key} is open to other users: chmod 600 it."])
        return TlsListener(
            address=options.address,
            certificate=options.certificate.read_bytes(),
            client_authorities=options.client_ca.read_bytes(),
            clients=clients,
            key=options.key.read_bytes(),
        )
    except OSError as error:
        raise ConfigError([f"[tls]: {error.filename} cannot be read: {error.strerror}."]) from error


def _checked(folder: Path, known: Line | None) -> tuple[Line, bool]:
    """The last line of a log that holds together, and whether the known line is in it."""
    found = known is None

    def look(line: Line) -> None:
        nonlocal found
        found = found or line == known

    return verify(files(folder), look), found


def _known_line(text: str) -> Line | None:
    if not text:
        return None
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdecimal():
        raise UseError("--since is <number>:<digest>, as this command prints it.")
    return Line(int(number), digest)
