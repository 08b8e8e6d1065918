"""Status lists under any bytes and statuses: what is set reads back, hostile bytes raise only our own errors."""

import zlib
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from signer.errors import FormatError, SignatureError, SignerError
from signer.report import Outcome
from signer.status_bits import inflated
from signer.status_keeper import StatusKeeper
from signer.status_list import Status, StatusBits, open_status_list, sign_status_list
from tests.fakes.signing import Pair, b64, raw_jws

PAIR = Pair()
KEYS = {"k": PAIR.public}
URI = "https://hub.qinghe.example/status/11980000MB0000019A001/2026/1"
HEADER = {"alg": "ES256", "kid": "k", "typ": "statuslist+jwt"}
SETTINGS = settings(max_examples=100, deadline=None)

loose = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["bits", "lst", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
whole_or_not = st.binary(max_size=60) | st.binary(max_size=60).map(zlib.compress)
places = st.fixed_dictionaries(
    {"bits": st.sampled_from([1, 2, 4, 8]) | loose, "lst": whole_or_not.map(b64) | loose},
)
payloads = st.fixed_dictionaries(
    {"sub": st.just(URI) | loose, "iat": st.integers(0, 2000) | loose, "status_list": places | loose},
    optional={"exp": st.integers() | loose, "ttl": st.integers() | loose, "nbf": st.integers() | loose},
)
changes = st.dictionaries(st.integers(0, 399), st.sampled_from(Status), max_size=80)


def signed(packed: StatusBits) -> str:
    return sign_status_list(
        packed, uri=URI, issue_time=1000, expire_time=2000, ttl=300, kid="k", alg="ES256", sign=PAIR.sign
    )


@given(changes, changes)
@SETTINGS
def test_what_is_set_reads_back(first: dict[int, Status], second: dict[int, Status]) -> None:
    packed = StatusBits(400)
    for index, status in [*first.items(), *second.items()]:
        packed.set(index, status)
    expected = first | second
    read = open_status_list(signed(packed), KEYS, uri=URI, at=1500)
    for index in range(400):
        assert packed.get(index) == read.status(index) == expected.get(index, Status.VALID)


@given(payloads, st.integers() | st.none())
@SETTINGS
def test_any_signed_payload_opens_or_raises_our_errors(payload: object, at: int | None) -> None:
    with suppress(FormatError):
        read = open_status_list(raw_jws(PAIR, HEADER, payload), KEYS, uri=URI, at=at)
        assert all(0 <= read.status(index) < 1 << read.bits for index in range(read.size))


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "x"]), loose, max_size=4))
@SETTINGS
def test_any_other_header_raises_our_errors(header: object) -> None:
    try:
        open_status_list(raw_jws(PAIR, header, {}), KEYS, uri=URI, at=None)
    except SignerError:
        return
    raise AssertionError("a payload without claims was opened")


@given(st.binary(max_size=200) | st.text(max_size=200))
@SETTINGS
def test_any_bytes_raise_our_errors(token: str | bytes) -> None:
    with suppress(FormatError, SignatureError):
        open_status_list(token, KEYS, uri=URI, at=None)


@given(whole_or_not, st.integers(-1, 17))
@SETTINGS
def test_any_stream_inflates_or_raises_our_errors(squeezed: bytes, bits: int) -> None:
    with suppress(FormatError):
        assert inflated(squeezed, bits)


@given(st.data())
@SETTINGS
def test_any_flipped_character_fails(data: st.DataObject) -> None:
    token = signed(StatusBits(40))
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != token[place]))
    with suppress(SignerError):
        open_status_list(token[:place] + other + token[place + 1 :], KEYS, uri=URI, at=1500)
        raise AssertionError("an altered list was opened")


@given(st.dictionaries(st.sampled_from(["status", "x"]), loose | st.fixed_dictionaries({"status_list": loose})))
@SETTINGS
def test_any_claims_are_answered(claims: dict[str, object]) -> None:
    assert StatusKeeper(max_age=1).check(claims, 1500).outcome is Outcome.INDETERMINATE
