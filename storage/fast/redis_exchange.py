"""Sends commands to the servers that hold their keys, one round trip for each server.

Rules:
1. A command is sent again only if the server said that it did not run it: that it does not know the script, or that
   the key is elsewhere. Never after a lost answer.
2. A server that does not answer fails all that was sent to it, and what comes next at once, until its breaker closes.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import redis
from redis import exceptions

from storage.errors import StorageError, StorageUnavailableError
from storage.fast.redis_commands import Command, Script
from storage.fast.redis_errors import storage_error, unsettled
from storage.fast.redis_routes import BROKEN, Node, Routes

_ROUNDS: Final = 3
_MAX_REDIRECTED: Final = 64

Reply = Any
"""What the server answered, or the ``StorageError`` that stands for it."""


class Exchange:
    """One portion of commands: sent to where each belongs, and again where a server said that it did not run it."""

    def __init__(self, routes: Routes, asked: Sequence[Command]) -> None:
        self._routes = routes
        self._asked = asked
        self._replies: list[Reply] = [unsettled()] * len(asked)
        self._unknown_scripts = False
        self._redirected = 0

    def replies(self) -> list[Reply]:
        """Send them; the reply to each, in order."""
        places: list[int] = list(range(len(self._asked)))
        for _ in range(_ROUNDS):
            places = [place for node, group in self._grouped(places) for place in self._send(node, group)]
            if not places:
                break
        return self._replies

    def _grouped(self, places: Iterable[int]) -> Iterable[tuple[Node, list[int]]]:
        groups: dict[int, tuple[Node, list[int]]] = {}
        for place in places:
            try:
                node = self._routes.node(self._asked[place].key)
            except StorageUnavailableError as error:
                self._replies[place] = error
                continue
            groups.setdefault(id(node.client), (node, []))[1].append(place)
        return groups.values()

    def _send(self, node: Node, places: list[int]) -> list[int]:
        """Send a group to its server; returns the places that it did not run and that may be sent again."""
        if not node.breaker.allows():
            return self._fail(places, StorageUnavailableError("the fast store did not answer a moment ago: wait"))
        try:
            replies = self._pipeline(node.client, places)
        except BROKEN as error:
            if not isinstance(error, exceptions.MaxConnectionsError):
                node.breaker.failed()
                self._routes.doubt()
            return self._fail(places, storage_error(error))
        node.breaker.succeeded()
        return [place for place, reply in zip(places, replies, strict=True) if not self._settled(place, reply)]

    def _pipeline(self, client: redis.Redis, places: list[int]) -> list[Any]:
        told: set[str] = set()
        with client.pipeline(transaction=False) as pipeline:
            for place in places:
                command = self._asked[place]
                whole = False
                if isinstance(command.what, Script) and (self._unknown_scripts or len(places) > 1):
                    # The text goes once, then its digest is known: were it not, later commands would overtake these.
                    whole = command.what.digest not in told
                    told.add(command.what.digest)
                pipeline.execute_command(*command.words(whole=whole))  # type: ignore[no-untyped-call]
            return pipeline.execute(raise_on_error=False)

    def _settled(self, place: int, reply: Any) -> bool:
        """Note a reply; False if the server did not run the command and it may be sent again."""
        match reply:
            case exceptions.NoScriptError():
                self._unknown_scripts = True
                return False
            case exceptions.MovedError() | exceptions.TryAgainError():
                self._routes.doubt()
                return False
            case exceptions.AskError():
                self._replies[place] = self._follow(place)
            case exceptions.ClusterDownError():
                self._routes.doubt()
                self._replies[place] = storage_error(reply)
            case Exception():
                self._replies[place] = storage_error(reply)
            case _:
                self._replies[place] = reply
        return True

    def _follow(self, place: int) -> Reply:
        self._redirected += 1
        if self._redirected > _MAX_REDIRECTED:
            return unsettled()
        try:
            return self._routes.redirected(self._asked[place])
        except BROKEN as error:
            return storage_error(error)

    def _fail(self, places: list[int], error: StorageError) -> list[int]:
        for place in places:
            self._replies[place] = error
        return []
