"""audit preferences: which answers people and a model chose."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simstress.cli import audit_options, options

if TYPE_CHECKING:
    from analysis.datatypes.preferences.choices import Choice
    from analysis.datatypes.preferences.columns import PreferenceColumns
    from analysis.datatypes.preferences.rankings import RankingColumns
    from simstress.cli.audit_retraining import Retraining


class Best(StrEnum):
    """Which end of the numbers is the better; as a type, so that the command line refuses others."""

    LOWEST = "lowest"
    HIGHEST = "highest"


Values = list[str] | None

AColumn = Annotated[str, typer.Option("--a-column", help="First answer.", metavar="COLUMN")]
BColumn = Annotated[str, typer.Option("--b-column", help="Second answer.", metavar="COLUMN")]
HumanColumn = Annotated[
    str, typer.Option("--human-column", help="Person's choice: a, b, tie, model_a, 0/1/2, 1/2.", metavar="COLUMN")
]
LlmColumn = Annotated[str, typer.Option("--llm-column", help="Model's choice.", metavar="COLUMN")]
ReferenceColumn = Annotated[
    str | None,
    typer.Option("--reference-column", help="Reference answer or prompt, for word overlap.", metavar="COLUMN"),
]
RaterColumn = Annotated[str | None, typer.Option("--rater-column", help="Who the person is.", metavar="COLUMN")]
ChoiceA = Annotated[
    Values, typer.Option("--choice-a", help="Value that means the first answer; repeatable.", metavar="VALUE")
]
ChoiceB = Annotated[
    Values, typer.Option("--choice-b", help="Value that means the second; repeatable.", metavar="VALUE")
]
ChoiceTie = Annotated[
    Values, typer.Option("--choice-tie", help="Value that means neither; repeatable.", metavar="VALUE")
]
HumanChoiceA = Annotated[
    Values, typer.Option("--human-choice-a", help="The same, of people's votes only.", metavar="VALUE")
]
HumanChoiceB = Annotated[
    Values, typer.Option("--human-choice-b", help="The same, of people's votes only.", metavar="VALUE")
]
HumanChoiceTie = Annotated[
    Values, typer.Option("--human-choice-tie", help="The same, of people's votes only.", metavar="VALUE")
]
LlmChoiceA = Annotated[
    Values, typer.Option("--llm-choice-a", help="The same, of the model's votes only.", metavar="VALUE")
]
LlmChoiceB = Annotated[
    Values, typer.Option("--llm-choice-b", help="The same, of the model's votes only.", metavar="VALUE")
]
LlmChoiceTie = Annotated[
    Values, typer.Option("--llm-choice-tie", help="The same, of the model's votes only.", metavar="VALUE")
]
RanksColumn = Annotated[
    str | None,
    typer.Option("--ranks-column", help="Rankings in place of pairs: {rater: {answer: rank}}.", metavar="COLUMN"),
]
OutputsColumn = Annotated[
    str, typer.Option("--outputs-column", help="Their answers: {answer: text}.", metavar="COLUMN")
]
HumanRater = Annotated[str, typer.Option("--human-rater", help="Rater that is the person.", metavar="NAME")]
LlmRater = Annotated[str, typer.Option("--llm-rater", help="Rater that is the model.", metavar="NAME")]
BestEnd = Annotated[Best, typer.Option("--best", help="The better end of the numbers: of ranks the lowest.")]


def preferences(
    files: audit_options.Files,
    *,
    a_column: AColumn = "a",
    b_column: BColumn = "b",
    human_column: HumanColumn = "human",
    llm_column: LlmColumn = "llm",
    reference_column: ReferenceColumn = None,
    rater_column: RaterColumn = None,
    choice_a: ChoiceA = None,
    choice_b: ChoiceB = None,
    choice_tie: ChoiceTie = None,
    human_choice_a: HumanChoiceA = None,
    human_choice_b: HumanChoiceB = None,
    human_choice_tie: HumanChoiceTie = None,
    llm_choice_a: LlmChoiceA = None,
    llm_choice_b: LlmChoiceB = None,
    llm_choice_tie: LlmChoiceTie = None,
    ranks_column: RanksColumn = None,
    outputs_column: OutputsColumn = "outputs",
    human_rater: HumanRater = "human",
    llm_rater: LlmRater = "gpt4",
    best: BestEnd = Best.LOWEST,
    cluster_column: audit_options.ClusterColumn = None,
    out: audit_options.Out = Path("audit-preferences"),
    retrain: audit_options.Retrain = False,
    estimator: audit_options.Estimator = None,
    seeds: audit_options.Seeds = 5,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> int:
    """Choices of people against an LLM's: agreement, position and length bias, shallow cues."""
    from analysis.datatypes.preferences.columns import PreferenceColumns
    from analysis.datatypes.preferences.rankings import RankingColumns
    from simstress.cli.audit_outputs import begin
    from simstress.cli.audit_retraining import Retraining

    retraining = Retraining(retrain, estimator, seeds, seed)
    begin("preferences", out, retraining=retraining)
    columns: PreferenceColumns | RankingColumns = PreferenceColumns(
        a_column, b_column, human_column, llm_column, reference_column, cluster_column, rater_column,
        choices=_said(choice_a, choice_b, choice_tie),
        human_choices=_said(human_choice_a, human_choice_b, human_choice_tie),
        llm_choices=_said(llm_choice_a, llm_choice_b, llm_choice_tie),
    )  # fmt: skip
    if ranks_column is not None:
        columns = RankingColumns(
            ranks_column, outputs_column, human_rater, llm_rater, best.value, reference_column, cluster_column
        )
    return _audit(files, columns, retraining, out=out, as_json=as_json)


def _audit(
    files: list[Path],
    columns: PreferenceColumns | RankingColumns,
    retraining: Retraining,
    *,
    out: Path,
    as_json: bool,
) -> int:
    """Audit the files and write what was found."""
    from analysis.datatypes.preferences.audit import audit_preferences
    from analysis.datatypes.preferences.task import preferences_task
    from analysis.datatypes.preferences.telling import tell_preferences
    from simstress.cli.audit_outputs import finish

    result = audit_preferences(files, columns, seed=retraining.seed)
    second = retraining.of(lambda: preferences_task(files, columns, seed=retraining.seed))
    sources = {"files": [str(path) for path in files], "columns": asdict(columns)}
    told = tell_preferences(result, second_order=second)
    return finish("preferences", result, told=told, sources=sources, second_order=second, out=out, as_json=as_json)


def _said(a: Values, b: Values, tie: Values) -> tuple[tuple[str, Choice], ...]:
    """Each value with the choice it was said to mean."""
    sides: tuple[tuple[Choice, Values], ...] = (("a", a), ("b", b), ("tie", tie))
    return tuple((value, side) for side, values in sides for value in values or ())
