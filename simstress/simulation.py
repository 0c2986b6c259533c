"""Simulate, judge and gate from Python: what the pytest fixtures stand on."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from analysis.findings import FlagRate
from analysis.gate.gate import run_gate
from analysis.gate.merging import part_for
from analysis.gate.side import Side
from analysis.gate.sides import load_side
from analysis.gate.values import GateResult
from analysis.judged_folder import JudgedFolder
from analysis.rates import flag_rates
from analysis.simulation import simulate
from analysis.tables import flag_rows
from judges.verdict import Verdict
from sims.backends.catalogue import check_api_base
from sims.errors import UnknownNameError, UsageError
from sims.grid import Grid
from sims.limits import MOST_AT_ONCE
from sims.manifest import RunSettings
from sims.scenario import Scenario
from sims.scenario_file import find_scenario, load_scenario
from sims.transcript import Transcript
from simstress.cli.gate_tables import print_gate

TEXT_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """A run that was held and judged. `path` is its folder, for every `simstress` command; `rates` are over all of it.

    A conversation that failed stands among the transcripts, one a judge could not judge among the verdicts.
    """

    path: Path
    transcripts: tuple[Transcript, ...]
    verdicts: tuple[Verdict, ...]
    rates: tuple[FlagRate, ...]

    def rate(self, judge: str) -> float | None:
        """The share of judged turns that the judge flags, in [0, 1]; None where it judged none.

        Raises:
            UnknownNameError: the judge did not judge this run.
        """
        for rate in self.rates:
            if rate.judge == judge:
                return rate.rate
        raise UnknownNameError("judge of this run", judge, [rate.judge for rate in self.rates])


def simulated_run(
    scenarios: Sequence[str | Path | Scenario],
    path: Path,
    *,
    models: Sequence[str] = (),
    agent_models: Mapping[str, str] | None = None,
    temperatures: Sequence[float] = (),
    repeats: int | None = None,
    seed: int = 0,
    max_connections: int = MOST_AT_ONCE,
    settings: Mapping[str, Any] | None = None,
) -> SimulatedRun:
    """Hold and judge the conversations of scenarios (files, shipped names or values) in a new folder.

    `settings` are those of `RunSettings` by name. Runs an event loop of its own.

    Raises:
        UsageError: a scenario, model, judge or setting is not there or does not fit.
    """
    grid = Grid(_loaded(scenarios), tuple(models), dict(agent_models or {}), tuple(temperatures), repeats, seed)
    return read_run(simulate(grid, path, settings=_settings(settings or {}), max_connections=max_connections))


def read_run(folder: JudgedFolder) -> SimulatedRun:
    """What a judged folder holds, read into memory."""
    transcripts, verdicts = tuple(folder.transcripts), tuple(folder.verdicts())
    return SimulatedRun(folder.path, transcripts, verdicts, tuple(flag_rates(flag_rows(transcripts, verdicts))))


def gate_run(
    run: SimulatedRun,
    baseline: Side,
    *,
    margin: float | Mapping[str, float] | None = None,
    judges: Sequence[str] = (),
    has_limits: bool = True,
    max_missing: float = 0.05,
    allow_unpaired: bool = False,
) -> GateResult:
    """The gate between a run and its part of a baseline.

    Raises:
        UsageError: they cannot be compared.
    """
    candidate = load_side(run.path)
    by_judge = margin if isinstance(margin, Mapping) else {}
    return run_gate(
        part_for(candidate, baseline),
        candidate,
        margin=None if isinstance(margin, Mapping) else margin,
        margins=by_judge,
        judges=judges,
        has_limits=has_limits,
        max_missing=max_missing,
        allow_unpaired=allow_unpaired,
    )


def gate_text(result: GateResult) -> str:
    """What `simstress gate` prints, without colours."""
    out = io.StringIO()
    print_gate(result, Console(file=out, width=TEXT_COLUMNS, no_color=True, force_terminal=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _loaded(given: Sequence[str | Path | Scenario]) -> tuple[Scenario, ...]:
    if not given:
        raise UsageError("no scenario given; name a file or a shipped scenario, or give a Scenario")
    scenarios = tuple(one if isinstance(one, Scenario) else load_scenario(find_scenario(one)) for one in given)
    ids = [scenario.id for scenario in scenarios]
    doubled = next((identity for identity in ids if ids.count(identity) > 1), None)
    if doubled is not None:
        raise UsageError(f"two scenarios are called {doubled!r}; give one of them another id, or simulate them apart")
    return scenarios


def _settings(given: Mapping[str, Any]) -> RunSettings:
    for name in given:
        if name not in RunSettings.model_fields:
            raise UnknownNameError("setting", name, RunSettings.model_fields)
    try:
        settings = RunSettings.model_validate(dict(given))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise UsageError(f"{'.'.join(map(str, fault['loc']))}={fault['input']!r}: {fault['msg']}") from error
    check_api_base(settings.api_base)
    return settings
