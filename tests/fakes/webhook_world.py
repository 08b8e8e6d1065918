"""A receiver of webhooks over real TLS, and a machine that posts to it.

with Receiver(folder) as receiver:
    machine = Machine(world, receiver)
"""

import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.call import Call
from exchange.catalogue.source import RegisterSource
from exchange.demo.ports import free_ports
from exchange.events.cursor import Cursors
from exchange.events.entitlement import EventFilter
from exchange.events.reader import EventReader
from exchange.events.webhook import Webhook, WebhookRoom, WebhookStore
from exchange.events.webhook_address import AllowedHosts
from exchange.events.webhook_body import FreshSigner, WebhookPen
from exchange.events.webhook_calls import create_webhook
from exchange.events.webhook_delays import DelayBook, Patience
from exchange.events.webhook_ledger import WebhookLedger
from exchange.events.webhook_metrics import WebhookMetrics
from exchange.events.webhook_posting import WebhookPoster
from exchange.events.webhook_task import WebhookTask
from exchange.events.webhook_turn import Deliverer
from exchange.purpose.limits import Limits
from tests.fakes.edge_world import SwitchedRecorder
from tests.fakes.licence_world import HUB, MARKET, World
from tests.fakes.running_hub import until

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

OPENED = EventFilter(types=frozenset({"case.opened"}))


def opened(world: World) -> str:
    """The name of a case that was just opened."""
    return f"cases/{world.open_case(world.person())}"


class Receiver(AbstractContextManager["Receiver"]):
    """An HTTPS server; ``answer`` says what each request gets: a status, and headers. ``came`` is what it was sent."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.tls_ca = folder / "receiver-ca.pem"
        self.authority.cert_pem.write_to_path(self.tls_ca)
        [self.port] = free_ports(1)
        self.url = f"https://localhost:{self.port}/events"
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[str], tuple[int, dict[str, str]]] = lambda path: (204, {})
        self._server: ThreadingHTTPServer | None = None

    @property
    def subjects(self) -> list[str]:
        return [json.loads(body).get("subject", "") for _, body in self.came]

    def __enter__(self) -> Self:
        self.up()
        return self

    def up(self) -> None:
        receiver = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status, headers = receiver.answer(self.path)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = False

            def handle_error(self, *_: Any) -> None:
                return

            def finish_request(self, request: Any, client_address: Any) -> None:
                request.settimeout(30)
                with context.wrap_socket(request, server_side=True) as stream:
                    super().finish_request(stream, client_address)

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()


class Machine(AbstractContextManager["Machine"]):
    """One machine of the hub that posts, with memory of its own."""

    def __init__(
        self,
        world: World,
        receiver: Receiver,
        *,
        attempts: int = 100,
        seconds: float = 20.0,
        pauses: tuple[float, float] = (0.01, 0.02),
        networks: tuple[Any, ...] = LOOPBACK,
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.world = world
        self.recorder = SwitchedRecorder(world.hub.recorder)
        self.registry = CollectorRegistry()
        records, vault = world.hub.records, world.hub.vault
        registers = RegisterSource(world.hub.catalogue)
        store, reader, cursors = WebhookStore(records), EventReader(records, vault), Cursors(b"k" * 32)
        listed = AllowedHosts((f"localhost:{receiver.port}", *hosts), networks)
        self.room = WebhookRoom(store, reader, cursors, listed)
        caches: Any = (store.webhooks, store.letters)
        tries = Attempts(
            registers=registers,
            recorder=self.recorder,
            vault=vault,
            tagger=world.tagger,
            limits=Limits(),
            caches=caches,
            clock_us=lambda: world.hub.clock.us,
        )
        deliverer = Deliverer(
            store=store,
            reader=reader,
            registers=registers,
            pen=WebhookPen(HUB, cursors, FreshSigner(world.keys, "receipts", lambda: world.hub.clock.us / 1_000_000)),
            poster=WebhookPoster(listed, receiver.tls_ca, seconds),
            ledger=WebhookLedger(store, tries, registers, lambda: world.hub.clock.us),
            delays=DelayBook(records, self.recorder),
            metrics=WebhookMetrics(self.registry),
            clock_us=lambda: world.hub.clock.us,
        )
        self.task = WebhookTask(deliverer, Patience(attempts, *pauses), 4)
        world.hub.caches.extend(caches)

    def register(self, url: str, asked: EventFilter | None = None, department: str = MARKET) -> Webhook:
        caller = self.world.hub.caller(department, None)
        made: Webhook = self.world.hub.run(caller, create_webhook, self.room, url, asked or EventFilter())
        return made

    def begun(self, url: str) -> Call:
        """A call that registers a webhook, not committed yet."""
        call = self.world.hub.call(self.world.hub.caller(MARKET, None))
        create_webhook(call, self.room, url, EventFilter())
        return call

    def call(self, use_case: Callable[..., Any], *args: Any, department: str = MARKET) -> Any:
        return self.world.hub.run(self.world.hub.caller(department, None), use_case, self.room, *args)

    def work(self, done: Callable[[], object], what: str) -> None:
        """Run the task again and again until something is so."""

        def worked() -> object:
            self.world.hub.clock.advance(0.02)
            self.task.run_once()
            self.task.wait()
            time.sleep(0.005)
            return done()

        until(worked, what)

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.task.stop()
