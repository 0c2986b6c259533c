"""audit simulations: conversations with language models against people's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import audit_options, options
from simstress.cli.audit_outputs import begin, finish
from simstress.cli.audit_retraining import Retraining

if TYPE_CHECKING:
    from analysis.datatypes.simulations.task import Untaught
    from analysis.second_order.retraining import SecondOrder
    from analysis.second_order.task import Task


def simulations(
    files: options.Transcripts,
    *,
    human: Annotated[
        list[Path],
        typer.Option("--human", help="Conversations of people: a transcript file or run folder.", metavar="FILE"),
    ],
    cluster_column: Annotated[
        str | None,
        typer.Option(
            "--cluster-column",
            help="Key of meta that conversations share (task, author); left out: the scenario, where there are ten.",
            metavar="KEY",
        ),
    ] = None,
    retrain: audit_options.Retrain = False,
    estimator: audit_options.Estimator = None,
    seeds: audit_options.Seeds = 5,
    seed: options.Seed = 0,
    out: audit_options.Out = Path("audit-simulations"),
    as_json: options.AsJson = False,
) -> int:
    """Simulated conversations against people's: are they told apart, and do they teach the same?"""
    from analysis.datatypes.simulations.audit import audit_samples
    from analysis.datatypes.simulations.conversations import read_sample
    from analysis.datatypes.simulations.task import simulation_tasks
    from analysis.datatypes.simulations.telling import tell_simulations

    retraining = Retraining(retrain, estimator, seeds, seed)
    begin("simulations", out, retraining=retraining)
    paths, people = options.transcript_files(files), options.transcript_files(human)
    ours = read_sample(paths, kind="llm", cluster_column=cluster_column)
    theirs = read_sample(people, kind="human", cluster_column=cluster_column)
    tasks = simulation_tasks(ours.conversations, theirs.conversations)
    found = _second_orders(tasks, retraining)
    audit = audit_samples(ours, theirs, seed=seed)
    return finish(
        "simulations",
        audit,
        told=tell_simulations(audit, second_order=found),
        sources={
            "llm": [str(path) for path in paths],
            "human": [str(path) for path in people],
            "cluster_column": cluster_column,
            "seed": seed,
        },
        second_order=found,
        out=out,
        as_json=as_json,
    )


def _second_orders(tasks: Sequence[Task | Untaught], retraining: Retraining) -> list[SecondOrder | Untaught]:
    """What each task gave, or why it cannot be asked; nothing where it is not wanted."""
    from analysis.datatypes.simulations.task import Untaught

    if not retraining.is_wanted:
        return []
    return [task if isinstance(task, Untaught) else retraining.taught(task) for task in tasks]
