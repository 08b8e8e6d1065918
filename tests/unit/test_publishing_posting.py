"""Posting to a configured address: bounded in bytes and in time, over TLS that is checked, and nowhere else."""

import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager

import pytest
import trustme

from exchange.publishing.errors import PostError
from exchange.publishing.posting import Poster

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextmanager
def speaking(*pieces, pause=0.0, tls=None):
    """A server that reads one request, then sends the pieces with a pause before each; gives its port and what came."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)

        def serve():
            try:
                connection, _ = listener.accept()
                connection.settimeout(60)
                with closing(connection if tls is None else tls.wrap_socket(connection, server_side=True)) as stream:
                    came.append(stream.recv(65536))
                    for piece in pieces:
                        time.sleep(pause)
                        stream.sendall(piece)
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], came
        finally:
            with closing(socket.socket()) as waker:
                waker.settimeout(1)
                waker.connect_ex(("127.0.0.1", listener.getsockname()[1]))
            thread.join()


def test_a_post_and_its_answer():
    with speaking(ANSWER) as (port, came):
        reply = Poster(None, 60).post(f"http://127.0.0.1:{port}/a/b", b"body", "text/plain", 5)
    assert (reply.status, reply.body) == (200, b"hello")
    assert came[0].startswith(b"POST /a/b HTTP/1.1\r\n")
    assert b"Content-Type: text/plain" in came[0]


def test_an_answer_that_is_too_long_is_refused():
    with speaking(ANSWER) as (port, _), pytest.raises(PostError, match="more than 4 bytes"):
        Poster(None, 60).post(f"http://127.0.0.1:{port}", b"", "text/plain", 4)


def test_a_redirect_is_an_answer_and_not_followed():
    with speaking(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert Poster(None, 60).post(f"http://127.0.0.1:{port}/", b"", "text/plain", 4).status == 302


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", b""])
def test_what_is_not_http_is_refused(answer):
    with speaking(answer) as (port, _), pytest.raises(PostError, match="no answer"):
        Poster(None, 60).post(f"http://127.0.0.1:{port}/", b"", "text/plain", 4)


def test_whoever_speaks_a_byte_at_a_time_is_cut_off():
    """Each byte comes in time, so a timeout of the socket alone would wait for all of them."""
    with speaking(*[bytes([byte]) for byte in ANSWER * 100], pause=0.1) as (port, _):
        started = time.monotonic()
        with pytest.raises(PostError):
            Poster(None, 0.5).post(f"http://127.0.0.1:{port}/", b"", "text/plain", 10_000)
    assert time.monotonic() - started < 60


def test_nobody_at_the_address():
    with pytest.raises(PostError):
        Poster(None, 60).post("http://127.0.0.1:9/", b"", "text/plain", 4)


def test_tls_is_checked(tmp_path):
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with speaking(ANSWER, tls=context) as (port, _):
        assert Poster(tmp_path / "ca.pem", 60).post(f"https://127.0.0.1:{port}/", b"", "t/p", 5).body == b"hello"
    for trust in (tmp_path / "other.pem", None):
        with speaking(ANSWER, tls=context) as (port, _), pytest.raises(PostError, match="SSLCertVerificationError"):
            Poster(trust, 60).post(f"https://127.0.0.1:{port}/", b"", "t/p", 5)
