"""``python -m tests.fuzz.seeds``: write the inputs that a fuzzer begins with."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from signer import base64url, cose, qr, qr_payload, sdjwt
from signer.credential import Licence
from signer.status_bits import StatusBits
from signer.status_list import sign_status_list
from tests.fuzz import fuzz_qr, fuzz_sd_jwt, fuzz_status_list
from tests.fuzz.signed import AUTHORITY, KEY, KID, SEAL

FOLDER = Path(__file__).parent / "seeds"
IDENTIFIER = "1.2.156.3005.2.11990000MB0000000J001.11990100MB0000001T.2026000001.001.F"
LICENCE = Licence(
    issuer=AUTHORITY,
    licence_type="https://hub.example/licenceTypes/11990000MB0000000J001/revisions/3",
    identifier=IDENTIFIER,
    hub="https://hub.example",
    issue_time=1,
    start_time=1,
    expire_time=100,
    status_uri="https://hub.example/status/1",
    status_index=7,
)
FIELDS = {"name": "示例", "scope": ["热食", "冷食"], "seats": 48, "open": True}


def seeds() -> dict[str, bytes]:
    """Every seed by its path in the folder."""
    payload = qr_payload.encode_payload(LICENCE, FIELDS)
    text = qr.credential_text(LICENCE, FIELDS, seal_sha256=SEAL.sha256, alg="EdDSA", sign=KEY.sign)
    message = cose.sign1(payload, alg="EdDSA", kid=b"1" * 16, sign=KEY.sign, external_aad=qr.EXTERNAL_AAD)
    token = sdjwt.issue({"iss": "a"}, {"name": "示例"}, fuzz_sd_jwt.HEADER, KEY.sign).token
    disclosed = json.dumps(["salt", "name", 1]).encode()
    encoded = urlsafe_b64encode(disclosed).rstrip(b"=")
    hidden = {"_sd": [urlsafe_b64encode(sha256(encoded).digest()).rstrip(b"=").decode()], "iss": "a"}
    bits = StatusBits(64)
    status = sign_status_list(
        bits, uri=fuzz_status_list.URI, issue_time=1, expire_time=9, ttl=5, kid=KID, alg="EdDSA", sign=KEY.sign
    )
    claims = base64url.decode(status.split(".")[1])
    return {
        "qr/text": bytes([fuzz_qr.TEXT]) + text.removeprefix(qr.CREDENTIAL_PREFIX).encode(),
        "qr/pointer": bytes([fuzz_qr.POINTER]) + IDENTIFIER.encode() + b"\1" * 16,
        "qr/message": bytes([fuzz_qr.MESSAGE]) + message,
        "qr/payload": bytes([fuzz_qr.PAYLOAD]) + payload,
        "sd_jwt/token": b"\0" + token.encode(),
        "sd_jwt/payload": b"\1" + json.dumps(hidden).encode() + fuzz_sd_jwt.SEPARATOR + disclosed,
        "status_list/token": b"\0" + status.encode(),
        "status_list/claims": b"\1" + claims,
    }


if __name__ == "__main__":
    for name, content in seeds().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
