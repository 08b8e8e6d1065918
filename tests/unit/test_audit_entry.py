"""Entries: drafted, serialised once, tagged by year."""

from datetime import UTC, datetime

import pytest
from onceonly.v1 import access_record_pb2 as pb

from exchange.audit.entry import (
    ItemDraft,
    Outcome,
    RecordDraft,
    Tagger,
    event_context,
    finish,
    key_epoch,
    new_salt,
    parse,
    seal_context,
)
from exchange.audit.errors import JournalError
from exchange.entities.event import Event, EventType
from exchange.reasons import Reason
from storage.blind import BlindIndex
from storage.errors import LimitExceededError
from tests.fakes.audit_world import START_US


def finished(draft, **changed):
    arguments = {
        "time_us": START_US,
        "outcome": Outcome.ALLOWED,
        "reasons": (),
        "response_digest": b"r" * 32,
        "request_digest": b"q" * 32,
        "seal": lambda owner, plaintext, context: b"%b|%b|%b" % (owner.encode(), plaintext, context),
    }
    return finish(draft, **(arguments | changed))


def test_every_field_of_the_draft_is_in_the_entry():
    draft = RecordDraft(method="m", request_id="id", department="d", system="s", region="310000")
    draft.operator_tag, draft.case_tag, draft.guide_digest, draft.policy_digest = b"o", b"c", b"g", b"p"
    draft.purpose, draft.matter, draft.matter_revision = "service", "mt", 3
    draft.evidence_object, draft.resource = "mandates/1", "matters/1"
    draft.sealed_owner, draft.raw = "owner", {"holder": "H", "case": "C"}
    item = draft.item(ItemDraft(requirement="identity"))
    item.licence_type, item.issuer, item.holder_tag, item.licence_tag, item.licence_version = "t", "i", b"h", b"l", 2
    item.outcome, item.reasons, item.legal_basis, item.consent = Outcome.REFUSED, ("R",), "consent", "consents/1"
    item.agreement, item.fields_requested, item.fields_released = "agreements/1", ("a", "b"), ("a",)
    item.response_digest, item.facts, item.case_tag, item.matter = b"x" * 32, b"{}", b"c" * 16, "other"
    draft.event(Event(EventType.CASE_ACCEPTED, "cases/1", frozenset({"d2", "d1"}), "mt", "t", {"days": "5"}))
    message = parse(finished(draft, outcome="partial", reasons=(Reason.PROHIBITED,)))
    assert {name.name for name, _ in message.ListFields()} == set(pb.AccessEntry.DESCRIPTOR.fields_by_name)
    assert {name.name for name, _ in message.items[0].ListFields()} == set(pb.AccessItem.DESCRIPTOR.fields_by_name)
    assert (message.version, message.time_us, message.outcome) == (2, START_US, pb.OUTCOME_PARTIAL)
    assert list(message.reasons) == ["PROHIBITED"]
    assert message.items[0].outcome == pb.OUTCOME_REFUSED
    assert list(message.items[0].fields_released) == ["a"]
    assert {name.name for name, _ in message.events[0].ListFields()} == set(pb.LoggedEvent.DESCRIPTOR.fields_by_name)
    assert list(message.events[0].audience) == ["d1", "d2"]
    content = b'{"details":{"days":"5"},"subject":"cases/1"}'
    assert message.events[0].sealed == b"owner|" + content + b"|" + event_context("id", START_US, 0)
    assert message.sealed == b'owner|{"case":"C","holder":"H"}|' + seal_context("id", START_US)


@pytest.mark.parametrize(("raw", "owner"), [({}, "owner"), ({"holder": "H"}, "")])
def test_raw_identifiers_are_sealed_or_dropped(raw, owner):
    draft = RecordDraft(method="m")
    draft.raw, draft.sealed_owner = raw, owner
    entry = finished(draft)
    assert parse(entry).sealed == b""
    assert parse(entry).sealed_owner == ""
    assert b"H" not in entry


def test_an_event_is_sealed_for_whom_it_is_about_in_its_own_place():
    draft = RecordDraft(method="m", request_id="id", sealed_owner="hub")
    for owner in ("", "holder"):
        draft.event(Event(EventType.LICENCE_ISSUED, "licenceTypes/t", frozenset(), owner=owner))
    first, second = parse(finished(draft)).events
    assert (first.sealed_owner, second.sealed_owner) == ("hub", "holder")
    assert first.sealed.endswith(event_context("id", START_US, 0))
    assert second.sealed.endswith(event_context("id", START_US, 1))


def test_of_a_call_that_is_refused_nothing_has_happened():
    draft = RecordDraft(method="m", sealed_owner="hub")
    draft.event(Event(EventType.CASE_OPENED, "cases/1", frozenset()))
    draft.withhold(Outcome.REFUSED, (Reason.PROHIBITED,))
    assert not parse(finished(draft, outcome=Outcome.REFUSED)).events


def test_an_oversized_entry_and_an_unknown_outcome_are_refused():
    draft = RecordDraft(method="m")
    with pytest.raises(KeyError):
        finished(draft, outcome="perhaps")
    draft.item(ItemDraft(facts=b"x" * 300_000))
    with pytest.raises(LimitExceededError, match="access entry"):
        finished(draft)


def test_broken_entries_are_refused():
    with pytest.raises(JournalError, match="not an AccessEntry"):
        parse(b"\xff")
    for version in (0, 3):
        with pytest.raises(JournalError, match=f"version {version}; this code reads up to version 2"):
            parse(pb.AccessEntry(version=version).SerializeToString())


def test_tags_differ_by_kind_year_and_value():
    tagger = Tagger(BlindIndex(b"k" * 32))
    tags = [
        tagger.operator("d", "x", 2026),
        tagger.operator("d", "y", 2026),
        tagger.operator("d", "x", 2027),
        tagger.case("d/x", 2026),
        tagger.licence("d", "x", 2026),
        tagger.holder("d", "x", 2026),
    ]
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {16}
    assert tagger.holder("d", "x", 2026) == tags[-1]


def test_the_epoch_is_the_calendar_year():
    last = int(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
    assert (key_epoch(last), key_epoch(last + 1_000_000)) == (2026, 2027)


def test_salts_are_fresh():
    assert len(new_salt()) == 32
    assert new_salt() != new_salt()
