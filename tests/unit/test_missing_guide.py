"""What a guide says of missing evidence: read, checked, converted and digested as everything else of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from onceonly.v1 import catalogue_pb2

from exchange.catalogue.codec import canonical, digest, from_json, to_json
from exchange.catalogue.schema import entity_shape_problems, load_folder
from exchange.catalogue.validation import validate
from exchange.edge.convert.catalogue import entity_of, put_entity
from exchange.entities.catalogue import Acceptance, EntityKind, Label, Matter, Necessity
from tests.fakes.small_catalogue import food, small_catalogue

SAMPLE = load_folder(Path(__file__).parents[2] / "catalogue")
TEXT = Label(zh="承诺", en="I commit")


def with_text(necessity: Necessity = Necessity.REPLACEABLE, text: Label | None = TEXT) -> Matter:
    first, *rest = food().evidence
    return replace(food(), evidence=(replace(first, necessity=necessity, commitment_text=text), *rest))


@pytest.mark.parametrize("matter", [*SAMPLE.matters, with_text(), replace(food(), acceptance=Acceptance.COMPLETE)])
def test_a_guide_crosses_the_edge_unchanged(matter: Matter) -> None:
    message = catalogue_pb2.CatalogueEntry()
    put_entity(message, matter)
    assert entity_of(catalogue_pb2.CatalogueEntry.FromString(message.SerializeToString())) == matter
    assert from_json(EntityKind.MATTER, to_json(matter)) == matter


def test_what_was_published_before_keeps_its_digest() -> None:
    plain = replace(food(), acceptance=Acceptance.COMPLETE)
    assert b"acceptance" not in canonical(plain)
    assert b"commitment_text" not in canonical(plain)
    assert digest(with_text()) != digest(with_text(text=None))


def test_a_text_is_whole_and_belongs_to_a_replaceable_line() -> None:
    assert [each.field for each in entity_shape_problems(with_text(text=Label("", "x")))] == [
        "evidence[0].commitment_text.zh"
    ]
    others = [entity for entity in small_catalogue() if not (isinstance(entity, Matter) and entity.code == food().code)]
    assert not validate((*others, with_text()))
    wrong = validate((*others, with_text(Necessity.REQUIRED)))
    assert [each.field for each in wrong] == ["evidence[licence].commitment_text"]


def test_the_sample_has_commitments_in_its_own_words() -> None:
    lines = [line for matter in SAMPLE.matters for line in matter.evidence if line.commitment_text is not None]
    assert len(lines) == 2
    assert {line.necessity for line in lines} == {Necessity.REPLACEABLE}
