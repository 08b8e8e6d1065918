"""Our witness as a process and our hub's task that asks it: what they cosign, what they refuse, what they survive."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.audit.errors import FencedError, LogCorruptError, LogForkError
from exchange.audit.proofs import COSIGNED, PublishedLog, verify_receipt
from exchange.publishing.errors import QuorumError, WitnessDisputeError
from exchange.publishing.witnesses import STATE, WitnessOutcome
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.commitment import commitment
from signer.cosignature import open_cosigned, read_cosignature
from signer.errors import NoteError
from signer.merkle import CompactTree, leaf_hash
from signer.note import NoteKey, sign_note
from signer.witnessing import MAX_REQUEST_BYTES, AddCheckpoint, format_request, parse_size
from tests.fakes.audit_world import disk_world, entry, log_key, memory_world, salt
from tests.fakes.signing import vectors
from tests.fakes.witnesses import Asked, WitnessProcess, witness_task

KEY, PRIVATE = log_key()


@pytest.fixture
def trio(tmp_path):
    """Three witnesses of the tests' log."""
    made = [WitnessProcess(tmp_path / f"w{at}", f"witness.example/{at}", [KEY.vkey]) for at in range(3)]
    with made[0], made[1], made[2]:
        yield made


@pytest.fixture
def one(tmp_path):
    with WitnessProcess(tmp_path / "w", "witness.example/w", [KEY.vkey]) as made:
        yield made


def cosigned(world, witnesses, quorum):
    return open_cosigned(
        world.objects.get(COSIGNED), [world.key], [each.key for each in witnesses], quorum, origin=world.key.name
    )


def grow(world, count):
    world.fill(count, first=world.records.journal_length())
    world.integrator().run_once()


def signed(size, root):
    return sign_note(format_checkpoint(Checkpoint(KEY.name, size, root)), [(KEY, PRIVATE.sign)])


def tree(size, mark=b""):
    grown = CompactTree()
    for number in range(size):
        grown.append(leaf_hash(mark + bytes([number])))
    return grown


def test_a_growing_log_is_cosigned_by_all_and_receipts_carry_it(tmp_path, trio):
    with disk_world(tmp_path) as world:
        task = witness_task(world, trio, 2)
        task.run_once()  # nothing is published yet, and that is no failure
        for count in (1, 300, 41):
            grow(world, count)
            task.run_once()
            opened = cosigned(world, trio, 3)
            assert opened.checkpoint == world.log.checkpoint()[0]
            assert all(abs(each.time - time.time()) < 3600 for each in opened.cosigners)
        before = world.objects.get(COSIGNED)
        task.run_once()
        assert world.objects.get(COSIGNED) == before  # nothing new: nobody is asked again
        grow(world, 5)
        own = commitment(salt(7), entry(7))
        kept = verify_receipt(world.log.receipt(7), own, world.key, [each.key for each in trio], 3)
        assert kept.checkpoint.size == 342
        assert not world.log.kept_receipt(345).cosigned  # not yet covered: under the plain checkpoint
        assert world.log.kept_receipt(7).cosigned


def test_a_dead_witness_is_done_without_while_the_quorum_holds(tmp_path, trio):
    asked = Asked()
    with disk_world(tmp_path) as world:
        task = witness_task(world, trio, 2, asked)
        grow(world, 10)
        task.run_once()
        trio[0].kill()
        grow(world, 10)
        task.run_once()
        assert len(cosigned(world, trio, 2).cosigners) == 2
        assert asked.outcomes["witness.example/0", WitnessOutcome.UNREACHABLE] == 1
        trio[1].kill()
        grow(world, 10)
        with pytest.raises(QuorumError, match="1 witnesses cosigned, of the 2"):
            task.run_once()
        assert cosigned(world, trio, 2).checkpoint.size == 20  # the newest that has its quorum stays
        trio[0].restart()
        grow(world, 10)
        task.run_once()
        assert cosigned(world, trio, 2).checkpoint.size == 40
        assert asked.outcomes["witness.example/0", WitnessOutcome.COSIGNED] == 2


def test_a_new_publisher_learns_from_the_witness_where_to_begin(tmp_path, one):
    with disk_world(tmp_path) as world:
        grow(world, 100)
        witness_task(world, [one], 1).run_once()
        grow(world, 100)
        asked = Asked()
        witness_task(world, [one], 1, asked).run_once()
        assert cosigned(world, [one], 1).checkpoint.size == 200
        assert asked.outcomes == {("witness.example/w", WitnessOutcome.COSIGNED): 1}


def test_a_publisher_that_was_overtaken_raises_no_false_alarm(tmp_path, one):
    """It has read a checkpoint; then the log grows and another publisher has the newer one cosigned."""
    with disk_world(tmp_path) as world:
        grow(world, 100)
        asked = Asked()
        slow = witness_task(world, [one], 1, asked)
        stale = world.log.checkpoint()
        grow(world, 100)
        witness_task(world, [one], 1).run_once()
        assert slow._ask(slow._witnesses[0], *stale) == ("", WitnessOutcome.REFUSED)


def test_a_forked_log_is_refused_and_said_aloud(tmp_path, one):
    with disk_world(tmp_path) as world:
        grow(world, 100)
        witness_task(world, [one], 1).run_once()
    for size in (100, 150):  # the same key over another history, of the same size and of a larger one
        with memory_world() as other:
            other.fill(size, first=1000)
            other.integrator().run_once()
            with pytest.raises(WitnessDisputeError):
                witness_task(other, [one], 1).run_once()
            assert not other.objects.exists(COSIGNED)
    told = [json.loads(line) for line in (one.folder / "log.txt").read_text().splitlines()]
    assert {each["origin"] for each in told if each["level"] == "warning"} == {world.key.name}


def test_a_rolled_back_log_is_refused_and_said_aloud(one):
    with memory_world() as world:
        grow(world, 100)
        witness_task(world, [one], 1).run_once()
    with memory_world() as world:
        grow(world, 60)
        with pytest.raises(WitnessDisputeError):
            witness_task(world, [one], 1).run_once()
        assert not world.objects.exists(COSIGNED)


def test_of_two_histories_asked_for_at_once_one_is_cosigned(one):
    """From the empty tree every witness begins: many at once, with trees that exclude each other."""
    bodies = [format_request(AddCheckpoint(0, (), signed(5, tree(5, bytes([number])).root()))) for number in range(16)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(one.add, bodies))
    assert sorted(status for status, _, _ in answers) == [200] + [409] * 15
    assert {body for status, _, body in answers if status == 409} == {b"5\n"}


def test_what_was_answered_survives_a_kill(tmp_path, one):
    nodes = {}
    grown = CompactTree()
    heads = []
    for number in range(60):
        for node in grown.append(leaf_hash(bytes([number]))):
            nodes[node.level, node.index] = node.hash
        heads.append(signed(number + 1, grown.root()))
    from signer.merkle import consistency_proof

    seen = 0
    for size, note in enumerate(heads, start=1):
        proof = consistency_proof(size - 1, size, lambda level, index: nodes[level, index]) if size > 1 else ()
        status, _, body = one.add(format_request(AddCheckpoint(size - 1, proof, note)))
        assert status == 200
        read_cosignature(note, body, one.key)
        seen = size
        if size % 20 == 0:
            one.kill()
            one.restart()
            status, kind, body = one.add(format_request(AddCheckpoint(0, (), heads[4])))
            assert (status, kind, parse_size(body)) == (409, "text/x.tlog.size", seen)


def test_the_published_exchange_over_http(tmp_path):
    flow = vectors("tlog/witness_flow.json")
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(flow["log_public_key_hex"]))
    vkey = NoteKey(flow["log_origin"], public).vkey
    with WitnessProcess(tmp_path / "w", flow["witness_name"], [vkey]) as witness:
        for step in flow["steps"]:
            status, _, body = witness.request("POST", step["path"], step["body"].encode())
            assert status == step["status"]
            for expected in step["asserts"]:
                kind, _, text = expected.partition(' "')
                wanted = text.rstrip('"').replace("\\n", "\n")
                assert body.decode() == wanted if kind == "body ==" else wanted in body.decode()


def test_what_is_no_request_is_refused_and_bounded(one):
    assert one.add(b"x" * (MAX_REQUEST_BYTES + 1))[0] == 413
    assert one.add(b"")[0] == 400
    assert one.request("GET", "/add-checkpoint")[0] == 405
    assert one.request("GET", "/heads.sqlite")[0] == 404
    with socket.create_connection(("127.0.0.1", one.port), timeout=60) as raw:
        raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nX: " + b"y" * 70_000)
        raw.settimeout(60)
        assert b" 400 " in raw.recv(4096).split(b"\r\n")[0]
    assert one.answers()


def test_it_stops_when_told_and_keeps_its_files_to_itself(one):
    assert one.stop() in {0, -15}
    data = one.folder / "witness"
    for path in (data, data / "keys", data / "heads.sqlite", one.folder / "witness-passphrase"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_another_publisher_fences_this_one(tmp_path, one):
    with disk_world(tmp_path) as world:
        grow(world, 10)
        task = witness_task(world, [one], 1)
        world.index.set_state(STATE, None, (11).to_bytes(8) + bytes(32))
        with pytest.raises(FencedError):
            task.run_once()
        assert not world.objects.exists(COSIGNED)
        world.index.set_state(STATE, (11).to_bytes(8) + bytes(32), (10).to_bytes(8) + bytes(32))
        with pytest.raises(LogForkError):
            task.run_once()


def test_what_an_impostor_answers_is_not_kept(tmp_path, trio):
    """A witness's address that speaks with another witness's key."""
    asked = Asked()
    with disk_world(tmp_path) as world:
        grow(world, 10)
        trio[0].url = trio[1].url
        with pytest.raises(QuorumError):
            witness_task(world, trio[:1], 1, asked).run_once()
        assert asked.outcomes == {("witness.example/0", WitnessOutcome.INVALID): 1}
        assert not world.objects.exists(COSIGNED)


def test_a_slow_witness_keeps_nobody_waiting_for_long(tmp_path, one):
    with disk_world(tmp_path) as world, socket.create_server(("127.0.0.1", 0)) as mute:
        grow(world, 10)
        asked = Asked()
        one.url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(QuorumError):
            witness_task(world, [one], 1, asked, seconds=0.3).run_once()
        assert asked.outcomes == {("witness.example/w", WitnessOutcome.UNREACHABLE): 1}


def test_a_witness_that_does_not_know_the_log_refuses(tmp_path):
    with WitnessProcess(tmp_path / "w", "witness.example/w", [KEY.vkey], origin="another log") as one:
        asked = Asked()
        with memory_world() as world:
            grow(world, 10)
            with pytest.raises(QuorumError):
                witness_task(world, [one], 1, asked).run_once()
        assert asked.outcomes == {("witness.example/w", WitnessOutcome.REFUSED): 1}


def test_a_witness_whose_clock_is_minutes_ahead_is_not_believed(one):
    asked = Asked()
    with memory_world() as world:
        grow(world, 10)
        with pytest.raises(QuorumError):
            witness_task(world, [one], 1, asked, clock=lambda: time.time() - 1000).run_once()
        assert asked.outcomes == {("witness.example/w", WitnessOutcome.INVALID): 1}


def test_a_checkpoint_that_differs_from_what_was_cosigned_is_a_fork(one):
    with memory_world() as world:
        grow(world, 10)
        witness_task(world, [one], 1).run_once()
        cosigned_before = world.objects.get(COSIGNED)
    with memory_world() as world:
        world.fill(10, first=50)
        world.integrator().run_once()
        world.objects.replace(COSIGNED, cosigned_before)
        with pytest.raises(LogForkError, match="two trees of 10"):
            witness_task(world, [one], 1).run_once()


def test_a_log_whose_tiles_are_damaged_says_so_whoever_reads_them(one):
    with memory_world() as world:
        grow(world, 100)
        task = witness_task(world, [one], 1)
        task.run_once()
        grow(world, 50)
        world.objects.delete("log/tile/0/000.p/150")
        with pytest.raises(LogCorruptError, match="lacks"):
            task.run_once()


def test_a_tampered_cosigned_object_is_made_anew(tmp_path, one):
    with disk_world(tmp_path) as world:
        grow(world, 10)
        task = witness_task(world, [one], 1)
        task.run_once()
        good = world.objects.get(COSIGNED)
        world.objects.replace(COSIGNED, good.replace(b"witness", b"whoever"))
        with pytest.raises(NoteError):
            cosigned(world, [one], 1)
        task.run_once()
        assert cosigned(world, [one], 1).checkpoint.size == 10


def test_receipts_leave_out_a_cosigned_checkpoint_of_another_tree(tmp_path, one):
    with memory_world() as other:
        grow(other, 10)
        witness_task(other, [one], 1).run_once()
        foreign = other.objects.get(COSIGNED)
    with memory_world() as world:
        world.fill(12, first=500)
        world.integrator().run_once()
        world.objects.replace(COSIGNED, foreign)
        with pytest.raises(Exception, match="cosigned"):
            PublishedLog(world.objects, world.key).receipt(3)


def test_the_folder_of_a_witness_is_made_once(one, capsys):
    from exchange.cli import main

    assert main(["witness", "init", "--config", str(one.config)]) != 0
    assert "already" in capsys.readouterr().err
    assert main(["witness", "key", "--config", str(one.config)]) == 0
    assert capsys.readouterr().out == f"{one.key.vkey}\n"
    one.kill()
    Path(one.folder / "witness" / "heads.sqlite").unlink()
    assert main(["witness", "serve", "--config", str(one.config)]) != 0
    assert "is gone" in capsys.readouterr().err
