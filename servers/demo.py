"""``make demo-scale``: the demonstration's story on three machines, while one of everything is killed in the middle.

    python -m servers.demo [--json FILE]

Rules:
1. The story is the one of ``onceonly demo``, act by act; after each something is killed (SIGKILL), and the next begins
   when callers are answered again.
2. A synchronous standby takes over from the killed PostgreSQL; nothing that was acknowledged may be missing there.
3. It ends with the same proofs, and a table of what was survived. Exit code 0 if every step went as told and no call
   in between ended otherwise than answered or UNAVAILABLE.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from exchange.audit.proofs import PublishedLog, log_key
from exchange.client import HubClient
from exchange.demo import desks
from exchange.demo.acts import auditing, house, issuing, refusing, restaurant, revoking, verifying
from exchange.demo.cast import choose
from exchange.demo.city import City
from exchange.demo.machine import CityError
from exchange.demo.stage import Stage
from exchange.demo.telling import StoryStoppedError, Telling, Told
from exchange.stores import open_objects
from servers.farm import Farm
from servers.process import ServerError
from servers.traffic import Seen, Traffic

MACHINES: Final = 3
WORKERS: Final = 2
_WIDTH: Final = 120
_TRAFFIC: Final = ("city-market", "clerk-2")


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is killed: its names, how, and what is done about it afterwards."""

    zh: str
    en: str
    kill: Callable[[], object]
    mend: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Survived:
    """A loss and what callers saw from then until they were answered again, and until it was mended."""

    what: str
    answered_again: bool
    seen: Seen

    def row(self) -> tuple[str, ...]:
        """For the table."""
        return (
            self.what,
            str(self.seen.answered),
            str(self.seen.unavailable),
            str(self.seen.wrong),
            f"{self.seen.longest_gap:.1f} s",
            "✓" if self.ok else "✗",
        )

    @property
    def ok(self) -> bool:
        """Whether callers were answered again and saw nothing but answers and UNAVAILABLE."""
        return self.answered_again and self.seen.wrong == 0


def main() -> int:
    """Play it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m servers.demo", description="The story on three machines.")
    parser.add_argument("--json", type=Path, help="write what happened to this file, for programs")
    asked = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    folder = Path(tempfile.mkdtemp(prefix="oo-scale-"))
    try:
        return _Play(folder, console).run(asked.json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Play:
    """One performance in a folder."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._telling = Telling(console)
        self._survived: list[Survived] = []
        self._started = time.monotonic()

    def run(self, report: Path | None) -> int:
        """Everything, from the servers to the table; returns the exit code."""
        stopped = ""
        try:
            with ExitStack() as held:
                self._perform(held)
        except (StoryStoppedError, CityError, ServerError) as error:
            stopped = str(error)
            self._console.print(Text(f"  {stopped}", style="red"))
        right = not stopped and self._telling.ok and all(each.ok for each in self._survived)
        self._conclude(right=right)
        if report is not None:
            report.write_text(json.dumps(self._told(right, stopped), ensure_ascii=False, indent=2) + "\n", "utf-8")
        return 0 if right else 1

    def _perform(self, held: ExitStack) -> None:
        tell = self._telling
        tell.act("序、三台机器与共享的存储", "Three machines on PostgreSQL, a Valkey cluster and S3")
        farm = Farm(self._made("farm"))
        tell.step(
            "启动 PostgreSQL 主备、Valkey 六节点集群、SeaweedFS",
            "PostgreSQL with a synchronous standby, six Valkey nodes, SeaweedFS",
            "running",
            lambda: Told("running", str(held.enter_context(farm).database_url)),
        )
        cities: list[City] = []
        tell.step(
            "密钥、证书、数据库与全部部门",
            "Keys, certificates, databases, every department",
            "founded",
            lambda: self._found(farm, cities),
        )
        city = held.enter_context(cities[0])
        tell.step(
            "三台机器、每台两个工作进程", "Three machines, two workers each, serve", "serving", lambda: _start(city)
        )
        stage = Stage(city, choose(), tell)
        held.callback(stage.close)
        traffic = held.enter_context(_traffic(held.enter_context(city.client(*_TRAFFIC)), stage))
        losses = _losses(farm, city)
        for play in (issuing.play, restaurant.play, house.play, verifying.play, refusing.play, revoking.play):
            play(stage)
            self._lose(next(losses), traffic)
        auditing.play(stage, self._folder / "log")
        tell.step(
            "其间每次应答的记录都在日志中，各一次",
            "The record of every answer in between is in the log, once",
            "all there",
            lambda: _all_there(city, traffic),
        )

    def _made(self, name: str) -> Path:
        (self._folder / name).mkdir()
        return self._folder / name

    def _found(self, farm: Farm, cities: list[City]) -> Told:
        cities.append(
            City.found(
                self._folder / "city",
                workers=WORKERS,
                machines=MACHINES,
                limits={"checks_per_hour": 100_000},  # of the clerk who asks all the time
                options=farm.options,
                other_systems=(("city-service", "kiosk"),),
            )
        )
        return Told("founded", f"{len(cities[0].catalogue.departments)} 个部门 departments")

    def _lose(self, loss: Loss, traffic: Traffic) -> None:
        self._telling.act(f"　　突发：{loss.zh}", f"Meanwhile: {loss.en}")

        def lose() -> Told:
            began = time.monotonic()
            loss.kill()
            again = traffic.wait_for_answers(time.monotonic())
            loss.mend()
            mended = time.monotonic()
            again = traffic.wait_for_answers(mended) and again
            seen = traffic.seen(began, time.monotonic())
            self._survived.append(Survived(loss.en, again, seen))
            detail = (
                f"{seen.answered} 次应答 answered, {seen.unavailable} 次稍后重试 UNAVAILABLE, {seen.wrong} 次错误 wrong"
            )
            return Told(
                "answered again" if again else "silent", f"{detail}；最长间隔 longest gap {seen.longest_gap:.1f} s"
            )

        self._telling.step("强制终止后恢复应答", "Killed; callers are answered again", "answered again", lose)

    def _conclude(self, *, right: bool) -> None:
        self._console.print()
        self._console.print(Text("经受住的故障  What was survived", style="bold cyan"))
        columns = ("故障 killed", "应答 answered", "UNAVAILABLE", "错误 wrong", "最长间隔 gap", "")
        self._telling.table(columns, [each.row() for each in self._survived])
        steps = self._telling.steps
        verdict = "如约完成 as told" if right else "有步骤不符 not as told"
        seconds = time.monotonic() - self._started
        line = f"{sum(step.ok for step in steps)}/{len(steps)} 步{verdict}, {seconds:.1f} s"
        self._console.print(Text(line, "bold green" if right else "bold red"))

    def _told(self, right: bool, stopped: str) -> dict[str, object]:  # noqa: FBT001 one fact of the report
        return {
            "ok": right,
            "stopped": stopped,
            "counts": dict(self._telling.counts),
            "reasons": dict(self._telling.reasons),
            "survived": [
                {
                    "what": each.what,
                    "ok": each.ok,
                    "answered": each.seen.answered,
                    "unavailable": each.seen.unavailable,
                    "wrong": each.seen.wrong,
                    "longest_gap_seconds": round(each.seen.longest_gap, 3),
                }
                for each in self._survived
            ],
            "steps": [
                {"step": step.title.en, "expected": step.expected, "actual": step.actual, "ok": step.ok, **step.facts}
                for step in self._telling.steps
            ],
        }


def _start(city: City) -> Told:
    city.start()
    assert city.loaded is not None
    return Told("serving", f"{city.address}; {city.loaded.published} 条目录 entries published")


def _traffic(hub: HubClient, stage: Stage) -> Traffic:
    """A clerk with a case of their own, beside the story."""
    company = stage.cast.synthetic.organisation(90_000)
    parties = {
        "applicant": stage.cast.holder(company),
        "legal_representative": stage.cast.holder(stage.cast.synthetic.legal_representative(company)),
    }
    return Traffic(hub, desks.open_case(hub, "QH-2026-9000", stage.city.matter("food-new").code, parties).name)


def _all_there(city: City, traffic: Traffic) -> Told:
    """Compare what each answer was told with the published log."""
    positions = list(traffic.positions)
    with closing(open_objects(city.config)) as objects:
        log = PublishedLog(objects, log_key(objects))
        size = log.checkpoint()[0].size
        covered = [(index, known) for index, known in positions if index < size]
        there = sum(log.commitment(index) == known for index, known in covered)
    once = len({index for index, _ in positions}) == len(positions)
    return Told("all there" if once and there == len(covered) else "missing", f"{there} 次应答 answers")


def _losses(farm: Farm, city: City) -> Iterator[Loss]:
    """One of everything, in the order of the acts after which it is lost."""
    standby = farm.standby
    assert standby is not None
    first, second, third = city.machines

    def fail_over() -> None:
        farm.postgres.kill()
        standby.promote()

    node = farm.valkey.nodes[0]
    yield Loss(
        "数据库主库",
        "the primary PostgreSQL; its standby takes over",
        fail_over,
        _nothing,
    )
    yield Loss("缓存集群一个主节点", "a primary of the Valkey cluster", node.kill, node.start)
    yield Loss("对象存储", "the S3 server", farm.seaweed.kill, farm.seaweed.start)
    yield Loss("第二台机器断电", "a whole machine, as by a power cut", second.crash, second.start)
    yield Loss("第一台机器的记录进程", "a recorder", lambda: first.kill("recorder"), _nothing)
    yield Loss("第三台机器的工作进程", "a worker", lambda: third.kill("worker-0"), _nothing)


def _nothing() -> None:
    """It mends itself."""


if __name__ == "__main__":
    sys.exit(main())
