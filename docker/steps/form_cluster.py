"""Forms one cluster out of Valkey nodes: the first half masters, the second half a replica of each.

    python form_cluster.py --user admin --password-file P --tls-ca CA fast-1:6379 fast-2:6379 …

Every step is taken only where it is not taken yet, so that a run that was cut short is finished by the next. All slots
are given out before any node meets another: a node that knows others has its slots, or is to be a replica.
"""

import argparse
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

_SLOTS: Final = 16_384
_SECONDS: Final = 120.0
_CALL_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Node:
    """A node: how to talk to it, and the address at which the others find it."""

    client: Redis
    host: str
    port: int

    def cluster(self, command: str, *words: str | int) -> Any:
        """The answer to a ``CLUSTER`` command. Raises ``RedisError``."""
        return self.client.execute_command(f"CLUSTER {command}", *words)  # type: ignore[no-untyped-call]  # the library gives it no types

    def knows(self) -> int:
        """How many nodes it knows, itself among them."""
        return int(self.cluster("INFO")["cluster_known_nodes"])

    def serves(self) -> bool:
        """Whether it finds every slot served."""
        return bool(self.cluster("INFO")["cluster_state"] == "ok")

    def copied(self) -> bool:
        """Whether it could take its master's place; a master could. One that has never copied could not."""
        facts = self.client.info("replication")
        return bool(facts["role"] == "master" or facts["master_link_status"] == "up")

    def itself(self) -> dict[str, Any]:
        """What it says of itself: ``node_id``, ``master_id`` (``-``: it is a master), ``slots``."""
        rows: dict[str, dict[str, Any]] = self.cluster("NODES")
        return next(row for row in rows.values() if "myself" in row["flags"])


def form(nodes: list[Node]) -> bool:
    """Make one cluster of the nodes; returns whether anything was left to do.

    Raises ``RedisError``, and ``TimeoutError`` if the nodes do not come together.
    """
    half = len(nodes) // 2
    together = all(node.knows() == len(nodes) and node.serves() and node.copied() for node in nodes)
    if together and sum(node.itself()["master_id"] != "-" for node in nodes) == half:
        return False
    for number, master in enumerate(nodes[:half]):
        if master.knows() == 1 and not master.itself()["slots"]:
            master.cluster("ADDSLOTSRANGE", number * _SLOTS // half, (number + 1) * _SLOTS // half - 1)
            master.cluster("SET-CONFIG-EPOCH", number + 1)
    for node in nodes[1:]:
        nodes[0].cluster("MEET", socket.gethostbyname(node.host), node.port)
    _until(lambda: all(node.knows() == len(nodes) for node in nodes), "all nodes to know each other")
    for master, replica in zip(nodes[:half], nodes[half:], strict=True):
        _until(partial(_follows, replica, master), "a replica to follow its master")
    _until(lambda: all(node.copied() for node in nodes), "the replicas to copy their masters")
    _until(lambda: all(node.serves() for node in nodes), "all slots to be served")
    return True


def _follows(replica: Node, master: Node) -> bool:
    """Make it a replica unless it is one already, or serves slots since its master failed."""
    found = replica.itself()
    if found["slots"] or found["master_id"] != "-":
        return True
    try:
        replica.cluster("REPLICATE", master.itself()["node_id"])
    except RedisError:
        return False  # word of the master has not come to it yet
    return True


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _SECONDS
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {_SECONDS:.0f} s for {what}")
        time.sleep(_POLL_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description="Forms one cluster out of Valkey nodes.")
    parser.add_argument("nodes", nargs="+", metavar="HOST:PORT", help="an even number, masters first")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--tls-ca", type=Path, required=True)
    given = parser.parse_args()
    if len(given.nodes) % 2 or len(given.nodes) < 6:
        sys.exit("a cluster needs three masters at least, and as many replicas")
    password = given.password_file.read_text("ascii").strip()
    with ExitStack() as held:
        nodes = []
        for host, _, port in (address.rpartition(":") for address in given.nodes):
            client = Redis(
                host=host,
                port=int(port),
                username=given.user,
                password=password,
                ssl=True,
                ssl_ca_certs=str(given.tls_ca),
                socket_timeout=_CALL_SECONDS,
                socket_connect_timeout=_CALL_SECONDS,
                decode_responses=True,
            )
            nodes.append(Node(held.enter_context(client), host, int(port)))
        try:
            new = form(nodes)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            sys.exit(f"the cluster was not formed: {type(error).__name__}: {error}")
    sys.stdout.write("the cluster is formed\n" if new else "the cluster was formed\n")


if __name__ == "__main__":
    main()
