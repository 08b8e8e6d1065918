"""The fuzzer's harnesses run, and each of its seeds gets as far as it was made for."""

import pytest

from signer import qr
from tests.fuzz import fuzz_qr, fuzz_sd_jwt, fuzz_status_list
from tests.fuzz.seeds import FIELDS, FOLDER, LICENCE
from tests.fuzz.signed import SEAL

HARNESSES = {"qr": fuzz_qr, "sd_jwt": fuzz_sd_jwt, "status_list": fuzz_status_list}
SEEDS = sorted(path for path in FOLDER.glob("*/*") if path.is_file())


def test_every_harness_has_seeds():
    assert {path.parent.name for path in SEEDS} == set(HARNESSES)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_seed_runs_through(path):
    HARNESSES[path.parent.name].one_input(path.read_bytes())
    HARNESSES[path.parent.name].one_input(path.read_bytes()[:-1])
    HARNESSES[path.parent.name].one_input(b"")


def test_the_payload_seed_is_a_licence():
    content = (FOLDER / "qr" / "payload").read_bytes()
    report = qr.check_qr(fuzz_qr.text_of(content[0], content[1:]), seals=lambda *_: SEAL, at=1)
    assert report.claims["licence"] == LICENCE.identifier
    assert report.disclosed == tuple(sorted(FIELDS))


def test_a_harness_shows_what_it_finds(monkeypatch):
    def careless(*_, **__):
        raise ValueError("not an error of this package")

    monkeypatch.setattr(fuzz_status_list, "open_status_list", careless)
    with pytest.raises(ValueError, match="not an error"):
        fuzz_status_list.one_input(b"\0")
