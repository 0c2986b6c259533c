"""run.json: what a run was asked to do, with which code, and what came of it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sims.grid import Grid
from sims.prompt import PROMPT_VERSION
from sims.scenario import Scenario
from sims.transcript import Transcript

SCHEMA: Literal["simstress/run@1"] = "simstress/run@1"
_PACKAGES = ("litellm", "networkx", "numpy", "pandas", "pydantic", "scikit-learn", "scipy", "simstress", "tenacity")


class RunSettings(BaseModel):
    """How calls are made and what is done with the transcripts. Empty `judges` and no `reference` leave the
    choice to the scenarios. `judge_models` are asked by the judges that ask models, each `votes` times a question;
    `embeddings` names the sentence-embedding model of the judges that can use one, `cards` a folder of cards of the
    user's own, `learn_from` transcripts that the judges learn from in place of the run's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_s: float = 60.0
    max_attempts: int = 5
    api_base: str | None = None
    judges: tuple[str, ...] = ()
    reference: str | None = None
    judge_models: tuple[str, ...] = ()
    judge_api_base: str | None = None
    votes: int = 1
    embeddings: str | None = None
    cards: str | None = None
    learn_from: str | None = None


class SettledExpectation(BaseModel):
    """An expectation of a scenario that was met or failed, after so many conversations with a verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    model: str
    temperature: float | None
    judge: str
    max_rate: float
    decision: Literal["MET", "FAILED"]
    conversations: int


class UntilDecided(BaseModel):
    """How a run goes on until its expectations are settled: `batch` repeats of each open cell at a time, up to the
    run's `repeats`; and what is settled so far.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch: int
    settled: tuple[SettledExpectation, ...] = ()


class Totals(BaseModel):
    """What came of a run. Money and tokens are sums over the turns that report them; the others are counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversations: int
    turns: int
    stop_reasons: dict[str, int]
    failed_conversations: int
    truncated_turns: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    turns_without_cost: int
    settings_not_taken: dict[str, list[str]]


class JudgingTotals(BaseModel):
    """What the answers of models cost that judging used, whenever they were paid for.

    `calls_paid_now` counts those that this judging got; the others were remembered. `attempts` counts a call as often
    as it was made. `calls_without_cost` are those whose price nobody knows: they add nothing to `cost_usd`.
    `spent_usd` is what all answers in the folder cost, also those to questions that are not asked any more, and
    `unreadable_answers` counts damaged ones, which are asked for again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int
    calls_paid_now: int
    attempts: int = 0
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    calls_without_cost: int
    spent_usd: float = 0.0
    unreadable_answers: int = 0


class Manifest(BaseModel):
    """The whole of run.json. `status` is "running" until the last conversation is in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    schema_: Literal["simstress/run@1"] = Field(SCHEMA, alias="schema")
    name: str
    status: Literal["running", "complete"] = "running"
    scenarios: list[Scenario]
    models: list[str]
    agent_models: dict[str, str]
    temperatures: list[float]
    repeats: int | None
    seed: int
    settings: RunSettings
    prompt_version: str
    versions: dict[str, str]
    git_revision: str | None
    until_decided: UntilDecided | None = None
    totals: Totals | None = None
    judging: JudgingTotals | None = None

    @property
    def grid(self) -> Grid:
        """The grid that the run was started with."""
        return Grid(
            tuple(self.scenarios),
            tuple(self.models),
            self.agent_models,
            tuple(self.temperatures),
            self.repeats,
            self.seed,
        )

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges asked for, else those that some scenario names, each once."""
        named = (judge for scenario in self.scenarios for judge in scenario.judges)
        return self.settings.judges or tuple(dict.fromkeys(named))


def new_manifest(grid: Grid, *, name: str, settings: RunSettings) -> Manifest:
    """The manifest of a run that is about to begin."""
    return Manifest(
        schema=SCHEMA,
        name=name,
        scenarios=list(grid.scenarios),
        models=list(grid.models),
        agent_models=dict(grid.agent_models),
        temperatures=list(grid.temperatures),
        repeats=grid.repeats,
        seed=grid.seed,
        settings=settings,
        prompt_version=PROMPT_VERSION,
        versions=package_versions(),
        git_revision=git_revision(),
    )


def package_versions() -> dict[str, str]:
    """The versions of Python and of the packages that results rest on; "absent" for those not installed."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "absent"
    return versions


def git_revision() -> str | None:
    """The commit checked out where the command runs, "-dirty" behind it when files differ; None outside git."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def totals_of(transcripts: Iterable[Transcript]) -> Totals:
    """The sums over a run, in one pass."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    not_taken: dict[str, set[str]] = {}
    cost_usd = 0.0
    for transcript in transcripts:
        counts["conversations"] += 1
        counts["failed"] += transcript.has_failed
        reasons[transcript.stop_reason or "not recorded"] += 1
        models = {participant.name: participant.model or "" for participant in transcript.participants}
        unused = transcript.meta.get("unused_reply") or {}
        cost_usd += unused.get("cost_usd") or 0.0
        _add_tokens(counts, unused.get("tokens"))
        counts["truncated"] += unused.get("finish_reason") == "length"
        for turn in transcript.turns:
            counts["turns"] += 1
            counts["truncated"] += turn.finish_reason == "length"
            counts["without_cost"] += turn.cost_usd is None and not turn.meta.get("fixed")
            cost_usd += (turn.cost_usd or 0.0) + (turn.meta.get("picker_cost_usd") or 0.0)
            if turn.usage:
                _add_tokens(counts, (turn.usage.prompt_tokens, turn.usage.completion_tokens))
            _add_tokens(counts, turn.meta.get("picker_tokens"))
            for setting in turn.meta.get("not_taken", ()):
                not_taken.setdefault(models[turn.speaker], set()).add(setting)
    return Totals(
        conversations=counts["conversations"],
        turns=counts["turns"],
        stop_reasons=dict(sorted(reasons.items())),
        failed_conversations=counts["failed"],
        truncated_turns=counts["truncated"],
        prompt_tokens=counts["prompt_tokens"],
        completion_tokens=counts["completion_tokens"],
        cost_usd=round(cost_usd, 6),
        turns_without_cost=counts["without_cost"],
        settings_not_taken={model: sorted(settings) for model, settings in sorted(not_taken.items())},
    )


def _add_tokens(counts: Counter[str], tokens: Sequence[int] | None) -> None:
    if tokens:
        counts["prompt_tokens"] += tokens[0]
        counts["completion_tokens"] += tokens[1]
