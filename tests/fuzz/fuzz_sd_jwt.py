"""SD-JWT: compact tokens as they come, and rightly signed payloads with any disclosures."""

from contextlib import suppress

from signer import base64url, credential, jws, sdjwt
from signer.errors import SdJwtError
from signer.report import Outcome
from signer.trust import SealTrust
from tests.fuzz.signed import KEY, KID, run

TRUST = SealTrust([])
HEADER = jws.encode_header({"alg": "EdDSA", "kid": KID, "typ": "example+sd-jwt"})
SEPARATOR = b"\n"
"""Between payload and disclosures, each of which is JSON."""


def one_input(data: bytes) -> None:
    """Whatever the token, SdJwtError or a result; a credential whose chain leads nowhere fails."""
    token = signed(data[1:]) if data[:1] == b"\1" else data[1:].decode("latin-1")
    with suppress(SdJwtError):
        sdjwt.verify(token, KEY.public_key(), "EdDSA", at=0, typ=None)
    with suppress(SdJwtError):
        sdjwt.parse(token)
    assert credential.check(token, trust=TRUST, at=0).outcome is Outcome.FAILED


def signed(data: bytes) -> str:
    """A token with a right signature over any payload, and any disclosures."""
    payload, *disclosures = data.split(SEPARATOR)
    token = jws.sign(HEADER, payload, KEY.sign)
    return "~".join([token, *(base64url.encode(each) for each in disclosures), ""])


if __name__ == "__main__":
    run(one_input)
