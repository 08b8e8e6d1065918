"""Where events may be posted: https addresses on hosts that the operator lists, and no machine that is not meant.

Rules:
1. A host is listed by its name, or by the end of it (``.market.example``), with its port if that is not 443. No list:
   no host.
2. What a name resolves to is looked at with every connection, and that very address is connected to: a name that points
   elsewhere a moment later gains nothing.
3. Addresses that are not public (loopback, link-local, private, metadata services of clouds) are refused unless they
   lie in a network that the operator lists. One such address among several refuses the name.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from exchange.config import Config

MAX_URL: Final = 500
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL: Final = re.compile(rf"https://{_LABEL}(?:\.{_LABEL}){{0,20}}(?::[1-9][0-9]{{0,4}})?(?:[/?][!-~]*)?")
_TRANSLATED: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))
"""IPv6 addresses that lead to an IPv4 address within them."""
_METADATA: Final = frozenset({ip_address("168.63.129.16")})
"""A public address that leads to a cloud's own services."""


class AddressRefusedError(Exception):
    """The address must not be posted to."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """``hosts`` as in rule 1, ``networks`` as in rule 3."""

    hosts: tuple[str, ...]
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def problem(self, url: str) -> tuple[str, str] | None:
        """What is wrong with an address, in English and Chinese; None: it is allowed. Not checked: what it resolves
        to."""
        if len(url) > MAX_URL or _URL.fullmatch(url) is None or "#" in url:
            return (
                f"must be https://host[:port]/path of at most {MAX_URL} characters, the host in lower case",
                f"须为https地址，不超过{MAX_URL}个字符，主机名小写",
            )
        try:
            host, port = host_and_port(url)
        except ValueError:
            return ("has a port that is none", "端口无效")
        if not any(_fits(each, host, port) for each in self.hosts):
            return ("is on a host that the operator of the hub has not listed", "主机未列入平台许可清单")
        return None

    def addresses(self, url: str) -> list[str]:
        """What the host resolves to now, all of it permitted. Raises ``AddressRefusedError``, and ``OSError`` when it
        does not resolve."""
        if self.problem(url) is not None:
            raise AddressRefusedError
        host, port = host_and_port(url)
        found = list(dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        if not all(self._permitted(ip_address(each.partition("%")[0])) for each in found):
            raise AddressRefusedError
        return found

    def _permitted(self, address: IPv4Address | IPv6Address) -> bool:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.networks if network.version == address.version):
            return True
        if address in _METADATA or any(address in each for each in _TRANSLATED if each.version == address.version):
            return False
        return address.is_global and not address.is_multicast and not address.is_reserved


def allowed_hosts(config: Config) -> AllowedHosts:
    """As configured."""
    options = config.events
    return AllowedHosts(options.webhook_hosts, tuple(ip_network(each) for each in options.webhook_networks))


def host_and_port(url: str) -> tuple[str, int]:
    """Of an address. Raises ``ValueError`` for a port beyond 65535."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 443


def _fits(listed: str, host: str, port: int) -> bool:
    name, _, listed_port = listed.partition(":")
    right_host = host.endswith(name) and host != name if name.startswith(".") else host == name
    return right_host and port == int(listed_port or 443)
