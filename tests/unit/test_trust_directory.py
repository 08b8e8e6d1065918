"""A trust directory that is fetched: pinned once, never going back, following the keys; over HTTP and from a copy."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from exchange.demo.ports import free_ports
from exchange.trust.directory import ANCHORS_FILE, CHECKPOINT_FILE, LIST_FILE, MARK_FILE, refresh
from exchange.trust.places import LIST, list_name
from exchange.trust.public_side import FetchError, FolderSide, HttpSide
from signer.errors import FormatError
from signer.trust_keeper import Anchors, HighWater, anchors_digest
from tests.fakes.licence_world import IDENTITY
from tests.fakes.trusting_hub import open_trusting_hub

STATUS = f"{IDENTITY}/2026/1"


@pytest.fixture
def hub(tmp_path):
    with open_trusting_hub(tmp_path) as hub:
        hub.publish()
        yield hub


@pytest.fixture
def copied(hub, tmp_path):
    """A copy of what the hub publishes, as its object store names it."""
    return FolderSide(tmp_path / "objects")


def fetched(side, hub, folder, *status):
    return refresh(side, folder, hub.hub.clock.seconds, status)


def test_a_new_directory_pins_the_anchors_and_says_which(hub, copied, tmp_path):
    into = tmp_path / "trust"
    done = fetched(copied, hub, into)
    anchors = Anchors.from_json((into / ANCHORS_FILE).read_bytes())
    assert done.pinned == anchors_digest(anchors.public_keys())
    assert (into / LIST_FILE).read_bytes() == hub.objects.get(LIST)
    assert HighWater.from_json((into / MARK_FILE).read_bytes()).sequence == 1
    assert fetched(copied, hub, into).pinned == ""


def test_an_older_list_and_a_fork_are_refused_and_the_directory_stays(hub, copied, tmp_path):
    into = tmp_path / "trust"
    hub.seal()
    newest = hub.publish()
    fetched(copied, hub, into)
    kept = (into / LIST_FILE).read_bytes()
    hub.objects.replace(LIST, hub.objects.get(list_name(1)))
    with pytest.raises(FormatError, match="TRUST_LIST_ROLLED_BACK"):
        fetched(copied, hub, into)
    assert (into / LIST_FILE).read_bytes() == kept
    assert HighWater.from_json((into / MARK_FILE).read_bytes()).sequence == newest.sequence


def test_who_slept_through_two_rollovers_follows_the_lists_between(hub, copied, tmp_path):
    into = tmp_path / "trust"
    fetched(copied, hub, into)
    for _ in range(2):
        hub.keys.rotate("trust-list")
        hub.publish()
        hub.publish()
    assert fetched(copied, hub, into).trust_list.sequence == 5
    (into / MARK_FILE).unlink()  # only the first anchors are left
    assert fetched(copied, hub, into).trust_list.sequence == 5


def test_anchors_that_were_pinned_later_need_no_older_list(hub, copied, tmp_path):
    hub.keys.rotate("trust-list")
    hub.publish()
    hub.publish()
    pinned = tmp_path / "trust"
    fetched(copied, hub, pinned)
    hub.keys.rotate("trust-list")
    hub.publish()
    hub.publish()
    (pinned / MARK_FILE).unlink()
    assert fetched(copied, hub, pinned).trust_list.sequence == 5


def test_anchors_of_nobody_accept_nothing(hub, copied, tmp_path):
    other = tmp_path / "trust"
    other.mkdir()
    with open_trusting_hub(tmp_path / "other") as stranger:
        stranger.publish()
        (other / ANCHORS_FILE).write_bytes(stranger.objects.get("trust/anchors.json"))
    with pytest.raises(FormatError, match="TRUST_LIST_KEY_UNKNOWN"):
        fetched(copied, hub, other)
    assert not (other / LIST_FILE).exists()


def test_an_expired_list_is_refused(hub, copied, tmp_path):
    hub.hub.clock.advance(91 * 86_400)
    with pytest.raises(FormatError, match="TRUST_LIST_EXPIRED"):
        fetched(copied, hub, tmp_path / "trust")


def test_status_lists_and_the_checkpoint_come_along(hub, copied, tmp_path):
    into = tmp_path / "trust"
    hub.objects.create(f"status/{STATUS}.jwt", b"a list")
    hub.objects.replace("log/checkpoint", b"plain")
    done = fetched(copied, hub, into, STATUS)
    assert (done.status_lists, done.checkpoint) == (1, True)
    hub.objects.replace(f"status/{STATUS}.jwt", b"a newer list")
    hub.objects.replace("log/cosigned", b"cosigned")
    assert fetched(copied, hub, into).status_lists == 1
    assert (into / "status" / f"{STATUS}.jwt").read_bytes() == b"a newer list"
    assert (into / CHECKPOINT_FILE).read_bytes() == b"cosigned"
    for bad in ("../x", f"{IDENTITY}/2026/../1", "/etc/passwd"):
        with pytest.raises(FetchError, match="no status list"):
            fetched(copied, hub, into, bad)


def test_what_is_missing_or_too_large_is_told(hub, copied, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FetchError, match="/trust/anchors is not published"):
        fetched(FolderSide(empty), hub, tmp_path / "trust")
    into = tmp_path / "into"
    assert fetched(copied, hub, into, STATUS).status_lists == 0
    (into / MARK_FILE).write_bytes(b"x" * 300_000)
    with pytest.raises(FetchError, match=MARK_FILE):
        fetched(copied, hub, into)


def test_a_gap_between_the_lists_is_not_jumped(hub, copied, tmp_path):
    into = tmp_path / "trust"
    fetched(copied, hub, into)
    hub.keys.rotate("trust-list")
    hub.publish()
    hub.publish()
    hub.objects.delete(list_name(2))
    with pytest.raises(FormatError, match="TRUST_LIST_KEY_UNKNOWN"):
        fetched(copied, hub, into)
    hub.objects.create(list_name(2), b"nonsense")
    with pytest.raises(FormatError):
        fetched(copied, hub, into)


class Answers(BaseHTTPRequestHandler):
    """Serves what the test says; an integer is a status."""

    pages: dict = {}  # noqa: RUF012 the test's own

    def do_GET(self):
        found = self.pages.get(self.path, 404)
        self.send_response(found if isinstance(found, int) else 200)
        if found == 302:
            self.send_header("Location", "/trust/list")
        body = b"" if isinstance(found, int) else found
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def served(pages):
    Answers.pages = pages
    (port,) = free_ports(1)
    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_directory_is_fetched_over_http(hub, tmp_path):
    pages = {"/hub/trust/list": hub.objects.get(LIST), "/hub/trust/anchors": hub.objects.get("trust/anchors.json")}
    with served(pages) as url:
        assert fetched(HttpSide(f"{url}/hub/"), hub, tmp_path / "trust").trust_list.sequence == 1


def test_what_a_server_may_not_do(tmp_path):
    with served({"/large": b"x" * 1001, "/broken": 500, "/moved": 302, "/small": b"x" * 1000}) as url:
        side = HttpSide(url)
        assert side.get("/small", 1000) == b"x" * 1000
        assert side.get("/absent", 1000) is None
        for path in ("/large", "/broken", "/moved"):
            with pytest.raises(FetchError):
                side.get(path, 1000)
    with pytest.raises(FetchError):
        side.get("/small", 1000)  # nobody listens any more


def test_an_address_that_is_not_https_is_told_as_what_it_is():
    with served({}) as url, pytest.raises(FetchError, match="it does not answer in TLS"):
        HttpSide(url.replace("http:", "https:")).get("/trust/anchors", 1000)
    with pytest.raises(FetchError, match="Connection refused"):
        HttpSide(url).get("/trust/anchors", 1000)


@pytest.mark.parametrize(
    "url",
    ["http://hub.example", "ftp://hub.example", "https://", "https://u@hub.example", "https://h/?x", "https://h:99999"],
)
def test_addresses_that_are_not_asked(url):
    with pytest.raises(FetchError):
        HttpSide(url)


def test_a_folder_is_bounded_too(tmp_path):
    with pytest.raises(FetchError):
        FolderSide(tmp_path / "absent")
    (tmp_path / "large").write_bytes(b"x" * 11)
    with pytest.raises(FetchError, match="more than 10"):
        FolderSide(tmp_path).get("/large", 10)
