"""S3 addresses: what is refused before anything is asked, and what no message shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import StorageUnavailableError
from storage.objects.s3 import S3Objects
from storage.objects.s3_address import S3Address

SECRET = "not-for-any-log"


def address(**options):
    return S3Address(**({"url": "https://s3.example:9000/hub", "access_key": "key", "secret_key": SECRET} | options))


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://s3.example/hub"},
        {"url": "http://10.0.0.1:9000/hub"},
        {"url": "https://s3.example"},
        {"url": "https://s3.example/"},
        {"url": "https://s3.example/hub/deeper"},
        {"url": "https://s3.example/hub?x=1"},
        {"url": "https://s3.example/hub#x"},
        {"url": f"https://me:{SECRET}@s3.example/hub"},
        {"url": "https://s3.example:port/hub"},
        {"url": "https://s3.example:0/hub"},
        {"url": "https://[::1/hub"},
        {"url": "ftp://s3.example/hub"},
        {"url": "https://s3.example/Hub"},
        {"url": "s3.example/hub"},
        {"url": ""},
        {"access_key": ""},
        {"secret_key": ""},
        {"region": "EU West"},
        {"prefix": "a"},
        {"prefix": "/"},
        {"prefix": "../"},
        {"prefix": "a//"},
        {"prefix": "a/" * 101},
        {"timeout_seconds": 0},
        {"timeout_seconds": 61},
        {"timeout_seconds": float("nan")},
        {"connections": 0},
        {"connections": 257},
        {"lock_days": -1},
        {"lock_days": 36_501},
        {"lock_mode": "NONE"},
    ],
)
def test_what_cannot_work_is_refused_without_showing_the_secret(options):
    with pytest.raises(StorageUnavailableError) as caught:
        address(**options)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost", "[::1]:9000", "127.1.2.3"])
def test_plain_http_is_for_this_machine_unless_allowed(host):
    assert not address(url=f"http://{host}/hub").secure
    assert address(url="http://s3.example/hub", plain_http=True).endpoint == "s3.example"


def test_the_secret_is_in_no_repr():
    assert SECRET not in repr(address())
    assert address().key_url("a/b") == "https://s3.example:9000/hub/a/b"
    assert (address().bucket, address().endpoint, address().secure) == ("hub", "s3.example:9000", True)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text):
    try:
        taken = address(url=text)
    except StorageUnavailableError:
        return
    assert taken.bucket
    assert taken.key_url("a").endswith("/a")


def test_authorities_that_cannot_be_read_are_told_when_opening(tmp_path):
    for content in (None, b"", b"no certificate"):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StorageUnavailableError, match="tls_ca"):
            S3Objects(address(tls_ca=path), locked=lambda _name: False)
