"""Status list tokens: as they come, and rightly signed with any claims."""

from contextlib import suppress

from signer import jws
from signer.errors import FormatError, SignatureError
from signer.status_list import open_status_list
from tests.fuzz.signed import KEY, KID, run

KEYS = {KID: KEY.public_key()}
URI = "https://hub.example/status/1"
HEADER = jws.encode_header({"alg": "EdDSA", "kid": KID, "typ": "statuslist+jwt"})


def one_input(data: bytes) -> None:
    """Whatever the token, an error of this package or a list that answers within its bounds."""
    token = jws.sign(HEADER, data[1:], KEY.sign) if data[:1] == b"\1" else data[1:]
    with suppress(FormatError, SignatureError):
        opened = open_status_list(token, KEYS, uri=URI, at=1)
        assert 0 <= opened.status(0) <= 255


if __name__ == "__main__":
    run(one_input)
