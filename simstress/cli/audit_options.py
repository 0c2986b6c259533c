"""Options that the audits share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path], typer.Argument(help="Rows: .jsonl, .csv or .tsv, also gzipped, or .parquet.", metavar="FILE...")
]
Out = Annotated[Path, typer.Option("--out", help="Folder for summary.json and report.html.")]
ClusterColumn = Annotated[
    str | None,
    typer.Option(
        "--cluster-column",
        help="Column of what rows have in common (question, item, author): intervals count it, not rows.",
        metavar="COLUMN",
    ),
]
Retrain = Annotated[
    bool,
    typer.Option("--retrain", help="Second order: train a model on each side's data, test both on people's."),
]
Estimator = Annotated[
    str | None,
    typer.Option(
        "--estimator",
        help="Model to train, by its entry point in simstress.estimators; left out: scikit-learn's.",
        metavar="NAME",
    ),
]
Seeds = Annotated[int, typer.Option("--seeds", help="How often the model is trained anew.", min=2, max=100)]
