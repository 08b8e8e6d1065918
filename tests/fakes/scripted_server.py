"""A server that answers whatever it is asked with the same bytes: for answers that no real server gives at will."""

import socket
import threading
from contextlib import suppress
from typing import Self


class ScriptedServer:
    """Answers each command on 127.0.0.1:``port`` with ``reply``; empty: hangs up instead. A context manager."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.commands = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._answer, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(1 << 20):
                # Every command is an array, and none of the tests' arguments begins a line with an asterisk.
                asked = sum(line.startswith(b"*") for line in data.split(b"\r\n"))
                self.commands += asked
                if not self.reply:
                    return
                connection.sendall(self.reply * asked)
