"""One byte changed anywhere in a published log is found, in its file and at its entry."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit.log_export import export_log
from exchange.audit.offline import verify_log
from tests.fakes.audit_world import memory_world

SIZE = 600


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "log"
    with memory_world() as world:
        world.fill(SIZE)
        world.integrator().run_once()
        export_log(folder, world.log, world.objects, world.records)
        # A partial tile and bundle of an earlier checkpoint, as a mirror may have kept them.
        for name, item_bytes in (("tile/0/002", 32), ("tile/entries/002", 35)):
            old = folder / f"{name}.p/7"
            old.write_bytes((folder / f"{name}.p/88").read_bytes()[: 7 * item_bytes])
        vkey = world.key.vkey
    assert verify_log(folder, vkey).ok
    assert verify_log(folder, vkey).entries == SIZE
    return folder, vkey, sorted(path for path in folder.rglob("*") if path.is_file())


def expected_index(name, at, content):
    """The entry that a byte of a file belongs to; None where the file speaks of no entry."""
    if name == "entries.jsonl":
        return content[:at].count(b"\n")
    if not name.startswith("tile/"):
        return None
    _, level, number = name.split(".p/")[0].split("/")
    if level == "entries":
        return int(number) * 256 + at // 35
    return (int(number) * 256 + at // 32) << 8 * int(level)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_changed_byte_is_found_and_located(exported, data):
    folder, vkey, files = exported
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(changed)
        report = verify_log(folder, vkey)
    finally:
        path.write_bytes(content)
    name = path.relative_to(folder).as_posix()
    assert not report.ok
    assert report.first is not None
    assert report.first.file == name
    assert report.first.index == expected_index(name, at, content)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_file_cut_short_or_gone_is_found(exported, data):
    folder, vkey, files = exported
    path = data.draw(st.sampled_from([path for path in files if path.name not in {"vkey", "entries.jsonl"}]))
    content = path.read_bytes()
    keep = data.draw(st.none() | st.integers(0, len(content) - 1))
    name = path.relative_to(folder).as_posix()
    try:
        if keep is None:
            path.unlink()
        else:
            path.write_bytes(content[:keep])
        report = verify_log(folder, vkey)
    finally:
        path.write_bytes(content)
    if keep is None and name.endswith(".p/7"):
        assert report.ok  # nobody needs an old partial tile
    else:
        assert report.first is not None
        assert report.first.file == name


def test_an_unneeded_file_is_named(exported, tmp_path):
    folder, vkey, _ = exported
    shutil.copytree(folder, tmp_path / "log")
    (tmp_path / "log" / "tile" / "0" / "0").write_bytes(b"")
    assert verify_log(tmp_path / "log", vkey).first.file == "tile/0/0"
