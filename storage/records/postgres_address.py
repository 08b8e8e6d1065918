"""Where a PostgreSQL database is and how long to wait for it.

Rules:
1. The URL names servers, user and database, and nothing else: no password, no TLS mode, no session settings.
2. With ``tls_ca`` the server must prove its name by a certificate of that CA; without it no TLS is spoken at all, since
   TLS towards whoever answers proves nothing.
3. With a password the server must take part in SCRAM-SHA-256, which proves that it knows the password too.
"""

from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from storage.errors import StorageUnavailableError

_ALLOWED = frozenset({"host", "port", "user", "dbname"})
_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """One database, on one server or on several of which one is the primary.

    ``url``: ``postgresql://user@host1:5432,host2:5432/database``. The servers are tried in order until one takes
    writes. ``statement_seconds`` bounds one statement on the server, ``connect_seconds`` the attempt to reach one
    server, ``idle_seconds`` how long a transaction may stand still before the server ends it and frees its locks.

    Raises ``StorageUnavailableError``, whose message holds nothing of the URL.
    """

    url: str
    password: str = field(repr=False, default="")
    tls_ca: Path | None = None
    statement_seconds: float = 2.0
    connect_seconds: float = 3.0
    idle_seconds: float = 2.0

    def __post_init__(self) -> None:
        if not self.url.startswith(_SCHEMES):
            raise StorageUnavailableError("the database's address must read postgresql://user@host:5432/database")
        try:
            parts = conninfo_to_dict(self.url)
        except psycopg.Error:
            raise StorageUnavailableError(
                "the database's address is not a URL that PostgreSQL understands: it must read "
                "postgresql://user@host:5432/database"
            ) from None  # libpq quotes the URL, which may hold a password
        if "password" in parts:
            raise StorageUnavailableError(
                "the database's address holds a password: take it out and give the password by its own option"
            )
        if not {"user", "dbname"} <= parts.keys() <= _ALLOWED:
            raise StorageUnavailableError(
                "the database's address must name user, host, port and database, and nothing else"
            )
        for what in ("statement_seconds", "connect_seconds", "idle_seconds"):
            if not 0 < getattr(self, what) <= 3_600:
                raise StorageUnavailableError(f"{what} must be more than 0 and at most 3600")

    @property
    def answer_seconds(self) -> float:
        """How long this side waits for an answer: longer than the server works, so that it can still refuse."""
        return self.statement_seconds + 1.0
