import os
import tomllib
from pathlib import Path

import pytest

from exchange.config import Config, ConfigError, available_cores, load, options
from exchange.options import split_address

EXAMPLE = Path(__file__).parents[2] / "config" / "onceonly.example.toml"
NAMED = '[hub]\nname = "https://hub.qinghe.example"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "onceonly.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.problems


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("ONCEONLY_")]:
        monkeypatch.delenv(name)


def test_a_name_is_all_that_a_hub_needs(tmp_path: Path) -> None:
    config = load(written(tmp_path, NAMED))
    assert config.hub.name == "https://hub.qinghe.example"
    assert config.hub.data_dir == tmp_path / "data"
    assert config.worker_count == len(available_cores())
    assert config.tls.certificate is None


def test_the_example_lists_every_option_with_its_default_and_a_comment(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    table = tomllib.loads("\n".join(lines))
    assert [(section, option) for section in table for option in table[section]] == list(options())
    (tmp_path / "example.toml").write_bytes(EXAMPLE.read_bytes())
    assert load(tmp_path / "example.toml") == load(written(tmp_path, NAMED))
    for number, line in enumerate(lines):
        if line and not line.startswith(("#", "[")):
            assert lines[number - 1].startswith("# "), line


def test_the_example_names_no_other_key_in_a_comment() -> None:
    comments = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert not [line for line in comments if " = " in line]


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCEONLY_LISTEN__WORKERS", "3")
    monkeypatch.setenv("ONCEONLY_AUDIT__ORIGIN", "log.qinghe.example")
    monkeypatch.setenv("ONCEONLY_CONFIG", "belongs to the command line")
    config = load(written(tmp_path, NAMED + "[listen]\nworkers = 5\nthreads = 7\n"))
    assert (config.worker_count, config.listen.threads) == (3, 7)
    assert config.audit.origin == "log.qinghe.example"


def test_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONCEONLY_HUB__NAME", "https://hub.qinghe.example:7443")
    config = load(None)
    assert config.hub.data_dir == tmp_path / "data"


def test_every_bad_key_is_named_at_once_and_no_value_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCEONLY_LISTEN_THREADS", "3")
    monkeypatch.setenv("ONCEONLY_LIMIT__REFUSALS", "3")
    text = """
        [hbu]
        [listen]
        thread = 3
        threads = "sesame"
        address = "sesame"
        max_connection_age_seconds = inf
        [keys]
        passphrase = "sesame"
        [records]
        connections = "sesame"
        [surprise]
    """
    problems = refused(written(tmp_path, text))
    starts = [problem.split(":")[0] for problem in problems]
    assert sorted(starts) == sorted(
        [
            "[hbu]",
            "[surprise]",
            "ONCEONLY_LISTEN_THREADS (environment)",
            "ONCEONLY_LIMIT__REFUSALS (environment)",
            "[hub]",
            "[listen] address",
            "[listen] threads",
            "[listen] max_connection_age_seconds",
            "[listen] thread",
            "[keys] passphrase",
            "[records] connections",
        ]
    )
    assert "did you mean hub?" in problems[0]
    assert "sesame" not in "\n".join(problems)


def test_a_variable_for_a_whole_section_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCEONLY_LISTEN", "{")
    (problem,) = refused(written(tmp_path, NAMED))
    assert problem.startswith("ONCEONLY_LISTEN (environment): unknown")


def test_what_incidents_open_is_said_to_stand_in_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, NAMED + "[emergency]\nprofile = []\n")
    monkeypatch.setenv("ONCEONLY_EMERGENCY__PROFILE", "[]")
    monkeypatch.setenv("ONCEONLY_EMERGENCY", "{}")
    problems = refused(path)
    assert len(problems) == 3
    assert all("stands in the catalogue now" in problem and "emergency_profile" in problem for problem in problems)


def test_a_secret_in_the_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (problem,) = refused(written(tmp_path, NAMED + '[keys]\npassphrase = "open sesame"\n'))
    assert "passphrase_file" in problem


def test_client_certificates_must_be_checked(tmp_path: Path) -> None:
    (problem,) = refused(written(tmp_path, NAMED + "[tls]\nrequire_client_certificate = false\n"))
    assert problem.startswith("[tls] require_client_certificate: must be true")


@pytest.mark.parametrize("text", ["", "[hub]\n", "[hub]\nregion = '330100'\n", "hub = 3\n"])
def test_a_missing_audience_is_refused(tmp_path: Path, text: str) -> None:
    (problem,) = refused(written(tmp_path, text))
    assert problem.startswith("[hub]")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hub.name", '"hub.qinghe.example"'),
        ("hub.name", '"http://hub.qinghe.example"'),
        ("hub.name", '"https://hub.qinghe.example/"'),
        ("hub.name", '"https://Hub.example"'),
        ("hub.region", '"33010"'),
        ("hub.region", '"３３０１００"'),
        ("listen.address", '"127.0.0.1:65536"'),
        ("listen.address", '":7443"'),
        ("listen.workers", "-1"),
        ("listen.workers", '"many"'),
        ("listen.max_message_bytes", "1"),
        ("listen.default_deadline_seconds", "nan"),
        ("listen.max_deadline_seconds", "9.0"),
        ("limits.fetches_per_hour", "0"),
        ("limits.trawl_extra", "-1"),
        ("audit.origin", '"https://log"'),
        ("audit.commit_timeout_seconds", "0"),
        ("logging.format", '"xml"'),
        ("retention.request_ids_days", "1.5"),
    ],
)
def test_values_out_of_bounds_are_refused_by_their_key(tmp_path: Path, option: str, value: str) -> None:
    section, key = option.split(".")
    name = "" if option == "hub.name" else NAMED
    text = f"{name}{'' if name and section == 'hub' else f'[{section}]'}\n{key} = {value}\n"
    (problem,) = refused(written(tmp_path, text))
    assert problem.startswith(f"[{section}] {key}: ")


def test_options_cannot_be_changed_later(tmp_path: Path) -> None:
    config = load(written(tmp_path, NAMED))
    with pytest.raises(ValueError, match="frozen"):
        config.listen.threads = 1  # type: ignore[misc]  # the very thing under test
    with pytest.raises(ValueError, match="frozen"):
        config.hub = config.hub  # type: ignore[misc]  # the very thing under test


@pytest.mark.parametrize("content", [b"\xff", b"[hub\n", b"a" * 300_000, b"a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused_without_repeating_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "onceonly.toml"
    path.write_bytes(content)
    (problem,) = refused(path)
    assert str(path) in problem
    assert len(problem) < 400


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path / "absent.toml")
    assert "absent.toml cannot be read: No such file" in problem
    assert "`onceonly init` makes one" in problem


def test_addresses_split() -> None:
    assert split_address("127.0.0.1:7443") == ("127.0.0.1", 7443)
    assert split_address("[::1]:0") == ("::1", 0)


def test_every_option_says_what_it_is() -> None:
    for section, option in options():
        field = Config.model_fields[section].annotation.model_fields[option]
        assert field.description.endswith("."), (section, option)


def test_cores_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert available_cores() == (0, 1, 2)
