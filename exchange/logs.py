"""Logs: one JSON object a line on standard error, without personal data whatever is passed in.

Rules:
1. A field is written only if it is listed in ``FIELDS`` and its value has the field's shape; anything else leaves a
   count (``withheld``), never its name or value.
2. An event is a fixed phrase of letters. One that holds five digits in a row, or any other script, is withheld.
3. Of an exception the types and the places are written, never the message: messages repeat values.
4. Libraries that log, warnings and uncaught exceptions go the same way, and without their arguments.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

_WITHHELD: Final = "withheld"
_MOST_FRAMES: Final = 12
_MOST_CAUSES: Final = 4
_EVENT: Final = re.compile(r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9 ,.:;'()/_-]{0,119}", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,79}", re.ASCII)
_PLACE: Final = re.compile(r"(?!.*[0-9]{9})[A-Za-z0-9_./:\[\]-]{1,255}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_METHOD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,80}/[A-Za-z]{1,60}", re.ASCII)
_LARGEST_NUMBER: Final = 10**10
"""Above the counts and sizes of a day, below the numbers of telephones, accounts and identity documents."""

FIELDS: Final[Mapping[str, re.Pattern[str] | None]] = {
    "added": None,
    "address": _PLACE,
    "batch": None,
    "core": None,
    "error": _WORD,
    "fast": _WORD,
    "kept": None,
    "locked_days": None,
    "logger": _PLACE,
    "method": _METHOD,
    "path": _PLACE,
    "pid": None,
    "objects": _WORD,
    "origin": _PLACE,
    "reason": _WORD,
    "records": _WORD,
    "request_id": _UUID,
    "restarts": None,
    "role": re.compile(r"[a-z]+(-[0-9]{1,3})?", re.ASCII),
    "seconds": None,
    "signal": _WORD,
    "size": None,
    "status": None,
    "task": re.compile(r"[a-z]+(-[a-z]+){0,3}", re.ASCII),
    "through": None,
    "units": None,
    "waiting": None,
    "witness": _PLACE,
    "workers": None,
}
"""What may be written beside the event, the time and the level: a pattern for text, None for numbers."""

_Event = MutableMapping[str, Any]


def only_known_fields(_logger: object, _method: str, event: _Event) -> _Event:
    """A structlog processor: rules 1 to 3."""
    written: dict[str, Any] = {"event": _phrase(event.pop("event", ""))}
    withheld = 0
    exception = event.pop("exc_info", None)
    for name, value in event.items():
        pattern = FIELDS.get(name)
        if name in FIELDS and (_is_number(value) if pattern is None else _fits(value, pattern)):
            written[name] = value
        else:
            withheld += 1
    if withheld:
        written[_WITHHELD] = withheld
    return written | _exception_fields(exception)


def configure(level: str, form: str, role: str, stream: TextIO | None = None) -> None:
    """Send this process's logs to ``stream`` (standard error unless given); call once, before anything is logged.

    ``level`` and ``form`` are the options of ``[logging]``; ``role`` names the process in every line.
    """
    least = getattr(logging, level.upper())
    renderer: structlog.typing.Processor
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            only_known_fields,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _with_role(role),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Foreign()], level=max(least, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _phrase(event: object) -> str:
    return event if isinstance(event, str) and _EVENT.fullmatch(event) else _WITHHELD


def _is_number(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER)


def _fits(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _with_role(role: str) -> structlog.typing.Processor:
    def add_role(_logger: object, _method: str, event: _Event) -> _Event:
        event.setdefault("process", role)
        return event

    return add_role


def _exception_fields(exception: object) -> dict[str, Any]:
    """Types of an exception and its causes, and the places it came through, innermost last."""
    error = sys.exc_info()[1] if exception is True else exception
    if isinstance(error, tuple):
        error = error[1]
    if not isinstance(error, BaseException):
        return {}
    places = [
        f"{frame.f_code.co_filename.rpartition('/')[2]}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < _MOST_CAUSES:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return {"exception": causes, "at": places[-_MOST_FRAMES:]}


class _Foreign(logging.Handler):
    """What libraries log: their template without its arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        template = record.msg if isinstance(record.msg, str) else _WITHHELD
        phrase = re.sub(r"%[-#0 +.*\d]*[a-zA-Z]", "", template).strip(" :,")
        log.log(record.levelno, phrase, logger=record.name, exc_info=record.exc_info)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger().critical("uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    structlog.get_logger().critical("uncaught exception in a thread", exc_info=arguments.exc_value)
