"""A database's address: what it may hold, and what it never shows."""

import pytest

from storage.errors import StorageError, StorageUnavailableError
from storage.records.postgres_address import PostgresAddress

SECRET = "correct-horse"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://hub@db.example:5432/onceonly",
        "postgres://hub@db1.example:5432,db2.example:5433/onceonly",
        "postgresql://hub@[2001:db8::1]/onceonly",
        "postgresql://hub@/onceonly?host=/run/postgresql",
    ],
)
def test_addresses_of_one_or_more_servers(url):
    assert PostgresAddress(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://hub:{SECRET}@db.example/onceonly",
        f"postgresql://hub@db.example/onceonly?password={SECRET}",
        f"postgresql://hub:{SECRET}@db.example:port/onceonly?x=%zz",
        f"mysql://hub:{SECRET}@db.example/onceonly",
        f"host=db.example user=hub password={SECRET} dbname=onceonly",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url):
    with pytest.raises(StorageUnavailableError) as caught:
        PostgresAddress(url)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example/onceonly",
        "postgresql://hub@db.example",
        "postgresql://hub@db.example/onceonly?sslmode=disable",
        "postgresql://hub@db.example/onceonly?options=-c%20fsync%3Doff",
        "postgresql://hub@db.example/onceonly?service=other",
        "",
    ],
)
def test_whatever_else_an_address_says_is_refused(url):
    with pytest.raises(StorageUnavailableError, match="address must"):
        PostgresAddress(url)


@pytest.mark.parametrize("seconds", [0, -1, 3_601, float("nan")])
@pytest.mark.parametrize("what", ["statement_seconds", "connect_seconds", "idle_seconds"])
def test_times_are_bounded(what, seconds):
    with pytest.raises(StorageError, match=what):
        PostgresAddress("postgresql://hub@db.example/onceonly", **{what: seconds})


def test_the_password_is_not_shown():
    assert SECRET not in repr(PostgresAddress("postgresql://hub@db.example/onceonly", password=SECRET))
