"""The example of docs/qr.md: a licence's QR code by a key that everybody knows, so that anybody can make it again.

python docs/examples/qr_code.py
"""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer import qr, qr_payload
from signer.credential import Licence

KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"onceonly: the key of the example in docs/qr.md").digest())
"""Never a seal's key: its private half stands here. Ed25519 gives the same signature every time."""

SEAL_SHA256 = sha256(b"onceonly: the certificate of the example in docs/qr.md").hexdigest()
"""Stands for the digest of a certificate that does not exist."""

HUB = "https://hub.qinghe.example"
IDENTIFIER = "1.2.156.3005.2.11990000MB0000000J001.11990100MB0000001T.2026000001.001.F"
LICENCE = Licence(
    issuer="11990100MB0000001T",
    licence_type=f"{HUB}/licenceTypes/11990000MB0000000J001/revisions/3",
    identifier=IDENTIFIER,
    hub=HUB,
    issue_time=1_767_225_600,
    start_time=1_767_225_600,
    expire_time=1_924_992_000,
    status_uri=f"{HUB}/status/11990000MB0000000J001/2026/1",
    status_index=123_456,
)
FIELDS = {"enterprise_name": "清河市示例餐饮有限公司", "business_scope": ["热食", "冷食"]}
SIGNED_SHA256 = sha256(b"onceonly: the signed bytes of the example in docs/qr.md").hexdigest()
"""Stands for the SHA-256 of the bytes that the seal signed in the credential."""


def credential_form() -> str:
    """The credential form of the example."""
    return qr.credential_text(LICENCE, FIELDS, seal_sha256=SEAL_SHA256, alg="EdDSA", sign=KEY.sign)


def pointer_form() -> str:
    """The pointer form of the example."""
    return qr.pointer_text(IDENTIFIER, SIGNED_SHA256)


if __name__ == "__main__":
    text = credential_form()
    read = qr.read_qr_text(text)
    assert isinstance(read, qr.CredentialQr)
    print("key:", KEY.public_key().public_bytes_raw().hex())
    print("kid:", read.message.kid.hex())
    print("protected:", read.message.protected.hex())
    print("payload:", qr_payload.encode_payload(LICENCE, FIELDS).hex())
    print("signature:", read.message.signature.hex())
    print("text:", text)
    print("pointer:", pointer_form())
