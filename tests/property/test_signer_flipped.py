"""Any flipped bit of a signed object fails or is reported."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signer import credential, note, receipt, sdjwt
from signer.credential import Licence
from signer.errors import FormatError, NoteError, SdJwtError, SignatureError
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey
from signer.receipt import Act, Receipt
from signer.report import Outcome
from signer.seal_issuance import create_ca, issue_seal
from signer.trust import SealTrust
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair

SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
NOW = 1_770_000_000
PAIR, LOG = Pair(), Pair("EdDSA")


@pytest.fixture(scope="module")
def licence(tmp_path_factory):
    backend = FileKeyBackend(tmp_path_factory.mktemp("flipped") / "keys", b"passphrase")
    backend.generate("ca", "ES256")
    backend.generate("seal", "ES256")
    times = {"not_before": START, "not_after": END}
    ca = create_ca(backend, "ca", name="Hub CA", **times)
    signer = backend.signer("seal")
    seal = issue_seal(backend, "ca", ca, authority=AUTHORITY, name="局", public_key=signer.public, **times)
    facts = Licence(
        issuer=AUTHORITY,
        licence_type="type",
        identifier=IDENTIFIER,
        hub="hub.example",
        issue_time=NOW,
        start_time=NOW,
        expire_time=None,
        status_uri="u",
        status_index=0,
    )
    header = credential.encode_header(signer.kid, "ES256", [seal])
    token = credential.build(facts, {"name": "甲"}, {"holder": "乙"}, header, signer.sign).token
    return token, signer.public, SealTrust([ca])


def flipped(text, data):
    """Flip one of the low seven bits of one character: it stays ASCII, and becomes another."""
    position = data.draw(st.integers(0, len(text) - 1))
    other = chr(ord(text[position]) ^ 1 << data.draw(st.integers(0, 6)))
    return text[:position] + other + text[position + 1 :]


@SETTINGS
@given(data=st.data())
def test_a_flipped_credential_never_passes(licence, data):
    token, public, trust = licence
    altered = flipped(token, data)
    report = credential.check(altered, trust=trust, at=NOW, authorised=lambda *_: True, status=0)
    assert report.outcome is Outcome.FAILED
    with pytest.raises(SdJwtError):
        sdjwt.verify(altered, public, "ES256", at=None, typ="dc+sd-jwt")
    assert credential.check(token, trust=trust, at=NOW, authorised=lambda *_: True, status=0).outcome is Outcome.PASSED


@SETTINGS
@given(data=st.data())
def test_a_flipped_receipt_never_verifies(data):
    value = Receipt(
        identifier="r",
        hub="h",
        audience=AUTHORITY,
        system="s",
        act=Act.REFUSED,
        issue_time=0,
        expire_time=9,
        purpose="SERVICE",
    )
    token = receipt.sign(value, receipt.encode_header("k", "ES256"), PAIR.sign)
    with pytest.raises((FormatError, SignatureError)):
        receipt.verify(flipped(token, data), {"k": PAIR.public}, at=None)


@SETTINGS
@given(data=st.data())
def test_a_flipped_note_never_opens(data):
    key = NoteKey("hub.example/log", LOG.public)
    signed = note.sign_note("hub.example/log\n5\nroot\n", [(key, LOG.sign)])
    position = data.draw(st.integers(0, len(signed.encode()) - 1))
    altered = bytearray(signed.encode())
    altered[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        note.open_note(bytes(altered), [key])
