"""A department's receiver of events: checks the hub's signature, drops what it has seen, and answers.

python docs/examples/webhook_receiver.py ANCHORS TRUST_LIST HUB DEPARTMENT PORT

It listens on this machine; put the department's TLS in front of it. HUB is the hub's name, DEPARTMENT the USCC.
"""

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
from signer.trust_keeper import Anchors, TrustKeeper

MOST_BYTES = 1024 * 1024


@dataclass
class Inbox:
    """What was taken over; ``keys``: the hub's receipt keys by ``kid``, as its trust list names them."""

    keys: Mapping[str, PublicKey]
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
                self.keys,
                hub=self.hub,
                audience=self.department,
                now=int(self.clock()),
            )
            event = load_object(body, max_bytes=MOST_BYTES)
        except SignerError:
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


def main(anchors: str, trust_list: str, hub: str, department: str, port: str) -> None:
    """Serve until interrupted."""
    keeper = TrustKeeper(Anchors.from_json(Path(anchors).read_bytes()).public_keys(), hub=hub)
    trusted = keeper.accept(Path(trust_list).read_bytes().strip(), int(time.time()))
    keys = trusted.keys_for(KeyUse.RECEIPTS, None)
    server(Inbox(keys, hub, department), int(port)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
