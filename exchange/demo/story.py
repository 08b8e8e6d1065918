"""The whole story, from an empty folder to a proven log, and its report.

Rules:
1. Every call is a real one, over mutual TLS, to a real hub in processes of its own.
2. The story is right only if every step came out as told; the report has them all either way.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from exchange.demo.acts import anywhere, auditing, birth, house, issuing, refusing, restaurant, revoking, verifying
from exchange.demo.cast import choose
from exchange.demo.city import City, CityError
from exchange.demo.stage import Stage
from exchange.demo.telling import Step, StoryStoppedError, Telling, Told

ACTS: Final[tuple[Callable[[Stage], None], ...]] = (
    issuing.play,
    restaurant.play,
    house.play,
    birth.play,
    verifying.play,
    refusing.play,
    revoking.play,
    anywhere.play,
)


@dataclass(frozen=True, slots=True)
class Report:
    """What happened. ``stopped`` says why the story ended early; empty: it was told to its end."""

    steps: tuple[Step, ...]
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    seconds: float
    log: Path
    stopped: str

    @property
    def ok(self) -> bool:
        """Whether every step went as told."""
        return not self.stopped and all(step.ok for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The report for programs; times in seconds."""
        return {
            "ok": self.ok,
            "stopped": self.stopped,
            "duration_seconds": round(self.seconds, 3),
            "counts": {name.replace(" ", "_"): count for name, count in self.counts.items()},
            "reasons": dict(self.reasons),
            "log": {"folder": str(self.log), **self._log_facts()},
            "steps": [_step_json(step) for step in self.steps],
        }

    def _log_facts(self) -> dict[str, Any]:
        return next((dict(step.facts) for step in self.steps if "verifier_key" in step.facts), {})


def tell(folder: Path, log: Path, console: Console, *, workers: int = 1) -> Report:
    """Found a city in ``folder``, play every act, stop the hub; the log is exported to the new folder ``log``."""
    started = time.monotonic()
    telling = Telling(console)
    telling.act("序、建立清河市", "A city and its hub are founded")
    stopped = ""
    city: City | None = None
    try:
        city = _founded(telling, folder, workers)
        with city:
            _play(Stage(city, choose(), telling), log)
    except (StoryStoppedError, CityError) as error:
        stopped = str(error)
        console.print(Text(f"  {stopped}", style="red"))
    seconds = time.monotonic() - started
    return Report(
        steps=tuple(telling.steps),
        counts=MappingProxyType(dict(telling.counts)),
        reasons=MappingProxyType(dict(telling.reasons)),
        seconds=seconds,
        log=log,
        stopped=stopped,
    )


def _founded(telling: Telling, folder: Path, workers: int) -> City:
    founded: list[City] = []

    def found() -> Told:
        founded.append(City.found(folder, workers=workers, other_systems=(("city-service", "kiosk"),)))
        departments = len(founded[0].catalogue.departments)
        return Told(
            "founded", f"{departments} 个部门的客户端证书、令牌密钥与电子印章 certificates, token keys and seals"
        )

    def start() -> Told:
        founded[0].start()
        loaded = founded[0].loaded
        assert loaded is not None
        telling.counts["catalogue entries published"] = loaded.published
        return Told("serving", f"{loaded.published} 条目录经提案、审核、发布 entries proposed, reviewed and published")

    telling.step(
        "密钥、证书、数据库、首个部门", "Keys, certificates, databases, the first department", "founded", found
    )
    try:
        telling.step("启动服务并发布目录", "The hub serves; its catalogue is published", "serving", start)
    except BaseException:
        founded[0].stop()
        raise
    return founded[0]


def _play(stage: Stage, log: Path) -> None:
    try:
        for play in ACTS:
            play(stage)
        auditing.play(stage, log)
    finally:
        stage.close()


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "act": step.act,
        "step": step.title.en,
        "step_zh": step.title.zh,
        "expected": step.expected,
        "actual": step.actual,
        "ok": step.ok,
        "seconds": round(step.seconds, 4),
        "facts": step.facts,
    }
