"""A time-stamp authority of the tests: certificates made on the spot, answers by ``openssl ts -reply``."""

import datetime as dt
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from exchange.demo.ports import free_ports

OPENSSL = shutil.which("openssl")
NO_OPENSSL = "the openssl binary, which makes and checks time-stamps, is not on this machine"
_CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha384
{accuracy}
ordering = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
"""


class StampAuthority:
    """A root, a stamping certificate below it, and what ``openssl ts`` needs, in ``folder``."""

    def __init__(
        self, folder: Path, *, days_old: int = 1, days_left: int = 365, accuracy: str = "accuracy = secs:1"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        self._span = (now - dt.timedelta(days=days_old), now + dt.timedelta(days=days_left))
        root = _certificate(_ROOT, _ROOT, self._root_key.public_key(), 1, self._span)
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.root_der = root.sign(self._root_key, hashes.SHA256()).public_bytes(Encoding.DER)
        self.signer_der = self._signer("Time-stamp authority", ExtendedKeyUsageOID.TIME_STAMPING)
        _write_pem(folder / "root.pem", self.root_der)
        _write_pem(folder / "signer.pem", self.signer_der)
        (folder / "key.pem").write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n")
        (folder / "openssl.cnf").write_text(_CONFIGURATION.format(folder=folder, accuracy=accuracy))
        self._lock = threading.Lock()

    def reply(self, request: bytes) -> bytes:
        """Answer a request as RFC 3161 says; one at a time, for the serial number's sake."""
        with self._lock:
            (self.folder / "request.tsq").write_bytes(request)
            arguments = ["-queryfile", "request.tsq", "-config", "openssl.cnf", "-signer", "signer.pem"]
            self._openssl("ts", "-reply", *arguments, "-inkey", "key.pem", "-out", "reply.tsr")
            return (self.folder / "reply.tsr").read_bytes()

    def reply_to(self, message: bytes, *options: str) -> bytes:
        """Answer a request that ``openssl ts -query`` makes with these options."""
        with self._lock:
            (self.folder / "message").write_bytes(message)
            self._openssl("ts", "-query", "-data", "message", *options, "-out", "query.tsq")
        return self.reply((self.folder / "query.tsq").read_bytes())

    def loose_reply(self, request: bytes) -> bytes:
        """A response whose signer's certificate is also for signing code, put where the good one was: the same key
        and number, and (as DER has lengths everywhere) exactly as long."""
        usages = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
        name = "Time-stamp authority"[:-10]  # one more usage takes ten bytes
        loose = b""
        while len(loose) != len(self.signer_der):
            loose = self._signer(name, *usages)
        return self.reply(request).replace(self.signer_der, loose)

    def verifies(self, message: bytes, response: bytes) -> bool:
        """Whether ``openssl ts -verify`` accepts a response over a message."""
        with self._lock:
            (self.folder / "message").write_bytes(message)
            (self.folder / "kept.tsr").write_bytes(response)
            command = [OPENSSL, "ts", "-verify", "-data", "message", "-in", "kept.tsr", "-CAfile", "root.pem"]
            return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def _signer(self, name: str, *usages: ObjectIdentifier) -> bytes:
        leaf = _certificate(_ROOT, _name(name), self._key.public_key(), 2, self._span)
        leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        leaf = leaf.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
        return leaf.sign(self._root_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run([OPENSSL, *arguments], cwd=self.folder, check=True, capture_output=True)


class StampServer:
    """An authority behind plain HTTP on the loopback address; ``broken`` makes it answer 503."""

    def __init__(self, authority: StampAuthority) -> None:
        self.broken = False
        self.requests = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.requests += 1
                request = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = (503, b"out of order") if outer.broken else (200, authority.reply(request))
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", free_ports(1)[0]), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="stamp-server")
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stamp"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


_ROOT = _name("Time-stamp root")


def _certificate(
    issuer: x509.Name,
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    number: int,
    span: tuple[dt.datetime, dt.datetime],
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(issuer, subject, public, number, *span)


def _write_pem(path: Path, der: bytes) -> None:
    path.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
