"""Whatever bytes come: the signer's judgement is an answer, and nothing with two meanings passes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from signer import base64url
from signer.errors import FormatError
from signer.signing_requests import Kind, judge
from signer.strict_json import canonical, load_object
from tests.fakes import asked_signatures as asked
from tests.fakes.asked_signatures import NOW, PLACE

SAMPLES = asked.samples()
KEYS = {sample.key.key_id: sample.key for sample in SAMPLES}


def accepted(kind, key, data):
    try:
        judge(kind, key, PLACE, NOW, data)
    except FormatError:
        return False
    return True


@given(st.sampled_from(Kind), st.sampled_from(sorted(KEYS)), st.binary(max_size=300))
def test_bytes_that_nobody_made_are_refused(kind, key_id, data):
    assert not accepted(kind, KEYS[key_id], data)


@st.composite
def damaged(draw):
    sample = draw(st.sampled_from(SAMPLES))
    data = bytearray(sample.data)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["flip", "cut", "insert", "end"])):
            case "flip":
                data[place] ^= draw(st.integers(1, 255))
            case "cut":
                del data[place]
            case "insert":
                data.insert(place, draw(st.integers(0, 255)))
            case "end":
                data += draw(st.binary(min_size=1, max_size=4))
    return sample, bytes(data)


@settings(max_examples=400)
@given(damaged())
def test_a_damaged_object_is_refused_or_has_one_spelling_still(pair):
    sample, data = pair
    if accepted(sample.kind, sample.key, data) and b"." in data and data.startswith(b"ey"):
        for part in data.split(b"."):
            spelt = base64url.decode(part)
            assert canonical(load_object(spelt, max_bytes=1_000_000)) == spelt
