"""A signer in a process of its own, as operators run it: two Unix sockets, one for the hub and one for operators."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from exchange.remote_keys import SignerAddress
from tests.fakes.running_hub import REPOSITORY, until

HUB_NAME = "https://hub.qinghe.example"


class RunningSigner:
    """A signer whose state and keys are in ``folder``; use as a context manager, which kills what is left."""

    def __init__(self, folder: Path, more: str = "", keys: str = "", hub: str = HUB_NAME) -> None:
        self.folder = folder
        self.sockets = folder / "sockets"
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.config = folder / "signer.toml"
        (folder / "passphrase").touch(0o600)
        (folder / "passphrase").write_text("a passphrase of tests\n")
        self.config.write_text(
            f'[signer]\nhub = "{hub}"\n[keys]\n{keys}\n'
            '[[unix]]\npath = "sockets/hub.sock"\nrole = "hub"\n'
            f'[[unix]]\npath = "sockets/operator.sock"\nrole = "operator"\n{more}\n'
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.errors = folder / "signer.log"
        assert self.command("init").returncode == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run ``onceonly signer`` to its end."""
        return subprocess.run(
            [*_COMMAND, *words, "--config", str(self.config)],
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def address(self, role: str = "hub") -> SignerAddress:
        return SignerAddress(self.target(role), timeout_seconds=30)

    def target(self, role: str = "hub") -> str:
        return f"unix:{self.sockets / role}.sock"

    def start(self) -> None:
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*_COMMAND, "serve", "--config", str(self.config)], env=_environment(), stderr=errors
            )
        until(lambda: self.health() == health_pb2.HealthCheckResponse.SERVING, "the signer to serve")

    def health(self) -> int:
        assert self.process is not None
        assert self.process.poll() is None, self.errors.read_text()
        with grpc.insecure_channel(self.target(), [("grpc.default_authority", "localhost")]) as channel:
            try:
                return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status
            except grpc.RpcError:
                return 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def lines(self) -> list[dict[str, object]]:
        """What stands in its log."""
        found = sorted((self.folder / "signer-state" / "log").iterdir())
        return [json.loads(line) for path in found for line in path.read_bytes().splitlines()]


_COMMAND = [sys.executable, "-m", "exchange.cli", "signer"]


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/proto/gen"}
