"""清河市: a hub in a folder, founded from the sample catalogue, served by real processes, called over mutual TLS.

    with City.found(folder) as city:
        city.start()
        with city.client("city-market", "clerk-1") as hub: ...

    <folder>/onceonly.toml, passphrase, data/   the hub, or its first machine
    <folder>/hub.log                            what it writes to standard error
    <folder>/machine-2/ …                       the same of further machines, which share the first one's keys
    <folder>/departments/<key>/                 each department's identity and profile.toml

Rules:
1. Nothing here is special: the same commands and calls that found any hub, made one after the other.
2. Departments are named by their keys in ``exchange.synthetic.catalogue_codes``.
3. The folder is the caller's: this module neither chooses nor removes it.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from exchange.catalogue.schema import Catalogue, load_folder
from exchange.certification import create_seal
from exchange.client import HubClient
from exchange.config import Config, load
from exchange.demo.machine import CityError, Machine, Options, write_config
from exchange.demo.ports import free_ports
from exchange.enrolment import PROFILE, enrol, found_catalogue, make_client
from exchange.entities.catalogue import Department, LicenceType, Matter, Role
from exchange.entities.licence import Holder
from exchange.installation import initialise, open_keys
from exchange.layout import layout
from exchange.loading import Loaded, load_catalogue
from exchange.profile import Profile, load_profile
from exchange.stores import open_objects
from exchange.synthetic.catalogue_codes import DEPARTMENTS, department_code, implementation_code, type_code
from exchange.trust_setup import publish_trust

SAMPLE: Final = Path(__file__).parents[2] / "catalogue"
"""The sample catalogue of the checkout."""
REGISTRAR: Final = "city-data"
"""The department whose catalogue managers publish."""
AUTHOR: Final = "catalogue-1"
PUBLISHER: Final = "catalogue-2"

__all__ = ["AUTHOR", "PUBLISHER", "REGISTRAR", "SAMPLE", "City", "CityError"]

_FILE: Final = "onceonly.toml"


@dataclass(slots=True)
class City:
    """One city: its folder and catalogue, and the machines of its hub."""

    folder: Path
    machines: tuple[Machine, ...]
    catalogue: Catalogue
    loaded: Loaded | None = None

    @classmethod
    def found(
        cls,
        folder: Path,
        *,
        workers: int = 1,
        machines: int = 1,
        limits: Mapping[str, int] | None = None,
        options: Options | None = None,
        catalogue: Path = SAMPLE,
        other_systems: Sequence[tuple[str, str]] = (),
    ) -> "City":
        """Found the hub of a new city in ``folder``: configuration, keys, every department's identity and seal.

        The registrar is in the catalogue already, the rest is loaded at the first ``start``. ``limits`` are options of
        ``[limits]``, ``options`` those of any section; several ``machines`` need stores that they can share.
        ``other_systems`` (department, system) get a second certificate beside their department's ``desk``. Raises what
        the steps raise.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        given = {**(options or {}), **({"limits": limits} if limits else {})}
        hub = tuple(_machine(folder, number, workers, given) for number in range(machines))
        config = hub[0].config
        now = datetime.now(UTC)
        initialise(config, now)
        city = cls(folder, hub, load_folder(catalogue))
        city._enrol_everyone(now, other_systems)
        found_catalogue(config, [city.department(REGISTRAR)], now)
        return city

    @classmethod
    def reopen(cls, folder: Path, catalogue: Path = SAMPLE) -> "City":
        """A city that was founded in ``folder`` before and stopped."""
        files = [folder / _FILE, *sorted(folder.glob(f"machine-*/{_FILE}"))]
        city = cls(folder, tuple(Machine(file, load(file)) for file in files), load_folder(catalogue))
        city.loaded = Loaded(0, len(city.catalogue.entities()))
        return city

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def config(self) -> Config:
        """The configuration of the first machine."""
        return self.machines[0].config

    @property
    def address(self) -> str:
        """Where clients find the hub: the address of its machine, or of all of them for a client to choose from."""
        if len(self.machines) == 1:
            return self.machines[0].address
        return "ipv4:" + ",".join(machine.address for machine in self.machines)

    @property
    def data(self) -> Path:
        """The hub's data folder."""
        return self.config.hub.data_dir

    def start(self) -> None:
        """Start every machine and wait until all serve; the first time, load the catalogue by its calls.

        Raises ``CityError`` if one does not start, ``CallError`` if the catalogue is refused.
        """
        for machine in self.machines:
            machine.launch()
        for machine in self.machines:
            machine.wait_ready()
        if self.loaded is None:
            self.loaded = self.load()
            publish_trust(self.config, int(datetime.now(UTC).timestamp()))

    def load(self) -> Loaded:
        """Load the catalogue through the registrar's two people; what is in force is skipped."""
        with self.client(REGISTRAR, AUTHOR) as author, self.client(REGISTRAR, PUBLISHER) as publisher:
            return load_catalogue(author, publisher, self.catalogue.entities())

    def stop(self) -> int:
        """Ask every machine to finish and stop; returns the worst exit code. One is killed if it does not."""
        return max(machine.stop() for machine in self.machines)

    def kill(self, role: str) -> int:
        """Kill a process of the first machine: see ``Machine.kill``."""
        return self.machines[0].kill(role)

    def pids(self) -> dict[str, int]:
        """The processes of the first machine by name. Raises ``CityError`` if it does not serve."""
        return self.machines[0].pids()

    def last_words(self) -> str:
        """The end of what the first machine wrote to standard error."""
        return self.machines[0].last_words()

    def profile(self, department: str, operator: str = "") -> Profile:
        """A department's profile, for one of its operators; empty: the first."""
        profile = load_profile(self.profile_path(department))
        if len(self.machines) > 1:
            profile = replace(profile, address=self.address, server_name="localhost")
        if not operator:
            return profile
        level = next(each.assurance for each in self.department(department).operators if each.id == operator)
        return replace(profile, identity=replace(profile.identity, operator=operator, assurance=level))

    def client(
        self,
        department: str,
        operator: str = "",
        *,
        system: str = "",
        timeout: float = 10.0,
        machine: Machine | None = None,
    ) -> HubClient:
        """A connection for a department's operator, of its ``desk`` or another system; close it.

        ``machine``: to that one alone; else to the hub, on whichever machine.
        """
        profile = self.profile(department, operator)
        if machine is not None:
            profile = replace(profile, address=machine.address, server_name="localhost")
        if system:
            folder = self.profile_path(department).parent / system
            certificate, key = (folder / "client.pem").read_bytes(), (folder / "client.key").read_bytes()
            identity = replace(profile.identity, system=system, certificate=certificate, key=key)
            profile = replace(profile, identity=identity)
        return profile.connect(timeout=timeout)

    def holder(self, holder: Holder, *, channel: str = "city-channel", timeout: float = 10.0) -> HubClient:
        """A connection for a holder who logs in at the channel now; close it."""
        profile = self.profile(channel)
        login_time = int(datetime.now(UTC).timestamp())
        own = (holder.id_type, holder.id_number)
        identity = replace(profile.identity, operator="", assurance=2, holder=own, login_time=login_time)
        return replace(profile, identity=identity).connect(timeout=timeout)

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


def _machine(folder: Path, number: int, workers: int, given: Options) -> Machine:
    """A machine with its configuration written; those after the first use the first one's keys and certificates."""
    home = folder / f"machine-{number + 1}" if number else folder
    home.mkdir(mode=0o700, exist_ok=True)
    service, public, events, monitoring = free_ports(4)
    sections: dict[str, dict[str, int | float | str | bool]] = {
        "hub": {"name": "https://hub.qinghe.example", "data_dir": "data", "region": "990100"},
        "listen": {"address": f"127.0.0.1:{service}", "workers": workers},
        "keys": {"passphrase_file": str(folder / "passphrase")},
        "public": {"address": f"127.0.0.1:{public}"},
        "events": {"address": f"127.0.0.1:{events}"},
        "metrics": {"address": f"127.0.0.1:{monitoring}"},
        "audit": {"checkpoint_interval_seconds": 0.5},
    }
    if number:
        tls = folder / "data" / "tls"
        sections["keys"]["folder"] = str(folder / "data" / "keys")
        sections["tls"] = {
            "certificate": str(tls / "server.pem"),
            "key": str(tls / "server.key"),
            "client_ca": str(tls / "ca.pem"),
        }
    for section, options in given.items():
        sections.setdefault(section, {}).update(options)
    write_config(home / _FILE, sections)
    return Machine(home / _FILE, load(home / _FILE))
