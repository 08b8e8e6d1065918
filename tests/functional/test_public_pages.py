"""The public pages over HTTP: every path of the table, what is refused, and what strangers cannot do."""

import hashlib
import json
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import trustme

from exchange.config import Config, ConfigError
from exchange.public import server, shelf
from exchange.public.addresses import Page
from exchange.public.server import PublicReader, build_public
from exchange.stores import open_objects
from tests.fakes.public_site import HUB, OBJECTS, TYPE, Site, public_site
from tests.fakes.running_hub import until

PAGES = {
    f"/status/{TYPE}/2026/1": (f"status/{TYPE}/2026/1.jwt", "application/statuslist+jwt", "public, max-age=60"),
    "/trust/list": ("trust/list.jwt", "application/onceonly-trust-list+jwt", "public, max-age=60"),
    "/trust/lists/7": (
        "trust/lists/0000000007.jwt",
        "application/onceonly-trust-list+jwt",
        "public, max-age=31536000, immutable",
    ),
    "/trust/anchors": ("trust/anchors.json", "application/json", "public, max-age=60"),
    "/log/checkpoint": ("log/checkpoint", "text/plain; charset=utf-8", "no-cache"),
    "/log/cosigned": ("log/cosigned", "text/plain; charset=utf-8", "no-cache"),
    "/log/vkey": ("log/vkey", "text/plain; charset=utf-8", "public, max-age=60"),
    "/log/tile/0/000.p/1": ("log/tile/0/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
    "/log/tile/entries/000.p/1": (
        "log/tile/entries/000.p/1",
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with public_site(tmp_path_factory.mktemp("site") / "hub", kept_seconds=0.05) as site:
        yield site


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_its_object_with_a_tag_and_a_life(site: Site, path: str) -> None:
    name, kind, life = PAGES[path]
    answer = site.ask(path)
    assert (answer.status, answer.body) == (200, OBJECTS[name])
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == life
    assert answer.headers["etag"] == f'"{hashlib.sha256(OBJECTS[name]).hexdigest()}"'
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    head = site.ask(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(OBJECTS[name]))
    assert head.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("shape", ["{}", "W/{}", '"other", {}', "*", '"a",W/{},"b"'])
def test_whoever_has_it_gets_no_second_copy(site: Site, shape: str) -> None:
    etag = site.ask("/log/vkey").headers["etag"]
    answer = site.ask("/log/vkey", if_none_match=shape.format(etag))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == etag
    assert "cache-control" in answer.headers
    assert site.ask("/log/vkey", if_none_match='"other"').status == 200


def test_what_changes_is_seen_and_has_another_tag(site: Site) -> None:
    before = site.ask("/log/checkpoint")
    with closing(open_objects(site.config)) as objects:
        objects.replace("log/checkpoint", b"another\n")
        until(lambda: site.ask("/log/checkpoint").body == b"another\n", "the new checkpoint")
        assert site.ask("/log/checkpoint", if_none_match=before.headers["etag"]).status == 200
        objects.replace("log/checkpoint", OBJECTS["log/checkpoint"])


def test_the_index_names_what_there_is(site: Site) -> None:
    index = json.loads(site.ask("/.well-known/onceonly").body)
    assert index["hub"] == HUB
    assert index["status_lists"] == [f"{HUB}/status/{TYPE}/2026/1"]
    assert index["licence_types"] == []
    assert index["complete"] is True
    for url in (index["trust_list"], index["trust_anchors"], *index["log"].values(), *index["status_lists"]):
        path = url.removeprefix(HUB)
        assert path == "/log" or site.ask(path).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_nothing_but_reading(site: Site, method: str) -> None:
    answer = site.ask("/trust/list", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/credentials/secret",
        "/log/../credentials/secret",
        "/log/%2e%2e/credentials/secret",
        "/log//vkey",
        "//log/vkey",
        "/log/vkey/",
        "/log/VKEY",
        "/log/%76key",
        "/log/vkey%00",
        "/log/vkey?x=1",
        "/trust/lists/8",
        "/trust/lists/07",
        f"/status/{TYPE}/2026/2",
        f"/status/{TYPE}/2026/1.jwt",
        f"/licenceTypes/{TYPE}/revisions/1",
        "/log/tile/0/" + "x000/" * 100 + "000",
        "http://hub.qinghe.example/trust/list",
    ],
)
def test_whatever_else_is_not_there(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"
    assert OBJECTS["credentials/secret"] not in answer.body


def test_lists_of_the_past_are_said_not_to_be_served(site: Site) -> None:
    assert site.ask(f"/status/{TYPE}/2026/1?time=1700000000").status == 501


def test_bodies_and_nonsense_are_refused_and_the_connection_ends(site: Site) -> None:
    get = b"GET /log/vkey HTTP/1.1\r\nHost: a\r\n"
    assert site.raw(get + b"Content-Length: 5\r\n\r\nhello").startswith(b"HTTP/1.1 400 ")
    assert site.raw(get + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert site.raw(b"\x16\x03\x01\x02\x00\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert site.raw(get + b"X: " + b"a" * 100_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 4")


def test_requests_are_counted_by_page_and_status(site: Site) -> None:
    before = site.counted("tile", 200), site.counted("other", 404)
    site.ask("/log/tile/0/000.p/1")
    site.ask("/no/such/thing")
    assert (site.counted("tile", 200), site.counted("other", 404)) == (before[0] + 1, before[1] + 1)


def test_several_requests_of_one_connection_are_answered_in_turn(site: Site) -> None:
    request = b"GET /log/vkey HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /trust/list HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = site.raw(request * 3 + last)
    assert found.count(b"HTTP/1.1 200 ") == 4
    assert found.endswith(OBJECTS["trust/list.jwt"])


# Floods and those who dawdle


def test_those_who_hold_connections_keep_nobody_out(tmp_path: Path) -> None:
    with public_site(tmp_path / "hub", connections=8, request_seconds=600) as site, ExitStack() as held:
        slow = [held.enter_context(site.connected()) for _ in range(30)]
        for each in slow:
            try:
                each.sendall(b"GET /log/vkey HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            except OSError:
                continue  # cut already, to make room
        for _ in range(5):
            assert site.ask("/log/vkey").status == 200


def test_one_who_never_ends_a_request_is_cut(tmp_path: Path) -> None:
    with public_site(tmp_path / "hub", request_seconds=0.3) as site, site.connected() as slow:
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 sending goes on until the server hangs up
            while time.monotonic() - began < 60:
                slow.sendall(b"G")
                time.sleep(0.05)
        assert site.ask("/log/vkey").status == 200


def test_one_who_does_not_read_is_cut(tmp_path: Path) -> None:
    large = bytes(shelf.MAX_BODY_BYTES)  # more than the system keeps for a connection

    def put(config: Config) -> None:
        with closing(open_objects(config)) as objects:
            objects.replace("log/tile/0/000", large)

    with (
        public_site(tmp_path / "hub", wrap=put, answer_seconds=0.5, request_seconds=600) as site,
        site.connected() as lazy,
    ):
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(b"GET /log/tile/0/000 HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: site.counted("tile", 200) == 1, "the answer to begin")
        until(lambda: site.open_connections() == 0, "the connection to be cut")


def test_a_flood_is_answered_from_a_few_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    load = PublicReader.load
    monkeypatch.setattr(PublicReader, "load", lambda reader, page: reads.append(page.source) or load(reader, page))
    with public_site(tmp_path / "hub", kept_seconds=60) as site:
        answers: list[int] = []

        def ask() -> None:
            for path in ("/trust/list", "/trust/lists/99", "/log/checkpoint"):
                answers.extend(site.ask(path).status for _ in range(5))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(set(answers)) == [200, 404]
        assert len(answers) == 120
        assert sorted(reads) == ["log/checkpoint", "trust/list.jwt", "trust/lists/0000000099.jwt"]


def test_when_the_store_is_away_it_says_later_and_never_that_there_is_nothing(tmp_path: Path) -> None:
    with public_site(tmp_path / "hub", kept_seconds=0.05) as site:
        objects = site.config.hub.data_dir / "objects"
        assert site.ask("/trust/list").status == 200
        (objects / "trust" / "list.jwt").unlink()
        (objects / "trust" / "list.jwt").symlink_to("/dev/null")
        until(lambda: site.ask("/trust/list").status == 503, "the store's failure to show")
        answer = site.ask("/trust/list")
        assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("5", "no-store")
        assert site.ask("/log/vkey").status == 200


def test_what_is_larger_than_any_page_is_not_shown(tmp_path: Path) -> None:
    def put(config: Config) -> None:
        with closing(open_objects(config)) as objects:
            objects.replace("log/tile/0/000", bytes(shelf.MAX_BODY_BYTES + 1))

    with public_site(tmp_path / "hub", wrap=put) as site:
        assert site.ask("/log/tile/0/000").status == 503


def test_more_pages_at_once_than_can_wait_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_WAITING_EACH", 2)
    release = threading.Event()

    def hangs(_reader: PublicReader, _page: Page) -> bytes:
        release.wait(60)
        return b"late"

    monkeypatch.setattr(PublicReader, "load", hangs)
    with public_site(tmp_path / "hub", readers=1) as site:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda number=number: answers.append(site.ask(f"/trust/lists/{number}").status))
            for number in range(10)
        ]
        for thread in threads:
            thread.start()
        until(lambda: answers.count(503) == 7, "seven of ten to be turned away")
        release.set()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200] * 3 + [503] * 7


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, trustme.CA]:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    (folder / "both.pem").chmod(0o600)
    return folder / "both.pem", folder / "both.pem", authority


def test_it_serves_tls_and_nothing_else_then(tmp_path: Path, certificate: tuple[Path, Path, trustme.CA]) -> None:
    chain, key, authority = certificate
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with public_site(tmp_path / "hub", certificate=str(chain), key=str(key)) as site:
        url = f"https://127.0.0.1:{site.where[1]}/log/vkey"
        with urllib.request.urlopen(url, context=context, timeout=60) as answer:
            assert answer.read() == OBJECTS["log/vkey"]
        with pytest.raises(OSError):
            site.ask("/log/vkey")
        idle = site.connected()  # one who never begins a handshake
        with idle, urllib.request.urlopen(url, context=context, timeout=60) as answer:
            assert answer.status == 200


def test_a_key_that_does_not_fit_or_is_open_to_others_is_refused(
    tmp_path: Path, certificate: tuple[Path, Path, trustme.CA]
) -> None:
    chain, _, _ = certificate
    other = trustme.CA().issue_cert("localhost")
    other.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "key.pem").chmod(0o600)
    files = {"certificate": str(chain), "key": str(tmp_path / "key.pem")}
    with pytest.raises(ConfigError, match="do not fit each other"), public_site(tmp_path / "hub", **files):
        pass
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"), public_site(tmp_path / "hub", **files):
        pass


def test_an_address_that_is_taken_is_refused(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        public = site.config.public.model_copy(update={"address": address})
        with pytest.raises(ConfigError, match=r"\[public\] address: cannot listen"):
            build_public(site.config.model_copy(update={"public": public}))
