"""What a failed call to an S3 server means, in a sentence that says what to do. No key and no body is repeated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minio.error import MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError, SSLError

from storage.errors import ObjectNotFoundError, StorageError, StorageUnavailableError
from storage.objects.s3_address import S3Address
from storage.objects.s3_pool import BusyError, TooLargeError

_CODE: Final = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)
_KEYS: Final = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"})
_BROKEN: Final = (MinioException, OSError, ValueError, LookupError, AttributeError, TypeError, SyntaxError)
"""What the library raises on an answer that is not S3's; ``SyntaxError`` is the XML parser's."""


class TakenError(Exception):
    """A conditional put found the name taken, or another put of it under way. Never leaves this folder."""


@contextmanager
def explained(address: S3Address) -> Iterator[None]:
    """Turn the library's errors into storage's."""
    try:
        yield
    except S3Error as error:
        if error.response.status in (409, 412) and error.code != "NoSuchBucket":
            raise TakenError from error
        raise _refusal(error, address) from error
    except ServerError as error:
        raise StorageUnavailableError(f"the S3 server failed ({error.status_code}): see its log") from error
    except HTTPError as error:
        raise StorageUnavailableError(_silence(error, address)) from error
    except _BROKEN as error:
        raise StorageUnavailableError(
            f"what answers at {address.endpoint} does not speak S3 ({type(error).__name__}): check the address"
        ) from error


def missing_bucket(address: S3Address) -> StorageUnavailableError:
    """The bucket is not there; never made by the hub, since whoever runs the server decides who may remove versions."""
    return StorageUnavailableError(
        f"there is no bucket {address.bucket} at {address.endpoint}: make it, with versions, by aws s3api "
        f"create-bucket --bucket {address.bucket} --object-lock-enabled-for-bucket"
    )


def _refusal(error: S3Error, address: S3Address) -> StorageError:
    code = error.code if error.code and _CODE.fullmatch(error.code) else "unknown"
    status = error.response.status
    if code == "NoSuchBucket":
        return missing_bucket(address)
    if status == 404:
        return ObjectNotFoundError("there is no object of that name")
    return StorageUnavailableError(_complaint(status, code, address))


def _complaint(status: int, code: str, address: S3Address) -> str:
    if code == "RequestTimeTooSkewed":
        return "the S3 server's clock is another than this machine's: set the clocks right"
    if code in _KEYS:
        return f"the S3 server does not know the hub's keys ({code}): check both in the configuration"
    if status == 403:
        return (
            f"the S3 server does not allow that ({code}): check the hub's keys, their rights in bucket "
            f"{address.bucket}, and whether the object is locked"
        )
    if status in (429, 503):
        return f"the S3 server has too much to do ({code}): try again later"
    if status == 400:
        return f"the S3 server refuses that ({code}): objects are locked only in a bucket made with object lock"
    return f"the S3 server failed ({status}, {code}): see its log"


def _silence(error: HTTPError, address: S3Address) -> str:
    if isinstance(error, BusyError):
        return f"all {address.connections} calls to the S3 server are under way: it is slow; try again later"
    if isinstance(error, SSLError):
        return f"{address.endpoint} shows no certificate that tls_ca vouches for: check both, and who answers there"
    if isinstance(error, TooLargeError):
        return f"the S3 server at {address.endpoint} sends more than any object may hold: check who put it there"
    return f"the S3 server at {address.endpoint} does not answer in time ({type(error).__name__}): see whether it runs"
