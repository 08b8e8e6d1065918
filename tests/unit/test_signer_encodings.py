"""Base64url and JSON: one spelling, one meaning."""

import pytest

from signer import base64url, strict_json
from signer.errors import FormatError


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff\xbf", "-_-_")]
)
def test_base64url_spells_each_value_once(data, text):
    assert base64url.encode(data) == text
    assert base64url.decode(text) == data
    assert base64url.decode(text.encode()) == data


@pytest.mark.parametrize(
    "text",
    ["Zg==", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v", "Z", "Zm9vZ", "Zh", "Zm9", "+/+/", "Zm9é", "Zm9v====", "=", "Zm9v!A"],
)
def test_base64url_refuses_every_other_spelling(text):
    with pytest.raises(FormatError, match="BASE64URL_INVALID"):
        base64url.decode(text)


def loads(data, **bounds):
    return strict_json.loads(data, **{"max_bytes": 10_000, **bounds})


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a":[1,-2.5,true,null,"\xe5\xb1\xb1"]}', {"a": [1, -2.5, True, None, "山"]}),
        (b" \t\r\n[] \n", []),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"9007199254740992", 2**53),
        (b"-9007199254740992", -(2**53)),
        (b'"' + b"[" * 200 + b'\\"{{{"', "[" * 200 + '"{{{'),
        (b"[" * 16 + b"]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]),
        (b"[" + b",".join([b"[]"] * 40) + b"]", [[]] * 40),
    ],
)
def test_json_reads_what_has_one_meaning(data, value):
    assert loads(data) == value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "JSON_DUPLICATE_MEMBER"),
        (b'{"b":{"a":1,"\\u0061":2}}', "JSON_DUPLICATE_MEMBER"),
        (b"NaN", "JSON_INVALID"),
        (b"[Infinity]", "JSON_INVALID"),
        (b"[-Infinity]", "JSON_INVALID"),
        (b"9007199254740993", "JSON_NUMBER_RANGE"),
        (b"-9007199254740993", "JSON_NUMBER_RANGE"),
        (b"1" * 5000, "JSON_NUMBER_RANGE"),
        (b"1e999", "JSON_NUMBER_RANGE"),
        (b"-1e999", "JSON_NUMBER_RANGE"),
        (b'"\\ud800"', "JSON_SURROGATE"),
        (b'{"\\udfff":1}', "JSON_SURROGATE"),
        (b"\xef\xbb\xbf{}", "JSON_INVALID"),
        (b'"\xff"', "JSON_NOT_UTF8"),
        (b'"\xed\xa0\x80"', "JSON_NOT_UTF8"),
        (b"[" * 17 + b"]" * 17, "JSON_TOO_DEEP"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "JSON_TOO_LARGE"),
        (b"[1] 2", "JSON_INVALID"),
        (b"", "JSON_INVALID"),
        (b"  ", "JSON_INVALID"),
        (b'"\n"', "JSON_INVALID"),
        (b"[1,]", "JSON_INVALID"),
        (b"'a'", "JSON_INVALID"),
        (b"\x00", "JSON_INVALID"),
        (b"\xc2\xa0{}", "JSON_INVALID"),
    ],
)
def test_json_refuses_what_has_several(data, code):
    with pytest.raises(FormatError) as caught:
        loads(data)
    assert caught.value.code == code


def test_bounded_json_never_overflows_the_stack():
    with pytest.raises(FormatError, match="JSON_TOO_DEEP"):
        strict_json.loads_bounded(b"[" * 100_000 + b"]" * 100_000)


def test_an_object_is_asked_for_and_nothing_else_given():
    assert strict_json.load_object(b'{"a":1}', max_bytes=7) == {"a": 1}
    with pytest.raises(FormatError, match="JSON_NOT_OBJECT"):
        strict_json.load_object(b"[]", max_bytes=7)


def test_canonical_json_is_sorted_compact_utf8():
    assert strict_json.canonical({"b": 1, "a": ["山", None]}) == '{"a":["山",null],"b":1}'.encode()
    assert strict_json.fragment('a"b') == '"a\\"b"'
    assert strict_json.fragment([1]) == "[1]"


def test_canonical_json_refuses_what_json_cannot_carry():
    circle: list[object] = []
    circle.append(circle)
    for value in (float("nan"), {1, 2}, "\ud800", circle, b"bytes"):
        with pytest.raises(FormatError, match="JSON_UNSERIALISABLE"):
            strict_json.canonical(value)
    with pytest.raises(FormatError, match="JSON_UNSERIALISABLE"):
        strict_json.fragment({1, 2})
