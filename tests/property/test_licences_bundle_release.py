"""Whatever the guides of a bundle ask for: an extract holds no field that one of the lines it serves does not allow."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.licences.bundle_fetch import fetch_bundle
from exchange.licences.exchange_room import Extract
from exchange.purpose.limits import Limits
from signer import sdjwt
from tests.fakes.bundle_world import MATTERS, open_bundle_world
from tests.fakes.licence_world import IDENTITY, IDENTITY_TYPE, line, matter, open_keys

FIELDS = sorted(field.name for field in IDENTITY_TYPE.fields if not field.prohibited_purposes)
MAPPED = st.sampled_from([(), (("name", "owner"),), (("citizen_id", "number"),)])
LINES = st.tuples(st.frozensets(st.sampled_from(FIELDS), min_size=1, max_size=3), MAPPED)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    with open_bundle_world(folder, open_keys(folder / "keys")) as town:
        yield town


@pytest.fixture(scope="module")
def holder(town):
    holder = town.world.person()
    values = {"name": holder.name, "citizen_id": holder.id_number, "nation": "汉族", "born": "1990-01-01"}
    town.world.issue(holder, fields=values)
    return holder


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.tuples(LINES, LINES, LINES))
def test_released_is_within_every_line_that_an_extract_is_bound_to(town, holder, asked):
    lines = [line("identity", IDENTITY, *sorted(fields), prefills=fills) for fields, fills in asked]
    guides = [matter(code, each) for code, each in zip(MATTERS, lines, strict=True)]
    room = town.world.new_exchange_room(Limits(fetches_per_hour=100_000, trawl_extra=100_000, refusals=100_000))
    town.world.hub.publish(*(replace(guide, transition_seconds=0) for guide in guides))
    found = town.open(holder)
    fetched = town.as_counter(fetch_bundle, room, town.room, found.application.id, ())
    allowed = {guide.code: each.fields for guide, each in zip(guides, lines, strict=True)}
    filling = {guide.code: dict(each.prefills) for guide, each in zip(guides, lines, strict=True)}
    served = []
    for one in fetched.results:
        assert isinstance(one.outcome, Extract)
        disclosed = {each.path for each in sdjwt.parse(one.outcome.presentation).disclosures}
        for each in one.lines:
            served.append(each.matter)
            assert set(one.outcome.fields) <= allowed[each.matter]
            assert disclosed <= allowed[each.matter]
            assert "citizen_id" not in disclosed or "citizen_id" in filling[each.matter]
    assert sorted(served) == sorted(MATTERS)
