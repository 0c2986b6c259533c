"""audit labels: several people's and a language model's labels of the same items."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from simstress.cli import audit_options, options


def labels(
    files: audit_options.Files,
    *,
    human_column: Annotated[
        list[str],
        typer.Option("--human-column", help="Human label, or list of labels; repeatable.", metavar="COLUMN"),
    ],
    llm_column: Annotated[
        list[str] | None,
        typer.Option("--llm-column", help="LLM label, or list; repeatable. Left out: people only.", metavar="COLUMN"),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option("--text-column", help="The item's text, for --retrain.", metavar="COLUMN")
    ] = None,
    cluster_column: audit_options.ClusterColumn = None,
    group_column: Annotated[
        str | None,
        typer.Option("--group-column", help="Column of data sets to audit apart, at most 50.", metavar="COLUMN"),
    ] = None,
    group_by_votes: Annotated[
        bool, typer.Option("--group-by-votes", help="Audit items apart by how many human labels they have.")
    ] = False,
    scale: Annotated[
        Literal["nominal", "ordinal", "interval"],
        typer.Option("--scale", help="What differences between labels mean for alpha; all but nominal need numbers."),
    ] = "nominal",
    out: audit_options.Out = Path("audit-labels"),
    retrain: audit_options.Retrain = False,
    estimator: audit_options.Estimator = None,
    seeds: audit_options.Seeds = 5,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> int:
    """Labels of people against an LLM's: drift, variation, flips and lost views."""
    from analysis.datatypes.labels.audit import audit_labels
    from analysis.datatypes.labels.columns import LabelColumns
    from analysis.datatypes.labels.task import labels_task
    from analysis.datatypes.labels.telling import tell_labels
    from simstress.cli.audit_outputs import begin, finish
    from simstress.cli.audit_retraining import Retraining

    retraining = Retraining(retrain, estimator, seeds, seed)
    begin("labels", out, retraining=retraining)
    columns = LabelColumns(
        human=tuple(human_column),
        llm=tuple(llm_column or ()),
        text=text_column,
        cluster=cluster_column,
        group=group_column,
        by_votes=group_by_votes,
        scale=scale,
    )
    result = audit_labels(files, columns, seed=seed)
    second = retraining.of(lambda: labels_task(files, columns))
    told = tell_labels(result, second_order=second)
    sources = {"files": [str(path) for path in files], "columns": asdict(columns)}
    return finish("labels", result, told=told, sources=sources, second_order=second, out=out, as_json=as_json)
