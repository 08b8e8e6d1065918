"""A recorder that serves on a thread of the test's process, and records that wait until they are let go."""

import socket
import threading
from contextlib import contextmanager

from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient


@contextmanager
def serving(world, *, path=None, **options):
    """The recorder on a thread of its own, and a client on a socket pair (or on ``path``)."""
    server = RecorderServer(world.records, world.fast, world.clock, world.watcher, **options)
    if path is None:
        ours, theirs = socket.socketpair()
        server.attach(theirs)
    else:
        server.listen(path)
    thread = threading.Thread(target=server.run)
    thread.start()
    client = RecorderClient(ours if path is None else path)
    try:
        yield server, client
    finally:
        client.close()
        server.stop()
        thread.join()


class SlowRecords:
    """Records whose commits wait until they are let go."""

    def __init__(self, records):
        self._records = records
        self.reached, self.go = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self._records, name)

    @contextmanager
    def write(self):
        self.reached.set()
        assert self.go.wait(20)
        with self._records.write() as transaction:
            yield transaction
