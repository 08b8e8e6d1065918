"""Facts as canonical JSON: the form, its strictness and its bounds."""

import json
from typing import Any

import pytest

from exchange.entities.catalogue import Purpose
from exchange.purpose.codec import MAX_BYTES, FactsError, from_bytes, read, to_bytes
from exchange.purpose.decision import Allow, decide_release
from exchange.purpose.facts import ConsentFacts, Facts, LicenceFacts
from tests.fakes.purpose_facts import BASELINES, CASE, FULL, HOLDER, LICENCE, SERVICE, changed, some


@pytest.mark.parametrize("facts", [*BASELINES, Facts()])
@pytest.mark.parametrize("licence", [None, LICENCE, LicenceFacts(found=False), LicenceFacts()])
def test_purpose_facts_survive_the_round_trip(facts: Facts, licence: LicenceFacts | None) -> None:
    raw = to_bytes(facts, licence)
    assert read(raw) == (facts, licence)
    assert from_bytes(raw) == facts
    assert len(raw) < 2_048


def test_purpose_facts_have_one_form() -> None:
    facts = changed(
        Facts(), purpose=Purpose.SELF, restricted=some(Purpose.SUPERVISION, Purpose.SERVICE), session__level=2
    )
    assert to_bytes(facts) == (
        b'{"facts":{"purpose":"self","restricted":["service","supervision"],"session":[null,2]},"v":1}'
    )
    assert to_bytes(Facts(consent=ConsentFacts()), LicenceFacts(found=False)) == b'{"facts":{},"licence":[false],"v":1}'
    assert b'"current":"pinned"' in to_bytes(SERVICE)
    assert b'"current":"pinned"' in to_bytes(changed(SERVICE, current__max_uses=SERVICE.pinned.max_uses))
    assert b'"current":[' in to_bytes(FULL)


def test_purpose_facts_of_the_first_policy_still_read_and_decide() -> None:
    old = to_bytes(changed(SERVICE, policy="onceonly-purpose/1"), LICENCE)
    for member in (b"task", b"letter", b"dispute", b"incident"):
        assert b'"%s"' % member not in old
    assert isinstance(decide_release(*_both(read(old))), Allow)


def _both(facts: tuple[Facts, LicenceFacts | None]) -> tuple[Facts, LicenceFacts]:
    assert facts[1] is not None
    return facts[0], facts[1]


def test_purpose_typical_facts_are_small_and_name_persons_by_tags_alone() -> None:
    raw = to_bytes(SERVICE, LICENCE)
    assert len(raw) <= 1_228
    assert HOLDER.encode() in raw
    assert CASE.encode() in raw


def _document(**changes: Any) -> bytes:
    document = json.loads(to_bytes(FULL, LICENCE))
    for name, value in changes.items():
        document["facts"][name] = value
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def test_purpose_facts_document_of_the_tests_is_canonical() -> None:
    assert read(_document()) == (FULL, LICENCE)


BAD: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"facts",
    "not UTF-8": b'{"facts":{},"v":1}\xff',
    "a list": b"[]",
    "no version": b'{"facts":{}}',
    "another version": b'{"facts":{},"v":2}',
    "a version that is true": b'{"facts":{},"v":true}',
    "no facts": b'{"v":1}',
    "facts that are a list": b'{"facts":[],"v":1}',
    "an unknown member at the top": b'{"facts":{},"v":1,"w":1}',
    "an unknown fact": _document(colour="red"),
    "a space": b'{"facts": {},"v":1}',
    "members out of order": b'{"v":1,"facts":{}}',
    "a repeated member": b'{"facts":{"time":1,"time":2},"v":1}',
    "a null fact": b'{"facts":{"time":null},"v":1}',
    "an empty group": b'{"facts":{"session":[]},"v":1}',
    "a group with nulls at its end": b'{"facts":{"session":["ab",null]},"v":1}',
    "a group that is an object": b'{"facts":{"session":{}},"v":1}',
    "a group that is too long": b'{"facts":{"session":["ab",1,1,1,1]},"v":1}',
    "an unsorted set": b'{"facts":{"restricted":["supervision","service"]},"v":1}',
    "a repeated member of a set": b'{"facts":{"restricted":["service","service"]},"v":1}',
    "a set that is a text": b'{"facts":{"restricted":"service"},"v":1}',
    "a text that is a number": b'{"facts":{"holder":1},"v":1}',
    "a number that is a text": b'{"facts":{"time":"1"},"v":1}',
    "a number that is true": b'{"facts":{"time":true},"v":1}',
    "a number with a fraction": b'{"facts":{"time":1.5},"v":1}',
    "not a number": b'{"facts":{"time":NaN},"v":1}',
    "a huge number": b'{"facts":{"time":9223372036854775808},"v":1}',
    "a number of many digits": b'{"facts":{"time":' + b"9" * 5_000 + b'},"v":1}',
    "a truth that is a number": b'{"facts":{"representation":[1]},"v":1}',
    "an unknown purpose": b'{"facts":{"purpose":"sale"},"v":1}',
    "a purpose that is a list": b'{"facts":{"purpose":["self"]},"v":1}',
    "prohibitions that are a text": _document(licence_type=["t", "none", "code"]),
    "prohibitions that are not pairs": _document(licence_type=["t", "none", [["code"]]]),
    "both lines in full though they are equal": _document(current=json.loads(to_bytes(FULL))["facts"]["pinned"]),
    "pinned without a pinned line": b'{"facts":{"current":"pinned"},"v":1}',
    "half a pair of surrogates": b'{"facts":{"holder":"\\ud800"},"v":1}',
    "an escape that is not needed": b'{"facts":{"holder":"\\u0061"},"v":1}',
    "deep nesting": b"[" * 60_000,
    "too long": b" " * (MAX_BYTES + 1),
    "a licence that is null": b'{"facts":{},"licence":null,"v":1}',
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_purpose_facts_that_are_not_canonical_are_refused(raw: bytes) -> None:
    with pytest.raises(FactsError):
        read(raw)


def test_purpose_facts_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(FactsError, match="not Unicode"):
        to_bytes(changed(SERVICE, holder="\ud800"))
    with pytest.raises(FactsError, match="at most"):
        to_bytes(changed(SERVICE, request__fields=some(*(f"field_{number:06}" for number in range(6_000)))))
    wrong: Any = changed(SERVICE, holder=b"bytes")
    with pytest.raises(FactsError, match="bytes"):
        to_bytes(wrong)
