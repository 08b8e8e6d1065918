"""An authority that seals licences for paper, and a verifier who has its certificate."""

from datetime import UTC, datetime

from signer import qr
from signer.credential import Licence
from signer.keys.files import FileKeyBackend
from signer.seal_issuance import create_ca, issue_seal
from signer.seal_shelf import SealShelf
from signer.seals import validate_chain
from tests.fakes.signing import AUTHORITY, IDENTIFIER

START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
ISSUED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
FIELDS = {"enterprise_name": "示例餐饮有限公司", "scope": ["热食", "冷食"], "seats": 48, "open": True}


class PaperSeal:
    """An authority with a seal under a CA of its own."""

    def __init__(self, folder, alg="ES256"):
        self.backend = FileKeyBackend(folder / "keys", b"passphrase")
        self.backend.generate("ca", "ES256")
        self.backend.generate("seal", alg)
        times = {"not_before": START, "not_after": END}
        self.ca = create_ca(self.backend, "ca", name="Hub CA", **times)
        self.signer = self.backend.signer("seal")
        public = self.signer.public
        self.der = issue_seal(self.backend, "ca", self.ca, authority=AUTHORITY, name="局", public_key=public, **times)
        self.shelf = SealShelf([[self.der]], [self.ca])
        self.certificate = validate_chain([self.der], self.shelf._roots, START)

    def text(self, fields=FIELDS, **changes):
        return qr.credential_text(
            licence(**changes),
            fields,
            seal_sha256=self.certificate.sha256,
            alg=self.signer.alg,
            sign=self.signer.sign,
        )

    def check(self, text, **changes):
        options = {"seals": self.shelf.find, "at": ISSUED + 1, "authorised": lambda *_: True, "status": 0}
        return qr.check_qr(text, **{**options, **changes})


def licence(**changes):
    options = {
        "issuer": AUTHORITY,
        "licence_type": "https://hub.example/licenceTypes/11990000MB0000000J001/revisions/3",
        "identifier": IDENTIFIER,
        "hub": "https://hub.example",
        "issue_time": ISSUED,
        "start_time": ISSUED,
        "expire_time": ISSUED + 100_000,
        "status_uri": "https://hub.example/status/11990000MB0000000J001/2026/1",
        "status_index": 123_456,
    }
    return Licence(**{**options, **changes})
