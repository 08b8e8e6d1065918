"""How the catalogue lies in records, and the names of its entries."""

from dataclasses import replace

import pytest

from exchange.catalogue.codec import canonical
from exchange.catalogue.names import EntryName, format_entry_name, parse_collection, parse_entry_name
from exchange.catalogue.store import (
    ENTRY_KIND,
    REVISION_KIND,
    CatalogueStore,
    EntryHead,
    revision_key,
    write_head,
    write_revision,
)
from exchange.entities.catalogue import EntityKind
from exchange.entities.revision import RevisionState
from exchange.errors import InvalidError
from storage.errors import CorruptError, StorageUnavailableError
from storage.records.changes import Replace
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import FOOD, MARKET, food, label, market, small_catalogue


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


def test_published_revision_reads_back_equal_and_stays_cached(hub):
    found = hub.catalogue.revision(EntityKind.MATTER, FOOD, 1)
    assert found is not None
    assert found.entity == food()
    assert found.number == 1
    assert hub.catalogue.revision(EntityKind.MATTER, FOOD, 1) is found


def test_absent_and_draft_revisions_are_not_published_ones(hub):
    assert hub.catalogue.revision(EntityKind.MATTER, FOOD, 2) is None
    draft = replace(hub.catalogue.revision(EntityKind.MATTER, FOOD, 1), number=2, state=RevisionState.DRAFT)
    hub.write(write_revision(replace(draft, published_time=0), 0))
    assert hub.catalogue.revision(EntityKind.MATTER, FOOD, 2) is None
    assert hub.catalogue.stored(EntityKind.MATTER, FOOD, 2).revision.state is RevisionState.DRAFT


def test_cache_is_bounded_and_reads_again_what_it_let_go(hub, monkeypatch):
    monkeypatch.setattr("exchange.catalogue.store._CACHED", 1)
    first = hub.catalogue.revision(EntityKind.MATTER, FOOD, 1)
    hub.catalogue.revision(EntityKind.DEPARTMENT, MARKET, 1)
    again = hub.catalogue.revision(EntityKind.MATTER, FOOD, 1)
    assert again == first
    assert again is not first


def test_entity_that_lost_its_digest_is_never_served(hub):
    key = revision_key(EntityKind.MATTER, FOOD, 1)
    record = hub.records.get(REVISION_KIND, key)
    head, _, _ = record.body.partition(b"\n")
    forged = canonical(replace(food(), name=label("伪造")))
    hub.write(Replace(REVISION_KIND, key, record.version, head + b"\n" + forged, (("in_force", b"1"),)))
    with pytest.raises(CorruptError, match="digest"):
        hub.catalogue.load_register()


@pytest.mark.parametrize("body", [b"", b"{}", b"{}\n{}", b"[]\n{}", b'{"kind":"matters"}\n', b"\xff\n{}", b"\n\n"])
def test_bytes_that_are_no_revision_are_corrupt(hub, body):
    key = revision_key(EntityKind.MATTER, FOOD, 1)
    hub.write(Replace(REVISION_KIND, key, hub.records.get(REVISION_KIND, key).version, body))
    with pytest.raises(CorruptError):
        hub.catalogue.stored(EntityKind.MATTER, FOOD, 1)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"latest":1}', b'{"latest":"x","in_force":0,"waiting":0}'])
def test_bytes_that_are_no_head_are_corrupt(hub, body):
    hub.write(Replace(ENTRY_KIND, f"matters/{FOOD}", 1, body))
    with pytest.raises(CorruptError):
        hub.catalogue.head(EntityKind.MATTER, FOOD)


def test_head_says_latest_in_force_and_waiting(hub):
    assert hub.catalogue.head(EntityKind.MATTER, FOOD) == (EntryHead(1, 1, 0), 1)
    assert hub.catalogue.head(EntityKind.MATTER, "9" * 31) == (EntryHead(), 0)
    hub.write(write_head(EntityKind.MATTER, FOOD, EntryHead(2, 1, 2), 1))
    assert hub.catalogue.head(EntityKind.MATTER, FOOD) == (EntryHead(2, 1, 2), 2)


def test_register_holds_what_is_in_force_and_nothing_superseded(hub):
    changed = replace(food(), name=label("新名称"))
    hub.publish(changed)
    register = hub.register
    assert register.matters[FOOD] == changed
    assert register.revisions[EntityKind.MATTER, FOOD].number == 2
    assert register.epoch == len(small_catalogue()) + 1
    assert register.departments[MARKET] == market()
    old = hub.catalogue.stored(EntityKind.MATTER, FOOD, 1).revision
    assert old.state is RevisionState.SUPERSEDED


def test_register_loaded_again_decodes_only_what_changed(hub):
    before = hub.register
    hub.publish(replace(food(), name=label("新名称")))
    after = hub.register
    assert after.matters[FOOD] is not before.matters[FOOD]
    assert after.departments[MARKET] is before.departments[MARKET]


def test_register_is_read_in_pages(hub, monkeypatch):
    monkeypatch.setattr("exchange.catalogue.store._PAGE", 2)
    assert len(hub.register.revisions) == len(small_catalogue())


class RestlessStore(CatalogueStore):
    """Something is published each time the register is read, ``times`` times."""

    def __init__(self, records, times):
        super().__init__(records)
        self.times = times
        self.reads = 0

    def epoch(self):
        self.reads += 1
        return self.reads if self.reads <= self.times else super().epoch()


def test_register_read_while_something_was_published_is_read_again(hub):
    store = RestlessStore(hub.records, 3)
    assert store.load_register().epoch == len(small_catalogue())
    assert store.reads > 3


def test_register_that_never_holds_still_is_unavailable(hub):
    with pytest.raises(StorageUnavailableError):
        RestlessStore(hub.records, 1_000).load_register()


def test_works_on_sqlite_too(tmp_path):
    with open_hub(tmp_path) as hub:
        hub.publish(*small_catalogue())
        hub.publish(food())
        assert hub.register.revisions[EntityKind.MATTER, FOOD].number == 2
        assert [each.revision.code for each in hub.catalogue.in_force(EntityKind.MATTER, "", 10)] == sorted(
            hub.register.matters
        )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"matters/{FOOD}", EntryName(EntityKind.MATTER, FOOD, None)),
        (f"matters/{FOOD}/revisions/12", EntryName(EntityKind.MATTER, FOOD, 12)),
        ("bundles/new-born", EntryName(EntityKind.BUNDLE, "new-born", None)),
        ("licenceTypes/ABC/revisions/999999", EntryName(EntityKind.LICENCE_TYPE, "ABC", 999_999)),
    ],
)
def test_names_round_trip(text, name):
    assert parse_entry_name(text) == name
    assert format_entry_name(name.kind, name.code, name.number) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "matters",
        "matters/",
        "things/ABC",
        "matters/ABC/",
        "matters/ABC/revisions/0",
        "matters/ABC/revisions/01",
        "matters/ABC/revisions/1000000",
        "matters/ABC/revisions/1\n",
        "matters/A/B",
        "matters/" + "A" * 64,
        "matters/ＡＢＣ",
        "matters/" + "A" * 100_000,
    ],
)
def test_other_names_are_refused(text):
    with pytest.raises(InvalidError) as refused:
        parse_entry_name(text, "entry.name")
    assert refused.value.violations[0].field == "entry.name"


def test_collections_are_the_six():
    assert parse_collection("bundles") is EntityKind.BUNDLE
    with pytest.raises(InvalidError):
        parse_collection("bundle")
