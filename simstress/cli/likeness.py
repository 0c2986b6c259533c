"""The human-or-machine score, said in a line or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reference.profile import ReferenceProfile


def say_human_or_machine(
    tables: Mapping[str, pd.DataFrame], profile: ReferenceProfile, *, roles: Mapping[str, str] | None, seed: int
) -> None:
    """Write to stderr whether a classifier tells each model's conversations from people's, and by what.

    `tables` has the features by model, under "" where there is but one; p is corrected over all models and sides.
    """
    from analysis.features.catalogue import FEATURES
    from analysis.human_or_machine import likeness_to_profile, likeness_together
    from analysis.report.likeness_wording import likeness_headline
    from analysis.report.wording import one_line

    labels = {feature.name: feature.label for feature in FEATURES.values()}
    found = {model: likeness_to_profile(table, profile, roles=roles, seed=seed) for model, table in tables.items()}
    together = iter(likeness_together([score for scores in found.values() for score in scores]))
    for model, scores in found.items():
        for line in likeness_headline([next(together) for _ in scores], labels):
            typer.echo(one_line(f"{model}: {line}" if model else line, limit=1_000), err=True)
