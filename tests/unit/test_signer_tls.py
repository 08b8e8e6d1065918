"""TLS identities: a real handshake between a server and a department's system, and what is refused."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from signer import tls
from signer.errors import ChainError, FormatError
from signer.keys.files import FileKeyBackend
from tests.fakes.signing import AUTHORITY


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    backend = FileKeyBackend(folder / "keys", b"passphrase")
    backend.generate("tls-ca", "ES256")
    now = datetime.now(UTC)
    times = {"not_before": now - timedelta(hours=1), "not_after": now + timedelta(hours=1)}
    ca = tls.create_tls_ca(backend, "tls-ca", name="TLS CA", **times)
    return folder, backend, ca, times


def context(folder, ca, identity, *, server):
    path = folder / ("server" if server else "client")
    path.write_bytes(identity.private_key_pem + identity.certificate_pem)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.load_cert_chain(path)
    made.load_verify_locations(cadata=ca.decode())
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def test_server_and_client_know_each_other(world):
    folder, backend, ca, times = world
    server = tls.issue_server(backend, "tls-ca", ca, names=["hub.example", "127.0.0.1"], **times)
    client = tls.issue_client(backend, "tls-ca", ca, department=AUTHORITY, system="counter", **times)
    near, far = socket.socketpair()
    accepting = context(folder, ca, server, server=True)

    def serve():
        with accepting.wrap_socket(far, server_side=True) as connection:
            connection.sendall(connection.getpeercert()["subject"][1][0][1].encode())

    thread = Thread(target=serve)
    thread.start()
    with context(folder, ca, client, server=False).wrap_socket(near, server_hostname="hub.example") as connection:
        assert connection.recv(100).decode() == "NTRCN-" + AUTHORITY
        names = connection.getpeercert()["subjectAltName"]
    thread.join()
    assert names == (("DNS", "hub.example"), ("IP Address", "127.0.0.1"))
    assert "PRIVATE" not in repr(client)


def test_pins_tell_keys_and_certificates_apart(world):
    _, backend, ca, times = world
    first, second = (
        tls.issue_client(backend, "tls-ca", ca, department=AUTHORITY, system="counter", **times).certificate_pem
        for _ in range(2)
    )
    assert len({tls.spki_pin(pem) for pem in (ca, first, second)}) == 3
    assert len({tls.certificate_thumbprint(pem) for pem in (ca, first, second)}) == 3
    assert tls.spki_pin(tls.create_tls_ca(backend, "tls-ca", name="Renewed", **times)) == tls.spki_pin(ca)
    assert len(tls.certificate_thumbprint(ca)) == 43


def test_what_is_refused(world):
    _, backend, ca, times = world
    for names in ([], ["hub.example"] * 33):
        with pytest.raises(FormatError, match="SERVER_NAMES"):
            tls.issue_server(backend, "tls-ca", ca, names=names, **times)
    with pytest.raises(FormatError, match="DEPARTMENT_INVALID"):
        tls.issue_client(backend, "tls-ca", ca, department="1" * 18, system="counter", **times)
    for use in (tls.spki_pin, tls.certificate_thumbprint):
        with pytest.raises(ChainError, match="CERTIFICATE_INVALID"):
            use(b"no certificate")
