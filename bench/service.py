"""The hub against bare servers of the same mode, in rounds taken in turn, with 64 calls in flight.

Two ratios of each pair; 1 would be a hub that costs nothing:

``…_over_bare``      calls a second, hub over bare, as seen by a generator on the same cores, which takes its share of
                     them and so draws both towards each other
``…_over_bare_cpu``  processor time a call of workers and recorder, bare over hub: stricter, and what a generator on
                     another machine would find, since a busy server answers as fast as its processors allow

Rules:
1. Each round measures every job once, bare and hub after each other; medians over the rounds are compared.
2. Tokens, requests and extracts are made before a round; the hub has answered each of them before (warm).
"""

from dataclasses import replace

from bench import bare
from bench.load import SMOKE, Job, Load, Rounds, Target, run_round
from bench.results import Results
from bench.stage import Stage

_ONE_DEPARTMENT = 16
"""Calls in flight of a single department, which has a share of a worker's threads."""
_DESCRIBED = {
    "bare_echo": "bare: 1 KiB echoed",
    "bare_check": "bare: one raw ES256 signature over 1 KiB",
    "bare_reply": "bare: 4 KiB answered, nothing recorded",
    "bare_record": "bare: one entry committed, 4 KiB answered",
    "verify": "VerifyCredential: an extract with its disclosures",
    "fetch": "FetchLicence: one line, warm",
    "fetch_evidence": "FetchEvidence: two lines",
    "issue": "IssueLicence; one department, 16 in flight",
    "open_case": "OpenCase",
}


def measure(results: Results, stage: Stage) -> None:
    """Verify and fetch over their bare counterparts; other methods as figures."""
    rounds, load, shorter = 5, Load(4.0, warm_seconds=1.0), Load(2.0, warm_seconds=1.0)
    if results.smoke:
        rounds, load, shorter = 1, replace(SMOKE, processes=2), SMOKE  # two: the work is seen to be shared out
    hub, target = stage.hub(), stage.bare()
    results.figure("fetch_entry_bytes", stage.entry_bytes, "bytes", "log entry of one fetch")
    checked = bare.check(stage.bare_folder)
    seen = {name: Rounds() for name in _DESCRIBED}
    for _ in range(rounds):
        pairs: list[tuple[str, Target, Job]] = [
            ("bare_check", target, checked),
            ("verify", hub.target, hub.verify()),
            ("bare_record", target, bare.record(stage.bare_folder)),
            ("fetch", hub.target, hub.fetch()),
            ("bare_reply", target, bare.reply(stage.bare_folder)),
        ]
        for name, where, job in pairs:
            seen[name].add(run_round(where, job, load))
    others = [
        ("bare_echo", target, bare.echo(stage.bare_folder)),
        ("fetch_evidence", hub.target, hub.fetch_evidence()),
        ("open_case", hub.target, hub.open_case()),
    ]
    for name, where, job in others:
        seen[name].add(run_round(where, job, shorter))
    seen["issue"].add(
        run_round(hub.target, hub.issue(), replace(shorter, in_flight=min(shorter.in_flight, _ONE_DEPARTMENT)))
    )
    _report(results, seen)


def _report(results: Results, seen: dict[str, Rounds]) -> None:
    for name, rounds in seen.items():
        what = _DESCRIBED[name]
        results.figure(f"{name}_per_s", rounds.median("per_second"), "1/s", what)
        results.figure(f"{name}_p50_ms", rounds.median("p50_ms"), "ms", "p50 of the same")
        results.figure(f"{name}_p99_ms", rounds.median("p99_ms"), "ms", "p99 of the same")
        results.figure(f"{name}_cpu_us", rounds.median("cpu_us"), "µs", "processor time a call: workers and recorder")
        results.figure(f"{name}_recorder_us", rounds.median("recorder_us"), "µs", "the recorder's part of it")
    for name in ("verify", "fetch"):
        what = "processor time a call of the integrator, behind the calls"
        results.figure(f"{name}_integrator_us", seen[name].median("integrator_us"), "µs", what)
    for ratio, ours, theirs, target in (
        ("verify_over_bare", "verify", "bare_check", "≥ 0.50"),
        ("fetch_over_bare", "fetch", "bare_record", "≥ 0.45"),
    ):
        rate = seen[ours].median("per_second") / seen[theirs].median("per_second")
        results.ratio(ratio, rate, f"{target} (calls a second, generator on the same cores)")
        time = seen[theirs].median("cpu_us") / seen[ours].median("cpu_us")
        results.ratio(f"{ratio}_cpu", time, "stricter: processor time a call of workers and recorder")
