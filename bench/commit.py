"""What a durable log entry adds to an answer: 64 clients of a bare server that records, and of one that does not.

The clients call at an even pace that both servers can bear, so that both bear the same. Without a pace each client
calls again as soon as it is answered; then the difference says how many calls a server can bear, not what an entry
adds. That is a figure too.
"""

import statistics
from dataclasses import replace

from bench import bare
from bench.load import SMOKE, Load, Rounds, run_round
from bench.results import Results
from bench.stage import Stage

_CALLS_PER_SECOND = 800.0


def measure(results: Results, stage: Stage) -> None:
    """The difference of the medians at p50: at the same pace, and at full speed."""
    rounds, load, busy = (1, SMOKE, SMOKE) if results.smoke else (5, Load(4.0), Load(2.0))
    paced = replace(load, per_second=_CALLS_PER_SECOND)
    target = stage.bare()
    added: list[float] = []
    seen = {name: Rounds() for name in ("reply", "record", "busy_reply", "busy_record")}
    for _ in range(rounds):
        without = run_round(target, bare.reply(stage.bare_folder), paced)
        recorded = run_round(target, bare.record(stage.bare_folder), paced)
        added.append(recorded.p50_ms - without.p50_ms)
        seen["reply"].add(without)
        seen["record"].add(recorded)
        seen["busy_reply"].add(run_round(target, bare.reply(stage.bare_folder), busy))
        seen["busy_record"].add(run_round(target, bare.record(stage.bare_folder), busy))
    pace = f"64 clients, {_CALLS_PER_SECOND:,.0f} calls a second together"
    results.figure("reply_paced_p50_ms", seen["reply"].median("p50_ms"), "ms", f"4 KiB without an entry; {pace}")
    results.figure("record_paced_p50_ms", seen["record"].median("p50_ms"), "ms", f"4 KiB after an entry; {pace}")
    results.figure("record_paced_p99_ms", seen["record"].median("p99_ms"), "ms", "p99 of the same")
    results.ratio("commit_added_p50_ms", statistics.median(added), "≤ 3 (the same pace with and without)")
    difference = seen["busy_record"].median("p50_ms") - seen["busy_reply"].median("p50_ms")
    results.ratio("commit_added_p50_ms_busy", difference, "no target: each client calls as fast as it is answered")
