"""Whether memory stays flat: what the hub's processes hold before and after very many calls."""

from bench.hub import Prepared
from bench.load import Load, run_round
from bench.results import Results
from bench.stage import Stage
from bench.usage import resident_kb


def measure(results: Results, stage: Stage) -> None:
    """Fetches and verifications by turns, after a warm-up that fills what may be filled."""
    calls, warm = (3_000, 1_000) if results.smoke else (100_000, 20_000)
    hub = stage.hub()
    _call(hub, warm)
    before = _held(hub)
    _call(hub, calls)
    after = _held(hub)
    for role, kb in after.items():
        growth = (kb - before[role]) / (calls / 1_000)
        results.figure(f"memory_{role}_mb", kb / 1024, "MB", f"resident of {role} after {calls:,} calls")
        results.figure(f"memory_{role}_growth_kb", growth, "KB", f"growth of {role} per 1,000 calls, warm")
    total = (sum(after.values()) - sum(before.values())) / (calls / 1_000)
    results.ratio("memory_growth_kb_per_1000", total, "flat: about 0")


def _call(hub: Prepared, calls: int) -> None:
    """So many calls, half of them fetches; in portions shorter than a token's life."""
    done = 0
    while done < calls:
        portion = min(20_000, calls - done)
        for job in (hub.fetch(), hub.verify()):
            run_round(hub.target, job, Load(0.0, warm_seconds=0.0, calls=portion // 2))
        done += portion


def _held(hub: Prepared) -> dict[str, float]:
    target = hub.target
    assert target.integrator is not None
    return {
        "workers": resident_kb(target.workers),
        "recorder": resident_kb((target.recorder,)),
        "integrator": resident_kb((target.integrator,)),
    }
