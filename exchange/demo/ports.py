"""Ports that nobody uses, below the range from which the system gives ports to outgoing connections.

Between finding a port free and a server listening on it somebody else may look too: another test, another story. So a
port is leased by a lock on a file named after it, which this process holds until it ends, however it ends.
"""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

_FIRST: Final = 20_000
_LAST: Final = 32_000
_ATTEMPTS: Final = 1_000
_LEASES: Final[dict[int, int]] = {}
"""Descriptors of the locks of this process by port: what the system knows of the process, not what it computes with."""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now and that nobody else who asks here is given while this process lives.

    Raises ``OSError`` if so many cannot be found. Not prevented: that a program that does not ask here takes one.
    """
    found: list[int] = []
    for port in random.sample(range(_FIRST, _LAST), _ATTEMPTS):
        if _is_free(port) and _leased(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports were found between {_FIRST} and {_LAST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _leased(port: int) -> bool:
    """Whether this process has just got the lease of the port."""
    if port in _LEASES:
        return False
    folder = Path(tempfile.gettempdir()) / f"onceonly-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _LEASES[port] = descriptor
    return True
