"""The hub's configuration: one TOML file, then the environment, checked whole before anything starts.

Rules:
1. Every option has a default and a meaning (``options``, ``store_options``), except ``hub.name``;
   ``config/onceonly.example.toml`` lists them all.
2. An unknown key or variable refuses the start, since a misspelt limit is no limit. Every bad key is named at once.
3. The environment wins: ``ONCEONLY_LISTEN__WORKERS=2`` sets ``workers`` of ``[listen]``.
4. No secret stands in the file, and no value of it is repeated in an error: files of secrets are named instead.
5. Relative paths count from the folder of the file.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from exchange.events_options import EventsOptions
from exchange.options import (
    AuditOptions,
    ClocksOptions,
    EvidenceOptions,
    HubOptions,
    KeysOptions,
    LimitsOptions,
    ListenOptions,
    LoggingOptions,
    MetricsOptions,
    RetentionOptions,
    StatusOptions,
    SuitesOptions,
    TasksOptions,
    TlsOptions,
)
from exchange.public_options import PublicOptions
from exchange.publishing_options import TimestampsOptions, WitnessesOptions
from exchange.store_options import FastOptions, ObjectsOptions, RecordsOptions

MAX_FILE_BYTES: Final = 256 * 1024
_PREFIX: Final = "ONCEONLY_"
_MOVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "emergency": "what an incident opens stands in the catalogue now: remove the section, "
        "and propose emergency_profile of each licence type."
    }
)
"""Sections of before, and where what they said stands today."""


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` holds one plain sentence for each bad key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Config(BaseSettings):
    """All options, frozen. Make one with ``load``."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_PREFIX, env_nested_delimiter="__", env_nested_max_split=1
    )

    hub: HubOptions
    listen: ListenOptions = ListenOptions()
    tls: TlsOptions = TlsOptions()
    keys: KeysOptions = KeysOptions()
    suites: SuitesOptions = SuitesOptions()
    limits: LimitsOptions = LimitsOptions()
    evidence: EvidenceOptions = EvidenceOptions()
    tasks: TasksOptions = TasksOptions()
    audit: AuditOptions = AuditOptions()
    clocks: ClocksOptions = ClocksOptions()
    status: StatusOptions = StatusOptions()
    records: RecordsOptions = RecordsOptions()
    objects: ObjectsOptions = ObjectsOptions()
    fast: FastOptions = FastOptions()
    public: PublicOptions = PublicOptions()
    events: EventsOptions = EventsOptions()
    metrics: MetricsOptions = MetricsOptions()
    logging: LoggingOptions = LoggingOptions()
    retention: RetentionOptions = RetentionOptions()
    witnesses: WitnessesOptions = WitnessesOptions()
    timestamps: TimestampsOptions = TimestampsOptions()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file; no other source."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @property
    def worker_count(self) -> int:
        """Worker processes to start; 0 means all in one process."""
        return len(available_cores()) if self.listen.workers == "auto" else self.listen.workers


def available_cores() -> tuple[int, ...]:
    """The cores that this process may use, in order."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def load(path: Path | None) -> Config:
    """Read the file (None: no file), let the environment override it, and check all of it.

    Raises ``ConfigError``. Not checked: that the files and folders named exist.
    """
    table = _read(path) if path is not None else {}
    problems = [*_unknown_sections(table), *_unknown_variables(os.environ)]
    known = {section: values for section, values in table.items() if section in Config.model_fields}
    try:
        config = Config(**known)
    except ValidationError as error:
        raise ConfigError([*problems, *_sentences(error)]) from None
    except SettingsError:
        raise ConfigError(problems) from None  # a variable that stands for a whole section, named above
    if problems:
        raise ConfigError(problems)
    return _absolute(config, (path or Path("onceonly.toml")).absolute().parent)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ConfigError([f"{path} is larger than {MAX_FILE_BYTES} bytes: is it the configuration?"])
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        hint = " `onceonly init` makes one." if isinstance(error, FileNotFoundError) else ""
        raise ConfigError([f"The configuration {path} cannot be read: {error.strerror}.{hint}"]) from error
    except UnicodeDecodeError:
        raise ConfigError([f"The configuration {path} is not UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at [^)]*\)", str(error))
        raise ConfigError([f"The configuration {path} is not TOML {place[0] if place else ''}".strip() + "."]) from None


def _unknown_sections(table: Mapping[str, Any]) -> list[str]:
    return [
        f"[{name}]: {_MOVED.get(name) or _unknown(name, Config.model_fields)}"
        for name in table
        if name not in Config.model_fields
    ]


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Refuse variables that look like options and are none. Others of our prefix belong to the command line."""
    variables = {_variable(section, option): option for section, option in options()}
    moved = {f"{_PREFIX}{section.upper()}": sentence for section, sentence in _MOVED.items()}
    sections = tuple(f"{_PREFIX}{section.upper()}_" for section in (*Config.model_fields, *_MOVED))
    return [
        f"{name} (environment): {moved.get(name.upper().partition('__')[0]) or _unknown(name.upper(), variables)}"
        for name in environment
        if name.upper().startswith(_PREFIX)
        and name not in variables
        and (f"{name.upper()}_".startswith(sections) or "__" in name)
    ]


def _variable(section: str, option: str) -> str:
    return f"{_PREFIX}{section}__{option}".upper()


def options() -> Iterable[tuple[str, str]]:
    """Every option as (section, option), in order."""
    return [
        (section, option)
        for section, field in Config.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for option in field.annotation.model_fields
    ]


def _sentences(error: ValidationError) -> list[str]:
    """One sentence for each bad key; a key that fits none of several kinds gets one sentence too."""
    found: dict[tuple[str, ...], list[str]] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        section, *rest = (str(part) for part in problem["loc"])
        key = (section, *rest[:1])
        found.setdefault(key, []).append(_sentence(key, problem["type"], problem["msg"]))
    return [
        f"[{section}] {' '.join(option)}: {' or: '.join(texts)}" if option else f"[{section}]: {' or: '.join(texts)}"
        for (section, *option), texts in found.items()
    ]


def _sentence(key: tuple[str, ...], kind: str, message: str) -> str:
    if kind == "missing":  # the one option without a default
        return "the hub's name is missing: set name in [hub], the audience that access tokens must carry."
    if kind != "extra_forbidden":
        text = message.removeprefix("Value error, ").removeprefix("Input ").removesuffix(".")
        return f"{text}."
    if "passphrase" in key[-1] or "password" in key[-1]:
        return "no secret may stand in the configuration: name a file (mode 0600) in passphrase_file."
    return _unknown(key[-1], {option for section, option in options() if section == key[0]})


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown; did you mean {near[0]}?" if near else "unknown: remove it."


def _absolute(config: Config, folder: Path) -> Config:
    """The same options with every path absolute."""
    sections: dict[str, BaseModel] = {}
    for name in Config.model_fields:
        section: BaseModel = getattr(config, name)
        paths = {option: folder / value for option, value in section if isinstance(value, Path)}
        sections[name] = section.model_copy(update=paths) if paths else section
    return config.model_copy(update=sections)
