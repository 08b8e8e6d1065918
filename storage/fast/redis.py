"""The fast store in Redis or Valkey, a single server or a cluster.

Rules:
1. Every operation is one atomic step of the server, and no operation is sent twice unless the server said that it did
   not run it. So ``take`` and ``put_if_absent`` have one winner at most: whoever lost the answer has lost.
2. Whatever the server or the way to it fails at is ``StorageUnavailableError``; no message names a key, a value or the
   password. The library's own errors hold commands, so they are not kept as causes either.
3. Many operations travel in one round trip for each server. A server that does not answer costs one time-out.
4. The server must not evict (``maxmemory-policy noeviction``): an evicted count lets someone in.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from storage.errors import LimitExceededError, StorageError
from storage.fast import redis_commands as commands
from storage.fast.interface import Add, AddMember, AtLeast, Step
from storage.fast.limits import check, check_count, check_look, check_step
from storage.fast.redis_address import RedisAddress
from storage.fast.redis_commands import Command
from storage.fast.redis_errors import nonsense
from storage.fast.redis_exchange import Exchange, Reply
from storage.fast.redis_routes import Cluster, OneServer, Routes

_PORTION: Final = 1_000


class RedisFast:
    """``Fast`` over ``address``; ``stopwatch`` gives seconds of a monotonic clock.

    Connects at the first use and again whenever it must. Thread-safe.
    """

    def __init__(self, address: RedisAddress, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._prefix = address.prefix
        self._routes: Routes = Cluster(address, stopwatch) if address.cluster else OneServer(address, stopwatch)

    def put(self, key: str, value: bytes, ttl: int) -> None:
        """See ``Fast.put``."""
        check(key, ttl, value)
        self._one(Command("SET", self._key(key), (commands.VALUE_MARK + value, "PX", ttl * 1_000)))

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        """See ``Fast.put_if_absent``."""
        check(key, ttl, value)
        arguments = (commands.VALUE_MARK + value, "NX", "PX", ttl * 1_000)
        return bool(self._one(Command("SET", self._key(key), arguments)))

    def get(self, key: str) -> bytes | None:
        """See ``Fast.get``."""
        check(key)
        return _value(self._one(Command("GET", self._key(key))))

    def take(self, key: str) -> bytes | None:
        """See ``Fast.take``."""
        check(key)
        return _value(self._one(Command(commands.TAKE, self._key(key))))

    def add(self, key: str, amount: int, ttl: int) -> int:
        """See ``Fast.add``."""
        check(key, ttl)
        check_count(amount)
        return _number(self._one(self._step(Add(key, ttl, amount))))

    def count(self, key: str) -> int:
        """See ``Fast.count``."""
        check(key)
        return _number(self._one(Command(commands.COUNT, self._key(key))))

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        """See ``Fast.add_member``."""
        check(key, ttl, member)
        return _number(self._one(self._step(AddMember(key, ttl, member))))

    def has_member(self, key: str, member: bytes) -> bool:
        """See ``Fast.has_member``."""
        check(key, value=member)
        return bool(self._one(Command(commands.HAS_MEMBER, self._key(key), (member,))))

    def delete(self, key: str) -> None:
        """See ``Fast.delete``."""
        check(key)
        self._one(Command("DEL", self._key(key)))

    def look(self, keys: Sequence[str], members: Sequence[tuple[str, bytes]]) -> tuple[list[int], list[bool]]:
        """See ``Fast.look``."""
        check_look(keys, members)
        asked = [Command(commands.COUNT, self._key(key)) for key in keys]
        asked += [Command(commands.HAS_MEMBER, self._key(key), (member,)) for key, member in members]
        replies = self._many(asked)
        for reply in replies:
            if isinstance(reply, StorageError):
                raise reply
        return [_number(reply) for reply in replies[: len(keys)]], [bool(reply) for reply in replies[len(keys) :]]

    def charge(self, steps: Sequence[Step]) -> list[int | StorageError]:
        """See ``Fast.charge``."""
        counts: list[int | StorageError] = [0] * len(steps)
        sound: list[int] = []
        for place, step in enumerate(steps):
            try:
                check_step(step)
                sound.append(place)
            except LimitExceededError as error:
                counts[place] = error
        replies = self._many([self._step(steps[place]) for place in sound])
        for place, reply in zip(sound, replies, strict=True):
            try:
                counts[place] = reply if isinstance(reply, StorageError) else _number(reply)
            except StorageError as error:
                counts[place] = error
        return counts

    def close(self) -> None:
        """Close every connection; what is stored stays."""
        self._routes.close()

    def _key(self, key: str) -> bytes:
        return (self._prefix + key).encode("utf-8", "surrogatepass")

    def _step(self, step: Step) -> Command:
        key, ttl = self._key(step.key), step.ttl * 1_000
        match step:
            case Add():
                return Command(commands.ADD, key, (step.amount, ttl))
            case AddMember():
                return Command(commands.ADD_MEMBER, key, (step.member, ttl))
            case AtLeast():
                return Command(commands.AT_LEAST, key, (step.count, ttl))

    def _one(self, command: Command) -> Reply:
        reply = self._many([command])[0]
        if isinstance(reply, StorageError):
            raise reply
        return reply

    def _many(self, asked: Iterable[Command]) -> list[Reply]:
        """The reply to each, in order; once a server does not answer, the rest of what is its own is not sent."""
        replies: list[Reply] = []
        rest = iter(asked)
        while portion := list(islice(rest, _PORTION)):
            replies += Exchange(self._routes, portion).replies()
        return replies


def _value(reply: Reply) -> bytes | None:
    if reply is None:
        return None
    if not isinstance(reply, bytes):
        raise nonsense()
    if not reply.startswith(commands.VALUE_MARK):
        raise StorageError("the key holds a counter or a set, not a value")
    return reply[1:]


def _number(reply: Reply) -> int:
    try:
        return int(reply)
    except (TypeError, ValueError):
        raise nonsense() from None
