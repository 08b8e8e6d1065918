"""Makes the bucket of the hub's objects, if it is not there.

    python make_bucket.py https://objects:8333/onceonly --access-key-file A --secret-key-file S --tls-ca CA [--lock]

It uses keys of its own: those of the hub cannot make or remove a bucket. ``--lock`` makes it with object lock (needed
for ``lock_days`` in ``[objects]``), which cannot be added later; a bucket that lacks it then fails this step.
"""

import argparse
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error

_SECONDS: Final = 10.0
_TAKEN: Final = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


def make_bucket(client: Minio, bucket: str, *, lock: bool) -> bool:
    """Make the bucket; returns whether it was new. Raises ``S3Error``, also if a lock is wanted and not there."""
    try:
        client.make_bucket(bucket, object_lock=lock)
    except S3Error as error:
        if error.code not in _TAKEN:
            raise
        if lock:
            client.get_object_lock_config(bucket)
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the bucket of the hub's objects, if it is not there.")
    parser.add_argument("url", help="https://HOST:PORT/BUCKET")
    for option in ("--access-key-file", "--secret-key-file", "--tls-ca"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--lock", action="store_true", help="with object lock, which cannot be added later")
    given = parser.parse_args()
    parts = urlsplit(given.url)
    bucket = parts.path.strip("/")
    if parts.scheme != "https" or not bucket or "/" in bucket:
        sys.exit("the address must be https://HOST:PORT/BUCKET")
    pool = urllib3.PoolManager(
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(given.tls_ca),
        timeout=_SECONDS,
        retries=urllib3.Retry(3, backoff_factor=1),
    )
    keys = [path.read_text("ascii").strip() for path in (given.access_key_file, given.secret_key_file)]
    client = Minio(parts.netloc, access_key=keys[0], secret_key=keys[1], region=given.region, http_client=pool)
    try:
        new = make_bucket(client, bucket, lock=given.lock)
    except (S3Error, urllib3.exceptions.HTTPError) as error:
        sys.exit(f"the bucket {bucket} could not be made: {getattr(error, 'code', type(error).__name__)}")
    finally:
        pool.clear()
    sys.stdout.write(f"the bucket {bucket} {'is made' if new else 'was there'}\n")


if __name__ == "__main__":
    main()
