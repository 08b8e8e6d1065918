"""Status lists on one core: how long a list takes from its changes to its signature, and how large it becomes."""

import random
import statistics
import time

from bench.results import Results
from bench.stage import Stage
from signer.algorithms import suite_named
from signer.status_list import PLACES, Status, StatusBits, open_status_list, sign_status_list

URI = "https://hub.qinghe.example/status/11980000MB0000019A001/2026/1"
ENDED_SHARE = 0.01
"""Of the licences of a list, those that are revoked, replaced or suspended."""


def measure(results: Results, _stage: Stage) -> None:
    """A list of 2^20 places: built from nothing and signed; opened as a verifier does."""
    rounds = 1 if results.smoke else 15
    suite = suite_named("ES256")
    private = suite.generate()
    public = private.public_key()
    # A fixed seed: the figure shall not depend on the draw.
    ended = random.Random(20).sample(range(PLACES), int(PLACES * ENDED_SHARE))

    def rebuild() -> str:
        bits = StatusBits()
        for index in ended:
            bits.set(index, Status.INVALID)
        return sign_status_list(
            bits,
            uri=URI,
            issue_time=1_780_000_000,
            expire_time=1_780_086_400,
            ttl=300,
            kid="bench",
            alg="ES256",
            sign=lambda data: suite.sign(private, data),
        )

    token = rebuild()
    rebuilt, opened = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        rebuild()
        rebuilt.append(time.perf_counter() - started)
        started = time.perf_counter()
        open_status_list(token, {"bench": public}, uri=URI, at=1_780_000_001)
        opened.append(time.perf_counter() - started)
    milliseconds = statistics.median(rebuilt) * 1e3
    places = "2^20 places, 1 in 100 ended"
    results.figure("status_list_rebuild_ms", milliseconds, "ms", f"status list of {places}: set, compressed, signed")
    results.figure("status_list_open_ms", statistics.median(opened) * 1e3, "ms", f"status list of {places} opened")
    results.figure("status_list_kb", len(token) / 1000, "kB", f"status list of {places}, signed")
    results.ratio("status_list_rebuild_ms", milliseconds, "≤ 50")
