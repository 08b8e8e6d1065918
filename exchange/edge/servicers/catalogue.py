"""CatalogueService."""

from onceonly.v1 import catalogue_service_pb2 as pb

from exchange.call import Call
from exchange.catalogue.approve import approve_entry
from exchange.catalogue.names import EntryName, format_entry_name, parse_collection, parse_entry_name
from exchange.catalogue.propose import propose_entry, review_entry
from exchange.catalogue.publish import publish_entry, retire_entry
from exchange.catalogue.read import get_entry, list_entries, validate_catalogue
from exchange.catalogue.room import CatalogueRoom
from exchange.edge.convert.catalogue import entities_of, entity_of, entry_message
from exchange.edge.convert.values import label
from exchange.edge.paging import PageTokens
from exchange.entities.catalogue import Label
from exchange.errors import InvalidError, Violation

_MAX_DEPENDENTS = 2_000


class CatalogueServicer:
    """Publishes nothing silently: propose, review, and a second person publishes."""

    def __init__(self, room: CatalogueRoom, tokens: PageTokens) -> None:
        self._room = room
        self._tokens = tokens

    def get_entry(self, call: Call, request: pb.GetEntryRequest) -> pb.GetEntryResponse:
        name = parse_entry_name(request.name)
        return pb.GetEntryResponse(entry=entry_message(get_entry(call, self._room, name.kind, name.code, name.number)))

    def list_entries(self, call: Call, request: pb.ListEntriesRequest) -> pb.ListEntriesResponse:
        kind = parse_collection(request.collection)
        query = f"ListEntries\0{kind}\0{request.waiting}".encode()
        asked = self._tokens.asked(call.caller.name, query, request)
        page = list_entries(call, self._room, kind, waiting=request.waiting, after=asked.after, limit=asked.limit)
        return pb.ListEntriesResponse(
            entries=[entry_message(view) for view in page.items],
            next_page_token=asked.token(page.next_key),
        )

    def propose_entry(self, call: Call, request: pb.ProposeEntryRequest) -> pb.ProposeEntryResponse:
        entity = entity_of(request.entry)
        view = propose_entry(call, self._room, entity, request.entry.note, validate_only=request.validate_only)
        return pb.ProposeEntryResponse(entry=entry_message(view))

    def review_entry(self, call: Call, request: pb.ReviewEntryRequest) -> pb.ReviewEntryResponse:
        name, number = _revision(request.name)
        view = review_entry(
            call,
            self._room,
            name.kind,
            name.code,
            number,
            request.etag,
            accepted=request.accepted,
            note=request.note,
        )
        return pb.ReviewEntryResponse(entry=entry_message(view))

    def approve_entry(self, call: Call, request: pb.ApproveEntryRequest) -> pb.ApproveEntryResponse:
        name, number = _revision(request.name)
        view = approve_entry(call, self._room, name.kind, name.code, number, request.etag)
        return pb.ApproveEntryResponse(entry=entry_message(view))

    def publish_entry(self, call: Call, request: pb.PublishEntryRequest) -> pb.PublishEntryResponse:
        name, number = _revision(request.name)
        view = publish_entry(
            call, self._room, name.kind, name.code, number, request.etag, validate_only=request.validate_only
        )
        return pb.PublishEntryResponse(entry=entry_message(view))

    def retire_entry(self, call: Call, request: pb.RetireEntryRequest) -> pb.RetireEntryResponse:
        name, number = _revision(request.name)
        known = frozenset(request.dependents)
        if len(known) > _MAX_DEPENDENTS:
            en, zh = f"must be at most {_MAX_DEPENDENTS}", f"不得超过{_MAX_DEPENDENTS}项"
            raise InvalidError((Violation("dependents", en, zh),))
        view = retire_entry(call, self._room, name.kind, name.code, number, request.etag, request.note, known)
        return pb.RetireEntryResponse(entry=entry_message(view))

    def validate_catalogue(self, call: Call, request: pb.ValidateCatalogueRequest) -> pb.ValidateCatalogueResponse:
        problems = validate_catalogue(call, entities_of(request.entries))
        return pb.ValidateCatalogueResponse(
            problems=[
                pb.Problem(entity=problem.entity, field=problem.field, message=label(Label(problem.zh, problem.en)))
                for problem in problems
            ]
        )


def _revision(text: str) -> tuple[EntryName, int]:
    """A name that must be of a revision."""
    name = parse_entry_name(text)
    if name.number is None:
        example = format_entry_name(name.kind, name.code, 1)
        raise InvalidError((Violation("name", f"must name a revision, as {example}", f"须为版本名称，例如 {example}"),))
    return name, name.number
