"""A recorder as a process of its own, to be killed: ``python -m tests.fakes.recorder_process FOLDER``."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.audit.recorder import RecorderServer
from storage.fast.memory import MemoryFast
from tests.fakes.audit_world import Watcher, new_records

ROOT = Path(__file__).parents[2]


def socket_path(folder: Path) -> Path:
    return folder / "run" / "recorder.sock"


def serve(folder: Path) -> None:
    records = new_records(folder)
    server = RecorderServer(
        records, MemoryFast(time.monotonic, 10_000), lambda: time.time_ns() // 1_000, Watcher(), rebuild=None
    )
    server.listen(socket_path(folder))
    signal.signal(signal.SIGTERM, lambda number, frame: server.stop())
    server.run()
    records.close()


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fakes.recorder_process", str(folder)]
    paths = f"{ROOT}:{ROOT / 'proto' / 'gen'}"
    return subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"})


@contextmanager
def recorder_process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
