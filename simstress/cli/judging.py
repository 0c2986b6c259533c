"""judge: transcripts, ours or anybody's, before the judges."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simstress.cli import options

if TYPE_CHECKING:
    from analysis.judge_tools import JudgeTools


def judge(
    files: options.Transcripts,
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder for verdicts, summary and report.")] = Path("judged"),
    judges: options.Judges = None,
    judge_model: options.JudgeModels = None,
    votes: options.Votes = 1,
    judge_api_base: options.JudgeApiBase = None,
    max_connections: options.MaxConnections = options.MOST_AT_ONCE,
    timeout_s: options.TimeoutS = 60.0,
    max_attempts: options.MaxAttempts = 5,
    budget: options.Budget = None,
    cache: options.Cache = None,
    embeddings: options.Embeddings = None,
    cards: options.Cards = None,
    learn_from: options.LearnFrom = None,
    reference: options.Reference = None,
    seed: options.Seed = 0,
    max_missing: options.MaxMissing = 0.05,
    as_json: options.AsJson = False,
) -> int:
    """Judge transcripts and write verdicts, a summary and a report.

    Judges named ...:llm ask the models of --judge-model. Their answers are kept in --out: judging there again asks only
    for those that are missing.
    """
    from analysis.judge_models import JudgeModels, check_judge_models
    from analysis.judge_tools import JudgeTools
    from analysis.judged_folder import JudgedFolder
    from analysis.spending import calling_in
    from judges.catalogue import judge_names
    from sims.calling import Calling
    from sims.manifest import RunSettings
    from sims.run_folder import make_folder
    from sims.transcript_file import TranscriptFiles
    from simstress.cli.assessing import assess_and_show
    from simstress.cli.spending import telling_what_stopped_judging

    names = options.chosen_judges(judges) or judge_names()
    api_base = options.checked_judge_api_base(judge_api_base)
    settings = RunSettings(
        timeout_s=timeout_s,
        max_attempts=max_attempts,
        budget_usd=options.checked_budget(budget),
        cache=options.cache_folder(cache),
    )
    models = JudgeModels(tuple(judge_model or ()), votes, api_base, max_connections=max_connections)
    models = replace(models, calling=Calling(settings, max_connections=max_connections))
    asyncio.run(check_judge_models(names, models))
    lessons = options.checked_lessons(learn_from)
    tools = JudgeTools(models, options.checked_embeddings(embeddings), options.card_folder(cards), lessons)
    tools.make(names)
    reference = options.checked_reference(reference)
    paths = options.transcript_files(files)
    total = sum(1 for _ in TranscriptFiles(paths))
    _check_out(out)
    make_folder(out)
    folder = JudgedFolder(out, sources=_sources(paths, names, tools, reference))
    with folder.locked(), telling_what_stopped_judging(out):
        calling = calling_in(folder, settings, max_connections=max_connections)
        tools = replace(tools, models=replace(models, calling=calling))
        return assess_and_show(
            folder,
            names,
            tools=tools,
            total=total,
            reference=reference,
            seed=seed,
            max_missing=max_missing,
            as_json=as_json,
        )


def _sources(paths: Sequence[Path], names: Sequence[str], tools: JudgeTools, reference: str | None) -> dict[str, Any]:
    """What judged.json says was judged, and with what."""
    return {
        "transcripts": [str(path.resolve()) for path in paths],
        "judges": list(names),
        "reference": reference,
        "embeddings": tools.embeddings,
        "cards": tools.cards,
        "learn_from": tools.learn_from,
        "judge_models": list(tools.models.models),
        "judge_api_base": tools.models.api_base,
        "votes": tools.models.votes,
    }


def _check_out(out: Path) -> None:
    """Return when nothing there would be mixed with the verdicts."""
    from analysis.judged_folder import MANIFEST_FILE, SOURCES_FILE, JudgedFolder
    from sims.errors import OutputError

    if (out / MANIFEST_FILE).exists():
        raise OutputError(f"{out}: holds a run; choose another --out (to judge the run itself: simstress judge {out})")
    judged = JudgedFolder(out)
    ours = (judged.verdict_file, judged.summary_file, judged.report_file)
    foreign = [path.name for path in ours if path.exists() and not (out / SOURCES_FILE).exists()]
    if foreign:
        raise OutputError(f"{out}: {foreign[0]} is there already and not of a judge's making; choose another --out")
