"""Verification in bulk: batches through the hub over what OpenSSL itself can do on the same cores, and its parts.

``batch_verify_over_openssl``  credentials a second through VerifyCredentials, two of their fields disclosed, over raw
                               ES256 verifications of a process pinned to each core; the generator sits on the same
                               cores and takes its share
``…_cpu``                      the same by the processor time of workers and recorder: what would be left if the
                               generator had a machine of its own
``trust_path_share``           how much of one verification in memory the look-up of the validated chain takes
``receipt_us``                 what the signed receipt of a verification costs
"""

import statistics
import time
from contextlib import closing
from dataclasses import replace
from typing import Final

from onceonly.v1.verification_service_pb2 import VerifyCredentialRequest, VerifyCredentialsRequest

from bench.hub import Prepared
from bench.load import PROCESSES, SMOKE, Job, Load, Rounds, run_round
from bench.raw_verify import all_cores
from bench.results import Results
from bench.stage import Stage
from bench.timing import rate
from exchange.certification import seal_roots
from exchange.config import available_cores
from exchange.stores import open_objects
from signer import credential
from signer.sdjwt_format import split_compact
from signer.trust import SealTrust

BATCH: Final = 500
_IN_FLIGHT: Final = 4
"""Each call is a stream, of which a worker serves few at a time."""
_FIELDS: Final = 2


def measure(results: Results, stage: Stage) -> None:
    """Batches, and the parts of one verification."""
    rounds, seconds, batch = (1, 0.2, 50) if results.smoke else (5, 3.0, BATCH)
    hub = stage.hub()
    load = SMOKE if results.smoke else Load(seconds, warm_seconds=seconds / 4)
    streams = replace(load, warm_seconds=seconds / 3, in_flight=_IN_FLIGHT, processes=PROCESSES)
    raw, batches, single, receipts = [], Rounds(), Rounds(), Rounds()
    for _ in range(rounds):
        raw.append(all_cores(seconds / 2))
        batches.add(run_round(hub.target, batched(hub, batch), streams))
        single.add(run_round(hub.target, hub.verify(), load))
        receipts.add(run_round(hub.target, hub.verify(omit_receipt=False), load))
    openssl = statistics.median(raw)
    per_second = batches.median("per_second") * batch
    results.figure("openssl_all_cores_per_s", openssl, "1/s", "raw ES256 verifications, a process pinned to each core")
    results.figure("batch_verify_per_s", per_second, "1/s", f"credentials in batches of {batch}, {_FIELDS} disclosed")
    own = batches.median("cpu_us") / batch
    results.figure("batch_verify_own_us", own, "µs", "processor time a credential: workers and recorder")
    results.ratio("batch_verify_over_openssl", per_second / openssl, "≥ 0.55 (generator on the same cores)")
    results.ratio(
        "batch_verify_over_openssl_cpu", 1e6 * len(available_cores()) / own / openssl, "without the generator"
    )
    results.figure(
        "receipt_us", receipts.median("cpu_us") - single.median("cpu_us"), "µs", "processor time that a receipt adds"
    )
    _trust_path(results, hub, 0.02 if results.smoke else 1.0)


def batched(hub: Prepared, size: int) -> Job:
    """Batches of extracts that disclose two fields each; every batch is a stream of one message."""
    short = [two_disclosed(extract) for extract in hub.extracts]
    items = [VerifyCredentialRequest(credential=short[number % len(short)]) for number in range(size)]
    request = VerifyCredentialsRequest(items=items, omit_receipt=True)
    return hub.job("VerificationService/VerifyCredentials", [request.SerializeToString()])


def two_disclosed(extract: str) -> str:
    """The presentation cut down to its first two disclosures."""
    return "~".join([*extract.split("~")[: 1 + _FIELDS], ""])


def _trust_path(results: Results, hub: Prepared, seconds: float) -> None:
    """A verification in memory, and the part of it that finds the chain which was validated before."""
    token, now = two_disclosed(hub.extracts[0]), int(time.time())
    with closing(open_objects(hub.city.config)) as objects:
        trust = SealTrust(seal_roots(objects))
    header = split_compact(token).issuer.header
    assert credential.check(token, trust=trust, at=now).issuer is not None

    def path() -> bool:
        known = trust.known(header)
        return known is not None and known.seal.valid_from <= now <= known.seal.valid_until

    assert path()
    whole = max(rate(lambda: credential.check(token, trust=trust, at=now), seconds) for _ in range(3))
    results.figure("credential_check_per_s", whole, "1/s", "every check of a credential in memory, one core")
    results.ratio("trust_path_share", whole / max(rate(path, seconds) for _ in range(3)), "≤ 0.05")
