"""The manifest of a package: whole, or refused by one code."""

import json

import pytest

from exchange.evidence.package import (
    MAX_FILES,
    MAX_ITEMS,
    MAX_TEXT,
    MAX_TIME,
    EvidenceFile,
    Item,
    Kind,
    Manifest,
    read_manifest,
    write_manifest,
    write_sums,
)
from signer.errors import FormatError

MANIFEST = Manifest(
    subject="cases/1",
    hub="https://hub.example",
    time=5,
    reason="x",
    items=(Item("items/1", Kind.EXTRACT, 5),),
    absent=(),
)
FILES = [EvidenceFile("b", b"2"), EvidenceFile("a", b"1")]


def test_the_sums_are_what_sha256sum_takes() -> None:
    lines = write_sums(FILES).content.decode().splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a", "b"]
    assert all(len(line.split("  ")[0]) == 64 for line in lines)


def test_contents_are_not_in_what_is_printed() -> None:
    assert "secret" not in repr(EvidenceFile("a", b"secret"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "another@1"},
        {"subject": 1},
        {"reason": "x" * (MAX_TEXT + 1)},
        {"time": -1},
        {"time": True},
        {"time": MAX_TIME + 1},
        {"items": []},
        {"items": "x"},
        {"items": [5]},
        {"items": [{"folder": "../1", "kind": "extract", "time": 1}]},
        {"items": [{"folder": "items/0", "kind": "extract", "time": 1}]},
        {"items": [{"folder": "items/1", "kind": "other", "time": 1}]},
        {"items": [{"folder": "items/1", "kind": "extract", "time": "1"}]},
        {"items": [{"folder": "items/1", "kind": "extract", "time": 1}] * 2},
        {"items": [{"folder": f"items/{n + 1}", "kind": "extract", "time": 1} for n in range(MAX_ITEMS + 1)]},
        {"absent": "x"},
        {"absent": [1]},
        {"absent": ["x"] * (MAX_FILES + 1)},
        {"files": []},
        {"files": {"../x": "00" * 32}},
        {"files": {"x": "00"}},
        {"files": {"x": 1}},
        {"files": {f"x{n}": "00" * 32 for n in range(MAX_FILES + 1)}},
    ],
)
def test_anything_else_is_refused(wrong: dict[str, object]) -> None:
    content = json.loads(write_manifest(MANIFEST, FILES).content)
    with pytest.raises(FormatError) as caught:
        read_manifest(json.dumps(content | wrong).encode())
    assert caught.value.code == "EVIDENCE_MANIFEST"
