"""A port of the hub: refused with a sentence if it is taken, and kept for its processes while they come and go."""

import socket
from contextlib import ExitStack

from exchange.config import Config, ConfigError
from exchange.options import split_address


def reserve(address: str, section: str = "listen") -> tuple[socket.socket, str]:
    """Bind the address of a section without listening, so that processes can share it (SO_REUSEPORT) and nobody else
    can take it.

    Returns the socket, to be kept open while the hub runs, and the address with its real port (port 0 picks a free
    one). Raises ``ConfigError`` if another program listens there or the host is not this machine's.
    """
    host, port = split_address(address)
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror:
        raise ConfigError([f"[{section}] address: the host {host} is not known."]) from None
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
        raise ConfigError([f"[{section}] address: cannot listen on {address}: {error.strerror}."]) from error
    shown = f"[{host}]" if ":" in host else host
    return kept, f"{shown}:{where[1]}"


def reserve_events(config: Config, held: ExitStack) -> str | None:
    """The same for the address of the events; None: they are not served."""
    if config.events.address is None:
        return None
    port, address = reserve(config.events.address, "events")
    held.enter_context(port)
    return address


def reserve_public(config: Config, held: ExitStack) -> str | None:
    """Keep the address of the public pages until ``held`` is left; returns it as ``reserve`` does, None: not served."""
    if config.public.address is None:
        return None
    port, address = reserve(config.public.address, "public")
    held.enter_context(port)
    return address
