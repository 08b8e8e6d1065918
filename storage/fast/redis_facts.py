"""What the servers of a fast store say of themselves: for whoever inspects an installation."""

from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage.fast.redis_address import RedisAddress
from storage.fast.redis_errors import storage_error
from storage.fast.redis_routes import BROKEN, client_options

KEEPS_ALL = "noeviction"


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """Of the servers that the address names, ``answering`` of ``named`` answered; ``evicting`` of these would drop keys
    when memory is short, and with them counts that nobody would miss in time. ``version`` is the first one's.
    """

    named: int
    answering: int
    evicting: int
    version: str


def described(address: RedisAddress) -> RedisFacts:
    """Ask each server named; raises ``StorageError`` if none answers."""
    infos: list[dict[str, Any]] = []
    failure: Exception | None = None
    for host, port in address.hosts:
        client = redis.Redis(host=host, port=port, retry=Retry(NoBackoff(), 0), **client_options(address))
        try:
            infos.append({**client.info("server"), **client.info("memory")})
        except BROKEN as error:
            failure = error
        finally:
            client.close()
    if not infos:
        assert failure is not None
        raise storage_error(failure) from failure
    evicting = sum(info.get("maxmemory_policy", KEEPS_ALL) != KEEPS_ALL for info in infos)
    version = infos[0].get("valkey_version") or infos[0].get("redis_version", "unknown")
    return RedisFacts(len(address.hosts), len(infos), evicting, str(version))
