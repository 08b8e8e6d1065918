"""A licence's QR code: its authority alone gets one, it verifies, and the access record says what it shows."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange import qr_pictures
from exchange.entities.licence import RevocationCause
from exchange.errors import InvalidError, NotFoundError, RefusedError, UnavailableError
from exchange.licences.lifecycle import Transition, suspend_licence
from exchange.licences.qr_code import QrForm, licence_qr_code
from exchange.licences.seals import chain_object, key_id
from exchange.reasons import Reason
from signer import credential, qr
from signer.report import Outcome
from signer.seal_shelf import SealShelf
from signer.trust import SealTrust
from tests.fakes.licence_world import IDENTITY, LAND, POLICE


def code_of(world, issued, form=QrForm.CREDENTIAL, fields=(), authority=POLICE, type_code=IDENTITY):
    identifier = issued.view.licence.identifier
    return world.as_issuer(authority, licence_qr_code, type_code, identifier, form, fields)


def check(world, text):
    pem = world.objects.get(chain_object(POLICE))
    chain = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]
    shelf = SealShelf([chain], [world.ca])
    return qr.check_qr(text, seals=shelf.find, at=world.hub.clock.seconds + 1, authorised=lambda *_: True, status=0)


def test_the_credential_form_says_what_the_credential_says(world):
    issued = world.issue(world.person())
    code = code_of(world, issued)
    report = check(world, code.text)
    assert report.outcome is Outcome.PASSED
    whole = credential.check(issued.credential, trust=SealTrust([world.ca]), at=world.hub.clock.seconds)
    assert dict(report.claims) == {**whole.claims, "iat": report.claims["iat"]}
    assert report.disclosed == code.fields == tuple(sorted(whole.disclosed))
    assert qr_pictures.read_png(code.picture.png) == (code.text,)


def test_only_the_fields_that_are_asked_for_are_shown(world):
    issued = world.issue(world.person())
    code = code_of(world, issued, fields=("name", "born"))
    claims = check(world, code.text).claims
    assert claims["name"] == "张三"
    assert "citizen_id" not in claims
    assert code.fields == ("born", "name")
    item = world.records()[-1].items[0]
    assert (tuple(item.fields_requested), tuple(item.fields_released)) == (("name", "born"), ("born", "name"))
    assert len(item.response_digest) == 32


def test_the_pointer_names_the_licence_and_what_was_signed(world):
    issued = world.issue(world.person())
    pointer = qr.read_qr_text(code_of(world, issued, QrForm.POINTER).text)
    licence = issued.view.licence
    assert (pointer.identifier, pointer.digest.hex()) == (licence.identifier, licence.signed_digest[:32])


@pytest.mark.parametrize(
    ("form", "fields", "bad"),
    [
        (QrForm.POINTER, ("name",), "fields"),
        (QrForm.CREDENTIAL, ("name", "name"), "fields"),
        (QrForm.CREDENTIAL, tuple(f"f{n}" for n in range(201)), "fields"),
        (QrForm.CREDENTIAL, ("name", "height"), "fields[1]"),
        (QrForm.CREDENTIAL, ("exp",), "fields[0]"),
    ],
)
def test_fields_that_cannot_be_carried(world, form, fields, bad):
    issued = world.issue(world.person())
    with pytest.raises(InvalidError) as caught:
        code_of(world, issued, form, fields)
    assert [violation.field for violation in caught.value.violations] == [bad]


def test_what_no_qr_code_holds_is_refused_in_plain_words(world):
    person = world.person()
    long = ["".join(chr(0x4E00 + (n * 7919 + k * 104_729) % 20_000) for k in range(90)) for n in range(20)]
    fields = {"name": person.name, "citizen_id": person.id_number, "aliases": tuple(long)}
    issued = world.issue(person, fields=fields)
    with pytest.raises(InvalidError, match="FIELD_INVALID") as caught:
        code_of(world, issued)
    assert "pointer form" in caught.value.violations[0].en
    assert check(world, code_of(world, issued, fields=("name",)).text).outcome is Outcome.PASSED


def test_nobody_else_gets_one(world):
    issued = world.issue(world.person())
    with pytest.raises(NotFoundError):
        code_of(world, issued, authority=LAND)


def test_a_licence_that_is_not_active_gets_none(world):
    issued = world.issue(world.person())
    act = Transition("reason", "Article 1", 0, RevocationCause.NONE)
    world.as_issuer(POLICE, suspend_licence, IDENTITY, issued.view.licence.identifier, issued.view.etag, act)
    for form in QrForm:
        with pytest.raises(RefusedError) as caught:
            code_of(world, issued, form)
        assert caught.value.reasons == (Reason.LICENCE_NOT_ACTIVE,)


def test_without_the_seal_there_is_none(world):
    issued = world.issue(world.person())
    world.keys.rotate(key_id(POLICE))  # the certificate is still the old key's
    with pytest.raises(UnavailableError):
        code_of(world, issued)
