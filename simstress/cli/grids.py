"""The options that make a grid, and the grid they make; for run, stress and plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sims.grid import Grid
    from sims.scenario import Scenario

Scenarios = Annotated[
    list[str] | None,
    typer.Argument(help="Scenario files, or names of shipped scenarios.", metavar="SCENARIO...", show_default=False),
]
Model = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", help="provider/model, or offline/actor; several make a grid.", metavar="M"),
]
Models = Annotated[
    str | None, typer.Option("--models", help="The same, comma-separated, after those of --model.", metavar="A,B")
]
AgentModels = Annotated[
    list[str] | None,
    typer.Option("--agent-model", help="The model of one agent, as NAME=provider/model.", metavar="NAME=M"),
]
Repeats = Annotated[int | None, typer.Option("--repeats", help="Conversations per scenario and model.", min=1)]
ArmRepeats = Annotated[
    int | None,
    typer.Option(
        "--repeats",
        help="Conversations per scenario, model and arm; left out: what the scenarios say, or 20 where none does.",
        min=1,
    ),
]
Temperatures = Annotated[
    list[float] | None, typer.Option("--temperature", help="Sampling temperature; several make a grid.", min=0, max=2)
]

Kinds = Annotated[
    str | None,
    typer.Option(
        "--kinds",
        help="Kinds of stress, or all; left out: those the scenarios declare. How a scenario declares a kind (from,"
        " onto, at, text) holds for it. Of all, those are left out that do not fit.",
        metavar="A,B",
    ),
]
PlannedKinds = Annotated[
    str | None,
    typer.Option(
        "--kinds",
        help="Kinds of stress, or all: plans a stress test. Left out: an ordinary run, unless --doses is given, which"
        " takes the kinds that the scenarios declare.",
        metavar="A,B",
    ),
]
STRESS_REPEATS = 20
"""Conversations an arm of a stress test whose scenarios do not say how many; with one, nothing can be found."""

Doses = Annotated[
    str | None,
    typer.Option(
        "--doses",
        help="How strong, above 0 up to 1; left out: 0.25,0.5,1 and what the scenarios declare. Dose 0, the control,"
        " is always held.",
        metavar="X,Y",
    ),
]
PlannedDoses = Annotated[
    str | None,
    typer.Option(
        "--doses",
        help="How strong, above 0 up to 1: plans a stress test. With --kinds alone: 0.25,0.5,1 and what the scenarios"
        " declare.",
        metavar="X,Y",
    ),
]


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line; its default and the environment do not count."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def option_name(name: str) -> str:
    """How the option of a parameter is written on the command line."""
    return "--max" if name == "most" else f"--{name.replace('_', '-')}"


def chosen_models(context: typer.Context) -> tuple[str, ...]:
    """The models of --model and then of --models; what the command line says outdoes the environment.

    Raises:
        UsageError: --models names none.
    """
    from sims.errors import UsageError
    from simstress.cli.options import split_names

    given = [name for name in ("model", "models") if is_given(context, name)] or ["model", "models"]
    together = context.params["models"] if "models" in given else None
    if together is not None and not split_names(together):
        raise UsageError(
            f"--models {together!r} names no model; write for example --models openai/gpt-4o-mini,offline/actor"
        )
    return (*(context.params["model"] or () if "model" in given else ()), *split_names(together))


def grid_of(context: typer.Context, *, repeats: int | None) -> Grid:
    """The grid that the options of a command make.

    Raises:
        UsageError: no scenario is named, or they cannot be read or cast.
    """
    from sims.errors import UsageError
    from sims.grid import Grid

    options = context.params
    if not options["scenarios"]:
        raise UsageError("no scenario given; name a file or a shipped scenario (simstress validate lists them)")
    return Grid(
        _loaded(options["scenarios"]),
        models=chosen_models(context),
        agent_models=dict(_pair(text) for text in options["agent_model"] or ()),
        temperatures=tuple(options["temperature"] or ()),
        repeats=repeats,
        seed=options["seed"],
    )


def stressed(context: typer.Context, grid: Grid) -> Grid:
    """The grid with the kinds and doses of stress that the options of a command say, and what to know of it on stderr.

    Raises:
        UsageError: a kind or a dose is none, or there is no kind to take, or it does not fit a scenario.
    """
    from dataclasses import replace

    from sims.errors import UsageError
    from sims.stressors.choosing import KINDS, choose
    from simstress.cli.options import split_names

    kinds, doses = context.params["kinds"], context.params["doses"]
    if kinds is not None and not split_names(kinds):
        raise UsageError(f"--kinds {kinds!r} names no kind; there are: {', '.join(KINDS)}, and all")
    given = None if doses is None else tuple(map(_dose, split_names(doses)))
    if given == ():
        raise UsageError(f"--doses {doses!r} names no dose; write for example --doses 0.25,0.5,1")
    chosen = choose(grid.scenarios, split_names(kinds), given, temperatures=grid.temperatures)
    for note in chosen.notes:
        typer.echo(f"stress test: {note}", err=True)
    return replace(grid, stress=chosen.stressors, repeats=grid.repeats or _stress_repeats(grid.scenarios))


def _stress_repeats(scenarios: Sequence[Scenario]) -> int | None:
    """How many conversations an arm has where nobody asks for a number; None where a scenario says."""
    is_said = any("repeats" in scenario.model_fields_set for scenario in scenarios)
    return None if is_said else STRESS_REPEATS


def say_if_too_few(grid: Grid, *, judges: int) -> None:
    """A line on stderr where a stress test has too few conversations to find anything."""
    from analysis.stress.least import too_few

    if words := too_few(grid, judges=judges):
        typer.echo(f"stress test: {words}", err=True)


def _dose(text: str) -> float:
    from sims.errors import UsageError

    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--doses {text!r}: expected numbers above 0, up to 1, such as 0.25,0.5,1") from None


def _loaded(names: Sequence[str]) -> tuple[Scenario, ...]:
    from analysis.reference.profile import load_profile, profile_names
    from judges.catalogue import all_judge_names
    from sims.scenario_file import find_scenario, load_scenarios

    paths = [find_scenario(name) for name in names]
    known = all_judge_names()
    scenarios = load_scenarios(paths, judges=known, references=profile_names())
    for scenario in scenarios:
        if scenario.reference is not None:
            load_profile(scenario.reference)
    return scenarios


def _pair(text: str) -> tuple[str, str]:
    from sims.errors import UsageError

    name, sign, model = text.partition("=")
    if not (name and sign and model):
        raise UsageError(
            f"--agent-model {text!r}: expected NAME=provider/model, for example support=openai/gpt-4o-mini"
        )
    return name, model
