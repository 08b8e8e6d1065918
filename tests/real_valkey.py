"""Real Valkey servers for the tests of one process, started when the first test asks for one.

They are shared: every test takes a prefix of its own (``fresh_prefix``). A test that hurts a server starts its own.
"""

import secrets
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from servers.valkey import ValkeyCluster, ValkeyServer
from storage.fast.redis_address import RedisAddress

_RUNNING = ExitStack()
PASSWORD = "a-password-of-the-tests"


@cache
def _folder() -> Path:
    return Path(_RUNNING.enter_context(tempfile.TemporaryDirectory(prefix="valkey-")))


@cache
def shared_valkey() -> ValkeyServer:
    """The server that tests share."""
    return _RUNNING.enter_context(ValkeyServer(_folder() / "shared", password=PASSWORD))


@cache
def shared_cluster() -> ValkeyCluster:
    """The cluster that tests share."""
    return _RUNNING.enter_context(ValkeyCluster(_folder() / "cluster"))


def fresh_prefix() -> str:
    """A prefix that no other test has."""
    return f"test-{secrets.token_hex(8)}:"


def valkey_address(engine: str, prefix: str | None = None) -> RedisAddress:
    """Where the shared server (``valkey``) or cluster (``valkey-cluster``) is; waits longer than a hub would."""
    prefix = prefix or fresh_prefix()
    if engine == "valkey":
        return RedisAddress(shared_valkey().url, PASSWORD, prefix=prefix, timeout_seconds=10)
    return RedisAddress(shared_cluster().url, cluster=True, prefix=prefix, timeout_seconds=10)


def pytest_unconfigure() -> None:
    """Stop what was started."""
    _RUNNING.close()
