"""An issuing department issues a licence, reads it back, and suspends it.

    python docs/examples/issuing_department.py PROFILE TYPE LICENCE.json

LICENCE.json holds number, holders and fields, as the contract's Licence names them.
"""

import sys
from pathlib import Path

from google.protobuf import json_format
from onceonly.v1 import issuance_service_pb2, licence_pb2

from exchange.client import CallError, new_request_id
from exchange.profile import load_profile


def main(profile: str, licence_type: str, file: str) -> int:
    """Returns 0, or 1 if the hub refuses the licence: every bad field is named at once."""
    licence = json_format.Parse(Path(file).read_text("utf-8"), licence_pb2.Licence())
    # Keep the request id with the licence until it is answered: the same id again never issues it twice.
    request = issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type}", licence=licence, request_id=new_request_id()
    )
    with load_profile(Path(profile)).connect() as hub:
        try:
            issued = hub.call(hub.issuance.IssueLicence, request).licence
        except CallError as refused:
            print(refused.reason, refused.zh, *refused.violations, sep="\n", file=sys.stderr)
            return 1
        print("issued", issued.identifier)

        # A licence is changed as it was last read: the etag says which state of it is meant.
        read = hub.call(hub.issuance.GetLicence, issuance_service_pb2.GetLicenceRequest(name=issued.name))
        suspend = issuance_service_pb2.SuspendLicenceRequest(
            name=issued.name, etag=read.licence.etag, reason="信息核查", request_id=new_request_id()
        )
        suspended = hub.call(hub.issuance.SuspendLicence, suspend).licence
        print("now", licence_pb2.LicenceState.Name(suspended.state))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
