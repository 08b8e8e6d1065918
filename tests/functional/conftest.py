"""One city for all functional tests of the edge in a test process: founding it takes longer than most of them."""

from collections.abc import Iterator

import pytest

from exchange.demo.city import City
from tests.fakes.town import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A hub with two workers, the sample catalogue and its departments enrolled; it runs until the session ends."""
    city = City.found(
        tmp_path_factory.mktemp("city"), workers=2, limits={"fetches_per_hour": 100_000, "cases_per_day": 100_000}
    )
    with city:
        city.start()
        town = Town(city)
        yield town
        town.close()
