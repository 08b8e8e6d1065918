"""Bare servers in the hub's own server mode, for what the machine and gRPC cost by themselves.

The same number of pinned worker processes, threads, bounds and options, the same mutual TLS and shared port, bytes in
and bytes out, and for what is recorded the same recorder with its own database. Nothing of the hub's work: no token,
no fields, no decision, no receipt.

    Echo     answers with its request
    Check    checks one raw ES256 signature over 1 KiB
    Reply    answers 4 KiB
    Record   has one entry committed by the recorder, then answers 4 KiB

Rules:
1. Nobody watches over these processes: they end with the ``with`` block that started them.
2. The metadata of a call is empty: there is no token to carry.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import grpc
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from prometheus_client import CollectorRegistry

from bench.load import Caller, Job, Target
from exchange.app import bounds, tls_files
from exchange.audit.entry import new_salt
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Committed, Unit
from exchange.background import build_recorder
from exchange.config import Config, available_cores, load
from exchange.demo.ports import free_ports
from exchange.edge.server import bind, empty_server
from exchange.enrolment import make_client
from exchange.installation import initialise, open_keys
from exchange.layout import layout
from exchange.serve.listening import reserve

SERVICE: Final = "bench.Bare"
REPLY: Final = bytes(4096)
SIGNED_BYTES: Final = 1024
CLIENT: Final = "client"
KEY_FILE: Final = "signer.pem"
_SIGNED: Final = 300
_SMALL: Final = 150
"""Bytes of a fetch's request."""
_ES256: Final = ec.ECDSA(hashes.SHA256())
_CALLER: Final = "11990100MB0000019L"
_START_SECONDS: Final = 60.0
_COMMIT_SECONDS: Final = 2.0

Handler = Callable[[bytes, grpc.ServicerContext], bytes]


@contextmanager
def bare_servers(folder: Path, workers: int, entry_bytes: int) -> Iterator[Target]:
    """Start recorder and workers over a new folder; entries that ``Record`` commits have ``entry_bytes``."""
    config_file = _found(folder, workers)
    config = load(config_file)
    cores = available_cores()
    port, _ = reserve(config.listen.address)
    with ExitStack() as held:
        held.enter_context(port)
        recorder, *others = [
            held.enter_context(_process(role, config_file, *map(str, more)))
            for role, *more in (
                ("recorder",),
                *(("worker", cores[number % len(cores)], entry_bytes) for number in range(workers)),
            )
        ]
        for each in (recorder, *others):  # they start beside each other
            _wait_ready(each)
        yield Target(
            address=config.listen.address,
            authority=(folder / CLIENT / "ca.pem").read_bytes(),
            workers=tuple(each.pid for each in others),
            recorder=recorder.pid,
        )


def echo(folder: Path) -> Job:
    """1 KiB there and back."""
    return _job(folder, "Echo", [bytes(SIGNED_BYTES)])


def check(folder: Path) -> Job:
    """A raw signature over 1 KiB, a few hundred different ones, by the one key that these servers know."""
    private = _signer(folder)
    messages = [os.urandom(SIGNED_BYTES) for _ in range(_SIGNED)]
    return _job(folder, "Check", [private.sign(message, _ES256) + message for message in messages])


def _signer(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The key whose public half lies in the servers' folder, where they read it once; made the first time."""
    kept = folder / f"{KEY_FILE}.private"
    if kept.exists():
        private = load_pem_private_key(kept.read_bytes(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        return private
    private = ec.generate_private_key(ec.SECP256R1())
    kept.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / KEY_FILE).write_bytes(public)
    return private


def reply(folder: Path) -> Job:
    """A small request, 4 KiB back, nothing recorded."""
    return _job(folder, "Reply", [bytes(_SMALL)])


def record(folder: Path) -> Job:
    """A small request, one entry committed, 4 KiB back."""
    return _job(folder, "Record", [bytes(_SMALL)])


def _job(folder: Path, method: str, requests: list[bytes]) -> Job:
    client = folder / CLIENT
    caller = Caller((client / "client.pem").read_bytes(), (client / "client.key").read_bytes())
    return Job(f"/{SERVICE}/{method}", requests, (caller,))


def _found(folder: Path, workers: int) -> Path:
    """A data folder with keys, certificates and databases, as ``onceonly init`` makes it."""
    folder.mkdir(mode=0o700, parents=True)
    (port,) = free_ports(1)
    path = folder / "bare.toml"
    lines = [
        "[hub]",
        'name = "https://bare.example"',
        'data_dir = "data"',
        "[listen]",
        f'address = "127.0.0.1:{port}"',
        f"workers = {workers}",
        "[keys]",
        'passphrase_file = "passphrase"',
        "",
    ]
    path.write_text("\n".join(lines), "utf-8")
    config = load(path)
    now = datetime.now(UTC)
    initialise(config, now)
    authority = layout(config).client_ca.read_bytes()
    make_client(open_keys(config), authority, folder / CLIENT, now, department=_CALLER, system="bench")
    return path


@contextmanager
def _process(role: str, *arguments: str | Path) -> "Iterator[subprocess.Popen[str]]":
    """Run one process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", role, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_START_SECONDS)


def _wait_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError("a bare server did not start")


def _record(config: Config) -> None:
    recorder = build_recorder(config, CollectorRegistry())
    recorder.listen(layout(config).socket)
    signal.signal(signal.SIGTERM, lambda _number, _frame: recorder.stop())
    print("ready", flush=True)
    recorder.run()


def _work(config: Config, core: int, entry_bytes: int) -> None:
    os.sched_setaffinity(0, {core})
    places = layout(config)
    client = RecorderClient(places.socket)
    if not client.wait_connected(_START_SECONDS):
        raise RuntimeError("the bare recorder does not answer")
    server = empty_server(bounds(config))
    handlers = _handlers(client, os.urandom(entry_bytes), config.hub.data_dir.parent / KEY_FILE)
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                SERVICE, {name: grpc.unary_unary_rpc_method_handler(each) for name, each in handlers.items()}
            ),
        )
    )
    bind(server, config.listen.address, tls_files(places))
    server.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    server.stop(1).wait()
    client.close()


def _handlers(client: RecorderClient, entry: bytes, key_file: Path) -> dict[str, Handler]:
    keys: list[ec.EllipticCurvePublicKey] = []

    def checked(raw: bytes, _context: grpc.ServicerContext) -> bytes:
        if not keys:
            public = load_pem_public_key(key_file.read_bytes())
            assert isinstance(public, ec.EllipticCurvePublicKey)
            keys.append(public)
        keys[0].verify(raw[:-SIGNED_BYTES], raw[-SIGNED_BYTES:], _ES256)  # raises if it does not hold
        return b"\1"

    def recorded(_raw: bytes, _context: grpc.ServicerContext) -> bytes:
        answer = client.commit(Unit(entry, new_salt()), _COMMIT_SECONDS)
        assert isinstance(answer, Committed)
        return REPLY

    return {
        "Echo": lambda raw, _context: raw,
        "Check": checked,
        "Reply": lambda _raw, _context: REPLY,
        "Record": recorded,
    }


def _main(arguments: list[str]) -> None:
    role, path, *rest = arguments
    config = load(Path(path))
    if role == "recorder":
        _record(config)
    else:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        _work(config, int(rest[0]), int(rest[1]))


if __name__ == "__main__":
    _main(sys.argv[1:])
