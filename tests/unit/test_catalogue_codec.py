"""The canonical JSON of entities: exact both ways, deterministic, strict."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from onceonly.v1 import catalogue_pb2

from exchange.catalogue.codec import (
    ENTITY_CLASSES,
    CodecError,
    canonical,
    code_of,
    digest,
    from_json,
    kind_of,
    to_json,
)
from exchange.catalogue.schema import load_folder
from exchange.edge.convert.catalogue import entity_of, put_entity
from exchange.entities.catalogue import (
    Agreement,
    Basis,
    Department,
    EntityKind,
    HolderMention,
    Label,
    Level,
    Mandate,
    Role,
    SecondSignature,
    Status,
    TokenKey,
)
from exchange.entities.delegation import CounterDelegation
from tests.fakes.licence_world import TAX_TYPE

GOLDEN = "f73fb08828a239db252fd87a5a8caf8772b03426472b7b3aea4e949098fa8163"
SAMPLE = Path(__file__).parents[2] / "catalogue"
DEPARTMENT = Department(
    uscc="11990000MB0000000J",
    name=Label("示例", "Sample"),
    region="990000",
    level=Level.PROVINCE,
    parent=None,
    roles=frozenset({Role.REQUESTER, Role.ISSUER, Role.AUDITOR}),
    status=Status.ACTIVE,
    certificates=frozenset({"b" * 64, "a" * 64}),
    token_keys=(TokenKey("k1", "ES256", "{}", Status.ACTIVE),),
    operators=(),
    delegations=(CounterDelegation("11990100MB0000001T", frozenset({"m2", "m1"}), "2026-01-01", "2026-12-31"),),
)


def sample():
    return load_folder(SAMPLE).entities()


def test_the_sample_goes_round_exactly():
    for entity in sample():
        kind = kind_of(entity)
        assert type(entity) is ENTITY_CLASSES[kind]
        assert from_json(kind, to_json(entity)) == entity
        assert from_json(kind, json.loads(canonical(entity))) == entity


def test_canonical_bytes_are_sorted_compact_and_utf8():
    assert (
        canonical(DEPARTMENT)
        == (
            '{"certificates":["' + "a" * 64 + '","' + "b" * 64 + '"],'
            '"delegations":[{"counter":"11990100MB0000001T","matters":["m1","m2"],'
            '"valid_from":"2026-01-01","valid_until":"2026-12-31"}],'
            '"level":"province","name":{"en":"Sample","zh":"示例"},"operators":[],"parent":null,"region":"990000",'
            '"roles":["auditor","issuer","requester"],"status":"active",'
            '"token_keys":[{"alg":"ES256","jwk":"{}","kid":"k1","status":"active"}],"uscc":"11990000MB0000000J"}'
        ).encode()
    )


def test_digest_is_stable_and_changes_with_any_change():
    # Golden: revisions already stored and signed name this digest, so it must never change.
    assert digest(DEPARTMENT) == GOLDEN
    assert digest(replace(DEPARTMENT, roles=frozenset({Role.AUDITOR, Role.ISSUER, Role.REQUESTER}))) == GOLDEN
    assert digest(replace(DEPARTMENT, region="990001")) != GOLDEN


def test_a_member_that_came_later_is_left_out_where_it_says_nothing():
    # What was stored before licence types could ask for a second signature keeps its bytes, and its digest.
    silent = replace(TAX_TYPE, second_signature=SecondSignature.OMIT)
    assert silent == TAX_TYPE
    assert b"second_signature" not in canonical(silent)
    data = to_json(silent)
    assert from_json(EntityKind.LICENCE_TYPE, data) == silent
    assert from_json(EntityKind.LICENCE_TYPE, {**data, "second_signature": "omit"}) == silent
    for demand in (SecondSignature.OFFER, SecondSignature.REQUIRE):
        asking = replace(TAX_TYPE, second_signature=demand)
        assert to_json(asking) == {**data, "second_signature": demand.value}
        assert from_json(EntityKind.LICENCE_TYPE, json.loads(canonical(asking))) == asking
        assert digest(asking) != digest(silent)
    for wrong in ("maybe", None, 1):
        with pytest.raises(CodecError, match="second_signature: must be one of"):
            from_json(EntityKind.LICENCE_TYPE, {**data, "second_signature": wrong})


def test_a_type_that_no_incident_opens_keeps_its_bytes_and_one_that_is_opened_crosses_the_wire():
    assert b"emergency_profile" not in canonical(TAX_TYPE)
    assert not TAX_TYPE.emergency_profile
    opened = replace(TAX_TYPE, emergency_profile=frozenset({TAX_TYPE.fields[0].name}))
    assert digest(opened) != digest(TAX_TYPE)
    assert from_json(EntityKind.LICENCE_TYPE, json.loads(canonical(opened))) == opened
    message = catalogue_pb2.CatalogueEntry()
    put_entity(message, opened)
    assert entity_of(message) == opened


def test_a_type_that_mentions_no_holder_keeps_its_bytes_and_one_that_does_crosses_the_wire():
    assert b"holder_mentions" not in canonical(TAX_TYPE)
    marked = replace(TAX_TYPE, holder_mentions=(HolderMention(name="voucher"), HolderMention(id_number="a", sex="b")))
    assert digest(marked) != digest(TAX_TYPE)
    assert to_json(marked)["holder_mentions"] == [{"name": "voucher"}, {"id_number": "a", "sex": "b"}]
    assert from_json(EntityKind.LICENCE_TYPE, json.loads(canonical(marked))) == marked
    message = catalogue_pb2.CatalogueEntry()
    put_entity(message, marked)
    assert entity_of(message) == marked


@pytest.mark.parametrize("demand", list(SecondSignature))
def test_a_licence_types_second_signature_crosses_the_wire(demand):
    asking = replace(TAX_TYPE, second_signature=demand)
    message = catalogue_pb2.CatalogueEntry()
    put_entity(message, asking)
    assert entity_of(message) == asking
    # To those who do not know it nothing is sent that they would refuse.
    assert message.licence_type.second_signature == {"offer": 2, "require": 3}.get(demand.value, 0)
    message.licence_type.second_signature = catalogue_pb2.SECOND_SIGNATURE_OMIT
    assert entity_of(message) == TAX_TYPE


def test_kinds_and_codes():
    mandate = Mandate("m-1", "A", frozenset(), "r", "2026-01-01", "2026-12-31")
    agreement = Agreement("a-1", "A", "B", frozenset(), frozenset(), frozenset(), "2026-01-01", "2026-12-31", 1)
    assert (kind_of(DEPARTMENT), code_of(DEPARTMENT)) == (EntityKind.DEPARTMENT, "11990000MB0000000J")
    assert (kind_of(mandate), code_of(mandate)) == (EntityKind.MANDATE, "m-1")
    assert (kind_of(agreement), code_of(agreement)) == (EntityKind.AGREEMENT, "a-1")
    codes = {(kind_of(entity), code_of(entity)) for entity in sample()}
    assert len(codes) == len(sample())


def changed(path, value):
    """The department's JSON with the member at ``path`` set, or removed where ``value`` is the Ellipsis."""
    data = to_json(DEPARTMENT)
    at = data
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("name", "zh"), ..., "name.zh: is missing"),
        (("uscc",), ..., "uscc: is missing"),
        (("extra",), 1, "entity: has unknown members"),
        (("name", "fr"), "x", "name: has unknown members"),
        (("name",), "x", "name: must be an object"),
        (("uscc",), 1, "uscc: must be str"),
        (("uscc",), None, "uscc: must be str"),
        (("parent",), 1, "parent: must be str"),
        (("level",), "planet", "level: must be one of"),
        (("level",), True, "level: must be one of"),
        (("level",), [], "level: must be one of"),
        (("roles",), "auditor", "roles: must be a list"),
        (("roles",), ["auditor", "auditor"], "roles: repeats an item"),
        (("roles",), ["king"], "roles[0]: must be one of"),
        (("operators",), [{}], "operators[0].id: is missing"),
        (("operators",), {}, "operators: must be a list"),
        (("token_keys", 0, "alg"), 1, "token_keys[0].alg: must be str"),
    ],
)
def test_from_json_is_strict_and_names_the_member(path, value, named):
    with pytest.raises(CodecError) as caught:
        from_json(EntityKind.DEPARTMENT, changed(path, value))
    assert named in str(caught.value)


@pytest.mark.parametrize("prefills", [[["a"]], [["a", "b", "c"]], ["ab"], [["a", 1]], [{"a": "b"}]])
def test_pairs_have_two_texts(prefills):
    matter = next(entity for entity in sample() if kind_of(entity) is EntityKind.MATTER)
    data = to_json(matter)
    data["evidence"][0]["prefills"] = prefills
    with pytest.raises(CodecError):
        from_json(EntityKind.MATTER, data)


def test_integers_are_not_booleans_and_enums_of_numbers_are_numbers():
    matter = next(entity for entity in sample() if kind_of(entity) is EntityKind.MATTER)
    for member, value in (("max_uses", True), ("min_assurance", True), ("min_assurance", 3), ("withdrawn", 0)):
        data = to_json(matter)
        data["evidence"][0][member] = value
        with pytest.raises(CodecError, match=member):
            from_json(EntityKind.MATTER, data)
    assert matter.evidence[0].bases == frozenset({Basis.DUTY})


def test_text_that_utf8_cannot_carry_is_refused():
    with pytest.raises(CodecError, match="surrogate"):
        canonical(replace(DEPARTMENT, region="\ud800"))
