"""Which server holds a key: one server, or the primaries of a cluster as they stand now.

Rules:
1. Nothing here is tried again by the library: what a lost answer did is unknown, and only the caller knows what that
   may mean.
2. A server has a breaker of its own, so that one dead primary of a cluster costs the keys of the others nothing.
3. A cluster is asked for its layout by a thread of its own, and nobody waits for it longer than one time-out.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

from storage.errors import StorageUnavailableError
from storage.fast.breaker import Breaker
from storage.fast.redis_address import RedisAddress
from storage.fast.redis_commands import Command, words

BREAKER_SECONDS: Final = 0.5
_MAX_CONNECTIONS: Final = 64
_MAX_NODES: Final = 1_000

BROKEN: Final = (
    RedisError,
    RedisClusterException,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)
"""Whatever the library lets out when a server is away or answers nonsense."""


@dataclass(frozen=True, slots=True)
class Node:
    """One server: its client, which tries nothing twice, and its breaker."""

    client: redis.Redis
    breaker: Breaker


class Routes(Protocol):
    """Finds the server of a key."""

    together: int
    """How many steps of a kind one run of their script may do: in a cluster one, for each key has its place."""

    def node(self, key: bytes) -> Node:
        """Raises ``StorageUnavailableError`` if no server for it is known now."""
        ...

    def doubt(self) -> None:
        """What was known may be out of date: a server did not answer, or said that another holds the key."""
        ...

    def redirected(self, packet: Sequence[Command]) -> Any:
        """Send what a server, moving its keys to another, sent on (ASK). Raises one of ``BROKEN``."""
        ...

    def close(self) -> None: ...


class OneServer:
    """``Routes`` to a single server."""

    together = 250

    def __init__(self, address: RedisAddress, stopwatch: Callable[[], float]) -> None:
        host, port = address.hosts[0]
        retry = Retry(NoBackoff(), 0)
        client = redis.Redis(host=host, port=port, db=address.database, retry=retry, **client_options(address))
        self._node = Node(client, Breaker(BREAKER_SECONDS, stopwatch))

    def node(self, key: bytes) -> Node:  # noqa: ARG002 one server holds every key
        """See ``Routes.node``."""
        return self._node

    def doubt(self) -> None:
        """One server is where it is."""

    def redirected(self, packet: Sequence[Command]) -> Any:
        """See ``Routes.redirected``: no server that stands alone does that."""
        raise RedisError(f"a single server sent {len(packet)} steps on")

    def close(self) -> None:
        """Close every connection."""
        self._node.client.close()


class Cluster:
    """``Routes`` over a cluster; its layout is read at the first use, and again when it is in doubt."""

    together = 1

    def __init__(self, address: RedisAddress, stopwatch: Callable[[], float]) -> None:
        self._address = address
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._breaker = Breaker(BREAKER_SECONDS, stopwatch)
        self._breakers: dict[str, Breaker] = {}
        self._cluster: RedisCluster | None = None
        self._search: threading.Thread | None = None
        self._doubted = True
        self._next_doubt = stopwatch()
        self._closed = False

    def node(self, key: bytes) -> Node:
        """See ``Routes.node``."""
        cluster = self._layout()
        try:
            node = cluster.get_node_from_key(key)  # type: ignore[no-untyped-call]
            client = None if node is None else cluster.get_redis_connection(node)
        except BROKEN:
            node = client = None
        if node is None or client is None:
            self.doubt()
            raise StorageUnavailableError("no server of the fast store's cluster holds this part of it: see its nodes")
        with self._lock:
            if len(self._breakers) > _MAX_NODES:
                self._breakers.clear()
            breaker = self._breakers.setdefault(node.name, Breaker(BREAKER_SECONDS, self._stopwatch))
            if breaker.open and self._stopwatch() >= self._next_doubt:
                # Its replica may have taken over long before it is asked again itself.
                self._next_doubt = self._stopwatch() + BREAKER_SECONDS
                self._doubted = True
        return Node(client, breaker)

    def doubt(self) -> None:
        """See ``Routes.doubt``: the layout is read again before the next use."""
        with self._lock:
            self._doubted = True

    def redirected(self, packet: Sequence[Command]) -> Any:
        """See ``Routes.redirected``: the library follows."""
        return self._layout().execute_command(*words(packet, whole=True))  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._closed = True
            search = self._search
        if search is not None:
            search.join()
        if self._cluster is not None:
            self._cluster.close()

    def _layout(self) -> RedisCluster:
        """What is known of the cluster, once read anew if that was in doubt and does not take too long."""
        with self._lock:
            if self._doubted and self._search is None and not self._closed and self._breaker.allows():
                self._doubted = False
                self._search = threading.Thread(target=self._find, name="fast-store-layout", daemon=True)
                self._search.start()
            search = self._search
        if search is not None:
            search.join(self._address.timeout_seconds)
        with self._lock:
            if self._cluster is None or self._closed:
                raise StorageUnavailableError("no server of the fast store's cluster answers: see that it runs")
            return self._cluster

    def _find(self) -> None:
        started = self._stopwatch()
        try:
            found = self._read_again() or self._start()
        except BROKEN:
            self._breaker.failed(started)
            with self._lock:
                self._doubted = True
                self._search = None
            return
        self._breaker.succeeded()
        with self._lock:
            old, self._cluster = self._cluster, found
            self._search = None
        if old is not None and old is not found:
            old.close()

    def _read_again(self) -> RedisCluster | None:
        """The cluster as it says that it is now; None if none of the servers that were known answers."""
        if self._cluster is None:
            return None
        try:
            self._cluster.nodes_manager.initialize()
        except BROKEN:
            return None
        return self._cluster

    def _start(self) -> RedisCluster:
        """The cluster from the servers that the address names."""
        nodes = [ClusterNode(*host) for host in self._address.hosts]  # type: ignore[no-untyped-call]
        return RedisCluster(
            startup_nodes=nodes,
            retry=Retry(NoBackoff(), 0),
            require_full_coverage=False,
            **client_options(self._address),
        )


def client_options(address: RedisAddress) -> dict[str, Any]:
    options: dict[str, Any] = {
        "username": address.username or None,
        "password": address.password or None,
        "socket_timeout": address.timeout_seconds,
        "socket_connect_timeout": address.timeout_seconds,
        "max_connections": _MAX_CONNECTIONS,
        "protocol": 2,  # what is used here needs no more, and no greeting before the first command
        "driver_info": None,
    }
    if address.tls:
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
        if address.tls_ca is not None:
            options["ssl_ca_certs"] = str(address.tls_ca)
    return options
