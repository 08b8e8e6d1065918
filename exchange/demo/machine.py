"""One machine of a hub: its configuration, its data folder, and the processes of ``onceonly serve`` while they run.

Rule: a machine is started and stopped as an operator does it, by the command and by signals.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from exchange.config import Config
from exchange.layout import layout

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 90.0
_KILL_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02
_LAST_WORDS: Final = 2_000

Options = Mapping[str, Mapping[str, int | float | str | bool]]
"""Options of the configuration by section."""


class CityError(Exception):
    """The city's hub did not do what it was started for; the message ends with its last words."""


@dataclass(slots=True)
class Machine:
    """The machine whose configuration is ``file``; its standard error goes to ``hub.log`` beside it."""

    file: Path
    config: Config
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """host:port of its service."""
        return self.config.listen.address

    @property
    def public_url(self) -> str:
        """Where its public pages begin, without a slash at the end; the scheme is that of a hub without certificate."""
        return f"http://{self.config.public.address}"

    @property
    def log(self) -> Path:
        """What the hub writes to standard error."""
        return self.file.with_name("hub.log")

    def start(self) -> None:
        """Start ``onceonly serve`` and wait until it serves. Raises ``CityError``."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start ``onceonly serve``, without waiting for it."""
        command = [sys.executable, "-m", "exchange.cli", "serve", "--config", str(self.file)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 our own command
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.file.parent, env=_environment()
            )

    def wait_ready(self) -> None:
        """Wait until it serves. Raises ``CityError`` if it does not."""
        self.until(lambda: self._ready() is not None, _START_SECONDS, "it did not become ready")

    def stop(self) -> int:
        """Ask the hub to finish and stop; returns its exit code. It is killed if it does not."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def crash(self) -> None:
        """Kill (SIGKILL) the supervisor, and all of its processes with it, as if the machine had lost its power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def kill(self, role: str) -> int:
        """Kill (SIGKILL) a process of the hub by its name, such as ``recorder`` or ``worker-0``; returns its pid.

        Returns when it is replaced and the hub serves again. Raises ``CityError`` if that takes too long.
        """
        pid = self.pids()[role]
        os.kill(pid, signal.SIGKILL)
        self.until(
            lambda: (self._ready() or {}).get("roles", {}).get(role) not in {None, pid},
            _KILL_SECONDS,
            f"{role} was not replaced",
        )
        return pid

    def pids(self) -> dict[str, int]:
        """The hub's processes by name. Raises ``CityError`` if it does not serve."""
        ready = self._ready()
        if ready is None:
            raise CityError(f"the hub does not serve: {self.last_words()}")
        roles: dict[str, int] = ready["roles"]
        return roles

    def last_words(self) -> str:
        """The end of what the hub wrote to standard error."""
        try:
            content = self.log.read_bytes()
        except FileNotFoundError:
            return ""
        return content[-_LAST_WORDS:].decode("utf-8", "replace")

    def until(self, holds: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Wait until ``holds``; raises ``CityError`` if the hub ends or ``seconds`` are over before."""
        end = time.monotonic() + seconds
        while not holds():
            if self.process is None or self.process.poll() is not None or time.monotonic() > end:
                raise CityError(f"the hub: {complaint}. {self.last_words()}")
            time.sleep(_POLL_SECONDS)

    def _ready(self) -> dict[str, Any] | None:
        """What the running hub says of itself; None until it serves."""
        try:
            facts: dict[str, Any] = json.loads((layout(self.config).run / "ready.json").read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return facts if self.process is not None and facts["pid"] == self.process.pid else None


def write_config(file: Path, options: Options) -> None:
    """Write a configuration: a comment, then the options, section by section."""
    lines = ["# The hub of 清河市, an invented city. config/onceonly.example.toml explains every option."]
    for section, members in options.items():
        lines += ["", f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in members.items())]
    file.write_text("\n".join([*lines, ""]), "utf-8")


def _environment() -> dict[str, str]:
    """The environment without options of another hub."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("ONCEONLY_")}
