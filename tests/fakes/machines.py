"""A hub of three machines with two workers each, on PostgreSQL, a Valkey cluster and an S3 server of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.client import HubClient
from exchange.demo.city import City
from exchange.demo.machine import Machine, Options
from servers.farm import Farm
from tests.fakes.town import Town

MACHINES = 3
WORKERS = 2


@dataclass
class Machines:
    """The servers, the city on them, and what tests do in it."""

    farm: Farm
    town: Town

    @property
    def city(self) -> City:
        return self.town.city

    def machine(self, number: int) -> Machine:
        return self.city.machines[number]

    def hub(self, number: int, department: str, operator: str) -> HubClient:
        """A connection to one machine; close it."""
        return self.city.client(department, operator, machine=self.machine(number))


@contextmanager
def running_machines(template: Path, *, standby: bool = False, **options: Any) -> Iterator[Machines]:
    """Found, start and load the city; ``options``: sections of the configuration beside those of the servers."""
    folder = Path(tempfile.mkdtemp(prefix="oo-m"))
    try:
        (folder / "farm").mkdir()
        with Farm(folder / "farm", standby=standby, template=template) as farm:
            given: Options = {**farm.options, **options}
            with City.found(folder / "city", workers=WORKERS, machines=MACHINES, options=given) as city:
                city.start()
                town = Town(city)
                try:
                    yield Machines(farm, town)
                finally:
                    town.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
