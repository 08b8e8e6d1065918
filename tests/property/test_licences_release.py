"""Whatever is asked for: what leaves is inside the guide's line, and masked values leave masked only."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.entities.catalogue import Basis
from exchange.errors import RefusedError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from signer import sdjwt
from tests.fakes.licence_world import CITY, IDENTITY, IDENTITY_TYPE, MARKET, line, open_keys, open_world

FIELDS = sorted(field.name for field in IDENTITY_TYPE.fields)
MASKED = {field.name for field in IDENTITY_TYPE.fields if field.mask}
SOME = st.frozensets(st.sampled_from(FIELDS))
LINES = {
    "one": frozenset({"name"}),
    "two": frozenset({"name", "citizen_id"}),
    "all": frozenset(FIELDS) - {"faith"},
    "prohibited": frozenset(FIELDS),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    with open_world(folder, keys=open_keys(folder / "keys")) as world:
        lines = [line(name, IDENTITY, *sorted(fields), max_uses=1_000) for name, fields in LINES.items()]
        lines.append(line("consent", IDENTITY, *sorted(LINES["all"]), max_uses=1_000, bases=frozenset({Basis.CONSENT})))
        world.hub.publish(replace(CITY[-1], evidence=tuple(lines)))
        yield world


@pytest.fixture(scope="module")
def room(world):
    return world.new_exchange_room(Limits(fetches_per_hour=100_000, trawl_extra=100_000, refusals=100_000))


@pytest.fixture(scope="module")
def holder(world):
    holder = world.person()
    everything = {
        "name": holder.name,
        "citizen_id": holder.id_number,
        "nation": "汉族",
        "born": "1990-01-01",
        "height": "1.70",
        "children": 2,
        "married": True,
        "aliases": ("阿三",),
        "faith": "none",
    }
    world.issue(holder, fields=everything)
    return holder


def fetch(world, room, case, requirement, asked):
    request = FetchRequest(case, requirement, tuple(sorted(asked)), "")
    return world.hub.run(world.hub.caller(MARKET, "clerk"), fetch_licence, room, request).extract


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requirement=st.sampled_from(sorted(LINES)), asked=SOME)
def test_released_is_within_the_line_and_what_was_asked(world, room, holder, requirement, asked):
    case = world.open_case(holder)
    allowed = LINES[requirement]
    wider = not asked <= allowed
    if wider or "faith" in (asked or allowed):
        with pytest.raises(RefusedError) as caught:
            fetch(world, room, case, requirement, asked)
        assert wider == (Reason.FIELD_NOT_ALLOWED in caught.value.reasons)
        return
    extract = fetch(world, room, case, requirement, asked)
    assert set(extract.fields) == (asked or allowed)
    disclosed = {one.path for one in sdjwt.parse(extract.presentation).disclosures}
    assert disclosed == set(extract.fields) - MASKED
    if "citizen_id" in extract.fields:
        assert holder.id_number not in str(extract)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(consented=SOME, asked=SOME)
def test_consent_narrows_the_line(world, room, holder, consented, asked):
    case = world.open_case(holder)
    consented &= LINES["all"]
    world.consent(case, "consent", fields=consented, max_uses=100)
    allowed = consented or LINES["all"]
    if not asked <= allowed:
        with pytest.raises(RefusedError) as caught:
            fetch(world, room, case, "consent", asked)
        assert {Reason.CONSENT_SCOPE, Reason.FIELD_NOT_ALLOWED} & set(caught.value.reasons)
        return
    extract = fetch(world, room, case, "consent", asked)
    assert set(extract.fields) == (asked or allowed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), other=st.integers(1, 255))
def test_any_changed_byte_of_a_stored_credential_is_noticed(world, holder, place, other):
    held = world.store.holdings.fresh(world.store.holding_key(IDENTITY, holder)).value.licences[0]
    name = f"credentials/{held.digest[:2]}/{held.digest[2:4]}/{held.digest}"
    whole = world.objects.get(name)
    place %= len(whole)
    world.objects.replace(name, whole[:place] + bytes([whole[place] ^ other]) + whole[place + 1 :])
    case = world.open_case(holder)
    try:
        with pytest.raises(RefusedError) as caught:
            fetch(world, world.new_exchange_room(), case, "one", ())
    finally:
        world.objects.replace(name, whole)
    assert caught.value.reasons == (Reason.RECORD_CORRUPT,)
