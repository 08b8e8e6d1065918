"""Keys and hand-made tokens for the signer's tests: everything that the signer itself would refuse to make."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from signer.algorithms import SUITES

VECTORS = Path(__file__).parents[1] / "vectors"
AUTHORITY = "11990100MB0000001T"
IDENTIFIER = "1.2.156.3005.2.11990000MB0000000J001.11990100MB0000001T.2026000001.001.F"


class Pair:
    """A fresh key pair of a suite, with its sign function."""

    def __init__(self, suite_name: str = "ES256") -> None:
        self.suite = SUITES[suite_name]
        self.private = self.suite.generate()
        self.public = self.private.public_key()

    def sign(self, data: bytes) -> bytes:
        return self.suite.sign(self.private, data)


def vectors(name: str) -> Any:
    """Return the content of a published vector file."""
    return json.loads((VECTORS / name).read_text())


def b64(data: bytes | str) -> str:
    """Return unpadded base64url."""
    return urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def raw_jws(pair: Pair, header: object, payload: object) -> str:
    """Return a compact JWS over any header and payload; text stands as it is, other values as JSON."""
    parts = [b64(part if isinstance(part, str) else json.dumps(part)) for part in (header, payload)]
    signing_input = ".".join(parts)
    return f"{signing_input}.{b64(pair.sign(signing_input.encode()))}"


def disclosure(*content: object) -> str:
    """Return an encoded disclosure of any content; one text is taken as raw JSON."""
    if len(content) == 1 and isinstance(content[0], str):
        return b64(content[0])
    return b64(json.dumps(list(content)))


def digest(encoded: str) -> str:
    """Return the SHA-256 digest of an encoded disclosure."""
    return b64(sha256(encoded.encode()).digest())


def raw_sd_jwt(pair: Pair, payload: object, *disclosures: str, header: object = None, tail: str = "") -> str:
    """Return an SD-JWT over any payload with any disclosures."""
    issuer = raw_jws(pair, header or {"alg": pair.suite.name, "typ": "example+sd-jwt"}, payload)
    return "~".join([issuer, *disclosures, tail])
