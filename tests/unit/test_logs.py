import io
import json
import logging
import sys
import threading
import warnings

import pytest
import structlog
from prometheus_client import CollectorRegistry

from exchange import logs
from exchange.publishing.metrics import WitnessMetrics
from exchange.publishing.witnesses import WitnessOutcome

NUMBER = "33010019900101123X"
NAME = "张三丰"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch):
    """Configure logs to a buffer and undo it; returns a function that reads the lines so far."""
    buffer = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    logs.configure("info", "json", "worker-1", buffer)
    yield lambda: [json.loads(line) for line in buffer.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_known_fields_are_written(written) -> None:
    structlog.get_logger().warning(
        "unauthenticated", method="onceonly.v1.CaseService/OpenCase", reason="TOKEN_INVALID", seconds=0.5, size=12
    )
    (line,) = written()
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "unauthenticated",
        "level": "warning",
        "process": "worker-1",
        "method": "onceonly.v1.CaseService/OpenCase",
        "reason": "TOKEN_INVALID",
        "seconds": 0.5,
        "size": 12,
    }


def test_a_level_below_the_least_is_not_written(written) -> None:
    structlog.get_logger().debug("detail")
    assert written() == []


def failure(secret: str) -> Exception:
    """An exception with a cause, both with the secret in their messages, and with places."""

    def inner() -> None:
        raise KeyError(secret)

    def outer() -> None:
        try:
            inner()
        except KeyError as cause:
            raise ValueError(f"bad number {secret}") from cause

    try:
        outer()
    except ValueError as error:
        return error
    raise AssertionError


def test_a_witness_that_does_not_cosign_is_named(written) -> None:
    WitnessMetrics(CollectorRegistry()).answered("witness.audit.example/w1", WitnessOutcome.DISPUTED)
    assert [(each["witness"], each["reason"]) for each in written()] == [("witness.audit.example/w1", "disputed")]


@pytest.mark.parametrize("secret", [NUMBER, NAME, f"holder {NUMBER}", NUMBER.lower(), "330100900101123", "13800138000"])
def test_an_identity_is_never_written_wherever_it_is_passed(written, secret: str) -> None:
    log = structlog.get_logger()
    log.info(secret)
    log.info("fetched for " + secret)  # noqa: G003 the very mistake that the log must bear
    for field in [*logs.FIELDS, "holder", "exc_info", "event_dict", "stack_info"]:
        log.info("fetched", **{field: secret})
    log.info("fetched", **{secret: 1})
    log.info("fetched", size=[secret], error={secret: secret})
    log.bind(holder=secret).info("fetched")
    if secret.isdecimal():
        log.info("fetched", size=int(secret), pid=int(secret))
    error = failure(secret)
    log.error("failed", exc_info=error)
    foreign = logging.getLogger("grpc")
    foreign.error("Exception calling application: %s", error, exc_info=error)
    foreign.error("number %s of " + secret, secret)
    foreign.error(error)
    sys.excepthook(type(error), error, error.__traceback__)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(secret, UserWarning, stacklevel=1)
    text = json.dumps(written(), ensure_ascii=False)
    assert secret not in text
    assert secret.upper() not in text
    assert len(written()) > 30


def test_what_is_withheld_is_counted(written) -> None:
    structlog.get_logger().info("fetched", holder=NUMBER, number=NUMBER, size=3)
    (line,) = written()
    assert (line["withheld"], line["size"]) == (2, 3)


def test_an_exception_leaves_its_types_and_places(written) -> None:
    structlog.get_logger().error("failed", exc_info=failure(NUMBER))
    (line,) = written()
    assert line["exception"] == ["ValueError", "KeyError"]
    assert line["at"][0].startswith("test_logs.py:")


def test_deep_exceptions_are_cut(written) -> None:
    def sink(depth: int) -> None:
        if depth == 0:
            raise ValueError
        try:
            sink(depth - 1)
        except ValueError as error:
            raise ValueError from error

    try:
        sink(20)
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = written()
    assert len(line["exception"]) == 4
    assert len(line["at"]) <= 12


def test_an_exception_that_is_none_is_none(written) -> None:
    structlog.get_logger().info("fine", exc_info=True)
    (line,) = written()
    assert "exception" not in line


def test_threads_that_fail_are_logged(written) -> None:
    thread = threading.Thread(target=lambda: int(NUMBER))
    thread.start()
    thread.join()
    (line,) = written()
    assert (line["level"], line["exception"]) == ("critical", ["ValueError"])


def test_libraries_are_named(written) -> None:
    logging.getLogger("grpc._server").error("Exception calling application: %s", NUMBER)
    (line,) = written()
    assert (line["event"], line["logger"], line["level"]) == ("Exception calling application", "grpc._server", "error")


def test_text_for_a_desk_keeps_the_same_rules() -> None:
    buffer = io.StringIO()
    logs.configure("info", "text", "worker-1", buffer)
    structlog.get_logger().info("fetched", size=3, holder=NUMBER)
    structlog.reset_defaults()
    assert "size=3" in buffer.getvalue()
    assert NUMBER not in buffer.getvalue()
