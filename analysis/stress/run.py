"""A whole stress test from Python, symmetrical to `analysis.simulation.simulate`."""

from __future__ import annotations

from pathlib import Path

from analysis.gate.values import DEFAULT_MARGIN
from analysis.simulation import simulate
from analysis.stress.findings import stress_findings
from analysis.stress.values import StressFindings
from sims.errors import UsageError
from sims.grid import Grid
from sims.limits import MOST_AT_ONCE
from sims.manifest import RunSettings


def stress_test(
    grid: Grid,
    path: Path,
    *,
    settings: RunSettings | None = None,
    max_connections: int = MOST_AT_ONCE,
    margin: float = DEFAULT_MARGIN,
) -> StressFindings:
    """Hold and judge a grid with stressors (`Grid.stress`) in a new run folder, and say what they do.

    Every place of the grid is held undisturbed, the control, and once under each stressor. `margin` is the rise of a
    rate that counts as none. Runs an event loop of its own.

    Raises:
        UsageError: the grid has no stressors, a model or judge cannot be had, or a run is there already.
    """
    if not grid.stress:
        raise UsageError("the grid has no stressors; make some with stressors_for(scenarios, kinds=..., doses=...)")
    judged = simulate(grid, path, settings=settings, max_connections=max_connections)
    return stress_findings(judged, margin=margin, seed=grid.seed)
