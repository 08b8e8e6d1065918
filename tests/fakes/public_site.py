"""The public server of a hub in a folder, with objects put there by hand, and a client that speaks to it in bytes."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from exchange.config import Config, load
from exchange.databases import create_databases
from exchange.demo.machine import write_config
from exchange.demo.ports import free_ports
from exchange.public.server import PublicServer, build_public
from exchange.stores import open_objects

HUB = "https://hub.qinghe.example"
TYPE = "11990100MB0000001A001"
OBJECTS = {
    f"status/{TYPE}/2026/1.jwt": b"header.status.signature",
    "trust/list.jwt": b"header.trust.signature",
    "trust/lists/0000000007.jwt": b"header.seventh.signature",
    "trust/anchors.json": b'{"hub": "https://hub.qinghe.example", "keys": []}',
    "log/checkpoint": b"hub.qinghe.example/log\n1\n",
    "log/cosigned": b"hub.qinghe.example/log\n1\n\xe2\x80\x94 witness\n",
    "log/vkey": b"hub.qinghe.example/log+00000000+key\n",
    "log/tile/0/000.p/1": bytes(32),
    "log/tile/entries/000.p/1": bytes(33),
    "credentials/secret": b"for nobody",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    """A public server that runs in this process."""

    def __init__(self, config: Config, server: PublicServer, registry: CollectorRegistry) -> None:
        assert config.public.address is not None
        host, _, port = config.public.address.rpartition(":")
        self.config = config
        self.server = server
        self.registry = registry
        self.where = (host, int(port))

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request on a connection of its own."""
        with closing(http.client.HTTPConnection(*self.where, timeout=60)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def raw(self, data: bytes) -> bytes:
        """What comes back to these bytes until the server hangs up."""
        with self.connected() as connection:
            connection.sendall(data)
            found = b""
            while more := connection.recv(65536):
                found += more
            return found

    def connected(self) -> socket.socket:
        """A connection that says nothing yet."""
        return socket.create_connection(self.where, timeout=60)

    def open_connections(self) -> int:
        return len(self.server._server.server_state.connections)

    def counted(self, page: str, status: int) -> float:
        labels = {"page": page, "status": str(status)}
        return self.registry.get_sample_value("onceonly_public_requests_total", labels) or 0.0


@contextmanager
def public_site(
    folder: Path, *, wrap: Callable[[Config], Any] = lambda _: None, **options: float | str | bool
) -> Iterator[Site]:
    """Found the stores in a folder, put ``OBJECTS`` there, and serve them; ``wrap`` may change the stores before."""
    folder.mkdir(mode=0o700, exist_ok=True)
    (port,) = free_ports(1)
    public = {"address": f"127.0.0.1:{port}", **options}
    write_config(folder / "onceonly.toml", {"hub": {"name": HUB, "data_dir": "data"}, "public": public})
    config = load(folder / "onceonly.toml")
    config.hub.data_dir.mkdir(mode=0o700, exist_ok=True)
    create_databases(config)
    with closing(open_objects(config)) as objects:
        for name, body in OBJECTS.items():
            objects.replace(name, body)
    wrap(config)
    registry = CollectorRegistry()
    server = build_public(config, registry)
    server.start()
    try:
        yield Site(config, server, registry)
    finally:
        server.stop()
