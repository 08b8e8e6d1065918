"""Issuing: everything checked before the seal signs, nothing half stored."""

from dataclasses import replace

import pytest

from exchange.entities.licence import LicenceState
from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError, UnavailableError
from exchange.licences import writing
from exchange.licences.issue import issue_licence
from exchange.licences.seals import chain_object, key_id
from exchange.licences.status_index import KIND as STATUS
from exchange.licences.status_index import PLACES, StatusPlaces
from exchange.licences.store import HOLDING, LICENCE, NUMBER
from exchange.reasons import Reason
from signer import identifier, sdjwt
from storage.errors import CorruptError
from storage.records.changes import Insert
from tests.fakes.licence_world import DEED, HUB, IDENTITY, LAND, POLICE, make_seal

DAY = 86_400


def nothing_is_stored(world):
    kinds = (LICENCE, HOLDING, NUMBER, STATUS)
    return not any(world.hub.records.scan(kind) for kind in kinds) and not world.objects.names("credentials/")


def violations(world, new, type_code=IDENTITY, authority=POLICE):
    with pytest.raises(InvalidError) as caught:
        world.as_issuer(authority, issue_licence, type_code, new, validate_only=False)
    return {violation.field for violation in caught.value.violations}


def refusal(world, new, type_code=IDENTITY, authority=POLICE):
    with pytest.raises(RefusedError) as caught:
        world.as_issuer(authority, issue_licence, type_code, new, validate_only=False)
    return caught.value.reasons


def issue_overtaken(world, holder, *, times):
    """Issue to a holder while somebody issues another to them ``times`` times, each before the first is recorded."""
    left = list(range(times))

    def overtaken(call, *args, **options):
        answer = issue_licence(call, *args, **options)
        if left:
            world.issue(holder, number=f"OTHER-{left.pop()}")
        return answer

    return world.as_issuer(POLICE, overtaken, IDENTITY, world.identity(holder), validate_only=False)


def test_an_attempt_that_was_overtaken_leaves_no_credential(world):
    issue_overtaken(world, world.person(), times=2)
    stored = [world.store.licences.fresh(record.key).value for record in world.hub.records.scan(LICENCE)]
    assert len(stored) == 3
    assert sorted(world.objects.names("credentials/")) == sorted(each.object_name for each in stored)


def test_a_refusal_by_the_recorder_leaves_no_credential_and_a_stored_one_is_never_discarded(world):
    holder = world.person()
    issued = world.issue(holder).view.licence
    caller = world.hub.caller(POLICE, "issuer")
    call = world.hub.call(caller)
    issue_licence(call, world.room, IDENTITY, world.identity(holder, number="2"), validate_only=False)
    assert len(world.objects.names("credentials/")) == 2
    call.change(Insert(LICENCE, issued.identifier, b"taken"))
    with pytest.raises(StaleError):
        world.hub.commit(call)
    assert world.objects.names("credentials/") == [issued.object_name]
    world.store.discard((issued,))  # as if its unit had been refused after it was stored
    assert world.objects.names("credentials/") == [issued.object_name]


def test_an_issued_licence_is_stored_signed_and_held(world):
    holder = world.person()
    issued = world.issue(holder)
    licence = issued.view.licence
    parts = identifier.parse(licence.identifier)
    assert (parts.type, parts.issuer, parts.version) == (IDENTITY, POLICE, 1)
    assert licence.state is LicenceState.ACTIVE
    assert licence.valid_until_time == world.hub.clock.seconds + 3650 * DAY
    parsed = sdjwt.parse(issued.credential)
    assert parsed.payload["licence"] == licence.identifier
    assert parsed.payload["iss"] == POLICE
    place = {"idx": licence.status_index, "uri": f"{HUB}/status/{IDENTITY}/2026/1"}
    assert parsed.payload["status"]["status_list"] == place
    assert licence.status_index < PLACES
    assert licence.status_list == f"{IDENTITY}/2026/1"
    disclosed = {one.path: one.value for one in parsed.disclosures}
    assert disclosed["holder_name"] == holder.name
    assert disclosed["citizen_id"] == holder.id_number
    assert holder.name not in str(parsed.payload)
    held = world.store.holdings.fresh(world.store.holding_key(IDENTITY, holder)).value
    assert [one.identifier for one in held.licences] == [licence.identifier]
    assert world.store.credential(licence.digest)[0] == issued.credential
    assert world.store.licences.fresh(licence.identifier).value == licence


def test_neither_name_nor_number_lies_open_in_storage(world):
    holder = world.person("欧阳示例")
    world.issue(holder)
    bodies = [record.body for kind in (LICENCE, HOLDING, NUMBER, STATUS) for record in world.hub.records.scan(kind)]
    keys = [record.key for kind in (LICENCE, HOLDING, NUMBER, STATUS) for record in world.hub.records.scan(kind)]
    bodies += [world.objects.get(name) for name in world.objects.names("credentials/")]
    for body in [*bodies, *[key.encode() for key in keys]]:
        assert holder.id_number.encode() not in body
        assert holder.name.encode() not in body


def test_the_record_has_tags_and_no_identifiers(world):
    holder = world.person()
    issued = world.issue(holder)
    record = world.records()[-1]
    assert record.resource == f"licenceTypes/{IDENTITY}"
    assert record.items[0].licence_version == 1
    text = record.SerializeToString()
    assert issued.view.licence.identifier.encode() not in text
    assert holder.id_number.encode() not in text


def test_co_holders_each_have_a_holding(world):
    one, other = world.person(), world.person("李四")
    licence = world.issue_deed(one, other).view.licence
    for holder in (one, other):
        held = world.store.holdings.fresh(world.store.holding_key(DEED, holder)).value
        assert [item.identifier for item in held.licences] == [licence.identifier]


def test_every_bad_field_is_told_and_nothing_stored(world):
    now = world.hub.clock.seconds
    new = world.identity(
        world.person(),
        number="",
        fields={"name": "张三", "born": "2026-02-30"},
        issued_time=now + 1,
        valid_from_time=now + 10,
        valid_until_time=now + 5,
        related_matter="nowhere",
    )
    new = replace(new, holders=(replace(new.holders[0], id_number="990100199001010021"),))
    assert violations(world, new) == {
        "licence.number",
        "licence.holders[0].id_number",
        "licence.fields.born",
        "licence.fields.citizen_id",
        "licence.issued_time",
        "licence.valid_until_time",
        "licence.related_matter",
    }
    assert nothing_is_stored(world)


def test_times_are_possible_times(world):
    now = world.hub.clock.seconds
    holder = world.person()
    assert violations(world, world.identity(holder, valid_until_time=10**12)) == {"licence.valid_until_time"}
    old = world.identity(holder, valid_from_time=now - 20, valid_until_time=now - 10)
    assert violations(world, old) == {"licence.valid_until_time"}
    assert violations(world, world.identity(holder, number="x" * 101)) == {"licence.number"}


def test_only_issuers_of_the_type_issue(world):
    assert refusal(world, world.identity(world.person()), authority=LAND) == (Reason.NOT_ISSUER,)
    with pytest.raises(NotFoundError):
        world.as_issuer(POLICE, issue_licence, "nothing", world.identity(world.person()), validate_only=False)
    assert nothing_is_stored(world)


def test_a_number_is_given_once_per_type_and_authority(world):
    world.issue(world.person(), number="N-1")
    assert refusal(world, world.identity(world.person(), number="N-1")) == (Reason.LICENCE_EXISTS,)
    world.issue_deed(world.person(), number="N-1")


def test_two_who_take_a_number_at_once_do_not_both_get_it(world):
    caller = world.hub.caller(POLICE, "issuer")
    calls = [world.hub.call(caller) for _ in range(2)]
    for call in calls:
        issue_licence(call, world.room, IDENTITY, world.identity(world.person(), number="N-1"), validate_only=False)
    world.hub.commit(calls[0])
    with pytest.raises(Exception, match=r"STORAGE_UNAVAILABLE"):
        world.hub.commit(calls[1])
    assert len(world.hub.records.scan(LICENCE)) == 1


def test_validation_alone_signs_and_stores_nothing(world):
    holder = world.person()
    answer = world.as_issuer(POLICE, issue_licence, IDENTITY, world.identity(holder), validate_only=True)
    assert (answer.credential, answer.view.licence.digest) == ("", "")
    assert nothing_is_stored(world)
    assert violations(world, world.identity(holder, number="")) == {"licence.number"}


def test_without_a_seal_nothing_is_issued(world):
    world.objects.delete(chain_object(LAND))
    with pytest.raises(UnavailableError) as caught:
        world.issue_deed(world.person())
    assert caught.value.reasons == (Reason.SIGNER_UNAVAILABLE,)
    for broken in (b"not pem", b"x" * 100_000, world.objects.get(chain_object(POLICE))):
        world.objects.replace(chain_object(LAND), broken)
        with pytest.raises(UnavailableError):
            world.issue_deed(world.person())
    assert nothing_is_stored(world)


def test_a_rotated_seal_is_picked_up(world):
    before = sdjwt.parse(world.issue_deed(world.person()).credential).header["kid"]
    world.keys.rotate(key_id(LAND))
    with pytest.raises(UnavailableError):
        world.issue_deed(world.person(), number="D-2")
    make_seal(world, LAND)
    after = sdjwt.parse(world.issue_deed(world.person(), number="D-3").credential).header["kid"]
    assert before != after


def test_an_authority_without_a_key_has_no_seal(world):
    with pytest.raises(UnavailableError):
        world.seals.seal("11990100MB0000009X")


def test_a_holder_who_was_erased_gets_no_licence(world):
    holder = world.person()
    world.hub.write(world.hub.vault.destroy(world.store.owner(holder)))
    assert refusal(world, world.identity(holder)) == (Reason.PROHIBITED,)
    assert nothing_is_stored(world)


def test_one_holder_has_a_bounded_number_of_licences(world, monkeypatch):
    monkeypatch.setattr(writing, "MAX_HELD", 1)
    holder = world.person()
    world.issue_deed(holder)
    assert violations(world, world.deed(holder, number="D-2"), DEED, LAND) == {"licence.holders[0]"}


def test_a_full_status_list_goes_on_in_the_next(world, monkeypatch):
    monkeypatch.setattr("exchange.licences.status_index.PLACES", 1)
    now = world.hub.clock.seconds
    places = StatusPlaces(world.hub.records)
    [first] = places.free(IDENTITY, now)
    world.hub.write(*places.taken(first, "x", now))
    assert first.list_name == f"{IDENTITY}/2026/1"
    assert places.free(IDENTITY, now)[0].list_name == f"{IDENTITY}/2026/2"
    monkeypatch.setattr("exchange.licences.status_index._LISTS", 1)
    with pytest.raises(UnavailableError):
        places.free(IDENTITY, now)


def test_changed_bytes_do_not_open(world):
    digest = world.issue(world.person()).view.licence.digest
    name = world.objects.names("credentials/")[0]
    whole = world.objects.get(name)
    for changed in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:10]):
        world.objects.replace(name, changed)
        with pytest.raises(CorruptError):
            world.store.credential(digest)


def test_a_credential_under_anothers_name_does_not_open(world):
    one, other = world.issue(world.person()).view.licence, world.issue(world.person()).view.licence
    world.objects.replace(one.object_name, world.objects.get(other.object_name))
    with pytest.raises(CorruptError):
        world.store.credential(one.digest)


def test_a_record_moved_to_another_key_does_not_open(world):
    licence = world.issue(world.person()).view.licence
    body = world.hub.records.get(LICENCE, licence.identifier).body
    world.hub.write(Insert(LICENCE, "moved", body))
    with pytest.raises(CorruptError):
        world.store.licences.fresh("moved")


def test_no_representation_of_an_object_tells_whom_it_is_about(world):
    holder = world.person()
    new = world.identity(holder)
    issued = world.issue(holder)
    extract = world.fetch(world.open_case(holder)).extract
    digest = issued.view.licence.digest
    opened = world.exchange_room.opener.open(digest, extract.identifier, POLICE, holder)
    for shown in map(repr, (holder, new, issued, extract, opened)):
        for secret in (holder.name, holder.id_number, new.number, extract.presentation.split("~")[-2]):
            assert secret not in shown
