"""Objects in S3 when the server, the way there or somebody with the server's disk misbehaves; the server is real."""

import dataclasses
import io
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import trustme
import urllib3
from minio import Minio
from minio.error import S3Error

from exchange.demo.ports import free_ports
from servers.seaweed import SeaweedServer, ServerCertificate
from storage.errors import CorruptError, LimitExceededError, ObjectExistsError, ObjectNotFoundError
from storage.errors import StorageUnavailableError as Unavailable
from storage.objects.s3 import S3Objects
from tests.fakes.s3_in_between import InBetween, slow_down
from tests.real_seaweed import address_of

WAIT_SECONDS = 60.0


def opened(server, bucket="hub", *, locked=(), **options):
    return closing(S3Objects(address_of(server, bucket, **options), locked=lambda name: name in locked))


def calls_of(objects):
    """Every method that asks the server."""
    return (
        lambda: objects.create("a/b", b"1"),
        lambda: objects.replace("a/c", b"1"),
        lambda: objects.get("a/b"),
        lambda: objects.exists("a/b"),
        objects.names,
        lambda: list(objects.walk("a/")),
        lambda: objects.delete("a/b"),
        objects.describe,
    )


def all_refused(objects, match):
    for call in calls_of(objects):
        with pytest.raises(Unavailable, match=match) as caught:
            call()
        assert objects._address.secret_key not in str(caught.value)


def eventually(call):
    """The result of ``call`` once the server is back."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return call()
        except Unavailable:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that tests may pause and kill, as long as they leave it running."""
    with SeaweedServer(tmp_path_factory.mktemp("seaweed"), free_ports(10)) as running:
        running.make_bucket("hub")
        running.make_plain_bucket("plain")
        yield running


@pytest.fixture
def between(server):
    with InBetween(server.url) as proxy:
        yield proxy


def through(between, server, prefix, **options):
    return opened(server, url=f"{between.url}/hub", prefix=f"{prefix}/", **options)


def test_a_refused_connection_is_unavailable(server):
    (port,) = free_ports(1)
    with opened(server, url=f"http://127.0.0.1:{port}/hub", timeout_seconds=1.0) as objects:
        all_refused(objects, "does not answer in time")


def test_wrong_keys_are_told_as_such(server):
    with opened(server, secret_key="another-secret") as objects:
        all_refused(objects, "keys")
    with opened(server, access_key="unknown") as objects:
        all_refused(objects, "keys")


def test_a_missing_bucket_is_named_with_the_command_that_makes_it(server):
    with opened(server, "nowhere") as objects:
        all_refused(objects, "no bucket nowhere .*create-bucket --bucket nowhere")


def test_what_a_bucket_can_do_is_tried(server):
    with opened(server, "plain") as objects:
        facts = objects.describe()
        assert (facts.versioning, facts.object_lock, facts.conditional_put) == (False, False, True)
    with opened(server) as objects:
        facts = objects.describe()
        assert (facts.versioning, facts.object_lock, facts.conditional_put) == (True, True, True)
        assert abs(facts.clock_ahead_seconds) < WAIT_SECONDS
        listed = objects._client.list_objects("hub", prefix="~probe/", recursive=True, include_version=True)
        assert list(listed) == []


def test_a_server_that_heeds_no_condition_is_found_out(server, between):
    with through(between, server, "unconditional") as objects:
        between.spoil_next(2, lambda answer: dataclasses.replace(answer, status=200), "PUT")
        assert not objects.describe().conditional_put


def test_nobody_on_the_way_can_drop_the_condition(server, between):
    forward = between._forward

    def without_condition(handler, body):
        del handler.headers["If-None-Match"]
        return forward(handler, body)

    with through(between, server, "dropped") as objects:
        objects.replace("a", b"1")
        between._forward = without_condition
        with pytest.raises(Unavailable, match="keys"):
            objects.create("a", b"2")
        assert objects.get("a") == b"1"


def test_tls_with_another_authority_is_refused(tmp_path):
    authority, other = trustme.CA(), trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    paths = ServerCertificate(tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(paths.chain)
    issued.private_key_pem.write_to_path(paths.key)
    authority.cert_pem.write_to_path(paths.authority)
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    with SeaweedServer(tmp_path / "seaweed", free_ports(10), paths) as server:
        server.make_bucket("hub")
        with opened(server) as objects:
            objects.create("a/b", b"1")
            assert (objects.get("a/b"), objects.names(), objects.describe().conditional_put) == (b"1", ["a/b"], True)
            http = urllib3.PoolManager(ca_certs=str(paths.authority))
            assert http.request("GET", objects.presigned("a/b", 60, download_name=None)).data == b"1"
            http.clear()
        with opened(server, tls_ca=tmp_path / "other.pem") as objects:
            all_refused(objects, "certificate")
        with opened(server, tls_ca=None) as objects:
            all_refused(objects, "certificate")
        with opened(server, url=server.url.replace("https", "http") + "/hub") as objects:
            all_refused(objects, "S3")


def test_a_stopped_server_holds_no_more_threads_than_allowed_and_is_used_again(server):
    with opened(server, timeout_seconds=0.6, connections=2, prefix="paused/") as objects:
        objects.create("a", b"1")
        server.pause()
        try:
            with ThreadPoolExecutor(6) as pool:
                asked = [pool.submit(objects.get, "a") for _ in range(6)]
                told = [str(each.exception(WAIT_SECONDS)) for each in asked]
        finally:
            time.sleep(2.0)
            server.resume()
        assert all("does not answer in time" in each or "under way" in each for each in told)
        assert any("all 2 calls" in each for each in told)
        assert eventually(lambda: objects.get("a")) == b"1"


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(server):
    acknowledged = {}
    stop = threading.Event()

    def write(number):
        for count in range(100_000):
            if stop.is_set():
                return
            name, body = f"{number}/{count}", b"%d of %d" % (count, number) * 50
            try:
                objects.create(name, body)
            except Unavailable:
                time.sleep(0.01)
            else:
                acknowledged[name] = body

    with opened(server, timeout_seconds=1.0, prefix="killed/") as objects, ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        try:
            for _ in range(2):
                before = len(acknowledged)
                until = time.monotonic() + WAIT_SECONDS
                while len(acknowledged) < before + 40 and time.monotonic() < until:
                    time.sleep(0.01)
                server.kill()
                server.start()
        finally:
            stop.set()
        for each in writers:
            each.result()
        assert len(acknowledged) >= 80
        for name, body in acknowledged.items():
            assert eventually(lambda name=name: objects.get(name)) == body
        assert acknowledged.keys() <= set(objects.walk())


def test_a_server_with_too_much_to_do_is_asked_again_then_given_up_and_comes_back(server, between):
    with through(between, server, "busy") as objects:
        for call in calls_of(objects)[:-1]:
            between.spoil_next(2, slow_down, reaches_server=False)
            call()
            assert len(between.asked) >= 3
        objects.create("x", b"1")
        between.spoil_next(1_000, slow_down, reaches_server=False)
        for call in (lambda: objects.get("x"), lambda: objects.create("y", b""), objects.names):
            between.asked.clear()
            with pytest.raises(Unavailable, match=r"too much to do \(SlowDown\)"):
                call()
            assert len(between.asked) == 5
        between.times = 0
        assert objects.get("x") == b"1"


def test_a_put_whose_answer_was_lost_is_accepted_when_it_is_sent_again(server, between):
    with through(between, server, "unanswered") as objects:
        between.spoil_next(1, slow_down, "PUT")
        objects.create("a", b"1")
        assert between.asked.count("PUT") == 2
        assert objects.get("a") == b"1"


def test_a_body_cut_on_the_way_is_never_given(server, between):
    with through(between, server, "cut") as objects:
        objects.create("a", b"whole body" * 1_000)
        between.spoil_next(1, lambda answer: dataclasses.replace(answer, body=answer.body[:100]), "GET")
        assert objects.get("a") == b"whole body" * 1_000
        between.spoil_next(1_000, lambda answer: dataclasses.replace(answer, body=answer.body[:100]), "GET")
        for call in (lambda: objects.get("a"), objects.names):
            with pytest.raises(Unavailable, match="answer"):
                call()


def test_a_body_altered_on_the_way_is_noticed_and_an_etag_is_not_believed(server, between):
    with through(between, server, "altered") as objects:
        objects.create("a", b"10 yuan")
        between.spoil_next(1, lambda answer: answer.altered(b"99 yuan"), "GET")
        with pytest.raises(CorruptError):
            objects.get("a")
        between.spoil_next(1, lambda a: dataclasses.replace(a, headers=a.headers | {"Etag": '"0"'}), "GET")
        assert objects.get("a") == b"10 yuan"


def test_answers_that_are_not_s3_are_unavailable(server, between):
    lies = (b"", b"<html>", b"\xff\xfe", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;&b;</a>", b"{}" * 100_000)
    kinds = ({"Content-Type": "application/xml"}, {"Content-Type": "text/html"}, {})
    with through(between, server, "lies") as objects:
        for status in (200, 302, 400, 404, 500, 599):
            for lie in lies[: 1 if status == 500 else None]:  # which is asked five times
                for kind in kinds:
                    between.spoil_next(
                        1_000, lambda a, s=status, b=lie, k=kind: dataclasses.replace(a.altered(b), status=s, headers=k)
                    )
                    for call in calls_of(objects)[2:6]:
                        try:
                            call()
                        except (Unavailable, ObjectNotFoundError):
                            continue


def test_an_endless_answer_is_cut(server, between):
    with through(between, server, "endless") as objects:
        objects.create("a", b"1")
        between.spoil_next(1, lambda answer: answer.altered(bytes((64 << 20) + 1)), "GET")
        with pytest.raises(Unavailable, match="more than any object"):
            objects.get("a")


def test_one_of_sixteen_creators_with_pools_of_their_own_wins(server):
    everyone = [S3Objects(address_of(server, "hub", prefix="race/"), locked=lambda _: False) for _ in range(16)]
    try:
        for turn in range(2):
            start = threading.Barrier(16)

            def create(number, name=f"one/{turn}", start=start):
                start.wait()
                try:
                    everyone[number].create(name, b"%d" % number * 5_000)
                except ObjectExistsError:
                    return None
                return b"%d" % number * 5_000

            with ThreadPoolExecutor(16) as pool:
                winners = [body for body in pool.map(create, range(16)) if body is not None]
            assert len(winners) == 1
            assert {each.get(f"one/{turn}") for each in everyone} == set(winners)
    finally:
        for each in everyone:
            each.close()


def test_a_presigned_address_needs_no_keys_and_ends(server):
    with opened(server, prefix="signed/") as objects, urllib3.PoolManager() as http:
        objects.create("large", b"attachment")
        answer = http.request("GET", objects.presigned("large", 60, download_name='营业执照 "1".pdf'))
        assert (answer.status, answer.data) == (200, b"attachment")
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%90%A5")
        assert answer.headers["content-type"] == "application/octet-stream"
        other = objects.presigned("large", 60, download_name=None)
        assert http.request("GET", other.replace("/large?", "/small?")).status == 403
        assert http.request("PUT", other, body=b"mine").status == 403
        short = objects.presigned("large", 1, download_name=None)
        until = time.monotonic() + WAIT_SECONDS
        while http.request("GET", short).status != 403:
            assert time.monotonic() < until
            time.sleep(0.2)
        for seconds, name in ((0, None), (3_601, None), (60, ""), (60, "a\nb"), (60, "x" * 201)):
            with pytest.raises(LimitExceededError):
                objects.presigned("large", seconds, download_name=name)


def test_long_and_odd_names_are_kept_apart(server):
    names = [
        f"{'x' * 200}/{'y' * 99}",
        "..a/b..",
        "...",
        "-",
        "_/-/.-",
        "a.versions",
        "a",
        "A",
        "a-",
    ]
    with opened(server, prefix="odd/") as objects:
        for name in names:
            objects.create(name, name.encode())
        assert objects.names() == sorted(names)
        assert [objects.get(name) for name in names] == [name.encode() for name in names]


def test_a_folder_larger_than_a_page_is_listed_whole_and_in_order(server):
    names = sorted(f"f/{number % 7}{'-' * (number % 3)}{number}" for number in range(1_203))
    with opened(server, prefix="many/") as objects:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: objects.create(name, b""), names))
        assert list(objects.walk()) == names
        seen, after = [], ""
        while page := objects.names("f/", after=after, limit=500):
            seen += page
            after = page[-1]
        assert seen == names
        objects._client.put_object("hub", "many/f/not~ours", io.BytesIO(b"1"), 1)
        assert list(objects.walk()) == names


def test_a_locked_version_stays_whatever_is_asked_for_at_the_s3_port(server):
    with opened(server, prefix="locked/", lock_days=1, locked=("tile", "shadow")) as objects:
        objects.create("tile", b"hashes")
        objects.create("free", b"1")
        client: Minio = objects._client
        version = client.stat_object("hub", "locked/tile").version_id
        with pytest.raises(S3Error, match="AccessDenied"):
            client.remove_object("hub", "locked/tile", version_id=version)
        free = client.stat_object("hub", "locked/free").version_id
        client.remove_object("hub", "locked/free", version_id=free)
        objects.replace("tile", b"others")
        objects.delete("tile")
        with pytest.raises(ObjectNotFoundError):
            objects.get("tile")
        assert client.get_object("hub", "locked/tile", version_id=version).data == b"hashes"


def test_an_insider_past_s3_removes_even_what_is_locked_and_readers_find_nothing(server):
    with opened(server, prefix="insider/", lock_days=1, locked=("tile",)) as objects:
        objects.create("tile", b"hashes")
        server.delete_as_insider("hub", "insider/tile")
        with pytest.raises(ObjectNotFoundError):
            objects.get("tile")
        assert not objects.exists("tile")
        assert objects.names() == []


def test_a_bucket_without_lock_takes_nothing_that_is_to_be_locked(server):
    with opened(server, "plain", lock_days=1, locked=("tile",)) as objects:
        with pytest.raises(Unavailable, match="object lock"):
            objects.create("tile", b"hashes")
        objects.create("free", b"1")


def test_no_server_is_left_after_a_kill_9_of_whoever_started_it(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from servers.seaweed import SeaweedServer\n"
        "server = SeaweedServer(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]); server.start()\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    ports = [str(port) for port in free_ports(10)]
    command = [sys.executable, "-c", program, str(tmp_path / "seaweed"), *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as starter:
        pid = int(starter.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        starter.kill()
    until = time.monotonic() + WAIT_SECONDS
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
