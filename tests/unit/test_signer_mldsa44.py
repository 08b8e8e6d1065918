"""ML-DSA-44: usable where it is named, unknown everywhere else."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from signer import credential, jws
from signer.algorithms import STABLE, SUITES, public_from_jwk, public_to_jwk, suite_of, thumbprint
from signer.errors import ChainError, FormatError
from signer.keys.files import FileKeyBackend
from signer.report import CheckName, Outcome
from signer.seal_issuance import create_ca, issue_seal
from signer.seals import validate_chain
from signer.trust import SealTrust
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair

SUITE = SUITES["ML-DSA-44"]
ASKED = frozenset({"ES256", "ML-DSA-44"})
TIMES = {"not_before": datetime(2025, 1, 1, tzinfo=UTC), "not_after": datetime(2035, 1, 1, tzinfo=UTC)}
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LICENCE = credential.Licence(
    issuer=AUTHORITY,
    licence_type="https://hub.qinghe.example/licenceTypes/11980000MB0000019A001/revisions/1",
    identifier=IDENTIFIER,
    hub="https://hub.qinghe.example",
    issue_time=1_780_000_000,
    start_time=1_780_000_000,
    expire_time=None,
    status_uri="https://hub.qinghe.example/status/1",
    status_index=1,
)


def test_the_jwk_is_of_the_type_akp():
    public = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32))).public_key()
    jwk = public_to_jwk(public)
    assert sorted(jwk) == ["alg", "kty", "pub"]
    assert (jwk["alg"], jwk["kty"], len(jwk["pub"])) == ("ML-DSA-44", "AKP", 1750)
    assert public_from_jwk(jwk, ASKED) == public
    assert len(thumbprint(public)) == 43
    for wrong in ({"pub": jwk["pub"][:-4]}, {"pub": 5}, {"alg": "ML-DSA-65"}, {"alg": None}, {"kty": "OKP"}):
        with pytest.raises(FormatError, match="JWK_INVALID"):
            public_from_jwk({**jwk, **wrong}, ASKED)
    with pytest.raises(FormatError, match="JWK_PRIVATE"):
        public_from_jwk({**jwk, "priv": "A" * 43}, ASKED)


def test_nobody_knows_it_who_does_not_ask():
    assert SUITE.experimental
    assert "ML-DSA-44" not in STABLE
    with pytest.raises(FormatError, match="JWK_INVALID"):
        public_from_jwk(public_to_jwk(Pair("ML-DSA-44").public))


def test_a_key_is_made_where_configuration_names_the_suite(tmp_path):
    folder = tmp_path / "keys"
    with pytest.raises(FormatError, match="ALG_NOT_ACCEPTED"):
        FileKeyBackend(folder, b"passphrase").generate("seal-1", "ML-DSA-44")
    asked = FileKeyBackend(folder, b"passphrase", accepted=STABLE | ASKED)
    info = asked.generate("seal-1", "ML-DSA-44")
    # A key that exists stays usable when the suite is taken out of the configuration: what it signed must be explained.
    again = FileKeyBackend(folder, b"passphrase")
    assert again.list() == (info,)
    assert SUITE.verify(info.public, again.sign("seal-1", b"x"), b"x")


def test_a_token_is_signed_and_verified_by_it():
    pair = Pair("ML-DSA-44")
    token = jws.sign({"alg": "ML-DSA-44", "kid": "k", "typ": "t"}, b"{}", pair.sign)
    assert jws.verify(token, {"k": pair.public}, typ="t", alg="ML-DSA-44").payload == b"{}"


def test_a_seal_of_it_counts_only_where_it_is_accepted(tmp_path):
    backend = FileKeyBackend(tmp_path / "keys", b"passphrase", accepted=ASKED)
    backend.generate("ca", "ES256")
    backend.generate("seal", "ML-DSA-44")
    ca = create_ca(backend, "ca", name="Hub CA", **TIMES)
    seal = issue_seal(backend, "ca", ca, authority=AUTHORITY, name="A", public_key=backend.public_key("seal"), **TIMES)
    assert suite_of(x509.load_der_x509_certificate(seal).public_key()) is SUITE
    roots = [x509.load_der_x509_certificate(ca)]
    with pytest.raises(ChainError, match="KEY_TYPE"):
        validate_chain([seal], roots, NOW)
    assert validate_chain([seal], roots, NOW, ASKED).alg == "ML-DSA-44"
    signer = backend.signer("seal")
    header = credential.encode_header(signer.kid, signer.alg, [seal])
    token = credential.build(LICENCE, {"scope": "food"}, {"name": "示例"}, header, signer.sign).token
    at = int(NOW.timestamp())
    report = credential.check(token, trust=SealTrust([ca], accepted=ASKED), at=at, authorised=lambda *_: True, status=0)
    assert (report.outcome, sorted(report.disclosed)) == (Outcome.PASSED, ["name", "scope"])
    refused = credential.check(token, trust=SealTrust([ca]), at=at)
    assert refused.check(CheckName.ISSUER_CHAIN).code == "KEY_TYPE"
