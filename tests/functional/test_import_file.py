"""A department's file through a real hub: one hundredth of it rubbish, the recorder killed in the middle."""

import csv
import fcntl
import io
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from onceonly.v1 import issuance_service_pb2 as pb
from pyarrow import parquet

from exchange.back_fill import sending
from exchange.cli import main
from exchange.client import HubClient, new_request_id
from exchange.entities.licence import FieldValue
from tests.fakes.town import POLICE, Town, until

ROWS = 2_000
RUBBISH = {50: b"1,2\n", 150: b'"open\n', 250: b"\0\n", 350: b"\xff,\xff\n", 450: b"x" * 70_000 + b"\n"}


def text_of(value: FieldValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def write_file(town: Town, path: Path, rows: int, first_person: int) -> Counter[str]:
    """Synthetic identity cards as CSV; every hundredth row is rubbish of one kind."""
    licence_type = town.city.licence_type("identity-card")
    expected: Counter[str] = Counter()
    with path.open("wb") as file:
        for number in range(rows):
            person = town.synthetic.person(first_person + number)
            holder = town.synthetic.holder(person)
            fields = town.synthetic.licence_fields(licence_type, person, "清河市公安局")
            issued = date(2020, 1, 1) + timedelta(days=number % 900)
            row = {
                "证照编号": f"BF-{first_person + number}",
                "持证主体": holder.name,
                "持证主体代码": holder.id_number,
                "持证主体代码类型代码": holder.id_type,
                "证照颁发日期": issued.isoformat(),
                "证照有效期起始日期": issued.isoformat(),
                "证照有效期截止日期": "2040-01-01",
            } | {name: text_of(value) for name, value in fields.items()}
            if number == 0:
                file.write(b"\xef\xbb\xbf" + ",".join(row).encode() + b"\n")
            if number % 100 == 50:
                file.write(RUBBISH[number % 500])
                expected["invalid"] += 1
                continue
            line = Lines()
            csv.writer(line, lineterminator="\n").writerow(row.values())
            file.write(line.text.encode())
            expected["issued"] += 1
    return expected


class Lines:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


def run_import(town: Town, path: Path, *options: str) -> int:
    return main([*import_words(town, path), *options])


def import_words(town: Town, path: Path) -> list[str]:
    profile = town.city.profile_path(POLICE)
    code = town.city.licence_type("identity-card").code
    return ["import", code, str(path), "--profile", str(profile), "--operator", "issuer-1"]


def results(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.with_name(f"{path.name}.results.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def imported(town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter[str]]:
    path = tmp_path_factory.mktemp("store") / "cards.csv"
    expected = write_file(town, path, ROWS, 50_000)
    killed = threading.Event()

    def kill_in_the_middle() -> None:
        answered = path.with_name(f"{path.name}.results.jsonl")
        until(lambda: answered.exists() and answered.read_bytes().count(b"\n") > ROWS // 4, "a quarter of the rows")
        town.city.kill("recorder")
        killed.set()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    code = run_import(town, path)
    killer.join()
    town.wait_serving()
    assert killed.is_set()
    assert code == 1
    return path, expected


def test_every_row_has_its_result_and_nothing_is_lost(town: Town, imported: tuple[Path, Counter[str]]) -> None:
    path, expected = imported
    found = results(path)
    assert [row["row"] for row in found] == list(range(1, ROWS + 1))
    counted = Counter(str(row["outcome"]) for row in found)
    assert counted["invalid"] == expected["invalid"], [row for row in found if row["outcome"] == "invalid"][:3]
    assert counted["issued"] == expected["issued"]
    assert len({row["identifier"] for row in found if "identifier" in row}) == expected["issued"]
    assert {row["unreadable"] for row in found if "unreadable" in row} == {
        "columns",
        "quote",
        "nul",
        "bytes",
        "oversized",
    }


def test_the_report_counts_what_the_results_say(town: Town, imported: tuple[Path, Counter[str]]) -> None:
    path, expected = imported
    import_id = json.loads(path.with_name(f"{path.name}.import.json").read_text())["import_id"]
    police = town.hub(POLICE, "issuer-1")
    progress = police.call(police.issuance.GetImport, pb.GetImportRequest(import_id=import_id)).progress
    assert progress.finish_time.seconds
    assert progress.last_row == ROWS
    assert {name: progress.totals[name] for name in expected} == dict(expected)
    assert progress.report == path.with_name(f"{path.name}.report.jws").read_text()


def test_the_same_file_again_changes_nothing(imported: tuple[Path, Counter[str]], town: Town) -> None:
    path, expected = imported
    again = path.with_name("again.csv")
    again.write_bytes(path.read_bytes())
    assert run_import(town, again) == 1
    counted = Counter(str(row["outcome"]) for row in results(again))
    assert counted == Counter(unchanged=expected["issued"], invalid=expected["invalid"])
    identifiers = [row.get("identifier") for row in results(path)]
    assert [row.get("identifier") for row in results(again)] == identifiers


def test_two_imports_of_one_file_at_once_issue_each_row_once(town: Town, tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    write_file(town, one, 400, 70_000)
    other.write_bytes(one.read_bytes())
    # Processes, as in life: a command line is one to a process.
    command = [sys.executable, "-m", "exchange.cli"]
    running = [subprocess.Popen([*command, *import_words(town, path)]) for path in (one, other)]
    assert [each.wait(60) for each in running] == [1, 1]
    found = list(zip(results(one), results(other), strict=True))
    assert len(found) == 400
    for left, right in found:
        assert {left["outcome"], right["outcome"]} in ({"issued", "unchanged"}, {"invalid"})
        assert left.get("identifier") == right.get("identifier")


def test_parquet_says_the_same_as_csv(town: Town, imported: tuple[Path, Counter[str]], tmp_path: Path) -> None:
    path, _ = imported
    rows = [*csv.DictReader(io.StringIO(path.read_bytes().split(b"1,2\n")[0].decode("utf-8-sig")))]
    file = tmp_path / "cards.parquet"
    parquet.write_table(pa.Table.from_pylist(rows), file)
    assert run_import(town, file) == 0
    counted = Counter(str(row["outcome"]) for row in results(file))
    assert counted == Counter(unchanged=len(rows))
    assert len(rows) == min(RUBBISH)


class CountingClient(HubClient):
    """Counts the streams that it opens; its clock is behind the hub's by ``behind`` seconds."""

    def __init__(self, town: Town, behind: float = 0.0) -> None:
        self.streams = 0
        self.behind = behind
        profile = town.city.profile(POLICE, "issuer-1")
        name = profile.server_name
        super().__init__(profile.address, profile.identity, server_name=name, clock=lambda: time.time() - self.behind)

    def stream(self, *args: Any) -> Iterator[Any]:
        self.streams += 1
        return super().stream(*args)


def unreadable_rows(count: int) -> list[pb.ImportRow]:
    return [pb.ImportRow(row=row, source_digest=bytes(32), unreadable="json") for row in range(1, count + 1)]


def opening_of(town: Town) -> pb.ImportLicencesRequest:
    code = town.city.licence_type("identity-card").code
    provenance = pb.IMPORT_PROVENANCE_BACK_FILLED_REGISTER
    return pb.ImportLicencesRequest(parent=f"licenceTypes/{code}", import_id=new_request_id(), provenance=provenance)


def test_an_import_outlives_its_token(town: Town) -> None:
    with CountingClient(town, behind=299) as hub:

        def slow_rows() -> Iterator[pb.ImportRow]:
            for row in unreadable_rows(600):
                if row.row == 450:  # the first batches are under way
                    time.sleep(1.2)
                    hub.behind = 0
                yield row

        rows = [row for _, answer in sending.send_rows(hub, opening_of(town), slow_rows()) for row in answer.results]
        assert hub.streams == 2
    assert [row.row for row in rows] == list(range(1, 601))


def test_a_stream_ends_before_its_token_does(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_STREAM_SECONDS", 0)
    with CountingClient(town) as hub:
        sent = sending.send_rows(hub, opening_of(town), unreadable_rows(600))
        rows = [row for _, answer in sent for row in answer.results]
        assert hub.streams == 2
    assert [row.row for row in rows] == list(range(1, 601))


def test_two_commands_do_not_write_the_results_of_one_file(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cards.csv"
    write_file(town, path, 2, 90_000)
    with path.with_name("cards.csv.results.jsonl").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run_import(town, path) == 2
    assert "another import of this file runs" in capsys.readouterr().err
    assert run_import(town, path) == 0


def test_a_state_file_that_says_nothing_is_told(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cards.csv"
    write_file(town, path, 1, 91_000)
    path.with_name("cards.csv.import.json").write_text("")
    assert run_import(town, path) == 2
    assert "cards.csv.import.json" in capsys.readouterr().err
