"""The public server of one machine: what it serves, on which socket, and how it starts and stops.

Rules:
1. It opens no key, and no store for writing. Whoever takes it over can say nothing that a verifier believes.
2. It knows nothing of gRPC: no call can reach it, and its process stays small.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry
from uvicorn import Config as UvicornConfig

from exchange.catalogue.store import CatalogueStore
from exchange.config import Config, ConfigError
from exchange.entities.catalogue import EntityKind, LicenceType
from exchange.metrics import PublicMetrics
from exchange.options import split_address
from exchange.public.addresses import Page, PageKind
from exchange.public.connections import BoundedServer, ConnectionBounds
from exchange.public.index_page import index_page
from exchange.public.pages import PublicPages
from exchange.public.shelf import Shelf
from exchange.public.type_metadata import type_metadata
from exchange.public_options import PublicOptions
from exchange.stores import open_objects, open_records
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

_HEAD_BYTES: Final = 16 * 1024
"""Of a request line with its headers."""
_STOP_SECONDS: Final = 3
_START_SECONDS: Final = 30.0
_BACKLOG: Final = 256
_WAITING_EACH: Final = 16
"""Pages that may wait for each thread that reads: with a store that takes a second, so many seconds."""


class PublicReader:
    """Reads a page's bytes from the stores. Safe for threads."""

    def __init__(self, hub: str, objects: Objects, catalogue: CatalogueStore) -> None:
        self._hub = hub
        self._objects = objects
        self._catalogue = catalogue

    def load(self, page: Page) -> bytes | None:
        """The bytes; None if there is nothing of that name. Raises ``StorageError``."""
        if page.kind is PageKind.INDEX:
            return index_page(self._hub, self._objects, self._catalogue)
        if page.kind is PageKind.LICENCE_TYPE:
            return self._licence_type(page.source)
        try:
            return self._objects.get(page.source)
        except ObjectNotFoundError:
            return None

    def _licence_type(self, source: str) -> bytes | None:
        code, _, number = source.partition("/")
        revision = self._catalogue.revision(EntityKind.LICENCE_TYPE, code, int(number))
        if revision is None or not isinstance(revision.entity, LicenceType):
            return None
        return type_metadata(self._hub, revision.entity, revision.number)


class PublicServer:
    """Serves pages from a thread of its own."""

    def __init__(self, server: BoundedServer, listening: socket.socket, close: Callable[[], None]) -> None:
        self._server = server
        self._listening = listening
        self._close = close
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="public", daemon=True)

    def start(self) -> None:
        """Serve; returns once connections are taken. Raises ``RuntimeError`` if that fails."""
        self._thread.start()
        waited = 0.0
        while not self._server.started:
            if self._ended.wait(0.01) or (waited := waited + 0.01) > _START_SECONDS:
                raise RuntimeError("the public server did not start")

    def run(self, stop: threading.Event) -> None:
        """Wait until ``stop``, then stop. Raises ``RuntimeError`` if the server ended by itself."""
        while not stop.wait(0.5):
            if self._ended.is_set():
                break
        failed = self._ended.is_set()
        self.stop()
        if failed:
            raise RuntimeError("the public server ended by itself")

    def stop(self) -> None:
        """Take no more connections, finish the answers under way within seconds, close the stores."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()
        self._close()

    def _serve(self) -> None:
        try:
            self._server.run([self._listening])
        finally:
            self._ended.set()


def build_public(config: Config, registry: CollectorRegistry = REGISTRY) -> PublicServer:
    """The server over the configured stores, listening already; raises ``ConfigError`` for its address or certificate.

    ``config.public.address`` must be there.
    """
    options = config.public
    assert options.address is not None
    with ExitStack() as held:
        listening = held.enter_context(_listen(options.address))
        records, objects = open_records(config, read_only=True), open_objects(config)
        held.callback(records.close)
        held.callback(objects.close)
        shelf = Shelf(
            PublicReader(config.hub.name, objects, CatalogueStore(records)).load,
            readers=options.readers,
            waiting=_WAITING_EACH * options.readers,
            seconds=options.kept_seconds,
        )
        held.callback(shelf.close)  # before the stores, in which reads may be under way
        pages = PublicPages(shelf, options.max_age_seconds, PublicMetrics(registry, PageKind))
        server = BoundedServer(
            _uvicorn(options, pages),
            ConnectionBounds(options.connections, options.request_seconds, options.answer_seconds),
        )
        return PublicServer(server, listening, held.pop_all().close)


def _uvicorn(options: PublicOptions, pages: PublicPages) -> UvicornConfig:
    made = UvicornConfig(
        pages,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # what strangers send is counted, not logged
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        limit_concurrency=options.connections + 1,
        timeout_keep_alive=max(1, int(options.request_seconds)),
        timeout_graceful_shutdown=_STOP_SECONDS,
        backlog=_BACKLOG,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
    )
    if options.key is not None and options.key.exists() and options.key.stat().st_mode & 0o077:
        raise ConfigError([f"[public] key: {options.key} is open to other users: chmod 600 it."])
    try:
        made.load()
    except (OSError, ssl.SSLError) as error:  # the certificate's files are all that can fail here
        raise ConfigError(["[public] certificate and key: they cannot be read, or do not fit each other."]) from error
    return made


def _listen(address: str) -> socket.socket:
    """A socket on the address, which the supervisor holds too (SO_REUSEPORT)."""
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else connections that ended bar a restart
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ConfigError([f"[public] address: cannot listen on {address}: {error.strerror}."]) from error
    return listening
