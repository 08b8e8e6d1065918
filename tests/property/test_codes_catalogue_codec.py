"""Any entity goes to canonical JSON and back without change; other JSON is refused with the codec's own error."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.catalogue.codec import ENTITY_CLASSES, CodecError, canonical, digest, from_json, kind_of
from exchange.entities.catalogue import EntityKind

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
entities = st.sampled_from(sorted(EntityKind)).flatmap(lambda kind: st.from_type(ENTITY_CLASSES[kind]))
SETTINGS = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SETTINGS
@given(entities)
def test_round_trip(entity):
    again = from_json(kind_of(entity), json.loads(canonical(entity)))
    assert again == entity
    assert canonical(again) == canonical(entity)


@SETTINGS
@given(entities, entities)
def test_digests_are_equal_for_equal_entities_only(one, other):
    assert (digest(one) == digest(other)) == (one == other and kind_of(one) is kind_of(other))


@SETTINGS
@given(
    st.sampled_from(sorted(EntityKind)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
)
def test_other_json_is_refused(kind, data):
    try:
        from_json(kind, data)
    except CodecError:
        return
    raise AssertionError("accepted")
