"""``RedisFast`` on a server whose clock the test seems to move.

What is stored lives a thousand times longer than was asked, and moving the clock takes as much off: so a slow machine
changes nothing. Only what asks for more than that allows is stored as it was asked.
"""

from typing import Any

import redis

from storage.fast.limits import MAX_TTL
from storage.fast.redis import RedisFast
from storage.fast.redis_address import RedisAddress
from tests.real_valkey import shared_cluster, shared_valkey, valkey_address

_SLOWER = 1_000
_AGE = """
local left = redis.call('PTTL', KEYS[1])
if left > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], left - tonumber(ARGV[1]))
else
  redis.call('DEL', KEYS[1])
end
"""


class MovedRedis(RedisFast):
    """Real operations, slower time."""

    def __init__(self, engine: str, address: RedisAddress) -> None:
        super().__init__(address)
        self._nodes = [shared_valkey()] if engine == "valkey" else shared_cluster().nodes

    def put(self, key: str, value: bytes, ttl: int) -> None:
        super().put(key, value, _slower(ttl))

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        return super().put_if_absent(key, value, _slower(ttl))

    def add(self, key: str, amount: int, ttl: int) -> int:
        return super().add(key, amount, _slower(ttl))

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        return super().add_member(key, member, _slower(ttl))

    def charge(self, steps: Any) -> Any:
        return super().charge([type(step)(*_slowed(step)) for step in steps])

    def move(self, seconds: float) -> None:
        """Let every key of this test be older by ``seconds``."""
        for node in self._nodes:
            with node.client() as client:
                if client.execute_command("ROLE")[0] == b"master":
                    self._age(client, int(seconds * _SLOWER * 1_000))

    def _age(self, client: redis.Redis, milliseconds: int) -> None:
        for key in list(client.scan_iter(f"{self._prefix}*", count=1_000)):
            client.eval(_AGE, 1, key, milliseconds)


def open_moved(engine: str) -> MovedRedis:
    """The shared server or cluster, with a prefix of its own."""
    return MovedRedis(engine, valkey_address(engine))


def _slower(ttl: int) -> int:
    return ttl * _SLOWER if 0 < ttl <= MAX_TTL // _SLOWER else ttl


def _slowed(step: Any) -> tuple[Any, ...]:
    key, ttl, third = (getattr(step, name) for name in step.__slots__)
    return key, _slower(ttl), third
