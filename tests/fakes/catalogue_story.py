"""Changes of a running hub's catalogue: by two people, and by a second department where access widens."""

from onceonly.v1 import catalogue_pb2
from onceonly.v1 import catalogue_service_pb2 as catalogue

from exchange.client import new_request_id
from exchange.demo.city import AUTHOR, PUBLISHER, REGISTRAR
from tests.fakes.town import POLICE, Town, refused


def ids(of: catalogue_pb2.CatalogueEntry) -> dict[str, str]:
    """What a step names an entry by."""
    return {"name": of.name, "etag": of.etag, "request_id": new_request_id()}


def change_by_two_people(town: Town) -> None:
    """A bundle is renamed, reviewed, published by another than its author, and retired."""
    author, publisher = town.hub(REGISTRAR, AUTHOR), town.hub(REGISTRAR, PUBLISHER)
    bundles = author.call(author.catalogue.ListEntries, catalogue.ListEntriesRequest(collection="bundles")).entries
    name = bundles[0].name.partition("/revisions/")[0]
    entry = author.call(author.catalogue.GetEntry, catalogue.GetEntryRequest(name=name)).entry
    draft = catalogue_pb2.CatalogueEntry(bundle=entry.bundle, note="更名")
    draft.bundle.name.en += ", renamed"

    validated = author.call(author.catalogue.ValidateCatalogue, catalogue.ValidateCatalogueRequest(entries=[draft]))
    assert not validated.problems
    dry = catalogue.ProposeEntryRequest(entry=draft, request_id=new_request_id(), validate_only=True)
    author.call(author.catalogue.ProposeEntry, dry)
    propose = catalogue.ProposeEntryRequest(entry=draft, request_id=new_request_id())
    proposed = author.call(author.catalogue.ProposeEntry, propose).entry
    review = catalogue.ReviewEntryRequest(**ids(proposed), accepted=True, note="同意")
    reviewed = publisher.call(publisher.catalogue.ReviewEntry, review).entry
    own = refused(author.call, author.catalogue.PublishEntry, catalogue.PublishEntryRequest(**ids(reviewed)))
    assert own.reasons == ("PUBLISHER_IS_AUTHOR",)
    published = publisher.call(publisher.catalogue.PublishEntry, catalogue.PublishEntryRequest(**ids(reviewed))).entry
    assert published.bundle.name.en.endswith(", renamed")
    assert published.revision == entry.revision + 1
    old = author.call(author.catalogue.GetEntry, catalogue.GetEntryRequest(name=entry.name)).entry
    assert old.superseded_time.seconds
    retire = catalogue.RetireEntryRequest(**ids(published), note="不再使用")
    retired = publisher.call(publisher.catalogue.RetireEntry, retire).entry
    assert retired.state == catalogue_pb2.REVISION_STATE_RETIRED
    nobody = catalogue.PublishEntryRequest(name=name, etag="x", request_id=new_request_id())
    assert [path for path, _ in refused(publisher.call, publisher.catalogue.PublishEntry, nobody).violations] == [
        "name"
    ]


def widen_access(town: Town) -> None:
    """A line may be read once more: the department whose licences it reads must approve."""
    author, publisher = town.hub(REGISTRAR, AUTHOR), town.hub(REGISTRAR, PUBLISHER)
    everything = author.call(author.catalogue.ListEntries, catalogue.ListEntriesRequest(collection="matters")).entries
    card = town.issue_card(town.head(town.organisation())).name.split("/")[1]
    entry = next(each for each in everything if card in {line.licence_type for line in each.matter.evidence})
    draft = catalogue_pb2.CatalogueEntry(matter=entry.matter)
    line = next(line for line in draft.matter.evidence if line.licence_type == card)
    line.max_uses += 1

    propose = catalogue.ProposeEntryRequest(entry=draft, request_id=new_request_id())
    proposed = author.call(author.catalogue.ProposeEntry, propose).entry
    (change,) = proposed.access_changes
    assert (change.effect, change.licence_type) == (catalogue_pb2.ACCESS_EFFECT_WIDENS, card)
    review = catalogue.ReviewEntryRequest(**ids(proposed), accepted=True)
    reviewed = publisher.call(publisher.catalogue.ReviewEntry, review).entry
    publish = catalogue.PublishEntryRequest(**ids(reviewed))
    assert refused(publisher.call, publisher.catalogue.PublishEntry, publish).reasons == ("APPROVAL_MISSING",)
    approve = catalogue.ApproveEntryRequest(**ids(reviewed))
    assert refused(publisher.call, publisher.catalogue.ApproveEntry, approve).reasons == ("APPROVER_NOT_CONCERNED",)
    police = town.hub(POLICE, "issuer-1")
    approved = police.call(police.catalogue.ApproveEntry, catalogue.ApproveEntryRequest(**ids(reviewed))).entry
    assert approved.approver.endswith("/issuer-1")
    published = publisher.call(publisher.catalogue.PublishEntry, catalogue.PublishEntryRequest(**ids(approved))).entry
    assert published.state == catalogue_pb2.REVISION_STATE_PUBLISHED
    retire = catalogue.RetireEntryRequest(**ids(published), note="不再使用")
    error = refused(publisher.call, publisher.catalogue.RetireEntry, retire)
    assert {field for field, _ in error.violations} == {"dependents"}
