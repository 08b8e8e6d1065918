"""A department's receiver of events: checks the hub's signature, drops what it has seen, and answers.

onceonly trust fetch https://hub.example --into TRUST
python docs/examples/webhook_receiver.py TRUST DEPARTMENT PORT [CHAIN KEY]

TRUST is the folder that the first command made. Run that again every day, and when KID_UNKNOWN is refused: the hub
has a new key then. What changes in the folder is read again. DEPARTMENT is its USCC, as ``department`` in its profile
says. The receiver listens on this machine alone. The hub posts over TLS only: give a certificate chain and its key
(PEM) here, or put the department's TLS in front. What is refused is said on standard error.
"""

import ssl
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from signer import webhook
from signer.algorithms import PublicKey
from signer.errors import SignerError
from signer.strict_json import load_object
from signer.trust_entries import KeyUse
from signer.trust_keeper import Anchors, HighWater, TrustKeeper

MOST_BYTES = 1024 * 1024


class Trust:
    """The hub's receipt keys by ``kid``, as its trust list names them: read again once the folder has a newer list."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._anchors = Anchors.from_json((folder / "anchors.json").read_bytes())
        self._read_at: float | None = None
        self._keys: Mapping[str, PublicKey] = {}

    @property
    def hub(self) -> str:
        """The hub's name."""
        return self._anchors.hub

    def keys(self) -> Mapping[str, PublicKey]:
        """The keys. Raises ``SignerError`` for a list that is not the hub's, or is out of date."""
        file, mark = self._folder / "trust-list.jwt", self._folder / "high-water.json"
        changed = file.stat().st_mtime
        if changed != self._read_at:
            seen = HighWater.from_json(mark.read_bytes()) if mark.exists() else None
            keeper = TrustKeeper(self._anchors.public_keys(), seen, hub=self.hub)
            trusted = keeper.accept(file.read_bytes().strip(), int(time.time()))
            self._keys, self._read_at = trusted.keys_for(KeyUse.RECEIPTS, None), changed
        return self._keys


@dataclass
class Inbox:
    """What was taken over. ``keys`` gives the hub's receipt keys by ``kid``; ``department`` is its USCC."""

    keys: Callable[[], Mapping[str, PublicKey]]
    hub: str
    department: str
    clock: Callable[[], float] = time.time
    seen: set[str] = field(default_factory=set)

    def take(self, headers: Message | Mapping[str, str], body: bytes) -> int:
        """Take an event over; returns the status to answer with."""
        try:
            told = webhook.verify(
                str(headers.get("webhook-signature", "")),
                body,
                self.keys(),
                hub=self.hub,
                audience=self.department,
                now=int(self.clock()),
            )
            event = load_object(body, max_bytes=MOST_BYTES)
        except SignerError as error:
            print("refused:", error, file=sys.stderr, flush=True)
            return 401
        if told.identifier not in self.seen:  # in earnest: one transaction with what the event makes you do
            self.seen.add(told.identifier)
            print(event["type"], event.get("subject", "-"), flush=True)
        return 204


def server(inbox: Inbox, port: int) -> ThreadingHTTPServer:
    """A server that gives every POST to the inbox."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            right = length.isascii() and length.isdigit() and int(length) <= MOST_BYTES
            self.send_response(inbox.take(self.headers, self.rfile.read(int(length))) if right else 413)
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def speak_tls(served: ThreadingHTTPServer, chain: str, key: str) -> None:
    """Have a server speak TLS with a certificate chain and its key (PEM files)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    # The handshake is the handler's: a caller who is slow with it holds up nobody else.
    served.socket = context.wrap_socket(served.socket, server_side=True, do_handshake_on_connect=False)


def main(*words: str) -> None:
    """Serve until interrupted."""
    if len(words) not in {3, 5}:
        sys.exit(__doc__)
    folder, department, port, *certificate = words
    trust = Trust(Path(folder))
    trust.keys()  # what is wrong with the folder shows at once
    served = server(Inbox(trust.keys, trust.hub, department), int(port))
    if certificate:
        speak_tls(served, *certificate)
    served.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
