"""Status lists: the published lists read as published, ours read back, and everything else has a code of its own."""

import zlib

import pytest

from signer.errors import FormatError, SignatureError
from signer.status_bits import inflated
from signer.status_list import (
    MAX_BYTES,
    MAX_TTL,
    PLACES,
    Status,
    StatusBits,
    StatusList,
    open_status_list,
    sign_status_list,
)
from tests.fakes.signing import Pair, b64, raw_jws, vectors

PAIR = Pair()
KEYS = {"k": PAIR.public}
URI = "https://hub.qinghe.example/status/11980000MB0000019A001/2026/1"
HEADER = {"alg": "ES256", "kid": "k", "typ": "statuslist+jwt"}
LST = b64(zlib.compress(b"\xc9\x44\xf9"))
CLAIMS = {"exp": 2000, "iat": 1000, "status_list": {"bits": 2, "lst": LST}, "sub": URI, "ttl": 300}
PUBLISHED = vectors("status-list/token-status-list-appendixC.json")


def opened(claims: object = None, header: object = None, *, at: int | None = 1500, uri: str = URI) -> StatusList:
    return open_status_list(raw_jws(PAIR, header or HEADER, claims or CLAIMS), KEYS, uri=uri, at=at)


def listed(bits: object, packed: bytes) -> dict[str, object]:
    return CLAIMS | {"status_list": {"bits": bits, "lst": b64(zlib.compress(packed))}}


def signed(bits: StatusBits, pair: Pair = PAIR) -> str:
    return sign_status_list(
        bits, uri=URI, issue_time=1000, expire_time=2000, ttl=300, kid="k", alg=pair.suite.name, sign=pair.sign
    )


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: vector["section"])
def test_the_published_lists_hold_what_they_are_published_to_hold(vector) -> None:
    expected = {int(index): status for index, status in vector["status"].items() if status}
    read = opened(CLAIMS | {"status_list": {"bits": vector["bits"], "lst": vector["lst"]}})
    assert read.size == vector["size"] == PLACES
    assert {index: value for index in range(read.size) if (value := read.status(index))} == expected


@pytest.mark.parametrize("vector", PUBLISHED["small"], ids=lambda vector: f"{vector['bits']} bits")
def test_the_small_published_lists_read_place_by_place(vector) -> None:
    read = opened(CLAIMS | {"status_list": {"bits": vector["bits"], "lst": vector["lst"]}})
    assert read.packed.hex() == vector["byte_array"]
    assert [read.status(index) for index in range(read.size)] == vector["status"]


def test_the_published_list_of_two_bits_is_written_as_published_but_for_values_that_are_not_ours() -> None:
    published = PUBLISHED["small"][1]
    statuses = [status if status in {0, 1, 2} else 0 for status in published["status"]]
    packed = StatusBits(12)
    for index, status in enumerate(statuses):
        packed.set(index, Status(status))
    threes = sum(3 << 2 * index for index, status in enumerate(published["status"]) if status == 3)
    expected = int.from_bytes(bytes.fromhex(published["byte_array"]), "little") ^ threes
    assert zlib.decompress(packed.compressed()) == expected.to_bytes(3, "little")
    assert [packed.get(index) for index in range(12)] == statuses


@pytest.mark.parametrize("suite", ["ES256", "EdDSA"])
def test_a_signed_list_reads_back(suite: str) -> None:
    pair = Pair(suite)
    packed = StatusBits()
    packed.set(0, Status.INVALID)
    packed.set(PLACES - 1, Status.SUSPENDED)
    packed.set(7, Status.SUSPENDED)
    packed.set(7, Status.VALID)
    token = signed(packed, pair)
    for form in (token, token.encode()):
        read = open_status_list(form, {"k": pair.public}, uri=URI, at=1500)
        assert (read.uri, read.issue_time, read.expire_time, read.ttl, read.size) == (URI, 1000, 2000, 300, PLACES)
        assert [read.status(index) for index in (0, 7, PLACES - 1)] == [1, 0, 2]
    assert read.age(1600) == 600
    assert read.age(900) == 0
    assert "packed" not in repr(read)


def test_exp_and_ttl_may_be_absent_as_the_standard_allows() -> None:
    read = opened({name: CLAIMS[name] for name in ("iat", "status_list", "sub")}, at=10**10)
    assert read.expire_time is None
    assert read.ttl is None
    assert not read.expired(10**10)


@pytest.mark.parametrize("size", [0, -4, 3, PLACES + 4])
def test_a_list_of_an_impossible_size_is_not_begun(size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        StatusBits(size)


@pytest.mark.parametrize("index", [-1, 12, 13, PLACES, 2**62])
def test_a_place_out_of_bounds_is_refused(index: int) -> None:
    small = StatusBits(12)
    for act in (lambda: small.get(index), lambda: small.set(index, Status.VALID), lambda: opened().status(index)):
        with pytest.raises(FormatError) as refused:
            act()
        assert refused.value.code == "STATUS_INDEX_OUT_OF_BOUNDS"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (HEADER | {"typ": "JWT"}, "HEADER_TYP"),
        ({"alg": "ES256", "kid": "k"}, "HEADER_TYP"),
        (HEADER | {"alg": "none"}, "ALG_UNKNOWN"),
        (HEADER | {"alg": "HS256"}, "ALG_UNKNOWN"),
        (HEADER | {"alg": ["ES256"]}, "ALG_UNKNOWN"),
        ({"kid": "k", "typ": "statuslist+jwt"}, "ALG_UNKNOWN"),
        (HEADER | {"alg": "EdDSA"}, "HEADER_ALG"),
        (HEADER | {"kid": "other"}, "KID_UNKNOWN"),
        (HEADER | {"kid": ["k"]}, "KID_UNKNOWN"),
        (HEADER | {"jwk": {"kty": "EC"}}, "HEADER_REFUSED"),
        (HEADER | {"jku": "https://elsewhere.example"}, "HEADER_REFUSED"),
        (HEADER | {"x5u": "https://elsewhere.example"}, "HEADER_REFUSED"),
        (HEADER | {"x5c": ["AA=="]}, "HEADER_REFUSED"),
        (HEADER | {"crit": ["exp"]}, "HEADER_REFUSED"),
        (HEADER | {"b64": False}, "HEADER_REFUSED"),
        ('{"alg":"ES256","alg":"ES256","kid":"k","typ":"statuslist+jwt"}', "JSON_DUPLICATE_MEMBER"),
        ("[]", "JSON_NOT_OBJECT"),
    ],
)
def test_a_refused_header_has_a_code(header: object, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        opened(header=header)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sub": None}, "STATUS_LIST_CLAIM"),
        ({"sub": ""}, "STATUS_LIST_CLAIM"),
        ({"sub": URI + "0"}, "STATUS_LIST_SUBJECT"),
        ({"iat": None}, "STATUS_LIST_CLAIM"),
        ({"iat": True}, "STATUS_LIST_CLAIM"),
        ({"iat": 1000.5}, "STATUS_LIST_CLAIM"),
        ({"iat": -1}, "STATUS_LIST_CLAIM"),
        ({"exp": None}, "STATUS_LIST_CLAIM"),
        ({"exp": "2000"}, "STATUS_LIST_CLAIM"),
        ({"exp": 2**52}, "STATUS_LIST_CLAIM"),
        ({"exp": 1000}, "STATUS_LIST_TIMES"),
        ({"exp": 1500}, "STATUS_LIST_EXPIRED"),
        ({"iat": 1561}, "STATUS_LIST_NOT_YET_VALID"),
        ({"nbf": 1561}, "STATUS_LIST_NOT_YET_VALID"),
        ({"nbf": "now"}, "STATUS_LIST_CLAIM"),
        ({"ttl": 0}, "STATUS_LIST_TTL"),
        ({"ttl": -5}, "STATUS_LIST_TTL"),
        ({"ttl": None}, "STATUS_LIST_TTL"),
        ({"ttl": True}, "STATUS_LIST_TTL"),
        ({"ttl": MAX_TTL + 1}, "STATUS_LIST_TTL"),
        ({"status_list": None}, "STATUS_LIST_CLAIM"),
        ({"status_list": []}, "STATUS_LIST_CLAIM"),
        ({"status_list": {"bits": 2}}, "STATUS_LIST_CLAIM"),
        ({"status_list": {"lst": LST}}, "STATUS_LIST_BITS"),
        ({"status_list": {"bits": 2, "lst": 5}}, "STATUS_LIST_CLAIM"),
        ({"status_list": {"bits": 2, "lst": LST + "="}}, "BASE64URL_INVALID"),
        ({"status_list": {"bits": 2, "lst": ""}}, "STATUS_LIST_COMPRESSION"),
    ],
)
def test_a_refused_claim_has_a_code(change: dict[str, object], code: str) -> None:
    with pytest.raises(FormatError) as refused:
        opened(CLAIMS | change)
    assert refused.value.code == code


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -1, True, "2", 2.0, None])
def test_other_numbers_of_bits_are_refused(bits: object) -> None:
    with pytest.raises(FormatError) as refused:
        opened(listed(bits, b"\0"))
    assert refused.value.code == "STATUS_LIST_BITS"


def test_a_member_that_repeats_is_refused() -> None:
    token = raw_jws(PAIR, HEADER, f'{{"sub":"{URI}","sub":"{URI}","iat":1,"status_list":{{"bits":2,"lst":"{LST}"}}}}')
    with pytest.raises(FormatError) as refused:
        open_status_list(token, KEYS, uri=URI, at=None)
    assert refused.value.code == "JSON_DUPLICATE_MEMBER"


def test_times_are_left_alone_where_none_is_asked_about() -> None:
    assert opened(CLAIMS | {"nbf": 5000}, at=None).expire_time == 2000


def test_clocks_may_differ_by_a_minute() -> None:
    assert opened(at=940).issue_time == 1000
    with pytest.raises(FormatError, match="STATUS_LIST_NOT_YET_VALID"):
        opened(at=939)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_as_many_places_as_a_list_may_hold_are_read_and_not_one_byte_more(bits: int) -> None:
    most = PLACES * bits // 8
    assert opened(listed(bits, bytes(most))).size == PLACES
    with pytest.raises(FormatError) as refused:
        opened(listed(bits, bytes(most + 1)))
    assert refused.value.code == "STATUS_LIST_TOO_LARGE"


def test_a_bomb_is_not_inflated() -> None:
    import tracemalloc

    squeezed = zlib.compress(bytes(256 << 20), 9)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as refused:
            inflated(squeezed, 8)
        assert refused.value.code == "STATUS_LIST_TOO_LARGE"
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("squeezed", "code"),
    [
        (zlib.compress(b"\xc9\x44\xf9")[:-1], "STATUS_LIST_COMPRESSION"),
        (zlib.compress(b"\xc9\x44\xf9")[:4], "STATUS_LIST_COMPRESSION"),
        (zlib.compress(bytes(PLACES))[:-3], "STATUS_LIST_COMPRESSION"),
        (zlib.compress(b"\xc9\x44\xf9")[:-1] + b"\0", "STATUS_LIST_COMPRESSION"),
        (zlib.compress(b"\xc9\x44\xf9") + b"\0", "STATUS_LIST_TRAILING_BYTES"),
        (zlib.compress(b"\xc9") * 2, "STATUS_LIST_TRAILING_BYTES"),
        (zlib.compress(b"\xc9\x44\xf9", wbits=-15), "STATUS_LIST_COMPRESSION"),
        (zlib.compress(b"\xc9\x44\xf9", wbits=31), "STATUS_LIST_COMPRESSION"),
        (zlib.compress(b""), "STATUS_LIST_EMPTY"),
        (b"\xc9\x44\xf9", "STATUS_LIST_COMPRESSION"),
    ],
)
def test_a_stream_must_be_whole_and_alone(squeezed: bytes, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        inflated(squeezed, 8)
    assert refused.value.code == code


def test_a_token_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(FormatError) as refused:
        open_status_list(b"a" * (MAX_BYTES + 1), KEYS, uri=URI, at=None)
    assert refused.value.code == "JWS_TOO_LARGE"


def test_another_key_or_another_byte_is_a_bad_signature() -> None:
    token = signed(StatusBits(12))
    with pytest.raises(SignatureError):
        open_status_list(token, {"k": Pair().public}, uri=URI, at=1500)
    head, _, signature = token.split(".")
    with pytest.raises(SignatureError):
        open_status_list(f"{head}.{b64('{}')}.{signature}", KEYS, uri=URI, at=1500)
