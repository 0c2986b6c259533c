"""The gate on conversations of the offline actor that the judges have really judged, cut into pairs of runs."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.gate.gate import run_gate
from analysis.gate.side import Conversation, Side
from analysis.gate.sides import load_side
from analysis.gate.values import GateDecision
from analysis.proof.markdown import markdown_table, percent
from analysis.simulation import simulate
from analysis.statistics.common import random_numbers
from sims.grid import Grid
from sims.manifest import RunSettings
from sims.scenario_file import find_scenario, load_scenarios

SCENARIOS = ("refund-dispute", "bus-survey", "coffee-order", "doctor-interview")
JUDGES = ("role_flip", "digression")
USUAL, RAISED = 0.03, (0.06, 0.1, 0.2)
REPEATS = 100
SIZES = (20, 50, 100)
PAIRS = 100


def judged_run(folder: Path, *, dial: float, repeats: int, seed: int) -> Side:
    """A run of the offline actor whose turns carry planted role flips at the rate `dial`, judged."""
    scenarios = load_scenarios([find_scenario(name) for name in SCENARIOS])
    grid = Grid(scenarios, models=(f"offline/actor?role_flip={dial:g}",), repeats=repeats, seed=seed)
    simulate(grid, folder, settings=RunSettings(judges=JUDGES))
    return load_side(folder)


def cut(baseline: Side, candidate: Side, size: int, *, rng: np.random.Generator) -> tuple[Side, Side]:
    """Two runs of `size` different conversations drawn from two sides, which may be the same one."""
    if baseline is candidate:
        drawn = [baseline.conversations[place] for place in rng.permutation(len(baseline.conversations))[: 2 * size]]
        return _numbered(baseline, drawn[:size]), _numbered(candidate, drawn[size:])
    return _drawn(baseline, size, rng), _drawn(candidate, size, rng)


def _drawn(side: Side, size: int, rng: np.random.Generator) -> Side:
    return _numbered(side, [side.conversations[place] for place in rng.permutation(len(side.conversations))[:size]])


def _numbered(side: Side, conversations: Sequence[Conversation]) -> Side:
    """The conversations as the repeats of one scenario, so that any two sides of one size pair up."""
    numbered = (
        replace(one, key=replace(one.key, scenario="mixed", repeat=place, model="actor"))
        for place, one in enumerate(conversations)
    )
    return replace(side, conversations=tuple(numbered))


def decisions(baseline: Side, candidate: Side, size: int, *, pairs: int = PAIRS) -> Counter[GateDecision]:
    """What so many gates on runs cut from the two sides come to."""
    rng = random_numbers("cut", baseline.name, candidate.name, size)
    cuts = (cut(baseline, candidate, size, rng=rng) for _ in range(pairs))
    return Counter(run_gate(*sides, has_limits=False, seed=place).decision for place, sides in enumerate(cuts))


def tables(*, pairs: int = PAIRS, repeats: int = REPEATS) -> Iterator[str]:
    """The table as Markdown, a line each."""
    yield f"### The offline actor, judged by {' and '.join(JUDGES)}: decisions, % of {pairs:,} pairs of runs"
    yield (
        f"The baseline plants role flips in {100 * USUAL:g} % of turns; runs are cut from"
        f" {len(SCENARIOS) * repeats:,} conversations in {len(SCENARIOS)} scenarios.\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        yield from markdown_table(
            ("planted in the candidate", "n", "REGRESSED", "PASS", "INCONCLUSIVE"), _rows(Path(folder), pairs, repeats)
        )


def _rows(folder: Path, pairs: int, repeats: int) -> Iterator[tuple[str, ...]]:
    usual = judged_run(folder / "usual", dial=USUAL, repeats=repeats, seed=1)
    for dial in (USUAL, *RAISED):
        raised = usual if dial == USUAL else judged_run(folder / str(dial), dial=dial, repeats=repeats // 2, seed=2)
        for size in SIZES:
            found = decisions(usual, raised, size, pairs=pairs)
            shares = (percent(found[name] / pairs) for name in ("REGRESSED", "PASS", "INCONCLUSIVE"))
            yield f"{100 * dial:g} %", str(size), *shares
