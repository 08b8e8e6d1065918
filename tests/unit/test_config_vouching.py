"""[witnesses] and [timestamps]: what is taken, what is refused, and what is built from them."""

import json
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exchange.config import Config, ConfigError, load
from exchange.vouching import lag_watch, stamp_roots, vouching_tasks
from signer.cosignature import WitnessKey
from storage.objects.files import FileObjects
from storage.records.memory import MemoryRecords
from storage.records.memory_index import MemoryAccessIndex
from tests.fakes.audit_world import log_key
from tests.fakes.signing import Pair
from tests.unit.test_config import NAMED, refused, written

PAIRS = [Pair("EdDSA"), Pair("EdDSA")]
KEYS = [WitnessKey(f"witness.example/{at}", pair.public) for at, pair in enumerate(PAIRS)]


def table(key: WitnessKey, url: str = "https://witness.example/w1") -> str:
    return f'{{vkey = "{key.vkey}", url = "{url}"}}'


def section(*tables: str, quorum: int = 1, more: str = "") -> str:
    return f"[witnesses]\ncosigners = [{', '.join(tables)}]\nquorum = {quorum}\n{more}"


def test_witnesses_are_taken_from_the_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(written(tmp_path, NAMED + section(table(KEYS[0]), table(KEYS[1], "http://127.0.0.1:7460"), quorum=2)))
    assert config.witnesses.keys == tuple(KEYS)
    assert (config.witnesses.quorum, config.witnesses.stop_after_seconds) == (2, 14_400)
    cosigners = [{"vkey": KEYS[0].vkey, "url": "https://witness.example"}]
    monkeypatch.setenv("ONCEONLY_WITNESSES__COSIGNERS", json.dumps(cosigners))
    monkeypatch.setenv("ONCEONLY_WITNESSES__QUORUM", "1")
    assert load(written(tmp_path, NAMED)).witnesses.keys == (KEYS[0],)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (section(table(KEYS[0], "http://witness.example")), "[witnesses] cosigners: must be https"),
        (section(table(KEYS[0], "ftp://witness.example")), "[witnesses] cosigners: must be an address"),
        (section(table(KEYS[0], "https://user@witness.example")), "[witnesses] cosigners: must be an address"),
        (section(table(KEYS[0], "https://witness.example/?a")), "[witnesses] cosigners: must be an address"),
        (section(f'{{vkey = "{log_key()[0].vkey}", url = "https://w.example"}}'), "[witnesses] cosigners: must be a"),
        (section(table(KEYS[0]), table(KEYS[0])), "[witnesses] cosigners: must name each witness once"),
        (
            section(table(KEYS[0]), table(WitnessKey("witness.example/alias", PAIRS[0].public))),
            "[witnesses] cosigners: must name each witness once",
        ),
        (section(table(KEYS[0]), quorum=0), "[witnesses] quorum: must be 1 to"),
        (section(table(KEYS[0]), quorum=2), "[witnesses] quorum: must be 1 to"),
        (section(quorum=1), "[witnesses] quorum: must be 1 to"),
        (section(table(KEYS[0]), more="stop_after_seconds = 5\n"), "[witnesses] stop_after_seconds: must be 0, or"),
        ('[timestamps]\nurl = "http://stamps.example"\n', "[timestamps] url: must be https"),
        ('[timestamps]\nurl = "https://stamps.example"\n', "[timestamps] roots_file: must name the roots"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    problems = refused(written(tmp_path, NAMED + text))
    assert problems[0].startswith(problem)
    assert len(problems) == 1


def hub(tmp_path: Path, text: str) -> Config:
    config = load(written(tmp_path, NAMED + text))
    objects = FileObjects(tmp_path / "data" / "objects")
    objects.create("log/vkey", f"{log_key()[0].vkey}\n".encode())
    objects.close()
    return config


def test_nothing_is_built_where_nobody_is_configured(tmp_path: Path) -> None:
    config = hub(tmp_path, "")
    registry = CollectorRegistry()
    assert lag_watch(config, MemoryRecords(), registry, lambda: 0) is None
    objects = FileObjects(tmp_path / "data" / "objects")
    assert vouching_tasks(config, objects, MemoryAccessIndex(), registry) == ()


def test_tasks_and_watch_are_built_as_configured(tmp_path: Path, stamp_root: Path) -> None:
    stamps = f'[timestamps]\nurl = "https://stamps.example"\nroots_file = "{stamp_root}"\ninterval_seconds = 30\n'
    config = hub(tmp_path, section(table(KEYS[0])) + stamps)
    objects = FileObjects(tmp_path / "data" / "objects")
    tasks = vouching_tasks(config, objects, MemoryAccessIndex(), CollectorRegistry())
    assert [(task.name, task.interval) for task in tasks] == [("witnesses", 5.0), ("timestamps", 30.0)]
    watch = lag_watch(config, MemoryRecords(), CollectorRegistry(), lambda: 0)
    assert watch is not None
    watch.start()
    assert watch.reason() is None
    watch.stop()


def test_the_watch_starts_without_what_it_looks_at(tmp_path: Path) -> None:
    """The recorder must start while the object store is away, or it could record nothing."""
    config = load(written(tmp_path, NAMED + section(table(KEYS[0]))))
    watch = lag_watch(config, MemoryRecords(), CollectorRegistry(), lambda: 0)
    assert watch is not None
    watch.start()
    assert watch.seconds("witnesses") == 0.0
    watch.stop()


def test_roots_are_needed_and_read(tmp_path: Path, stamp_root: Path) -> None:
    url = '[timestamps]\nurl = "https://stamps.example"\n'
    for more, problem in (
        ('roots_file = "absent.pem"\n', "cannot be read"),
        ('roots_file = "onceonly.toml"\n', "holds no certificates"),
    ):
        with pytest.raises(ConfigError, match=problem):
            stamp_roots(load(written(tmp_path, NAMED + url + more)))
    assert len(stamp_roots(load(written(tmp_path, f'{NAMED}{url}roots_file = "{stamp_root}"\n')))) == 1


@pytest.fixture
def stamp_root(tmp_path: Path) -> Path:
    import trustme

    path = tmp_path / "root.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path
