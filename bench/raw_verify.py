"""How many ES256 signatures OpenSSL verifies on all cores: a process pinned to each, nothing else in the loop.

python -m bench.raw_verify CORE SECONDS      prints verifications a second of that core
"""

import os
import subprocess
import sys
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.timing import rate
from exchange.config import available_cores

SIGNED_BYTES: Final = 2_048
"""About what the seal of a business licence signs: its header with the chain, and the payload."""


def all_cores(seconds: float) -> float:
    """Verifications a second of all cores together, at the same time."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.raw_verify", str(core), str(seconds)], stdout=subprocess.PIPE, text=True
        )
        for core in available_cores()
    ]
    return sum(float(each.communicate()[0]) for each in running)


def _one_core(core: int, seconds: float) -> float:
    os.sched_setaffinity(0, {core})
    private = ec.generate_private_key(ec.SECP256R1())
    public, algorithm, data = private.public_key(), ec.ECDSA(hashes.SHA256()), bytes(SIGNED_BYTES)
    signature = private.sign(data, algorithm)
    return rate(lambda: public.verify(signature, data, algorithm), seconds)


if __name__ == "__main__":
    print(_one_core(int(sys.argv[1]), float(sys.argv[2])))
