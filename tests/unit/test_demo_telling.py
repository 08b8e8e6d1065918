"""How a story is told when it does not go as told, and what the command makes of it."""

import io
import json
import socket
from pathlib import Path
from types import MappingProxyType

import grpc
import pytest
from rich.console import Console

from exchange.cli import demo, main
from exchange.client import CallError
from exchange.demo import ports, story
from exchange.demo.city import City, CityError
from exchange.demo.telling import StoryStoppedError, Telling, Told


class Refusal(grpc.RpcError, grpc.Call):
    """A refusal without details."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.PERMISSION_DENIED

    def details(self) -> str:
        return "no"

    def trailing_metadata(self) -> tuple[()]:
        return ()

    initial_metadata = is_active = time_remaining = cancel = add_callback = trailing_metadata  # type: ignore[assignment]  # unused


def refuse() -> Told:
    raise CallError(Refusal())


def telling() -> Telling:
    return Telling(Console(file=io.StringIO(), width=100))


def test_a_step_that_comes_out_otherwise_is_kept() -> None:
    tell = telling()
    tell.act("幕", "act")
    assert tell.step("一", "one", "yes", lambda: Told("yes")) is True
    assert tell.ok
    assert tell.step("二", "two", "yes", lambda: Told("no")) is False
    assert not tell.ok
    assert [(step.act, step.expected, step.actual, step.ok) for step in tell.steps] == [
        ("act", "yes", "yes", True),
        ("act", "yes", "no", False),
    ]
    assert "expected: yes" in tell.console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_a_refusal_is_an_outcome_where_one_is_expected() -> None:
    tell = telling()
    assert tell.step("拒", "refused", "REFUSED PERMISSION_DENIED", refuse)
    assert not tell.step("拒", "refused", "REFUSED OTHER", refuse)
    with pytest.raises(StoryStoppedError, match="needed"):
        tell.step("需", "needed", "released", refuse)
    assert not telling().ok


def test_an_error_is_told_and_passed_on() -> None:
    tell = telling()

    def broken() -> Told:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        tell.step("错", "broken", "fine", broken)
    assert tell.steps[0].actual == "ERROR ValueError"


def report(*, ok: bool) -> story.Report:
    tell = telling()
    tell.step("一", "one", "yes", lambda: Told("yes" if ok else "no", facts={"verifier_key": "k"}))
    return story.Report(tuple(tell.steps), MappingProxyType({}), MappingProxyType({}), 1.0, Path("log"), "")


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_the_command_ends_as_the_story_does(
    ok: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders: list[tuple[Path, Path]] = []

    def tell(folder: Path, log: Path, console: Console, *, workers: int) -> story.Report:
        folders.append((folder, log))
        return report(ok=ok)

    monkeypatch.setattr(demo, "tell", tell)
    assert main(["demo", "--json", str(tmp_path / "r.json")]) == code
    written = json.loads((tmp_path / "r.json").read_text())
    assert (written["ok"], written["log"]["verifier_key"], len(written["steps"])) == (ok, "k", 1)
    folder, log = folders[0]
    assert not folder.exists()
    assert log == tmp_path / "r-log"
    assert ("as told" in capsys.readouterr().out) is True


def test_an_earlier_log_is_replaced_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "tell", lambda *_, **__: report(ok=True))
    (tmp_path / "r-log").mkdir()
    (tmp_path / "r-log" / "mine").write_text("precious")
    assert main(["demo", "--json", str(tmp_path / "r.json")]) == 2
    assert (tmp_path / "r-log" / "mine").exists()
    (tmp_path / "r-log" / "vkey").write_text("k")
    assert main(["demo", "--json", str(tmp_path / "r.json")]) == 0
    assert not (tmp_path / "r-log").exists()
    assert main(["demo", "--keep", str(tmp_path)]) == 2
    assert main(["demo", "--json", str(tmp_path / "absent" / "r.json")]) == 2


def test_a_hub_that_does_not_start_stops_the_story_with_its_last_words(tmp_path: Path) -> None:
    city = City.found(tmp_path / "city")
    city.config.hub.data_dir.chmod(0o755)
    with pytest.raises(CityError, match="chmod 700"):
        city.start()
    assert city.stop() == 2
    assert city.stop() == 0
    with pytest.raises(CityError, match="does not serve"):
        city.pids()


def test_a_story_without_a_hub_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: City) -> None:
        raise CityError("no hub")

    monkeypatch.setattr(City, "start", start)
    told = story.tell(tmp_path / "city", tmp_path / "log", Console(file=io.StringIO()))
    assert (told.ok, told.stopped) == (False, "no hub")
    assert [step.ok for step in told.steps] == [True, False]


def test_ports_are_free_and_below_the_ephemeral_range(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ports.free_ports(3)
    assert len(set(found)) == 3
    assert all(port < 32_768 for port in found)

    def taken(self: socket.socket, address: object) -> None:
        raise OSError("taken")

    monkeypatch.setattr(socket.socket, "bind", taken)
    with pytest.raises(OSError, match="no 1 free ports"):
        ports.free_ports(1)
