"""Whether memory stays flat: what the hub's processes hold before and after very many calls."""

from dataclasses import replace

from bench.hub import Prepared
from bench.load import SMOKE, Load, run_round
from bench.results import Results
from bench.stage import Stage
from bench.usage import resident_kb


def measure(results: Results, stage: Stage) -> None:
    """Fetches and verifications by turns, after a warm-up that fills what may be filled."""
    calls, warm, load = (400, 100, SMOKE) if results.smoke else (100_000, 20_000, Load(0.0))
    hub, load = stage.hub(), replace(load, seconds=0.0, warm_seconds=0.0)
    _call(hub, warm, load)
    before = _held(hub)
    _call(hub, calls // 2, load)
    middle = _held(hub)
    _call(hub, calls // 2, load)
    after = _held(hub)
    for role, kb in after.items():
        results.figure(f"memory_{role}_mb", kb / 1024, "MB", f"resident of {role} after {calls:,} calls")
        first, second = (
            2_000 * (late - early) / calls for early, late in ((before[role], middle[role]), (middle[role], kb))
        )
        results.figure(
            f"memory_{role}_growth_kb", (first + second) / 2, "KB", f"growth of {role} per 1,000 calls, warm"
        )
        results.figure(f"memory_{role}_late_growth_kb", second, "KB", "the same in the second half of the calls")
    whole, late = ((sum(after.values()) - sum(early.values())) for early in (before, middle))
    results.ratio("memory_growth_kb_per_1000", 1_000 * whole / calls, "flat: about 0")
    results.ratio("memory_late_growth_kb_per_1000", 2_000 * late / calls, "flat: about 0 (second half)")


def _call(hub: Prepared, calls: int, load: Load) -> None:
    """So many calls, half of them fetches; in portions shorter than a token's life."""
    done = 0
    while done < calls:
        portion = min(20_000, calls - done)
        for job in (hub.fetch(), hub.verify()):
            run_round(hub.target, job, replace(load, calls=portion // 2))
        done += portion


def _held(hub: Prepared) -> dict[str, float]:
    target = hub.target
    assert target.integrator is not None
    return {
        "workers": resident_kb(target.workers),
        "recorder": resident_kb((target.recorder,)),
        "integrator": resident_kb((target.integrator,)),
    }
