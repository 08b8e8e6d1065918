"""Names of the objects that reads outside a case rest on: only what an object can be called gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onceonly.v1 import exchange_service_pb2 as pb

from exchange.edge.convert.purposes import MAX_ID, asked_of, parse_name
from exchange.errors import InvalidError
from exchange.warrants.warrant import PURPOSES

IDS = st.text("0123456789abcdefABCDEF", min_size=1, max_size=MAX_ID)


@given(collection=st.sampled_from(sorted(PURPOSES)), name=IDS, fields=st.lists(st.sampled_from("abc")))
def test_what_an_object_is_called_is_read_as_such(collection: str, name: str, fields: list[str]) -> None:
    request = pb.FetchForPurposeRequest(evidence_object=f"{collection}/{name}", licence_type="T", fields=fields)
    asked = asked_of(request)
    assert (asked.name, asked.collection, asked.id) == (request.evidence_object, collection, name)
    assert (asked.licence_type, asked.fields) == ("T", tuple(dict.fromkeys(fields)))
    assert parse_name(request.evidence_object, collection) == name


@given(st.text(max_size=100))
def test_any_other_text_is_refused(text: str) -> None:
    collection, _, name = text.partition("/")
    if collection in PURPOSES and name.isascii() and name.isalnum():
        return
    with pytest.raises(InvalidError) as caught:
        asked_of(pb.FetchForPurposeRequest(evidence_object=text))
    assert [each.field for each in caught.value.violations] == ["evidence_object"]


@pytest.mark.parametrize(
    "text", ["", "incidents", "incidents/", "incidents/a/b", "incidents/a b", f"incidents/{'a' * 65}", "cases/a"]
)
def test_a_name_is_of_its_collection(text: str) -> None:
    with pytest.raises(InvalidError):
        parse_name(text, "incidents")
