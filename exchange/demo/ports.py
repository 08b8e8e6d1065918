"""Ports that nobody uses, below the range from which the system gives ports to outgoing connections."""

import random
import socket
from typing import Final

_FIRST: Final = 20_000
_LAST: Final = 32_000
_ATTEMPTS: Final = 200


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that are free now. Raises ``OSError`` if so many cannot be found.

    Not prevented: that another program takes one before it is used.
    """
    found: list[int] = []
    for port in random.sample(range(_FIRST, _LAST), _ATTEMPTS):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports were found between {_FIRST} and {_LAST}")
