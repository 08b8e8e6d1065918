"""What a hub on servers refuses to start on: each with a sentence that says what to do."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exchange import start_checks
from exchange.audit.errors import LogForkError
from exchange.audit.journal import encode
from exchange.background import build_integrator
from exchange.cli import main
from exchange.config import Config, ConfigError, load
from exchange.demo.machine import Options, write_config
from exchange.demo.ports import free_ports
from exchange.installation import check, initialise
from exchange.stores import open_objects, open_records, postgres_facts, records_address, s3_facts
from servers.postgres import PostgresOptions, PostgresServer
from storage.errors import SchemaError, StorageError, StorageUnavailableError
from storage.records.postgres_facts import described
from tests.real_seaweed import BUCKET, shared_seaweed
from tests.real_servers import PostgresDatabases

PLAIN_BUCKET = "no-versions"


@dataclass
class Installation:
    """A configuration in a folder, to be written again with other options."""

    folder: Path
    options: dict[str, dict[str, int | float | str | bool]]

    def config(self, **changes: Options | dict[str, int | float | str | bool]) -> Config:
        """The configuration with some sections' options changed."""
        file = self.folder / "onceonly.toml"
        write_config(file, {name: {**of, **changes.get(name, {})} for name, of in self.options.items()})
        return load(file)


@pytest.fixture(scope="module")
def durable(short_folder: Path, postgres_template: Path) -> Iterator[PostgresServer]:
    options = PostgresOptions(password="a-password-of-this-test", template=postgres_template)
    with PostgresServer(short_folder / "durable", options) as server:
        yield server


@pytest.fixture(scope="module")
def made(durable: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A hub made on PostgreSQL and S3."""
    folder = tmp_path_factory.mktemp("hub")
    folder.chmod(0o700)
    seaweed = shared_seaweed()
    secrets = {"password": "a-password-of-this-test", "access": seaweed.access_key, "secret": seaweed.secret_key}
    for name, secret in secrets.items():
        (folder / name).write_text(f"{secret}\n")
        (folder / name).chmod(0o600)
    durable.ask("CREATE DATABASE hub")
    service, _ = free_ports(2)
    installation = Installation(
        folder,
        {
            "hub": {"name": "https://hub.qinghe.example"},
            "listen": {"address": f"127.0.0.1:{service}"},
            "public": {"address": ""},
            "metrics": {"address": ""},
            "records": {"url": durable.database("hub"), "password_file": "password"},
            "objects": {
                "url": f"{seaweed.url}/{BUCKET}",
                "access_key_file": "access",
                "secret_key_file": "secret",
                "prefix": "start-checks/",
                "timeout_seconds": 20,
                "lock_days": 1,
            },
        },
    )
    initialise(installation.config(), datetime.now(UTC))
    return installation


def refusal(config: Config, kind: type[Exception] = ConfigError) -> str:
    with pytest.raises(kind) as caught:
        check(config)
    assert "a-password" not in str(caught.value)
    return str(caught.value)


def test_what_was_made_is_accepted(made: Installation) -> None:
    config = made.config()
    check(config)
    facts = postgres_facts(config)
    assert facts is not None
    assert (facts.durable, facts.standby, facts.bytewise) == (True, False, True)
    assert abs(facts.clock_ahead_seconds) < 60
    found = s3_facts(config)
    assert found is not None
    assert (found.versioning, found.object_lock, found.conditional_put) == (True, True, True)


@pytest.mark.parametrize(
    ("section", "options", "kind", "words"),
    [
        ("records", {"url": "mysql://onceonly@127.0.0.1/hub"}, StorageUnavailableError, "must read postgresql://"),
        ("records", {"url": "postgresql://a:secret@127.0.0.1/hub"}, StorageUnavailableError, "holds a password"),
        ("records", {"url": "postgresql://onceonly@127.0.0.1:1/hub"}, StorageUnavailableError, "database"),
        ("records", {"password_file": ""}, StorageUnavailableError, "password"),
        ("objects", {"url": "https://127.0.0.1:1/bucket"}, StorageUnavailableError, "does not answer"),
        ("objects", {"access_key_file": ""}, ConfigError, "needs access_key_file and secret_key_file"),
        ("fast", {"url": "redis://127.0.0.1:1/0"}, StorageError, "fast store"),
        ("fast", {"url": "http://127.0.0.1"}, StorageError, "redis://"),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else str(getattr(value, "__name__", value)),
)
def test_an_address_that_leads_nowhere_is_refused(
    made: Installation, section: str, options: dict[str, str], kind: type[Exception], words: str
) -> None:
    made.options.setdefault("fast", {})
    assert words in refusal(made.config(**{section: options}), kind)


def test_a_wrong_bucket_is_refused(made: Installation) -> None:
    seaweed = shared_seaweed()
    seaweed.make_plain_bucket(PLAIN_BUCKET)
    missing = refusal(made.config(objects={"url": f"{seaweed.url}/not-there"}), StorageUnavailableError)
    assert "there is no bucket not-there" in missing
    plain = refusal(made.config(objects={"url": f"{seaweed.url}/{PLAIN_BUCKET}"}))
    assert "keeps no versions" in plain
    assert "has no Object Lock" in plain


def test_a_wrong_database_is_refused(made: Installation, durable: PostgresServer) -> None:
    durable.ask("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    durable.ask("CREATE DATABASE fresh")
    durable.ask("CREATE DATABASE newer TEMPLATE hub")
    durable.ask("UPDATE records_revision SET version_num = 'records_9999'", "newer")
    durable.ask("CREATE DATABASE collated TEMPLATE hub")
    durable.ask('ALTER TABLE record ALTER COLUMN key TYPE text COLLATE "default"', "collated")
    for name, kind, words in (
        ("ascii", SchemaError, "encoded in SQL_ASCII"),
        ("fresh", SchemaError, "onceonly migrate"),
        ("newer", SchemaError, "install the newer version"),
        ("collated", ConfigError, 'not COLLATE "C"'),
        ("not_there", StorageUnavailableError, "no such database"),
    ):
        assert words in refusal(made.config(records={"url": durable.database(name)}), kind)


def test_a_server_that_forgets_is_refused(made: Installation, postgres_databases: PostgresDatabases) -> None:
    forgetful = postgres_databases.fresh()
    assert "fsync" in refusal(made.config(records={"url": forgetful.url, "password_file": ""}))


def test_a_clock_ten_minutes_off_is_refused(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    config = made.config()
    address = records_address(config)
    assert address is not None
    facts = described(address, lambda: time.time() - 600)
    assert 590 < facts.clock_ahead_seconds < 610
    monkeypatch.setattr(start_checks, "postgres_facts", lambda _config: facts)
    found = s3_facts(config)
    assert found is not None
    monkeypatch.setattr(start_checks, "s3_facts", lambda _config: replace(found, clock_ahead_seconds=-600.0))
    sentences = refusal(config).splitlines()
    assert [sentence.split(":")[0] for sentence in sentences] == ["[records] url", "[objects] url"]
    assert "600 s ahead of this machine's" in sentences[0]
    assert "600 s behind this machine's" in sentences[1]


def test_the_keys_of_another_hub_are_refused(made: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path, {"hub": {"name": "https://hub.qinghe.example"}, "metrics": {"address": ""}})
    initialise(other.config(), datetime.now(UTC))
    keys = {"folder": str(tmp_path / "data" / "keys"), "passphrase_file": str(tmp_path / "passphrase")}
    made.options.setdefault("keys", {})
    assert "not those of the hub" in refusal(made.config(keys=keys))


def test_a_second_init_on_the_same_stores_is_refused(made: Installation, tmp_path: Path) -> None:
    made.options.setdefault("keys", {})
    second = made.config(
        hub={"data_dir": str(tmp_path / "data")}, keys={"passphrase_file": str(tmp_path / "passphrase")}
    )
    with pytest.raises(ConfigError, match="hold a hub already"):
        initialise(second, datetime.now(UTC))


def test_a_database_behind_the_published_log_is_refused(
    made: Installation, durable: PostgresServer, log_of_three: Callable[[Config], None]
) -> None:
    config = made.config()
    log_of_three(config)
    check(config)
    durable.ask("CREATE DATABASE older TEMPLATE hub")
    durable.ask("DELETE FROM journal; UPDATE log_state SET next = 0", "older")
    assert "would fork the log" in refusal(made.config(records={"url": durable.database("older")}), LogForkError)


@pytest.fixture
def log_of_three() -> Callable[[Config], None]:
    """Writes three entries and publishes them."""

    def write(config: Config) -> None:
        records = open_records(config, read_only=False)
        with records.write() as transaction:
            transaction.append(3, time.time_ns() // 1000, encode([(bytes([n]) * 32, b"entry") for n in range(3)]))
        records.close()
        integrator = build_integrator(config, CollectorRegistry())
        stop = threading.Event()
        worker = threading.Thread(target=integrator.run, args=(stop,))
        worker.start()
        objects = open_objects(config)
        end = time.monotonic() + 60
        while not objects.exists("log/checkpoint") and time.monotonic() < end:
            time.sleep(0.05)
        objects.close()
        stop.set()
        worker.join()

    return write


def test_the_command_says_why_and_exits(made: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    made.config(records={"url": "postgresql://onceonly@127.0.0.1:1/hub"})
    assert main(["serve", "--config", str(made.folder / "onceonly.toml")]) == 1
    assert capsys.readouterr().err.startswith("onceonly: ")
    made.config(objects={"access_key_file": ""})
    assert main(["serve", "--config", str(made.folder / "onceonly.toml")]) == 2
    assert main(["doctor", "--json", "--config", str(made.folder / "onceonly.toml")]) == 1
    assert json.loads(capsys.readouterr().out)[0]["level"] == "problem"
