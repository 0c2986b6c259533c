"""Options that several verbs share, declared once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sims.limits import MOST_AT_ONCE as MOST_AT_ONCE

FROM_ENVIRONMENT = {"auto_envvar_prefix": "SIMSTRESS"}
"""The setting of a command by which every option can come from SIMSTRESS_<OPTION>."""

Judges = Annotated[
    str | None,
    typer.Option(
        "--judges", help="Comma-separated judges; left out: those the scenarios name, else all.", metavar="A,B"
    ),
]
JudgeModels = Annotated[
    list[str] | None,
    typer.Option(
        "--judge-model", help="provider/model that judges named ...:llm ask; several make a jury.", metavar="M"
    ),
]
Votes = Annotated[int, typer.Option("--votes", help="How often each judge model is asked.", min=1, max=99)]
JudgeApiBase = Annotated[
    str | None, typer.Option("--judge-api-base", help="Address of an OpenAI-compatible server for the judge models.")
]
Embeddings = Annotated[
    str | None,
    typer.Option("--embeddings", help="Sentence-transformers model for the judges that can use one.", metavar="NAME"),
]
Cards = Annotated[
    str | None,
    typer.Option(
        "--cards", help="Folder of cards from simstress calibrate: their thresholds take the shipped ones' place."
    ),
]
LearnFrom = Annotated[
    Path | None,
    typer.Option(
        "--learn-from",
        help="A run or file of transcripts that the judges learn from, in place of those they judge: good ones, so"
        " that a fault found everywhere does not look usual.",
    ),
]
AbortOn = Annotated[
    str | None,
    typer.Option(
        "--abort-on",
        help="Comma-separated offline judges that watch: a conversation ends at the first turn one of them flags.",
        metavar="A,B",
    ),
]
MaxConnections = Annotated[
    int,
    typer.Option(
        "--max-connections",
        help="Most calls in flight, and conversations at once; how many a provider takes is found out.",
        min=1,
        max=10_000,
    ),
]
TimeoutS = Annotated[float, typer.Option("--timeout-s", help="Seconds a single call may take.", min=0.001)]
MaxAttempts = Annotated[int, typer.Option("--max-attempts", help="Calls made for one reply before giving up.", min=1)]
Budget = Annotated[
    float | None,
    typer.Option("--budget", help="Most it may cost in USD, judge models included; then it stops, resumable.", min=0),
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", help="Folder of remembered replies: what was asked before is not paid for again."),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", help="Human profile to compare with, by name or file; left out: the scenario's own."),
]
Seed = Annotated[int, typer.Option("--seed", help="Everything random follows from it.", min=0)]
MaxMissing = Annotated[
    float,
    typer.Option("--max-missing", help="Highest share of failed conversations that still passes.", min=0, max=1),
]
AsJson = Annotated[
    bool, typer.Option("--json", envvar="SIMSTRESS_JSON", help="Print records to stdout, one JSON object a line.")
]
Transcripts = Annotated[
    list[Path], typer.Argument(help="Transcript files (.jsonl, .jsonl.gz) or run folders.", metavar="FILE...")
]


def transcript_files(paths: Sequence[Path]) -> list[Path]:
    """The transcript files that were named, a run folder by the file inside it.

    Raises:
        UsageError: a run is still going on in one of the folders.
    """
    from sims.run_folder import RunFolder

    runs = {path: RunFolder(path) for path in paths if (path / "run.json").is_file()}
    for run in runs.values():
        run.require_idle()
    return [runs[path].transcript_file if path in runs else path for path in paths]


def chosen_judges(names: str | None) -> tuple[str, ...]:
    """The judges of a comma-separated option; empty when it was left out.

    Raises:
        UnknownNameError: no judge has one of the names.
    """
    from judges.catalogue import all_judge_names
    from sims.errors import UnknownNameError, UsageError

    chosen, known = split_names(names), all_judge_names()
    if names is not None and not chosen:
        raise UsageError(f"--judges {names!r} names no judge; there are: {', '.join(known)}")
    for name in chosen:
        if name not in known:
            raise UnknownNameError("judge", name, known)
    return chosen


def watching_judges(names: str | None) -> tuple[str, ...]:
    """The judges of --abort-on; empty when it was left out.

    Raises:
        UsageError: one is no judge, or cannot watch.
    """
    from analysis.watching import check_watching
    from judges.catalogue import all_judge_names
    from sims.errors import UnknownNameError, UsageError

    chosen = tuple(dict.fromkeys(split_names(names)))
    if names is not None and not chosen:
        raise UsageError(f"--abort-on {names!r} names no judge")
    for name in chosen:
        if name not in all_judge_names():
            raise UnknownNameError("judge in --abort-on", name, all_judge_names())
    check_watching(chosen)
    return chosen


def checked_judge_api_base(address: str | None) -> str | None:
    """The address as it was given, when it can be written into a file and called.

    Raises:
        UsageError: it is no http address, or it carries a user, a password or a query.
    """
    from sims.backends.catalogue import check_api_base
    from sims.errors import UsageError

    try:
        return check_api_base(address)
    except UsageError as error:
        raise UsageError(str(error).replace("--api-base", "--judge-api-base", 1)) from error


def checked_embeddings(name: str | None) -> str | None:
    """The embedding model as it was given, when it can be had; its weights are not read yet.

    Raises:
        UsageError: it cannot.
    """
    from judges.embeddings import load_encoder

    if name is not None:
        load_encoder(name)
    return name


def card_folder(folder: str | None) -> str | None:
    """The absolute path of a folder of cards, so that a run can be resumed from elsewhere."""
    return None if folder is None else str(Path(folder).resolve())


def checked_budget(budget_usd: float | None) -> float | None:
    """The budget as it was given, when it is an amount.

    Raises:
        UsageError: it is none.
    """
    from sims.errors import UsageError

    if budget_usd is not None and not math.isfinite(budget_usd):
        raise UsageError(f"--budget {budget_usd}: expected USD, such as 2.50; leave it out for no limit")
    return budget_usd


def cache_folder(folder: Path | None) -> str | None:
    """The absolute path of a folder of remembered replies, so that a run can be resumed from elsewhere."""
    return None if folder is None else str(folder.resolve())


def checked_reference(name: str | None) -> str | None:
    """The name of a shipped profile, or the absolute path of the profile's file, so that a run can be resumed anywhere.

    Raises:
        SimstressError: there is no such profile, or it cannot be read.
    """
    from analysis.reference.profile import load_profile, profile_names

    if name is None:
        return None
    load_profile(name)
    return name if name in profile_names() else str(Path(name).resolve())


def checked_lessons(path: Path | None) -> str | None:
    """The absolute path of transcripts to learn from, when there are some.

    Raises:
        UsageError: there are none.
    """
    from analysis.judged_folder import conversations_in

    if path is None:
        return None
    next(iter(conversations_in([path])), None)
    return str(path.resolve())


def split_names(names: str | None) -> tuple[str, ...]:
    """The names of a comma-separated option; empty when it was left out."""
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())
