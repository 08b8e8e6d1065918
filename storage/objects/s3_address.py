"""Where an S3 bucket is, who asks, and the bounds of asking.

Rules:
1. ``https`` alone, but for a server on this machine; another plain one must be allowed in so many words.
2. The secret key is in no repr, and so in no log.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from storage.errors import StorageUnavailableError

LockMode = Literal["COMPLIANCE", "GOVERNANCE"]

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX: Final = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_MAX_PREFIX: Final = 200
_MAX_SECONDS: Final = 60.0
_MAX_CONNECTIONS: Final = 256
_MAX_LOCK_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, as ``https://host:9000/bucket``, and how it is used. Raises ``StorageUnavailableError`` if it is none.

    ``prefix`` stands before every name and ends with ``/``, so that several hubs may share a bucket. ``tls_ca`` is a
    PEM file of the only authorities trusted; without it the system's are. ``timeout_seconds`` bounds a whole call,
    waiting and retries included; large bodies get more, see ``s3_pool``. ``connections`` bounds calls at once and shall
    be below the number of threads that serve calls. ``lock_days`` is how long a locked object stays, 0 for no lock.
    ``plain_http`` allows ``http`` to another machine, where the way there is protected by other means.
    """

    url: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    tls_ca: Path | None = None
    prefix: str = ""
    timeout_seconds: float = 1.5
    connections: int = 8
    lock_days: int = 0
    lock_mode: LockMode = "COMPLIANCE"
    plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot work, before anything is asked."""
        self._check_url()
        checks = (
            (bool(self.access_key and self.secret_key), "access_key and secret_key must both be set"),
            (_REGION.fullmatch(self.region) is not None, "region: small letters, digits and - alone"),
            (len(self.prefix) <= _MAX_PREFIX and _PREFIX.fullmatch(self.prefix) is not None, "prefix: a/b/ or empty"),
            (0 < self.timeout_seconds <= _MAX_SECONDS, f"timeout_seconds: more than 0, at most {_MAX_SECONDS:g}"),
            (1 <= self.connections <= _MAX_CONNECTIONS, f"connections: 1 to {_MAX_CONNECTIONS}"),
            (0 <= self.lock_days <= _MAX_LOCK_DAYS, f"lock_days: 0 to {_MAX_LOCK_DAYS}"),
            (self.lock_mode in ("COMPLIANCE", "GOVERNANCE"), "lock_mode: COMPLIANCE or GOVERNANCE"),
        )
        for holds, rule in checks:
            if not holds:
                raise StorageUnavailableError(f"the S3 address is no good: {rule}")

    @property
    def secure(self) -> bool:
        """Whether the server is asked over TLS."""
        return self.url.startswith("https://")

    @property
    def endpoint(self) -> str:
        """``host:port``."""
        return urlsplit(self.url).netloc

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return urlsplit(self.url).path.strip("/")

    def key_url(self, key: str) -> str:
        """The URL of a key, whose characters need no encoding (see ``names``)."""
        return f"{'https' if self.secure else 'http'}://{self.endpoint}/{self.bucket}/{key}"

    def _check_url(self) -> None:
        """The URL is not repeated in the message: somebody may have put a password into it."""
        try:
            parts = urlsplit(self.url)
            port_is_right = parts.port is None or parts.port > 0
        except ValueError as error:
            raise StorageUnavailableError("the S3 address is no good: url is not a URL") from error
        whole = parts.hostname and port_is_right and _BUCKET.fullmatch(parts.path.strip("/"))
        if parts.scheme not in ("http", "https") or not whole or parts.query or parts.fragment or "@" in parts.netloc:
            raise StorageUnavailableError("the S3 address is no good: url is https://host:port/bucket and no more")
        if parts.scheme == "http" and not self.plain_http and not _is_here(parts.hostname or ""):
            raise StorageUnavailableError(
                "the S3 address is no good: http to another machine shows it every object; use https, or plain_http"
            )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
