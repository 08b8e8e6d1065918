"""Time-stamps against openssl: what it makes we accept, what we keep it accepts, and every way to be wrong."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signer import timestamp
from signer.errors import FormatError, SignatureError
from tests.fakes.time_stamps import NO_OPENSSL, OPENSSL, StampAuthority

MESSAGE = b"the bytes of a checkpoint"

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=NO_OPENSSL)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return StampAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stamped(authority):
    request = timestamp.request(MESSAGE)
    return request, authority.reply(request.der)


def refused(code, *arguments, **named):
    with pytest.raises(FormatError) as caught:
        timestamp.check_response(*arguments, **named)
    assert caught.value.code == code


def test_what_openssl_stamps_we_accept_and_what_we_keep_it_accepts(authority, stamped):
    request, response = stamped
    at = timestamp.check_response(response, MESSAGE, [authority.root_der], nonce=request.nonce)
    assert abs(at - time.time()) < 3600
    assert timestamp.check_response(response, MESSAGE, [authority.root_der]) == at
    assert authority.verifies(MESSAGE, response)
    assert not authority.verifies(b"other bytes", response)


def test_the_stamp_is_over_these_bytes_and_answers_this_request(authority, stamped):
    request, response = stamped
    roots = [authority.root_der]
    refused("TIMESTAMP_OF_OTHER_MESSAGE", response, b"other bytes", roots)
    refused("TIMESTAMP_NONCE", response, MESSAGE, roots, nonce=request.nonce ^ 1)


def test_only_a_configured_root_is_believed(authority, stamped, tmp_path):
    _, response = stamped
    stranger = StampAuthority(tmp_path / "stranger")
    with pytest.raises(SignatureError):
        timestamp.check_response(response, MESSAGE, [stranger.root_der])
    assert timestamp.check_response(response, MESSAGE, [stranger.root_der, authority.root_der])
    refused("TIMESTAMP_ROOT", response, MESSAGE, [])
    refused("TIMESTAMP_ROOT", response, MESSAGE, [b"no certificate"])


def test_a_certificate_for_more_than_time_stamping_is_refused(authority):
    loose = authority.loose_reply(timestamp.request(MESSAGE).der)
    refused("TIMESTAMP_CERTIFICATE", loose, MESSAGE, [authority.root_der])


def test_a_certificate_must_be_valid_at_the_stamps_own_time(tmp_path):
    expired = StampAuthority(tmp_path / "expired", days_old=10, days_left=-5)
    with pytest.raises(SignatureError):
        timestamp.check_response(expired.reply(timestamp.request(MESSAGE).der), MESSAGE, [expired.root_der])


def test_another_digest_than_sha256_is_refused(authority):
    refused(
        "TIMESTAMP_OF_OTHER_MESSAGE", authority.reply_to(MESSAGE, "-sha384", "-cert"), MESSAGE, [authority.root_der]
    )


def test_a_response_without_the_signers_certificate_is_refused(authority):
    bare = authority.reply_to(MESSAGE, "-sha256")
    refused("TIMESTAMP_CERTIFICATE", bare, MESSAGE, [authority.root_der])


def test_a_refusal_is_told_from_a_stamp(authority):
    refused("TIMESTAMP_REFUSED", authority.reply(b"no request"), MESSAGE, [authority.root_der])


@pytest.mark.parametrize(
    "hostile", [b"", b"\x30\x00", b"\x30\x05\x30\x03\x02\x01\x00", b"\x30\x05\x30\x03\x02\x01\x63"]
)
def test_malformed_responses(authority, hostile):
    refused("TIMESTAMP_MALFORMED", hostile, MESSAGE, [authority.root_der])


def test_bounds(authority, stamped):
    refused("TIMESTAMP_TOO_LARGE", bytes(timestamp.MAX_BYTES + 1), MESSAGE, [authority.root_der])
    with pytest.raises(FormatError, match="nothing to stamp"):
        timestamp.request(b"")


def test_an_inaccurate_clock_is_refused(tmp_path):
    vague = StampAuthority(tmp_path / "vague", accuracy="accuracy = secs:3600")
    refused("TIMESTAMP_ACCURACY", vague.reply(timestamp.request(MESSAGE).der), MESSAGE, [vague.root_der])


def test_the_accuracy_counts_towards_the_time(tmp_path):
    authority = StampAuthority(tmp_path / "accurate", accuracy="accuracy = secs:30, millisecs:500, microsecs:100")
    before = time.time()
    stamp = authority.reply(timestamp.request(MESSAGE).der)
    assert timestamp.check_response(stamp, MESSAGE, [authority.root_der]) >= before + 29.5


def test_an_accuracy_is_optional(tmp_path):
    silent = StampAuthority(tmp_path / "silent", accuracy="")
    assert timestamp.check_response(silent.reply(timestamp.request(MESSAGE).der), MESSAGE, [silent.root_der])


def test_every_flipped_byte_is_refused_or_leaves_the_time_alone(authority, stamped):
    """Bytes outside the signature (a signer's algorithm name, trailing fields) may change nothing that is believed."""
    _, response = stamped
    at = timestamp.check_response(response, MESSAGE, [authority.root_der])
    refusals = 0
    for place in range(len(response)):
        altered = bytearray(response)
        altered[place] ^= 0x01
        try:
            assert timestamp.check_response(bytes(altered), MESSAGE, [authority.root_der]) == at
        except (FormatError, SignatureError):
            refusals += 1
    assert refusals > len(response) * 9 // 10


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_response_cut_up_in_any_way_raises_only_our_errors(authority, stamped, data):
    _, response = stamped
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(response))] * 2)))
    piece = data.draw(st.binary(max_size=20) | st.just(response[start:end] * 2))
    altered = response[:start] + piece + response[end:]
    with suppress(FormatError, SignatureError):
        timestamp.check_response(altered, MESSAGE, [authority.root_der])
