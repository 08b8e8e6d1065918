"""Where a Redis or Valkey server is, and how to get in."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from storage.errors import StorageError

_DEFAULT_PORT = 6379
_MAX_HOSTS = 32
_MAX_PREFIX = 100
_LONGEST_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """``url``: ``redis://USER@HOST:PORT/DATABASE``, or ``rediss://`` for TLS; the password never stands in it.

    For a cluster, several ``HOST:PORT`` joined by commas and the database 0. ``tls_ca``: certificates to trust (PEM),
    None: the system's. ``prefix``: begins every key. ``timeout_seconds``: to connect, and for each answer.
    Raises ``StorageError`` for one that cannot be used; the message repeats no part of it.
    """

    url: str
    password: str = field(default="", repr=False)
    tls_ca: Path | None = None
    cluster: bool = False
    prefix: str = "onceonly:"
    timeout_seconds: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.timeout_seconds <= _LONGEST_TIMEOUT:
            raise StorageError(f"the fast store's time-out must be over 0 and at most {_LONGEST_TIMEOUT:g} seconds")
        if not 0 < len(self.prefix) <= _MAX_PREFIX:
            raise StorageError(f"the prefix of the fast store's keys must have 1 to {_MAX_PREFIX} characters")
        tls, hosts, database = self.tls, self.hosts, self.database  # each refuses what it cannot read
        if self.tls_ca is not None and not tls:
            raise StorageError("certificates to trust are given, but the fast store's URL is not rediss://")
        if len(hosts) > 1 and not self.cluster:
            raise StorageError("the fast store's URL names several servers: say that they are a cluster")
        if self.cluster and database:
            raise StorageError("a cluster has only database 0: end the fast store's URL with /0")

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted and the server's certificate checked."""
        scheme = self.url.partition("://")[0]
        if scheme not in {"redis", "rediss"}:
            raise StorageError("the fast store's URL must begin with redis:// or rediss://")
        return scheme == "rediss"

    @property
    def username(self) -> str:
        """The user, empty for the server's default one."""
        user, at, _ = self._location().rpartition("@")
        if ":" in user:
            raise StorageError("the fast store's URL holds a password: put it where the configuration keeps secrets")
        return unquote(user) if at else ""

    @property
    def hosts(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every server named."""
        _ = self.username  # refuses a password
        servers = self._location().rpartition("@")[2].split(",")
        if len(servers) > _MAX_HOSTS:
            raise StorageError(f"the fast store's URL names more than {_MAX_HOSTS} servers")
        return tuple(_host(server) for server in servers)

    @property
    def database(self) -> int:
        """The database's number."""
        rest = self.url.partition("://")[2].partition("/")[2]
        if rest and not (rest.isascii() and rest.isdigit() and len(rest) < 6):
            raise StorageError("the fast store's URL must end with /NUMBER, the database, and nothing after it")
        return int(rest or 0)

    def _location(self) -> str:
        return self.url.partition("://")[2].partition("/")[0]


def _host(server: str) -> tuple[str, int]:
    try:
        split = urlsplit(f"//{server}")
        host, port = split.hostname, split.port
    except ValueError:
        host, port = None, None
    if not host or any(mark in server for mark in "?#\\ "):
        raise StorageError("the fast store's URL must name its server as HOST:PORT")
    return host, port or _DEFAULT_PORT
