"""What is malformed in any request, found by its descriptor and named with its path."""

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from onceonly.v1 import audit_service_pb2 as audit
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import catalogue_pb2, values_pb2
from onceonly.v1 import catalogue_service_pb2 as catalogue
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import issuance_service_pb2 as issuance
from onceonly.v1 import licence_pb2 as licence
from onceonly.v1 import verification_service_pb2 as verification

from exchange.codes import text_problem
from exchange.edge.validation import check_message, is_uuid
from exchange.errors import InvalidError, Violation

UUID = "0f2d9a52-13c1-4b8a-9d5e-0e5a4b7d5c11"
LATEST = 7_258_118_400
EARLIEST = -2_208_988_800


def violations(message: Message) -> tuple[Violation, ...]:
    with pytest.raises(InvalidError) as caught:
        check_message(message)
    assert all(each.en and each.zh for each in caught.value.violations)
    return caught.value.violations


def bad_fields(message: Message) -> list[str]:
    return [violation.field for violation in violations(message)]


def reserialised(message: Message, extra: bytes) -> Message:
    """The message as a sender of a newer contract would send it."""
    again = type(message)()
    again.ParseFromString(message.SerializeToString() + extra)
    return again


def test_a_good_request_passes() -> None:
    request = issuance.IssueLicenceRequest(parent="licenceTypes/1", request_id=UUID)
    request.licence.number = "京食字〔2026〕第1号"
    request.licence.holders.add(id_type="111", id_number="11010119900101001X", name="张三·买买提")
    request.licence.fields["names"].list.values.extend(["甲", "Ω", "😀"])
    request.licence.fields["area"].integer = 2**63 - 1
    request.licence.issued_time.seconds = EARLIEST
    request.licence.valid_until_time.seconds = LATEST
    check_message(request)


def test_an_empty_request_is_not_malformed() -> None:
    check_message(issuance.IssueLicenceRequest())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("\x7f", "control"),
        ("张\u0085三", "control"),
        ("张\u202e三", "format"),
        ("张\u2066三", "format"),
        ("张\u200b三", "format"),
        ("\ufeff张三", "format"),
        ("张\u2028三", "control"),
        ("张\ue000三", "invisible"),
        ("张\U000e0041三", "format"),
        ("张 ", "space"),
        (" zhang", "space"),
        ("e\u0301", "form C"),
        ("\u212b", "form C"),
        ("x" * 2_001, "at most 2000"),
        ("张" * 2_001, "at most 2000"),
    ],
)
def test_texts_are_bounded_normal_and_printable(text: str, problem: str) -> None:
    (violation,) = violations(exchange.FetchLicenceRequest(requirement=text))
    assert violation.field == "requirement"
    assert problem in violation.en
    assert text not in violation.en


@pytest.mark.parametrize("text", ["", "é", "Å", "张三 (李四)", "x" * 2_000, "张" * 2_000, "👩\u200d🚒"[:1]])
def test_other_texts_are_fine(text: str) -> None:
    assert text_problem(text, 2_000) is None


@pytest.mark.parametrize(
    ("message", "most", "field"),
    [
        (verification.VerifyCredentialRequest(credential="a" * 131_073), 131_072, "credential"),
        (verification.VerifyCredentialRequest(receipt="a" * 16_385), 16_384, "receipt"),
        (case.ListCasesRequest(page_token="a" * 1_001), 1_000, "page_token"),
    ],
)
def test_long_fields_have_bounds_of_their_own(message: Message, most: int, field: str) -> None:
    (violation,) = violations(message)
    assert (violation.field, violation.en) == (field, f"must have at most {most} characters")
    setattr(message, field, "a" * most)
    check_message(message)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        UUID[:-1],
        UUID + "0",
        UUID.replace("-", ""),
        UUID.replace("a", "g"),
        "{" + UUID[1:-1] + "}",
        "０" + UUID[1:],
    ],
)
def test_request_ids_are_uuids(text: str) -> None:
    assert not is_uuid(text)
    assert bad_fields(exchange.FetchLicenceRequest(request_id=text)) == ["request_id"]


@pytest.mark.parametrize("text", [UUID, UUID.upper(), "00000000-0000-0000-0000-000000000000"])
def test_uuids_are_told_whatever_their_case(text: str) -> None:
    assert is_uuid(text)


@pytest.mark.parametrize(
    ("seconds", "nanos", "fine"),
    [
        (EARLIEST, 0, True),
        (EARLIEST - 1, 0, False),
        (LATEST, 999_999_999, True),
        (LATEST + 1, 0, False),
        (0, -1, False),
        (0, 1_000_000_000, False),
        (2**63 - 1, 0, False),
        (-(2**63), 0, False),
    ],
)
def test_times_lie_between_1900_and_2200(seconds: int, nanos: int, fine: bool) -> None:
    request = issuance.GetLicenceRequest(at_time=Timestamp(seconds=seconds, nanos=nanos))
    if fine:
        check_message(request)
    else:
        assert bad_fields(request) == ["at_time"]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (case.ListCasesRequest(page_size=201), "page_size"),
        (case.ListCasesRequest(page_size=-1), "page_size"),
        (case.ListCasesRequest(page_size=2**31 - 1), "page_size"),
        (audit.SummariseAccessesRequest(limit=1_001), "limit"),
        (audit.ListAccessRecordsRequest(filter=audit.AccessFilter(holder_tag=b"x" * 65)), "filter.holder_tag"),
        (audit.ListAccessRecordsRequest(filter=audit.AccessFilter(outcome=99)), "filter.outcome"),
        (issuance.RevokeLicenceRequest(cause=77), "cause"),
    ],
)
def test_numbers_bytes_and_enums_are_bounded(message: Message, field: str) -> None:
    assert bad_fields(message) == [field]


def test_enums_are_bounded_in_lists_too() -> None:
    entry = catalogue_pb2.CatalogueEntry()
    entry.department.roles.extend([1, 99])
    assert bad_fields(catalogue.ProposeEntryRequest(entry=entry)) == ["entry.department.roles[1]"]


def test_lists_and_maps_are_bounded() -> None:
    assert bad_fields(exchange.FetchLicenceRequest(fields=["a"] * 1_001)) == ["fields"]
    check_message(exchange.FetchLicenceRequest(fields=["a"] * 1_000))
    many = licence.Licence()
    for number in range(1_001):
        many.fields[str(number)].integer = 1
    assert bad_fields(issuance.IssueLicenceRequest(licence=many)) == ["licence.fields"]


def test_map_keys_and_values_are_checked_and_named() -> None:
    request = issuance.IssueLicenceRequest()
    request.licence.fields["na\x00me"].text = "x"
    request.licence.fields["k" * 101].text = "x"
    request.licence.fields["good"].text = "a\nb"
    request.licence.fields["list"].list.values.append("\u202e")
    found = violations(request)
    assert sorted(each.field for each in found) == [
        "licence.fields",
        "licence.fields",
        "licence.fields.good.text",
        "licence.fields.list.list.values[0]",
    ]
    assert not any("\x00" in each.field or "\u202e" in each.field for each in found)


def test_fields_that_the_contract_lacks_are_told_wherever_they_are() -> None:
    unknown = b"\xf8\x7f\x01"  # field 2047, varint 1
    assert bad_fields(reserialised(exchange.FetchLicenceRequest(), unknown)) == ["."]
    holder = reserialised(values_pb2.Holder(name="张三"), unknown)
    request = issuance.IssueLicenceRequest(licence=licence.Licence(holders=[values_pb2.Holder(), holder]))
    assert bad_fields(request) == ["licence.holders[1]"]


def test_every_bad_field_is_named_at_once() -> None:
    request = case.OpenCaseRequest(request_id="no")
    request.case.number = "e\u0301"
    request.case.parties.add(role="applicant").holder.name = "\u202e"
    request.case.representations.add().valid_until_time.nanos = -1
    request.case.situations.extend(["fine", "\x00"])
    assert sorted(bad_fields(request)) == [
        "case.number",
        "case.parties[0].holder.name",
        "case.representations[0].valid_until_time",
        "case.situations[1]",
        "request_id",
    ]


def test_not_more_than_fifty_are_named() -> None:
    assert len(violations(exchange.FetchLicenceRequest(fields=["\x00"] * 1_000))) == 50


def test_the_contract_has_no_floating_numbers() -> None:
    """So there is no NaN and no infinity to refuse."""
    kinds = {
        field.cpp_type
        for file in (audit, case, catalogue, catalogue_pb2, exchange, issuance, licence, verification, values_pb2)
        for message in file.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    }
    assert not kinds & {5, 6}  # CPPTYPE_DOUBLE, CPPTYPE_FLOAT
