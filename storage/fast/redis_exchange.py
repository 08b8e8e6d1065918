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
from storage.fast.redis_commands import Command, Script, counts, words
from storage.fast.redis_errors import nonsense, step_error, storage_error, unsettled
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
        packets = list(self._packets(places))
        started = node.breaker.now()
        try:
            replies = self._pipeline(node.client, packets)
        except BROKEN as error:
            if not isinstance(error, exceptions.MaxConnectionsError):
                node.breaker.failed(started)
                self._routes.doubt()
            return self._fail(places, storage_error(error))
        node.breaker.succeeded()
        again: list[int] = []
        for packet, reply in zip(packets, replies, strict=True):
            if not self._settled(packet, reply):
                again += packet
        return again

    def _packets(self, places: list[int]) -> Iterable[list[int]]:
        """What is sent as one command each: one operation, or neighbours that one run of their script can do."""
        packet: list[int] = []
        for place in places:
            what = self._asked[place].what
            if packet and (
                len(packet) >= self._routes.together
                or not isinstance(what, Script)
                or not what.counts
                or what is not self._asked[packet[0]].what
            ):
                yield packet
                packet = []
            packet.append(place)
        if packet:
            yield packet

    def _pipeline(self, client: redis.Redis, packets: list[list[int]]) -> list[Any]:
        scripts: dict[str, Script] = {}
        if self._unknown_scripts or len(packets) > 1:
            # Were one unknown, commands that need none would overtake those that do.
            kinds = [self._asked[packet[0]].what for packet in packets]
            scripts = {what.digest: what for what in kinds if isinstance(what, Script)}
        with client.pipeline(transaction=False) as pipeline:
            for script in scripts.values():
                pipeline.script_load(script.text)
            for packet in packets:
                sent = words([self._asked[place] for place in packet], whole=False)
                pipeline.execute_command(*sent)  # type: ignore[no-untyped-call]
            return pipeline.execute(raise_on_error=False)[len(scripts) :]

    def _settled(self, packet: list[int], reply: Any) -> bool:
        """Note a reply; False if the server did not run the packet and it may be sent again."""
        match reply:
            case exceptions.NoScriptError():
                self._unknown_scripts = True
                self._fail(packet, storage_error(reply))
                return False
            case exceptions.MovedError() | exceptions.TryAgainError():
                self._routes.doubt()
                self._fail(packet, unsettled())
                return False
            case exceptions.AskError():
                self._follow(packet)
            case exceptions.ClusterDownError():
                self._routes.doubt()
                self._fail(packet, storage_error(reply))
            case Exception():
                self._fail(packet, storage_error(reply))
            case _:
                self._note(packet, reply)
        return True

    def _note(self, packet: list[int], reply: Any) -> None:
        what = self._asked[packet[0]].what
        if not isinstance(what, Script) or not what.counts:
            self._replies[packet[0]] = reply
            return
        try:
            answers = counts(reply, len(packet))
        except ValueError:
            self._fail(packet, nonsense())
            return
        for place, answer in zip(packet, answers, strict=True):
            self._replies[place] = answer if isinstance(answer, int) else step_error(answer)

    def _follow(self, packet: list[int]) -> None:
        self._redirected += 1
        if self._redirected > _MAX_REDIRECTED:
            self._fail(packet, unsettled())
            return
        try:
            reply = self._routes.redirected([self._asked[place] for place in packet])
        except BROKEN as error:
            self._fail(packet, storage_error(error))
        else:
            self._note(packet, reply)

    def _fail(self, places: list[int], error: StorageError) -> list[int]:
        for place in places:
            self._replies[place] = error
        return []
