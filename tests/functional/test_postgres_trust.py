"""PostgreSQL and whom to believe: credentials, TLS, and what is never shown."""

import pytest
import trustme

from servers.postgres import PostgresOptions
from servers.tls_front import TlsFront
from storage.errors import StorageUnavailableError
from storage.records.migrate import check
from storage.records.postgres import PostgresRecords
from storage.records.postgres_migrate import PostgresTarget
from tests.fakes.postgres_calls import address, insert

SECRET = "correct-horse-battery"


@pytest.fixture
def server(postgres_servers):
    return postgres_servers.start()


def test_wrong_credentials_are_told_and_never_shown(postgres_servers, caplog):
    server = postgres_servers.start(options=PostgresOptions(durable=False, password=SECRET))
    right = address(server.address, password=SECRET)
    PostgresRecords(right, read_only=True).close()
    for wrong in (SECRET + "x", ""):
        with pytest.raises(StorageUnavailableError, match="refuses the credentials") as caught:
            PostgresRecords(address(server.address, password=wrong), read_only=True)
        assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text} {right!r}"
    server.ask("ALTER USER onceonly PASSWORD 'another'")
    records = PostgresRecords(address(server.local()), read_only=True)
    records.close()
    with pytest.raises(StorageUnavailableError, match="refuses the credentials"):
        check(PostgresTarget(right))


def test_a_server_that_asks_for_no_password_is_not_believed(server):
    with pytest.raises(StorageUnavailableError, match="credentials"):
        PostgresRecords(address(server.address, password=SECRET), read_only=True)


def test_tls_proves_the_server_or_nothing_is_sent(postgres_servers, tmp_path):
    ca, other = trustme.CA(), trustme.CA()
    certificate = ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    server = postgres_servers.start(options=PostgresOptions(durable=False, tls_alone=True))

    def get(ca_file, url):
        records = PostgresRecords(address(url, tls_ca=ca_file), read_only=False)
        try:
            return insert(records, "a")
        finally:
            records.close()

    with TlsFront(server, tmp_path / "server.pem", tmp_path / "key.pem") as front:
        assert get(tmp_path / "ca.pem", front.database()) == 0
        with pytest.raises(StorageUnavailableError, match="demands TLS: set the CA"):
            get(None, front.database())
        with pytest.raises(StorageUnavailableError, match="does not prove its name"):
            get(tmp_path / "other.pem", front.database())
        with pytest.raises(StorageUnavailableError, match="does not prove its name"):
            get(tmp_path / "ca.pem", front.database(host="localhost"))
        with pytest.raises(StorageUnavailableError):
            get(tmp_path / "none.pem", front.database())


def test_tls_is_not_given_up_where_the_server_has_none(server, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    with pytest.raises(StorageUnavailableError, match="speaks no TLS"):
        PostgresRecords(address(server.address, tls_ca=tmp_path / "ca.pem"), read_only=True)
