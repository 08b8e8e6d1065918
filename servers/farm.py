"""PostgreSQL with a synchronous standby, a Valkey cluster of six and SeaweedFS: what several machines stand on.

Rules:
1. Passwords and TLS are asked for where the servers know them, as in production: SCRAM over TLS for PostgreSQL, TLS for
   S3, a password for nothing for Valkey, whose wheel has no TLS.
2. The options that lead a hub here are those of any hub: ``[records]``, ``[objects]``, ``[fast]``.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import trustme

from exchange.demo.machine import Options
from exchange.demo.ports import free_ports
from servers.postgres import USER, PostgresOptions, PostgresServer, make_template
from servers.seaweed import SeaweedServer, ServerCertificate
from servers.valkey import ValkeyCluster

DATABASE: Final = "onceonly"
BUCKET: Final = "onceonly"
_PASSWORD: Final = "a-password-for-tests-on-this-machine"  # noqa: S105 of a server that lives as long as a test
_HOST: Final = "127.0.0.1"


class Farm:
    """The servers, each in a folder of its own below ``folder``; a context manager that starts and kills them.

    ``folder``'s path is short (see ``PostgresServer``). ``standby`` adds a synchronous standby of PostgreSQL.
    """

    def __init__(self, folder: Path, *, standby: bool = True, template: Path | None = None) -> None:
        self.folder = folder
        self._held = ExitStack()
        self._template = template
        authority = trustme.CA()
        self._authority = _written(folder / "authority.pem", authority.cert_pem.bytes())
        issued = authority.issue_cert(_HOST, "localhost")
        chain = _written(folder / "server.pem", b"".join(each.bytes() for each in issued.cert_chain_pems))
        key = _written(folder / "server.key", issued.private_key_pem.bytes())
        options = PostgresOptions(password=_PASSWORD, template=template)
        self.postgres = PostgresServer(folder / "pg", options)
        self.standby: PostgresServer | None = None
        self._with_standby = standby
        self.valkey = ValkeyCluster(folder / "valkey")
        certificate = ServerCertificate(chain, key, self._authority)
        self.seaweed = SeaweedServer(folder / "s3", free_ports(10), certificate)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def options(self) -> Options:
        """The sections of a hub's configuration that lead it to these servers."""
        secrets = {
            "password": _PASSWORD,
            "access": self.seaweed.access_key,
            "secret": self.seaweed.secret_key,
        }
        files = {name: str(_written(self.folder / name, f"{secret}\n".encode())) for name, secret in secrets.items()}
        return {
            "records": {"url": self.database_url, "password_file": files["password"]},
            "objects": {
                "url": f"{self.seaweed.url}/{BUCKET}",
                "access_key_file": files["access"],
                "secret_key_file": files["secret"],
                "tls_ca": str(self._authority),
                "lock_days": 1,
            },
            "fast": {"url": self.valkey.url, "cluster": True},
        }

    @property
    def database_url(self) -> str:
        """The database on the primary and, if there is one, its standby: whichever takes writes."""
        servers = [self.postgres, *([self.standby] if self.standby else [])]
        hosts = ",".join(f"{_HOST}:{server.port}" for server in servers)
        return f"postgresql://{USER}@{hosts}/{DATABASE}"

    def _start(self) -> None:
        for folder in (self.folder / "pg", self.folder / "valkey", self.folder / "s3"):
            folder.mkdir(exist_ok=True)
        self._held.enter_context(self.valkey)
        self._held.enter_context(self.seaweed)
        self.seaweed.make_bucket(BUCKET)
        self._held.enter_context(self.postgres)
        self.postgres.ask(f"CREATE DATABASE {DATABASE}")
        if self._with_standby:
            self.standby = self._held.enter_context(self.postgres.standby(self.folder / "pg2"))
            self.postgres.require_standby()


def short_template(folder: Path) -> Path:
    """An empty PostgreSQL cluster below ``folder`` for farms to copy."""
    return make_template(folder / "template")


def _written(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(content)
    return path
