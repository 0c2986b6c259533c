"""audit texts: a model's free-form texts against people's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simstress.cli import audit_options, options

if TYPE_CHECKING:
    from analysis.datatypes.texts.audit import TextsAudit
    from analysis.datatypes.texts.columns import TextsColumns
    from analysis.datatypes.texts.emotion_model import EmotionModel
    from analysis.second_order.task import Task

Human = Annotated[
    list[Path] | None,
    typer.Option("--human", help="People's texts, not paired; may be given again.", metavar="FILE"),
]
Llm = Annotated[
    list[Path] | None,
    typer.Option("--llm", help="The model's texts, not paired; may be given again.", metavar="FILE"),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column", help="Class of the text (topic, sentiment): for flips and --retrain.", metavar="COLUMN"
    ),
]


EmotionModelName = Annotated[
    str | None,
    typer.Option(
        "--emotion-model",
        help="Hugging Face text classifier for emotions; fetched if it is not here. Needs the extra 'emotions'.",
        metavar="NAME",
    ),
]


@dataclass(frozen=True, slots=True)
class _How:
    """What an audit is made with."""

    seed: int
    emotion_model: EmotionModel | None


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be read, and the two things that can be made of it."""

    sources: dict[str, Any]
    audit: Callable[[], TextsAudit]
    task: Callable[[], Task]


def texts(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Pairs, two texts a row: .jsonl, .csv, .tsv (.gz too) or .parquet.", metavar="[FILE...]"),
    ] = None,
    *,
    human_column: Annotated[
        str | None, typer.Option("--human-column", help="Column of people's texts, in pairs.", metavar="COLUMN")
    ] = None,
    llm_column: Annotated[
        str | None, typer.Option("--llm-column", help="Column of the model's texts, in pairs.", metavar="COLUMN")
    ] = None,
    human: Human = None,
    llm: Llm = None,
    text_column: Annotated[
        str | None, typer.Option("--text-column", help="Column of the texts of --human and --llm.", metavar="COLUMN")
    ] = None,
    cluster_column: audit_options.ClusterColumn = None,
    label_column: LabelColumn = None,
    emotion_model: EmotionModelName = None,
    out: audit_options.Out = Path("audit-texts"),
    retrain: audit_options.Retrain = False,
    estimator: audit_options.Estimator = None,
    seeds: audit_options.Seeds = 5,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> int:
    """Texts of people against a model's: style, tone, discourse, and label flips.

    In pairs (FILE with --human-column and --llm-column) or not (--human FILE --llm FILE --text-column).
    """
    from analysis.datatypes.texts.columns import TextsColumns
    from analysis.datatypes.texts.emotion_model import load_emotion_model
    from analysis.datatypes.texts.telling import tell_texts
    from simstress.cli.audit_outputs import begin, finish
    from simstress.cli.audit_retraining import Retraining

    retraining = Retraining(retrain, estimator, seeds, seed)
    begin("texts", out, retraining=retraining)
    is_paired = _is_paired(files, (human_column, llm_column), human=human, llm=llm, text_column=text_column)
    columns = TextsColumns(
        human=(human_column if is_paired else text_column) or "",
        llm=(llm_column if is_paired else text_column) or "",
        cluster=cluster_column,
        label=label_column,
    )
    how = _How(seed, load_emotion_model(emotion_model) if emotion_model is not None else None)
    job = _pairs(files or [], columns, how) if is_paired else _heaps(human or [], llm or [], columns, how)
    if retrain and label_column is None:
        job.task()  # raises; better now than after the audit
    result = job.audit()
    second = retraining.of(job.task)
    told = tell_texts(result, second_order=second)
    sources = job.sources | {"emotion_model": emotion_model}
    return finish("texts", result, told=told, sources=sources, second_order=second, out=out, as_json=as_json)


def _is_paired(
    files: list[Path] | None,
    pair: tuple[str | None, str | None],
    *,
    human: list[Path] | None,
    llm: list[Path] | None,
    text_column: str | None,
) -> bool:
    """Whether the options ask for pairs.

    Raises:
        UsageError: they ask for neither pairs nor two heaps, or mix both.
    """
    from sims.errors import UsageError

    of_pairs, of_heaps = (bool(files), *map(bool, pair)), (bool(human), bool(llm), bool(text_column))
    if (all(of_pairs) and not any(of_heaps)) or (all(of_heaps) and not any(of_pairs)):
        if {path.resolve() for path in human or []} & {path.resolve() for path in llm or []}:
            raise UsageError("--human and --llm name the same file; texts in two columns of it are pairs: give FILE")
        return all(of_pairs)
    raise UsageError(
        "give either pairs (FILE... --human-column COLUMN --llm-column COLUMN) "
        "or two heaps (--human FILE --llm FILE --text-column COLUMN), all of one and none of the other"
    )


def _pairs(files: list[Path], columns: TextsColumns, how: _How) -> _Job:
    from analysis.datatypes.texts.audit import audit_texts
    from analysis.datatypes.texts.task import texts_task

    sources = {"files": [str(path) for path in files], "columns": asdict(columns)}
    return _Job(
        sources,
        lambda: audit_texts(files, columns, seed=how.seed, emotion_model=how.emotion_model),
        lambda: texts_task(files, columns),
    )


def _heaps(human: list[Path], llm: list[Path], columns: TextsColumns, how: _How) -> _Job:
    from analysis.datatypes.texts.audit import audit_text_files
    from analysis.datatypes.texts.task import text_files_task

    sources = {
        "human": [str(path) for path in human],
        "llm": [str(path) for path in llm],
        "columns": asdict(columns),
    }
    return _Job(
        sources,
        lambda: audit_text_files(human, llm, columns, seed=how.seed, emotion_model=how.emotion_model),
        lambda: text_files_task(human, llm, columns),
    )
