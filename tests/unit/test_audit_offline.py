"""Offline verification where more than one file was changed, and where files are missing."""

import base64

import pytest

from exchange.audit.entry_lines import write_line
from exchange.audit.journal import JournalEntry
from exchange.audit.log_export import export_log
from exchange.audit.offline import verify_log
from exchange.audit.offline_witnesses import Witnesses
from exchange.cli import main
from signer.commitment import commitment
from signer.cosignature import WitnessKey, cosign
from signer.errors import NoteError
from signer.merkle import leaf_hash
from tests.fakes.audit_world import entry, memory_world, salt
from tests.fakes.signing import Pair


@pytest.fixture
def world():
    with memory_world() as made:
        made.fill(600)
        made.integrator().run_once()
        yield made


@pytest.fixture
def folder(world, tmp_path):
    export_log(tmp_path / "log", world.log, world.objects, world.records)
    return tmp_path / "log"


def put(path, at, new):
    content = bytearray(path.read_bytes())
    content[at : at + len(new)] = new
    path.write_bytes(content)


def test_a_whole_log_verifies_in_a_folder_and_in_objects(world, folder):
    for source in (folder, world.objects):
        report = verify_log(source, world.key.vkey)
        assert report.ok
        assert report.first is None
        assert (report.size, report.root) == (600, world.log.checkpoint()[0].root)
        assert report.origin == world.key.name
        assert report.tiles == 4
    assert verify_log(folder, world.key.vkey).entries == 600


def test_an_entry_rewritten_with_its_tile_is_found_under_the_upper_tile(world, folder):
    forged = commitment(salt(300), entry(999))
    put(folder / "tile/entries/001", (300 - 256) * 35 + 2, forged)
    put(folder / "tile/0/001", (300 - 256) * 32, leaf_hash(forged))
    report = verify_log(folder, world.key.vkey)
    assert (report.findings[0].file, report.findings[0].index) == ("checkpoint", 256)
    assert "not with the signed root" in report.findings[0].problem
    assert any(found.file == "entries.jsonl" and found.index == 300 for found in report.findings)


def test_a_last_entry_rewritten_with_its_tile_fits_nothing_signed(world, folder):
    forged = commitment(salt(599), entry(999))
    put(folder / "tile/entries/002.p/88", 87 * 35 + 2, forged)
    put(folder / "tile/0/002.p/88", 87 * 32, leaf_hash(forged))
    found = verify_log(folder, world.key.vkey).findings[0]
    assert (found.file, found.index) == ("checkpoint", None)


def test_damage_on_both_sides_is_told_as_such(world, folder):
    put(folder / "tile/entries/000", 3 * 35 + 5, b"\xff")
    put(folder / "tile/0/000", 9 * 32, b"\xff")
    found = verify_log(folder, world.key.vkey).first
    assert (found.file, found.index) == ("tile/entries/000", 3)
    assert "neither gives the signed root" in found.problem


def test_another_key_does_not_verify(world, folder):
    other = "log.onceonly.example+" + world.key.vkey.split("+")[1]
    with pytest.raises(NoteError):
        verify_log(folder, other)


def test_missing_files_are_named(world, folder):
    (folder / "tile/entries/001").unlink()
    report = verify_log(folder, world.key.vkey)
    assert (report.first.file, report.first.index, report.first.problem) == ("tile/entries/001", 256, "is missing")
    (folder / "checkpoint").unlink()
    assert verify_log(folder, world.key.vkey).first.problem == "is missing"
    with pytest.raises(NotADirectoryError):
        verify_log(folder / "nowhere", world.key.vkey)


def test_what_an_integrator_writes_meanwhile_is_not_judged(world):
    note = world.objects.get("log/checkpoint")
    world.fill(500, first=600)
    world.integrator().run_once()
    world.objects.replace("log/checkpoint", note)  # partial tiles of 600 are gone, larger ones are there
    report = verify_log(world.objects, world.key.vkey)
    assert report.ok
    assert "tile/0/003" in report.beyond


def lines(*numbers, **changed):
    return [
        write_line(JournalEntry(changed.get("index", number), 0, salt(number), entry(number))) for number in numbers
    ]


@pytest.mark.parametrize(
    ("exported", "index", "told"),
    [
        (lines(3, 4, 6), 5, "position 6 stands where 5"),
        (lines(3, 4, index=3), 4, "position 3 stands where 4"),
        (lines(600), 600, "beyond the checkpoint"),
        (lines(9, index=8), 8, "do not give the published commitment"),
        ([b"{}\n"], 0, "not an exported entry"),
        ([*lines(3), b"x" * 600_000], 4, "not an exported entry"),
        ([lines(3)[0].replace(b'"salt":"', b'"salt":"AAAA')], 0, "salt"),
        ([lines(3)[0].replace(base64.b64encode(entry(3)), b"QUJ")], 0, "base64"),
    ],
)
def test_exported_entries_are_checked(world, exported, index, told):
    found = verify_log(world.objects, world.key.vkey, entries=exported).first
    assert (found.file, found.index) == ("entries.jsonl", index)
    assert told in found.problem


def test_a_part_of_the_entries_may_be_given_but_not_left_in_the_folder(world, folder):
    assert verify_log(world.objects, world.key.vkey, entries=lines(3, 4)).entries == 2
    whole = (folder / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "entries.jsonl").write_bytes(b"".join(whole[:-1]))
    assert "holds 599 entries, not 600" in verify_log(folder, world.key.vkey).first.problem


def test_at_most_a_hundred_findings_are_kept(world, folder):
    for number in range(200):
        (folder / f"stray-{number}").write_bytes(b"")
    report = verify_log(folder, world.key.vkey)
    assert len(report.findings) == 100
    assert report.first.problem == "is no file of a log"


def test_tile_names_have_one_spelling(world, folder):
    for name in ("tile/0/x000/000", "tile/0/000.p/300", "tile/0/000.p/256", "tile/9/000"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert {found.file for found in verify_log(folder, world.key.vkey).findings} == {
        *("tile/0/x000/000", "tile/0/000.p/300", "tile/0/000.p/256", "tile/9/000")
    }


PAIRS = [Pair("EdDSA"), Pair("EdDSA")]
WITNESSES = Witnesses(tuple(WitnessKey(f"witness.example/{at}", pair.public) for at, pair in enumerate(PAIRS)), 2)


def cosigned_note(note, by=2):
    text = note.rpartition("\n\n")[0] + "\n"
    return note + "".join(cosign(text, WITNESSES.keys[at], 7, PAIRS[at].sign) for at in range(by))


@pytest.mark.parametrize("size", [1, 256, 257, 600])
def test_a_cosigned_tree_must_be_the_beginning_of_the_log(folder, size):
    with memory_world() as earlier:
        earlier.fill(size)
        earlier.integrator().run_once()
        (folder / "cosigned").write_text(cosigned_note(earlier.log.note()))
        report = verify_log(folder, earlier.key.vkey, witnesses=WITNESSES)
    assert report.ok
    assert report.cosigned.checkpoint.size == size
    assert [each.time for each in report.cosigned.cosigners] == [7, 7]


def test_what_witnesses_did_not_say_is_found(world, folder):
    def problem():
        report = verify_log(folder, world.key.vkey, witnesses=WITNESSES)
        assert report.cosigned is None
        return report.first.file, report.first.problem

    assert verify_log(folder, world.key.vkey).ok
    assert problem() == ("cosigned", "is missing: no checkpoint here has been cosigned")
    (folder / "cosigned").write_text(cosigned_note(world.log.note(), by=1))
    assert "1 known witnesses" in problem()[1]
    with memory_world() as other:
        other.fill(600, first=1)
        other.integrator().run_once()
        (folder / "cosigned").write_text(cosigned_note(other.log.note()))
        assert "another history" in problem()[1]
        other.fill(1, first=601)
        other.integrator().run_once()
        (folder / "cosigned").write_text(cosigned_note(other.log.note()))
        assert "covers 601 entries" in problem()[1]


def test_a_copy_carries_what_was_cosigned_and_the_command_says_by_whom(world, tmp_path, capsys):
    world.objects.replace("log/cosigned", cosigned_note(world.log.note()).encode())
    world.objects.replace("log/stamped/latest", b"x")
    assert verify_log(world.objects, world.key.vkey, witnesses=WITNESSES).ok
    export_log(tmp_path / "copy", world.log, world.objects, None)
    keys = [part for key in WITNESSES.keys for part in ("--witness", key.vkey)]
    assert main(["audit", "verify", str(tmp_path / "copy"), "--vkey", world.key.vkey, *keys]) == 0
    assert "cosigned: the first 600 entries, by witness.example/0, witness.example/1" in capsys.readouterr().out
    assert main(["audit", "verify", str(tmp_path / "copy"), "--json", *keys]) == 0
    assert '"cosigned_size": 600' in capsys.readouterr().out
    assert main(["audit", "verify", str(tmp_path / "copy"), "--quorum", "3", *keys]) == 2
    assert main(["audit", "verify", str(tmp_path / "copy"), "--witness", world.key.vkey]) == 2
