"""Exports with a signed manifest, and whole logs to verify offline."""

import csv
import io
import json

import pytest
from onceonly.v1.access_record_pb2 import AccessEntry

from exchange.audit.entry import ItemDraft, RecordDraft, finish
from exchange.audit.errors import LogCorruptError, ProofError
from exchange.audit.export import ExportFormat, ManifestKey, RangeExport, verify_manifest
from exchange.audit.log_export import export_log
from exchange.audit.offline import verify_log
from exchange.audit.unit import Unit
from signer import jws
from signer.commitment import commitment
from signer.strict_json import canonical
from storage.errors import LimitExceededError
from tests.fakes.audit_world import START_US, entry, memory_world, salt

NOW = START_US // 1_000_000


@pytest.fixture
def world():
    with memory_world() as made:
        made.fill(400)
        made.integrator().run_once()
        yield made


@pytest.fixture
def key(world):
    return ManifestKey("hub-1", "EdDSA", world.private.sign)


@pytest.fixture
def keys(world):
    return {"hub-1": world.key.public}


def export(world, first=0, end=0, export_format=ExportFormat.JSONL):
    made = RangeExport(world.records, world.log, first=first, end=end, export_format=export_format, now=NOW)
    return made, list(made.pieces())


def test_json_lines_carry_entries_and_commitments(world, key, keys):
    made, pieces = export(world)
    assert max(map(len, pieces)) <= 64 * 1024
    assert len(pieces) > 1
    lines = [json.loads(line) for line in b"".join(pieces).splitlines()]
    assert [line["index"] for line in lines] == list(range(400))
    assert lines[7]["commitment"] == commitment(salt(7), entry(7)).hex()
    assert lines[7]["entry"]["items"][0]["fields_released"] == ["name"]
    manifest = verify_manifest(made.manifest(key), keys, "EdDSA", pieces)
    assert (manifest.first, manifest.end, manifest.count, manifest.time) == (0, 400, 400, NOW)
    assert manifest.checkpoint == world.log.note()


def test_csv_has_a_row_for_each_entry(world, key, keys):
    made, pieces = export(world, 10, 20, ExportFormat.CSV)
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode())))
    assert [int(row["index"]) for row in rows] == list(range(10, 20))
    assert rows[0]["time"].startswith("2026-09-21T")
    assert rows[0]["outcome"] == "allowed"
    assert rows[0]["commitment"] == commitment(salt(10), entry(10)).hex()
    assert verify_manifest(made.manifest(key), keys, "EdDSA", pieces).format == "csv"


def test_what_is_sealed_stays_out_and_formulas_stay_text(world):
    draft = RecordDraft(method="m", system="=cmd()", sealed_owner="owner", raw={"holder": "H"})
    draft.item(ItemDraft(requirement="identity"))
    sealed = finish(
        draft,
        time_us=START_US,
        outcome="allowed",
        reasons=(),
        response_digest=b"",
        request_digest=b"",
        seal=lambda owner, plaintext, context: b"SEALED" + plaintext,
    )
    world.commit(Unit(sealed, salt(400)))
    world.integrator().run_once()
    _, pieces = export(world, 400, 401)
    assert "sealed" not in json.loads(pieces[0])["entry"]
    _, rows = export(world, 400, 401, ExportFormat.CSV)
    assert b"SEALED" not in rows[0]
    assert b",'=cmd()," in rows[0]


@pytest.mark.parametrize(("first", "end"), [(0, 401), (-1, 5), (5, 5), (400, 0)])
def test_a_range_outside_the_published_log_is_refused(world, first, end):
    with pytest.raises(LimitExceededError):
        export(world, first, end)


def test_too_many_entries_are_refused(world, monkeypatch):
    monkeypatch.setattr("exchange.audit.export.MAX_ENTRIES", 100)
    with pytest.raises(LimitExceededError, match="1 to 100"):
        export(world)


def test_entries_of_every_version_are_listed_indexed_and_verified(world, tmp_path):
    """What an earlier version wrote, byte for byte, beside what this one writes."""
    before = AccessEntry(version=1, time_us=START_US, method="m", outcome=1, request_digest=b"s" * 32)
    world.commit(Unit(before.SerializeToString(), salt(400)), Unit(entry(401), salt(401)))
    world.integrator().run_once()
    progress = world.indexer().run_once()
    assert (progress.through, progress.unreadable) == (402, 0)
    _, pieces = export(world, 400)
    assert [json.loads(line)["entry"]["version"] for line in b"".join(pieces).splitlines()] == [1, 2]
    export_log(tmp_path / "log", world.log, world.objects, world.records)
    report = verify_log(tmp_path / "log", world.key.vkey)
    assert (report.ok, report.entries) == (True, 402)


def test_an_unfinished_export_is_not_signed(world, key):
    made = RangeExport(world.records, world.log, first=0, end=0, export_format=ExportFormat.JSONL, now=NOW)
    next(made.pieces())
    with pytest.raises(ProofError, match="not complete"):
        made.manifest(key)


def test_an_edited_file_or_manifest_is_refused(world, key, keys):
    made, pieces = export(world, 0, 5)
    token = made.manifest(key)
    with pytest.raises(ProofError, match="not those"):
        verify_manifest(token, keys, "EdDSA", [pieces[0][:-1]])
    with pytest.raises(ProofError, match="not signed"):
        verify_manifest(token, {}, "EdDSA", pieces)
    with pytest.raises(ProofError, match="not signed"):
        verify_manifest(token[:-4] + "AAAA", keys, "EdDSA", pieces)


GOOD = {"first": 0, "end": 5, "count": 5, "format": "csv", "sha256": "0" * 64, "checkpoint": "", "time": 1}


@pytest.mark.parametrize(
    "claims",
    [
        GOOD | {"more": 1},
        {name: value for name, value in GOOD.items() if name != "time"},
        GOOD | {"count": "5"},
        GOOD | {"format": 5},
        GOOD | {"count": 4},
        GOOD | {"sha256": "0"},
    ],
)
def test_a_manifest_of_another_shape_is_refused(key, keys, claims):
    header = {"alg": "EdDSA", "kid": "hub-1", "typ": "onceonly-export+jwt"}
    with pytest.raises(ProofError, match="manifest"):
        verify_manifest(jws.sign(header, canonical(claims), key.sign), keys, "EdDSA", [])


def test_a_public_copy_of_the_log_verifies_without_entries(world, tmp_path):
    told = []
    done = export_log(tmp_path / "log", world.log, world.objects, None, lambda *progress: told.append(progress))
    assert done == 400
    assert told == [(256, 400), (400, 400)]
    assert not (tmp_path / "log" / "entries.jsonl").exists()
    report = verify_log(tmp_path / "log", world.key.vkey)
    assert report.ok
    assert report.entries == 0


def test_a_folder_that_holds_something_is_left_alone(world, tmp_path):
    (tmp_path / "kept").write_text("")
    with pytest.raises(FileExistsError, match="name a new folder"):
        export_log(tmp_path, world.log, world.objects, None)


def test_a_copy_made_while_the_log_grows_holds_its_checkpoint(world, tmp_path):
    note = world.objects.get("log/checkpoint")
    world.fill(200, first=400)
    world.integrator().run_once()
    world.objects.replace("log/checkpoint", note)
    assert export_log(tmp_path / "log", world.log, world.objects, world.records) == 400
    assert verify_log(tmp_path / "log", world.key.vkey).ok
    world.objects.delete("log/tile/0/001")
    with pytest.raises(LogCorruptError, match="lacks tile/0/001"):
        export_log(tmp_path / "again", world.log, world.objects, None)
