"""init and validate: scenario files before anything is spent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    path: Annotated[Path, typer.Argument(help="The file to write; its stem becomes the scenario's id.")] = Path(
        "my-scenario.yaml"
    ),
) -> None:
    """Write a commented scenario to start from."""
    from sims.errors import OutputError
    from sims.run_folder import replace_file
    from sims.scenario_file import schema_path, starter

    if path.exists():
        raise OutputError(f"{path}: is there already; choose another name")
    replace_file(path, starter(path.stem.lower(), schema=str(schema_path())))
    typer.echo(f"{path}")
    typer.echo(f"next: simstress validate {path} && simstress run {path} --model offline/actor", err=True)


def validate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help="Scenario files or shipped names; left out: all shipped.", metavar="SCENARIO..."),
    ] = None,
) -> None:
    """Say every fault of every file, each with its line and what was allowed."""
    from analysis.reference.profile import load_profile, profile_names
    from judges.catalogue import all_judge_names
    from sims.scenario_file import find_scenario, load_scenarios, shipped_scenarios

    paths = [find_scenario(name) for name in scenarios] if scenarios else list(shipped_scenarios().values())
    known = all_judge_names()
    for scenario in load_scenarios(paths, judges=known, references=profile_names()):
        if scenario.reference is not None:
            load_profile(scenario.reference)
        speakers = ", ".join(agent.name for agent in scenario.agents)
        typer.echo(f"{scenario.id}: {speakers}; {scenario.turns.policy}, at most {scenario.stop.max_turns} turns")
