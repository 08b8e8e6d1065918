"""The service's port: refused with a sentence if it is taken, and kept for the workers while they come and go."""

import socket

from exchange.config import ConfigError
from exchange.options import split_address


def reserve(address: str) -> tuple[socket.socket, str]:
    """Bind the address without listening, so that workers can share it (SO_REUSEPORT) and nobody else can take it.

    Returns the socket, to be kept open while the hub runs, and the address with its real port (port 0 picks a free
    one). Raises ``ConfigError`` if another program listens there or the host is not this machine's.
    """
    host, port = split_address(address)
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror:
        raise ConfigError([f"[listen] address: the host {host} is not known."]) from None
    try:
        with socket.socket(family, kind) as probe:  # sharing would hide that another hub is there
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
            where = probe.getsockname()
        kept = socket.socket(family, kind)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(where)
    except OSError as error:
        raise ConfigError([f"[listen] address: cannot listen on {address}: {error.strerror}."]) from error
    shown = f"[{host}]" if ":" in host else host
    return kept, f"{shown}:{where[1]}"
