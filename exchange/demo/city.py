"""清河市: a hub in a folder, founded from the sample catalogue, served by real processes, called over mutual TLS.

    with City.found(folder) as city:
        city.start()
        with city.client("city-market", "clerk-1") as hub: ...

    <folder>/onceonly.toml, passphrase, data/   the hub
    <folder>/departments/<key>/                 each department's identity and profile.toml
    <folder>/hub.log                            what the hub writes to standard error

Rules:
1. Nothing here is special: the same commands and calls that found any hub, made one after the other.
2. Departments are named by their keys in ``exchange.synthetic.catalogue_codes``.
3. The folder is the caller's: this module neither chooses nor removes it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from exchange.catalogue.schema import Catalogue, load_folder
from exchange.certification import create_seal
from exchange.client import HubClient
from exchange.config import Config, load
from exchange.demo.ports import free_ports
from exchange.enrolment import PROFILE, enrol, found_catalogue, make_client
from exchange.entities.catalogue import Department, LicenceType, Matter, Role
from exchange.installation import initialise, open_keys
from exchange.layout import layout
from exchange.loading import Loaded, load_catalogue
from exchange.profile import Profile, load_profile
from exchange.stores import open_objects
from exchange.synthetic.catalogue_codes import DEPARTMENTS, department_code, implementation_code, type_code

SAMPLE: Final = Path(__file__).parents[2] / "catalogue"
"""The sample catalogue of the checkout."""
REGISTRAR: Final = "city-data"
"""The department whose catalogue managers publish."""
AUTHOR: Final = "catalogue-1"
PUBLISHER: Final = "catalogue-2"

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 90.0
_KILL_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02
_LAST_WORDS: Final = 2_000


class CityError(Exception):
    """The city's hub did not do what it was started for; the message ends with its last words."""


@dataclass(slots=True)
class City:
    """One city: its folder and catalogue, and the process of its hub while it runs."""

    folder: Path
    config: Config
    catalogue: Catalogue
    process: "subprocess.Popen[bytes] | None" = None
    loaded: Loaded | None = None

    @classmethod
    def found(
        cls,
        folder: Path,
        *,
        workers: int = 1,
        limits: Mapping[str, int] | None = None,
        options: Mapping[str, Mapping[str, int | float | str]] | None = None,
        catalogue: Path = SAMPLE,
        other_systems: Sequence[tuple[str, str]] = (),
    ) -> "City":
        """Found the hub of a new city in ``folder``: configuration, keys, every department's identity and seal.

        The registrar is in the catalogue already, the rest is loaded at the first ``start``. ``limits`` are options of
        ``[limits]``, ``options`` those of any section. ``other_systems`` (department, system)
        get a second certificate beside their department's ``desk``. Raises what the steps raise.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_config(folder, workers, {**(options or {}), **({"limits": limits} if limits else {})})
        config = load(folder / "onceonly.toml")
        now = datetime.now(UTC)
        initialise(config, now)
        city = cls(folder, config, load_folder(catalogue))
        city._enrol_everyone(now, other_systems)
        found_catalogue(config, [city.department(REGISTRAR)], now)
        return city

    @classmethod
    def reopen(cls, folder: Path, catalogue: Path = SAMPLE) -> "City":
        """A city that was founded in ``folder`` before and stopped."""
        city = cls(folder, load(folder / "onceonly.toml"), load_folder(catalogue))
        city.loaded = Loaded(0, len(city.catalogue.entities()))
        return city

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.stop()

    @property
    def data(self) -> Path:
        """The hub's data folder."""
        return self.config.hub.data_dir

    def start(self) -> None:
        """Start ``onceonly serve`` and wait until it serves; the first time, load the catalogue by its calls.

        Raises ``CityError`` if it does not start, ``CallError`` if the catalogue is refused.
        """
        command = [sys.executable, "-m", "exchange.cli", "serve", "--config", str(self.folder / "onceonly.toml")]
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 our own command
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=_environment()
            )
        self._until(lambda: self._ready() is not None, _START_SECONDS, "it did not become ready")
        if self.loaded is None:
            self.loaded = self.load()

    def load(self) -> Loaded:
        """Load the catalogue through the registrar's two people; what is in force is skipped."""
        with self.client(REGISTRAR, AUTHOR) as author, self.client(REGISTRAR, PUBLISHER) as publisher:
            return load_catalogue(author, publisher, self.catalogue.entities())

    def stop(self) -> int:
        """Ask the hub to finish and stop; returns its exit code. It is killed if it does not."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def kill(self, role: str) -> int:
        """Kill (SIGKILL) a process of the hub by its name, such as ``recorder`` or ``worker-0``; returns its pid.

        Returns when it is replaced and the hub serves again. Raises ``CityError`` if that takes too long.
        """
        pid = self.pids()[role]
        os.kill(pid, signal.SIGKILL)
        self._until(
            lambda: (self._ready() or {}).get("roles", {}).get(role) not in {None, pid},
            _KILL_SECONDS,
            f"{role} was not replaced",
        )
        return pid

    def pids(self) -> dict[str, int]:
        """The hub's processes by name. Raises ``CityError`` if it does not serve."""
        ready = self._ready()
        if ready is None:
            raise CityError(f"the hub does not serve: {self.last_words()}")
        roles: dict[str, int] = ready["roles"]
        return roles

    def last_words(self) -> str:
        """The end of what the hub wrote to standard error."""
        try:
            content = (self.folder / "hub.log").read_bytes()
        except FileNotFoundError:
            return ""
        return content[-_LAST_WORDS:].decode("utf-8", "replace")

    def profile(self, department: str, operator: str = "") -> Profile:
        """A department's profile, for one of its operators; empty: the first."""
        profile = load_profile(self.profile_path(department))
        if not operator:
            return profile
        level = next(each.assurance for each in self.department(department).operators if each.id == operator)
        return replace(profile, identity=replace(profile.identity, operator=operator, assurance=level))

    def client(self, department: str, operator: str = "", *, system: str = "", timeout: float = 10.0) -> HubClient:
        """A connection for a department's operator, of its ``desk`` or another system; close it."""
        profile = self.profile(department, operator)
        if system:
            folder = self.profile_path(department).parent / system
            certificate, key = (folder / "client.pem").read_bytes(), (folder / "client.key").read_bytes()
            identity = replace(profile.identity, system=system, certificate=certificate, key=key)
            profile = replace(profile, identity=identity)
        return profile.connect(timeout=timeout)

    def profile_path(self, department: str) -> Path:
        """Where the department's profile is."""
        return self.folder / "departments" / department / PROFILE

    def department(self, key: str) -> Department:
        """The department as enrolled."""
        return next(each for each in self.catalogue.departments if each.uscc == department_code(key))

    def licence_type(self, key: str) -> LicenceType:
        """A licence type of the sample by its key."""
        return next(each for each in self.catalogue.licence_types if each.code == type_code(key))

    def matter(self, key: str) -> Matter:
        """A matter of the sample by its key."""
        return next(each for each in self.catalogue.matters if each.code == implementation_code(key))

    def _enrol_everyone(self, now: datetime, other_systems: Sequence[tuple[str, str]]) -> None:
        """An identity for each department, more for those that have more systems, and a seal for those that issue."""
        keys = open_keys(self.config)
        authority = layout(self.config).client_ca.read_bytes()
        names = {department_code(key): key for key in DEPARTMENTS}
        enrolled: list[Department] = []
        with closing(open_objects(self.config)) as objects:
            for department in self.catalogue.departments:
                folder = self.folder / "departments" / names[department.uscc]
                more = [
                    make_client(keys, authority, folder / system, now, department=department.uscc, system=system)
                    for key, system in other_systems
                    if key == names[department.uscc]
                ]
                known = enrol(self.config, keys, department, folder, now)
                enrolled.append(replace(known, certificates=known.certificates.union(more)))
                if Role.ISSUER in department.roles:
                    create_seal(keys, objects, department.uscc, department.name.zh, now)
        self.catalogue = replace(self.catalogue, departments=tuple(enrolled))

    def _ready(self) -> dict[str, Any] | None:
        """What the running hub says of itself; None until it serves."""
        try:
            facts: dict[str, Any] = json.loads((layout(self.config).run / "ready.json").read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return facts if self.process is not None and facts["pid"] == self.process.pid else None

    def _until(self, holds: Callable[[], bool], seconds: float, complaint: str) -> None:
        end = time.monotonic() + seconds
        while not holds():
            if self.process is None or self.process.poll() is not None or time.monotonic() > end:
                raise CityError(f"the hub: {complaint}. {self.last_words()}")
            time.sleep(_POLL_SECONDS)


def _environment() -> dict[str, str]:
    """The environment without options of another hub."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("ONCEONLY_")}


def _write_config(folder: Path, workers: int, given: Mapping[str, Mapping[str, int | float | str]]) -> None:
    """The configuration: what a city needs, overridden by what is given."""
    service, monitoring = free_ports(2)
    sections: dict[str, dict[str, int | float | str]] = {
        "hub": {"name": "https://hub.qinghe.example", "data_dir": "data", "region": "990100"},
        "listen": {"address": f"127.0.0.1:{service}", "workers": workers},
        "keys": {"passphrase_file": "passphrase"},
        "metrics": {"address": f"127.0.0.1:{monitoring}"},
        "audit": {"checkpoint_interval_seconds": 0.5},
    }
    for section, options in given.items():
        sections.setdefault(section, {}).update(options)
    lines = ["# The hub of 清河市, an invented city. config/onceonly.example.toml explains every option."]
    for section, options in sections.items():
        lines += ["", f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in options.items())]
    (folder / "onceonly.toml").write_text("\n".join([*lines, ""]), "utf-8")
