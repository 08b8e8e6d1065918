"""What a licence's fields say of its holders is what its holders are, however it comes to be."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from exchange.codes import SEX_CODES, citizen_id
from exchange.entities.back_fill import SourceLicence
from exchange.entities.catalogue import DataType, HolderMention
from exchange.entities.licence import Holder, LicenceState, Provenance, RevocationCause
from exchange.errors import InvalidError
from exchange.imports.batch import import_batch
from exchange.imports.room import ImportRoom, SourceRow
from exchange.imports.store import ImportStore
from exchange.licences.issue import issue_licence
from exchange.licences.lifecycle import Amendment, amend_licence
from exchange.licences.mentions import mention_problems
from tests.fakes.licence_world import IDENTITY, IDENTITY_TYPE, POLICE, field, licence_type, open_world

MENTIONS = (HolderMention(id_number="citizen_id", name="name", birth_date="born", sex="sex"),)
CARD = replace(
    IDENTITY_TYPE,
    fields=(*IDENTITY_TYPE.fields, field("sex", DataType.CODE, codes=("男", "女", "未说明的性别"))),
    holder_mentions=MENTIONS,
)
COUPLE = licence_type(
    IDENTITY,
    *(field(name) for name in ("her_id", "her_name", "his_id", "his_name")),
    field("her_birth", DataType.DATE),
    field("owner_ids", DataType.TEXT_LIST),
    field("owner_names", DataType.TEXT_LIST),
    issuers=(POLICE,),
    co_holders=True,
    holder_mentions=(
        HolderMention(id_number="her_id", name="her_name", birth_date="her_birth"),
        HolderMention(id_number="his_id", name="his_name"),
        HolderMention(id_number="owner_ids", name="owner_names"),
    ),
)
HIM = Holder("111", citizen_id("990100", date(1980, 2, 29), 11), "赵一")
HER = Holder("111", citizen_id("990100", date(1985, 12, 1), 22), "钱二")
OTHER = citizen_id("990100", date(1970, 1, 1), 1)
RIGHT = {"citizen_id": HIM.id_number, "name": HIM.name, "born": "1980-02-29", "sex": "男"}


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as world:
        world.hub.publish(CARD)
        yield world


def told(licence_type, holders, values):
    problems = mention_problems(licence_type, holders, values, "f")
    assert all(problem.en and problem.zh for problem in problems)
    assert not any(str(value) in f"{each.en}{each.zh}" for each in problems for value in values.values() if value != "")
    return [problem.field for problem in problems]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"sex": "未说明的性别"}, []),
        ({"citizen_id": HIM.id_number[:6] + HIM.id_number[8:17]}, []),  # as it stands on papers from before 2000
        ({"citizen_id": OTHER}, ["f.citizen_id"]),
        ({"citizen_id": OTHER[:6] + OTHER[8:17]}, ["f.citizen_id"]),
        ({"citizen_id": ""}, ["f.citizen_id"]),
        ({"name": "赵一一"}, ["f.name"]),
        ({"born": "1980-03-01"}, ["f.born"]),
        ({"born": "1980-02-30"}, []),  # no date, no code: field_problems tells that
        ({"sex": "女"}, ["f.sex"]),
        ({"sex": "unknown here"}, []),
        (
            {"citizen_id": OTHER, "name": "孙三", "born": "1970-01-01", "sex": "女"},
            ["f.citizen_id", "f.name", "f.born", "f.sex"],
        ),
    ],
)
def test_one_holder(changes, wrong):
    assert told(CARD, (HIM,), RIGHT | changes) == wrong


def test_what_is_not_said_or_not_marked_is_not_compared():
    assert told(CARD, (HIM,), {}) == []
    assert told(CARD, (HIM,), {"citizen_id": 3, "name": True}) == []  # of another type: field_problems tells that
    assert told(IDENTITY_TYPE, (HIM,), RIGHT | {"citizen_id": OTHER, "name": "孙三"}) == []


def test_a_number_that_is_no_citizens_says_no_date_and_no_sex():
    abroad = Holder("414", "E12345678", "赵一")
    assert told(CARD, (abroad,), RIGHT | {"citizen_id": abroad.id_number, "sex": "女"}) == []
    assert told(CARD, (replace(HIM, id_number="1"),), RIGHT) == ["f.citizen_id", "f.born", "f.sex"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"owner_ids": (HER.id_number, HIM.id_number), "owner_names": (HER.name, HIM.name)}, []),
        ({"owner_ids": (HIM.id_number[:6] + HIM.id_number[8:17], HER.id_number)}, []),
        ({"her_id": HIM.id_number, "his_id": HER.id_number}, ["f.her_name", "f.her_birth", "f.his_name"]),
        ({"her_id": OTHER}, ["f.her_id"]),
        ({"her_id": OTHER, "her_name": "孙三"}, ["f.her_id", "f.her_name"]),
        ({"her_birth": "1985-12-02"}, ["f.her_birth"]),
        ({"owner_ids": (HIM.id_number,)}, ["f.owner_ids"]),
        ({"owner_ids": (HIM.id_number,), "owner_names": (HIM.name,)}, ["f.owner_ids", "f.owner_names"]),
        ({"owner_ids": (HIM.id_number, HER.id_number, OTHER)}, ["f.owner_ids"]),
        ({"owner_ids": (HIM.id_number, HER.id_number, HER.id_number)}, ["f.owner_ids"]),
        ({"owner_names": (HER.name, HIM.name)}, ["f.owner_names"]),
        ({"owner_names": (HIM.name, HER.name, "孙三")}, ["f.owner_names"]),
    ],
)
def test_several_holders(changes, wrong):
    values = {
        "her_id": HER.id_number,
        "her_name": HER.name,
        "her_birth": "1985-12-01",
        "his_id": HIM.id_number,
        "his_name": HIM.name,
        "owner_ids": (HIM.id_number, HER.id_number),
        "owner_names": (HIM.name, HER.name),
    }
    assert told(COUPLE, (HIM, HER), values | changes) == wrong


def test_one_list_without_the_other_is_compared_alone():
    assert told(COUPLE, (HIM, HER), {"owner_names": (HER.name, HIM.name)}) == []
    assert told(COUPLE, (HIM, HER), {"owner_names": (HER.name,)}) == ["f.owner_names"]
    assert told(COUPLE, (HIM, HER), {"owner_ids": (HER.id_number, HIM.id_number)}) == []


def test_every_sex_of_the_standard_is_known():
    digits = frozenset("0123456789")
    assert SEX_CODES["男"] | SEX_CODES["女"] == SEX_CODES["9"] == digits
    assert not SEX_CODES["1"] & SEX_CODES["2"]


def fields_of(caught):
    return [problem.field for problem in caught.value.violations]


def test_issuing_and_amending_refuse_what_contradicts_the_holder(world):
    holder = world.person()
    values = {**world.identity(holder).fields, "citizen_id": OTHER, "born": "1970-01-01"}
    with pytest.raises(InvalidError) as caught:
        world.as_issuer(POLICE, issue_licence, IDENTITY, world.identity(holder, fields=values), validate_only=False)
    assert fields_of(caught) == ["licence.fields.citizen_id", "licence.fields.born"]

    def amend(view, amendment):
        ours = (IDENTITY, view.licence.identifier, view.etag)
        return world.as_issuer(POLICE, amend_licence, *ours, amendment, reason="更名", legal_reference="")

    view = world.issue(holder).view
    for amendment in (Amendment({"name": "李四"}, None), Amendment({}, (replace(holder, name="李四"),))):
        with pytest.raises(InvalidError) as caught:
            amend(view, amendment)
        assert fields_of(caught) == ["licence.fields.name"]
    renamed = amend(view, Amendment({"name": "李四"}, (replace(holder, name="李四"),)))
    assert renamed.view.licence.fields["name"] == "李四"


def test_a_row_that_contradicts_its_holder_is_refused_and_issues_nothing(world):
    store = ImportStore(world.hub.records, world.hub.vault, world.hub.blind, world.store)
    room = ImportRoom(world.room, store, lambda: world.keys.signer("receipts"), world.new_result_room())
    world.hub.caches.extend([store.imports, store.issues])
    rows = []
    for at, changes in enumerate(({}, {"citizen_id": OTHER}, {"name": "李四"}, {"born": "1990-01-02"}), 1):
        new = world.identity(world.person())
        plain = (new.number, new.holders, {**new.fields, **changes}, world.hub.clock.seconds - 100, 0, 0, "", "")
        source = SourceLicence(*plain, LicenceState.ACTIVE, RevocationCause.NONE, 0)
        rows.append(SourceRow(at, sha256(b"%d" % at).digest(), source))
    import_id, grade = "0b9c6a5e-3f5d-4c55-9a59-1d7c3a1e2f02", Provenance.BACK_FILLED_REGISTER
    caller = world.hub.caller(POLICE, "issuer")
    answer = world.hub.run(caller, import_batch, room, IDENTITY, import_id, grade, tuple(rows), validate_only=False)
    assert [one.outcome.value for one in answer.results] == ["issued", "invalid", "invalid", "invalid"]
    assert [[each.field.split(".")[-1] for each in one.violations] for one in answer.results[1:]] == [
        ["citizen_id"],
        ["name"],
        ["born"],
    ]
