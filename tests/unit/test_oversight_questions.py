"""Auditors' questions: under a mandate, about what it covers, and each itself in the log."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import audit_service_pb2 as pb

from exchange.audit.entry import key_epoch
from exchange.audit.indexer import DIMENSIONS
from exchange.call import Caller
from exchange.edge.paging import PageTokens
from exchange.edge.servicers.audit import AuditServicer
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.oversight.mandate import MandateDesk
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.audit_office import ALL, AUDIT, ONE, OTHERS, PAST, Office, open_office
from tests.fakes.licence_world import FOOD, IDENTITY, LAND, MARKET, POLICE


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, keys: FileKeyBackend) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("records"), keys) as office:
        yield office


def test_the_log_is_listed_newest_first_with_proof_positions(office: Office) -> None:
    records = office.listed()
    indexes = [record.index for record in records]
    assert indexes == sorted(indexes, reverse=True)
    assert all(record.name == f"accessRecords/{record.index}" for record in records)
    assert all(len(record.commitment) == 33 for record in records)
    assert {record.entry.department for record in records} >= {MARKET, POLICE}


def test_an_entry_that_cannot_be_read_hides_no_other(office: Office) -> None:
    request = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=ALL), page_size=200)
    records = list(office.ask("list_access_records", request).records)
    unread = [record for record in records if not record.HasField("entry")]
    assert unread
    assert all(len(record.commitment) == 33 for record in unread)
    assert len(records) > len(unread)


def test_what_is_sealed_and_whom_for_is_never_shown(office: Office) -> None:
    sealed = [entry for entry in office.world.records() if entry.sealed]
    assert sealed
    assert not any(record.entry.sealed or record.entry.sealed_owner for record in office.listed())


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"department": POLICE}, 1),
        ({"matter": FOOD, "outcome": log.OUTCOME_ALLOWED, "purpose": "service"}, 2),
        ({"outcome": log.OUTCOME_REFUSED, "reason": "CONSENT_MISSING"}, 1),
        ({"department": MARKET, "operator": "nobody"}, 0),
        ({"licence_type": IDENTITY, "department": MARKET}, 1),
        ({"method": "no.such/Method"}, 0),
        ({"holder_tag": b"x" * 16}, 0),
    ],
)
def test_filters_hold_together(office: Office, filters: dict[str, Any], count: int) -> None:
    assert len(office.listed(**filters)) == count


def test_people_cases_and_licences_are_found_by_the_tags_of_their_names(office: Office) -> None:
    fetched = next(entry for entry in office.world.records() if entry.items and entry.items[0].fields_released)
    assert len(office.listed(department=MARKET, operator="clerk")) == 3
    tag = fetched.items[0].holder_tag
    assert {record.entry.items[0].holder_tag for record in office.listed(holder_tag=tag)} == {tag}
    tagged = office.world.tagger.case(office.case, key_epoch(office.world.hub.clock.us))
    assert {record.entry.case_tag for record in office.listed(case=f"cases/{office.case}")} == {tagged}
    assert len(office.listed(case=f"cases/{office.case}")) == 3
    assert office.listed(licence=f"licenceTypes/{IDENTITY}/licences/none") == []


def test_a_window_of_time_is_half_open(office: Office) -> None:
    now = office.world.hub.clock.seconds
    request = pb.AccessFilter(mandate=ALL)
    request.start_time.seconds = now + 1
    assert list(office.ask("list_access_records", pb.ListAccessRecordsRequest(filter=request)).records) == []
    request.start_time.seconds, request.end_time.seconds = now, now + 1
    assert office.ask("list_access_records", pb.ListAccessRecordsRequest(filter=request)).records


def test_pages_follow_each_other_and_belong_to_who_asked(office: Office) -> None:
    office.publish()
    asked = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=ALL, department=MARKET), page_size=2)
    seen: list[int] = []
    while True:
        page = office.ask("list_access_records", asked)
        seen += [record.index for record in page.records]
        if not page.next_page_token:
            break
        asked.page_token = page.next_page_token
        token = page.next_page_token
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == len(office.listed(department=MARKET))
    stolen = pb.ListAccessRecordsRequest(filter=asked.filter, page_token=token)
    error = office.refusal("list_access_records", stolen, caller=office.caller("auditor-2"))
    assert isinstance(error, InvalidError)
    assert [each.field for each in error.violations] == ["page_token"]
    stolen.filter.department = POLICE
    assert isinstance(office.refusal("list_access_records", stolen), InvalidError)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_accesses_are_counted_by_every_dimension(office: Office, by: str) -> None:
    request = pb.SummariseAccessesRequest(filter=pb.AccessFilter(mandate=ALL), by=by)
    counts = [row.count for row in office.ask("summarise_accesses", request).counts]
    assert counts == sorted(counts, reverse=True)


def test_a_summary_reads_as_words_where_it_is_no_tag(office: Office) -> None:
    request = pb.SummariseAccessesRequest(filter=pb.AccessFilter(mandate=ALL, department=MARKET), by="method")
    rows = {row.value: row.count for row in office.ask("summarise_accesses", request).counts}
    assert rows["onceonly.v1.TestService/Call"] == 3
    request.by = "operator"
    assert all(len(bytes.fromhex(row.value)) == 16 for row in office.ask("summarise_accesses", request).counts)


@pytest.mark.parametrize("by", ["", "name", "holder; drop table", "x" * 2_000])
def test_a_summary_by_something_else_is_the_callers_mistake(office: Office, by: str) -> None:
    error = office.refusal(
        "summarise_accesses", pb.SummariseAccessesRequest(filter=pb.AccessFilter(mandate=ALL), by=by)
    )
    assert isinstance(error, InvalidError)
    assert [each.field for each in error.violations] == ["by"]


def test_bad_filters_are_named_at_once(office: Office) -> None:
    bad = pb.AccessFilter(mandate=ALL, operator="clerk", licence="licences/1")
    bad.start_time.seconds, bad.end_time.seconds = 20, 10
    error = office.refusal("list_access_records", pb.ListAccessRecordsRequest(filter=bad))
    assert isinstance(error, InvalidError)
    assert [each.field for each in error.violations] == ["filter.operator", "filter.end_time", "filter.licence"]


def test_a_mandate_for_one_department_shows_that_one_only(office: Office) -> None:
    assert {record.entry.department for record in office.listed(mandate=ONE)} == {MARKET}
    shown = office.listed(mandate=ONE)[0]
    request = pb.GetAccessRecordRequest(name=shown.name, mandate=ONE)
    assert office.ask("get_access_record", request).record.index == shown.index
    hidden = next(record for record in office.listed() if record.entry.department == POLICE)
    missing = office.refusal("get_access_record", pb.GetAccessRecordRequest(name=hidden.name, mandate=ONE))
    beyond = office.refusal("get_access_record", pb.GetAccessRecordRequest(name="accessRecords/999999", mandate=ONE))
    assert isinstance(missing, NotFoundError)
    assert (type(missing), missing.reasons) == (type(beyond), beyond.reasons)


@pytest.mark.parametrize(
    ("filters", "caller"),
    [
        ({"mandate": "mandates/none"}, None),
        ({"mandate": PAST}, None),
        ({"mandate": OTHERS}, None),
        ({"mandate": ONE, "department": POLICE}, None),
    ],
)
def test_beyond_the_mandate_there_is_nothing(office: Office, filters: dict[str, str], caller: Caller | None) -> None:
    request = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(**filters))
    error = office.refusal("list_access_records", request, caller=caller)
    assert isinstance(error, RefusedError)
    assert error.reasons == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    entry = office.world.records()[-1]
    assert (entry.outcome, entry.purpose) == (log.OUTCOME_REFUSED, "oversight")
    assert entry.items[0].facts


@pytest.mark.parametrize("name", ["", "all", "mandate/all", "cases/1"])
def test_a_mandate_is_named_as_one(office: Office, name: str) -> None:
    error = office.refusal("list_access_records", pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=name)))
    assert isinstance(error, InvalidError)
    assert [each.field for each in error.violations] == ["mandate"]


def test_every_question_is_itself_an_entry_under_its_mandate(office: Office) -> None:
    office.listed()
    entry = office.world.records()[-1]
    assert (entry.purpose, entry.evidence_object, entry.department) == ("oversight", ALL, AUDIT)
    assert entry.policy_digest


def test_a_locked_out_auditor_asks_nothing(office: Office) -> None:
    strict = replace(
        office.room, desk=MandateDesk(office.world.hub.recorder, Limits(fetches_per_hour=0), office.world.tagger)
    )
    servicer = AuditServicer(strict, PageTokens(b"p" * 32), lambda: 0)
    request = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=ALL))
    with pytest.raises(RefusedError) as caught:
        office.world.hub.run(office.caller(), servicer.list_access_records, request)
    assert caught.value.reasons == (Reason.RATE_LIMITED,)


def test_decisions_are_explained_from_the_record_alone(office: Office) -> None:
    refused = office.listed(outcome=log.OUTCOME_REFUSED, reason="CONSENT_MISSING")[0]
    answer = office.ask("explain_decision", pb.ExplainDecisionRequest(name=refused.name, mandate=ALL))
    (item,) = answer.items
    assert item.agrees
    assert [guard.reason for guard in item.guards if not guard.held] == ["CONSENT_MISSING"]
    assert all(guard.message.zh and guard.message.en for guard in item.guards)
    assert json.loads(item.facts)
    allowed = next(record for record in office.listed() if record.entry.items and record.entry.items[0].fields_released)
    (item,) = office.ask("explain_decision", pb.ExplainDecisionRequest(name=allowed.name, mandate=ALL)).items
    assert item.agrees
    assert set(item.allowed_fields) >= set(allowed.entry.items[0].fields_released)


@pytest.mark.parametrize(
    "name", ["", "1", "accessRecords/", "accessRecords/-1", "accessRecords/１", "accessRecords/" + "9" * 19, "cases/1"]
)
def test_a_record_is_named_by_its_position(office: Office, name: str) -> None:
    for question, kind in (
        ("get_access_record", pb.GetAccessRecordRequest),
        ("explain_decision", pb.ExplainDecisionRequest),
    ):
        error = office.refusal(question, kind(name=name, mandate=ALL))
        assert isinstance(error, InvalidError)
        assert [each.field for each in error.violations] == ["name"]


def test_another_departments_auditor_has_no_mandate_here(office: Office) -> None:
    clerk = office.world.hub.caller(LAND, "issuer")
    error = office.refusal(
        "list_access_records", pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=ALL)), caller=clerk
    )
    assert set(error.reasons) >= {Reason.ROLE_MISSING, Reason.EVIDENCE_OBJECT_UNKNOWN}


def test_a_token_that_is_limited_to_cases_leaves_none_of_them_raw(office: Office) -> None:
    nothing = frozenset[str]()
    limited = replace(office.caller(), scope=(nothing, frozenset({office.case}), nothing))
    question = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(mandate=ALL))
    assert office.refusal("list_access_records", question, caller=limited).reasons == (Reason.TOKEN_EXCEEDED,)
    assert office.case.encode() not in office.world.records()[-1].SerializeToString()
