"""The run folder: what stands while a hub runs and means nothing afterwards.

lock            held by the one hub that may use this data folder
ready.json      who runs where; there only while the hub serves
recorder.sock   the recorder's socket
metrics/        values of each process, swept at every start
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from exchange.config import ConfigError

READY: Final = "ready.json"
SOCKET: Final = "recorder.sock"
_METRICS: Final = "metrics"
_LOCK: Final = "lock"
# sockaddr_un holds 108 bytes on Linux and 104 elsewhere, with a final zero.
_LONGEST_SOCKET: Final = 103


class RunFolder:
    """The run folder of one running hub; a context manager that holds its lock.

    Entering raises ``ConfigError`` if another hub holds it, the folder lets others in or its path is too long.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metrics = folder / _METRICS
        self.socket = folder / SOCKET
        self._lock = -1

    def __enter__(self) -> Self:
        if len(os.fsencode(self.socket)) > _LONGEST_SOCKET:
            raise ConfigError([f"{self.socket} is too long for a socket: choose a shorter data_dir."])
        for folder in (self.folder.parent, self.folder):  # of a machine that joins, the data folder is new too
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_mode & 0o077:
            raise ConfigError([f"{self.folder} lets other users in: chmod 700 it, it holds the recorder's socket."])
        self._lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise ConfigError(
                [f"Another hub runs on {self.folder.parent}: stop it, or choose another data_dir."]
            ) from None
        self._sweep()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.not_ready()
        os.close(self._lock)

    def ready(self, facts: Mapping[str, Any]) -> None:
        """Replace ``ready.json``; readers see the old or the new one."""
        beside = self.folder / f"{READY}.new"
        beside.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        beside.replace(self.folder / READY)

    def not_ready(self) -> None:
        """Remove ``ready.json``."""
        (self.folder / READY).unlink(missing_ok=True)

    def forget(self, pid: int) -> None:
        """Drop what an ended process said of its present; its counts stay."""
        for values in self.metrics.glob(f"gauge_live*_{pid}.db"):
            values.unlink()

    def _sweep(self) -> None:
        self.not_ready()
        self.metrics.mkdir(mode=0o700, exist_ok=True)
        for values in self.metrics.glob("*.db"):
            values.unlink()
