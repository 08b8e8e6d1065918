"""One SeaweedFS server for all tests of a process that want an S3 bucket: started when the first of them asks.

It ends with the process, by whatever way (see ``servers.process``). Tests that hurt a server start one of their own.
"""

import atexit
import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

from exchange.demo.ports import free_ports
from servers.seaweed import SeaweedServer
from storage.objects.s3 import S3Objects
from storage.objects.s3_address import S3Address

BUCKET = "shared"


@cache
def shared_seaweed() -> SeaweedServer:
    """The running server, whose bucket ``BUCKET`` has versions and object lock."""
    folder = Path(tempfile.mkdtemp(prefix="seaweed-"))
    server = SeaweedServer(folder, free_ports(10))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.kill)
    server.start()
    server.make_bucket(BUCKET)
    return server


def address_of(server: SeaweedServer, bucket: str = BUCKET, **options: object) -> S3Address:
    """A bucket's address with the server's keys; waits generously, since a test machine may be busy."""
    usual = {
        "url": f"{server.url}/{bucket}",
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "region": server.region,
        "tls_ca": server.certificate and server.certificate.authority,
        "timeout_seconds": 20.0,
    }
    return S3Address(**(usual | options))


def objects_in_folder(folder: Path) -> S3Objects:
    """Objects below a prefix of the shared bucket, which is the same for the same folder of a test."""
    prefix = hashlib.sha256(bytes(folder)).hexdigest()[:16]
    return S3Objects(address_of(shared_seaweed(), prefix=f"{prefix}/"), locked=lambda _name: False)
