"""Witnesses as processes of their own, to be asked and killed, and what asks them."""

import http.client
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import Self

from exchange.audit.proofs import PublishedLog
from exchange.cli import main
from exchange.demo.ports import free_ports
from exchange.publishing.posting import Poster
from exchange.publishing.witnesses import WitnessLink, WitnessOutcome, WitnessTask
from signer.cosignature import WitnessKey, parse_witness_vkey
from tests.fakes.audit_world import World

ROOT = Path(__file__).parents[2]
_COMMAND = "import sys; from exchange.cli import main; sys.exit(main(sys.argv[1:]))"
_SECONDS = 60.0


class WitnessProcess:
    """``onceonly witness serve`` over a folder; ``restart`` begins it again after ``kill``."""

    def __init__(self, folder: Path, name: str, vkeys: Sequence[str], origin: str = "") -> None:
        folder.mkdir()
        self.folder = folder
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "witness.toml"
        logs = "".join(f'[[logs]]\nvkey = "{vkey}"\norigin = "{origin}"\n' for vkey in vkeys)
        self.config.write_text(f'[witness]\nname = "{name}"\naddress = "127.0.0.1:{self.port}"\n{logs}')
        with redirect_stdout(io.StringIO()):
            assert main(["witness", "init", "--config", str(self.config)]) == 0
        self.key = self._key()
        self._process: subprocess.Popen[bytes] | None = None

    def _key(self) -> WitnessKey:
        with redirect_stdout(io.StringIO()) as told:
            assert main(["witness", "key", "--config", str(self.config)]) == 0
        return parse_witness_vkey(told.getvalue().strip())

    def __enter__(self) -> Self:
        self.restart()
        return self

    def restart(self) -> None:
        paths = f"{ROOT}:{ROOT / 'proto' / 'gen'}"
        environment = {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]}
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, "witness", "serve", "--config", str(self.config)],
                cwd=ROOT,
                env=environment,
                stderr=log,
            )
        until = time.monotonic() + _SECONDS
        while not self.answers():
            assert self._process.poll() is None, (self.folder / "log.txt").read_text()
            assert time.monotonic() < until, "the witness does not answer"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return self.request("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        """Status, content type and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"] or "", answer.read()
        finally:
            connection.close()

    def add(self, body: bytes) -> tuple[int, str, bytes]:
        return self.request("POST", "/add-checkpoint", body)


class Asked:
    """Remembers what came of asking witnesses."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, WitnessOutcome]] = Counter()
        self._lock = threading.Lock()

    def answered(self, witness: str, outcome: WitnessOutcome) -> None:
        with self._lock:
            self.outcomes[witness, outcome] += 1


def witness_task(
    world: World,
    witnesses: Sequence[WitnessProcess],
    quorum: int,
    asked: Asked | None = None,
    *,
    seconds: float = 30,
    clock: Callable[[], float] = time.time,
) -> WitnessTask:
    """The hub's task over the objects of a world."""
    links = [WitnessLink(witness.key, witness.url) for witness in witnesses]
    return WitnessTask(
        PublishedLog(world.objects, world.key),
        world.objects,
        world.index,
        links,
        quorum,
        Poster(None, seconds),
        asked or Asked(),
        clock,
        1.0,
    )
