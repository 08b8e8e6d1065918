"""Certificates signed by a key that is elsewhere."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signer.algorithms import SUITES, thumbprint
from signer.certificates import builder_for, common_name
from signer.errors import KeyBackendError
from signer.keys.backend import Signer
from signer.keys.lent_key import _LentEd25519, _LentP256, sign_certificate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def signer_of(suite_name):
    suite = SUITES[suite_name]
    private = suite.generate()
    return Signer(
        thumbprint(private.public_key()), suite_name, private.public_key(), lambda data: suite.sign(private, data)
    )


def described(public):
    name = common_name("A hub")
    return builder_for(
        name, name, public=public, issuer_public=public, not_before=NOW, not_after=NOW + timedelta(days=1)
    )


@pytest.mark.parametrize("suite_name", ["ES256", "EdDSA"])
def test_a_certificate_is_verified_before_it_is_returned(suite_name):
    signer = signer_of(suite_name)
    certificate = sign_certificate(signer, described(signer.public))
    certificate.verify_directly_issued_by(certificate)
    stranger = replace(signer, sign=signer_of(suite_name).sign)
    with pytest.raises(KeyBackendError, match="not by the key"):
        sign_certificate(stranger, described(signer.public))


def test_a_key_of_another_kind_certifies_nothing():
    signer = signer_of("ES256")
    other = Signer("kid", "RS256", object(), signer.sign)
    with pytest.raises(KeyBackendError, match="signs no certificates"):
        sign_certificate(other, described(signer.public))


@pytest.mark.parametrize(("suite_name", "kind"), [("ES256", _LentP256), ("EdDSA", _LentEd25519)])
def test_there_is_nothing_to_export(suite_name, kind):
    signer = signer_of(suite_name)
    lent = kind(signer.public, signer.sign)
    for take in (
        lambda: lent.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        lent.private_bytes_raw,
        lent.private_numbers,
        lambda: lent.exchange(ec.ECDH(), signer.public),
    ):
        with pytest.raises(TypeError):
            take()
    assert copy.copy(lent) is lent
    assert copy.deepcopy(lent) is lent
    assert lent.public_key() is signer.public


def test_a_p256_key_signs_with_sha256_alone():
    signer = signer_of("ES256")
    lent = _LentP256(signer.public, signer.sign)
    assert (lent.curve.name, lent.key_size) == ("secp256r1", 256)
    with pytest.raises(TypeError, match="SHA-256"):
        lent.sign(b"x", ec.ECDSA(SHA384()))
