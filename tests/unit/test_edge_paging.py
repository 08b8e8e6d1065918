"""Page tokens are good for the caller and query that they were made for, and for nothing else."""

import pytest

from exchange.edge.paging import PageTokens
from exchange.errors import InvalidError
from signer.base64url import decode, encode

TOKENS = PageTokens(b"s" * 32)
CALLER, QUERY, KEY = "11990100MB0000019L/clerk-1", b"ListCases", "0000000042"
TOKEN = TOKENS.seal(CALLER, QUERY, KEY)


def refused(tokens: PageTokens, caller: str, query: bytes, token: str) -> None:
    with pytest.raises(InvalidError) as caught:
        tokens.open(caller, query, token)
    assert [violation.field for violation in caught.value.violations] == ["page_token"]


@pytest.mark.parametrize("key", ["1", KEY, "类型/1", "x" * 400])
def test_a_token_opens_for_its_caller_and_query(key: str) -> None:
    assert TOKENS.open(CALLER, QUERY, TOKENS.seal(CALLER, QUERY, key)) == key


def test_no_key_is_no_token() -> None:
    assert TOKENS.seal(CALLER, QUERY, "") == ""
    assert TOKENS.open(CALLER, QUERY, "") == ""


def test_another_process_with_the_same_secret_opens_it() -> None:
    assert PageTokens(b"s" * 32).open(CALLER, QUERY, TOKEN) == KEY


@pytest.mark.parametrize(
    ("tokens", "caller", "query"),
    [
        (TOKENS, "11990100MB0000019L/clerk-2", QUERY),
        (TOKENS, "11990100MB0000027F/clerk-1", QUERY),
        (TOKENS, CALLER, b"ListLicences"),
        (TOKENS, CALLER + "ListCases", b""),
        (PageTokens(b"t" * 32), CALLER, QUERY),
    ],
)
def test_it_is_refused_to_others_and_for_other_queries(tokens: PageTokens, caller: str, query: bytes) -> None:
    refused(tokens, caller, query, TOKEN)


def test_any_flipped_bit_is_refused() -> None:
    raw = decode(TOKEN)
    for position in range(len(raw)):
        altered = bytearray(raw)
        altered[position] ^= 1
        refused(TOKENS, CALLER, QUERY, encode(bytes(altered)))


@pytest.mark.parametrize(
    "token",
    [
        TOKEN[:-2],
        TOKEN + "AA",
        TOKEN + "=",
        "!",
        "A",
        "页",
        encode(b"x" * 16),
        TOKENS.seal(CALLER, QUERY, "x" * 401),
        TOKENS.seal(CALLER, QUERY, "x" * 100_000),
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    refused(TOKENS, CALLER, QUERY, token)
