"""A counter handles a case without paper: it opens the case, sees what is needed, fetches it, and prefills the form.

    python docs/examples/counter.py PROFILE OPERATOR CASE.json

CASE.json holds number, matters, parties, situations and channel, as the contract's Case names them.
"""

import sys
from pathlib import Path

from google.protobuf import json_format
from onceonly.v1 import case_service_pb2, exchange_service_pb2, verification_service_pb2

from exchange.client import new_request_id
from exchange.profile import load_profile


def main(profile: str, operator: str, file: str) -> int:
    """Returns 0 if everything that the matter needs was there, else 1: the advice says what to ask for."""
    wanted = json_format.Parse(Path(file).read_text("utf-8"), case_service_pb2.Case())
    with load_profile(Path(profile)).for_operator(operator).connect() as hub:
        # Opening a case is the only call that takes a person's number. From here on the case names them.
        opening = case_service_pb2.OpenCaseRequest(case=wanted, request_id=new_request_id())
        case = hub.call(hub.cases.OpenCase, opening).case
        print("case", case.name)

        # 一次性告知: everything that is needed, said once, with what to do about each line.
        for line in hub.call(hub.cases.CheckEvidence, case_service_pb2.CheckEvidenceRequest(case=case.name)).checks:
            state = case_service_pb2.Availability.Name(line.availability).removeprefix("AVAILABILITY_")
            print(f"  {line.label.zh}: {state} {line.advice.zh}")

        # All of it in one call. Each line has an outcome of its own: never all or nothing.
        fetching = exchange_service_pb2.FetchEvidenceRequest(case=case.name, request_id=new_request_id())
        results = hub.call(hub.exchange.FetchEvidence, fetching).results
        form: dict[str, str] = {}
        for result in results:
            if result.HasField("refusal"):
                print("refused", result.requirement, *(message.zh for message in result.refusal.messages))
                continue
            form |= {name: str(value.text or value) for name, value in result.extract.prefill.items()}

            # What was released can be checked by whoever relies on it, with the receipt of its purpose.
            verifying = verification_service_pb2.VerifyCredentialRequest(
                credential=result.extract.presentation, receipt=result.extract.receipt
            )
            verdict = hub.call(hub.verification.VerifyCredential, verifying).report.verdict
            print("fetched", result.requirement, verification_service_pb2.Verdict.Name(verdict))
        print("prefilled", ", ".join(sorted(form)))
    return 0 if all(result.HasField("extract") for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
