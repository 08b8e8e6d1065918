"""Trust lists for tests: one authority with a real seal under a real root, a hub's keys, a log."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from signer.algorithms import public_to_jwk, thumbprint
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey
from signer.seal_issuance import create_ca, issue_seal
from signer.seals import SealCertificate, validate_chain
from signer.trust_list import (
    HubKey,
    KeyUse,
    PublicJwk,
    Term,
    TimestampAuthority,
    TrustedAuthority,
    TrustedCertificate,
    TrustedKey,
    TrustedLog,
    TrustedRoot,
    TrustedType,
    TrustedWitness,
    TrustList,
)
from signer.trust_list_codec import sign_trust_list
from tests.fakes.signing import AUTHORITY, Pair

HUB = "https://hub.example"
TYPE = "11990000MB0000000J001"
VCT = f"{HUB}/licenceTypes/{TYPE}/revisions/2"
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
SINCE, UNTIL = int(START.timestamp()), int(END.timestamp())
ISSUED = SINCE + 1_000_000
"""When the list says it was made."""
FUTURE = PublicJwk("future-key", "FUTURE", {"kty": "EC", "crv": "FUTURE", "x": "A" * 43, "y": "B" * 43}, None)


def jwk_of(pair: Pair) -> PublicJwk:
    return PublicJwk(thumbprint(pair.public), pair.suite.name, public_to_jwk(pair.public), pair.public)


class TrustWorld:
    """A hub's trust, made once for a module: ``listed`` is what its list says."""

    def __init__(self, folder) -> None:
        backend = FileKeyBackend(folder / "keys", b"passphrase")
        for key_id in ("ca", "seal"):
            backend.generate(key_id, "ES256")
        self._backend = backend
        times = {"not_before": START, "not_after": END}
        self.ca = create_ca(backend, "ca", name="Hub CA", **times)
        self.seal_signer = backend.signer("seal")
        self.seal_der = issue_seal(
            backend, "ca", self.ca, authority=AUTHORITY, name="局", public_key=self.seal_signer.public, **times
        )
        self.trust, self.status, self.receipts, self.log = Pair(), Pair(), Pair("EdDSA"), Pair("EdDSA")
        self.trust_jwk = jwk_of(self.trust)
        self.listed = self._list()

    def another_ca(self, name: str) -> bytes:
        """A CA certificate (DER) of that name."""
        return create_ca(self._backend, "ca", name=name, not_before=START, not_after=END)

    @property
    def seal(self) -> SealCertificate:
        from cryptography import x509

        return validate_chain([self.seal_der], [x509.load_der_x509_certificate(self.ca)], START)

    def token(self, trust_list: TrustList | None = None, by: Pair | None = None) -> str:
        signer = by or self.trust
        kid, alg = thumbprint(signer.public), signer.suite.name
        return sign_trust_list(trust_list or self.listed, kid=kid, alg=alg, sign=signer.sign)

    def anchors(self):
        return {self.trust_jwk.kid: self.trust.public}

    def with_seal(self, **changes) -> TrustList:
        """The list with something else said of the seal."""
        (authority,) = self.listed.authorities
        (certificate,) = authority.certificates
        authority = replace(authority, certificates=(replace(certificate, **changes),))
        return replace(self.listed, authorities=(authority,))

    def _list(self) -> TrustList:
        always = Term(SINCE)
        certificate = TrustedCertificate(
            sha256=sha256(self.seal_der).hexdigest(),
            kid=self.seal_signer.kid,
            term=Term(SINCE, UNTIL),
            chain=(self.seal_der,),
        )
        authority = TrustedAuthority(
            uscc=AUTHORITY,
            name={"zh": "局", "en": "Bureau"},
            certificates=(certificate,),
            second_keys=(TrustedKey(jwk=FUTURE, term=always), TrustedKey(jwk=jwk_of(Pair()), term=always)),
            types=(
                TrustedType(code=TYPE, revision=1, term=Term(SINCE, SINCE + 5000)),
                TrustedType(code=TYPE, revision=2, term=Term(SINCE + 5000)),
            ),
        )
        return TrustList(
            hub=HUB,
            issue_time=ISSUED,
            expire_time=ISSUED + 1000,
            sequence=7,
            trust_keys=(self.trust_jwk,),
            roots=(TrustedRoot(certificate=self.ca, term=always),),
            authorities=(authority,),
            keys=(
                HubKey(use=KeyUse.STATUS_LISTS, jwk=jwk_of(self.status), term=always),
                HubKey(use=KeyUse.RECEIPTS, jwk=jwk_of(self.receipts), term=Term(SINCE, SINCE + 5000)),
            ),
            logs=(TrustedLog(vkey=NoteKey("hub.example/log", self.log.public).vkey, term=always),),
            witnesses=(TrustedWitness("witness.example+01234567+BAAAAAAA"),),
            quorum=1,
            timestamp_authorities=(TimestampAuthority(self.ca, "Time"),),
        )
