"""run.json: what a run was asked to do, with which code, and what came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sims.grid import Grid
from sims.prompt import PROMPT_VERSION
from sims.scenario import Scenario, Stressor
from sims.totals import Estimated, EstimateRatio, JudgingTotals, Totals
from sims.versions import git_revision, package_versions

SCHEMA: Literal["simstress/run@1"] = "simstress/run@1"


class RunSettings(BaseModel):
    """How calls are made and what is done with the transcripts. Empty `judges` and no `reference` leave the
    choice to the scenarios. `judge_models` are asked by the judges that ask models, each `votes` times a question;
    `embeddings` names the sentence-embedding model of the judges that can use one, `cards` a folder of cards of the
    user's own, `learn_from` transcripts that the judges learn from in place of the run's. `budget_usd` is the most the
    run may cost, `cache` the folder of remembered replies; judges of `abort_on` watch, and stop a conversation.
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
    budget_usd: float | None = None
    cache: str | None = None
    abort_on: tuple[str, ...] = ()


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


PaceReason = Literal["start", "grown", "rate_limited", "asked_to_wait"]
KEPT_CHANGES = 200
"""How many of the newest changes of a provider's pace are kept."""


class PaceChange(BaseModel):
    """A moment at which the number of calls allowed in flight changed, or all calls began to wait.

    `at_s` is the time since the first call of the session ("start"): a run that is resumed has one more. Growth upon
    growth is one change, the last, and so is cut upon cut.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_s: float
    limit: int
    reason: PaceReason


class Pace(BaseModel):
    """How many calls a provider took at once. `changes` are the newest, `calls` and `rate_limited` count all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls: int
    rate_limited: int
    limit: int
    changes: tuple[PaceChange, ...] = ()


class BranchedOff(BaseModel):
    """Where the conversations of a run come from: the turns before `at` are those of `run`; `changes` says what is
    different from there on, under the keys of `simstress branch --with`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    at: int
    changes: dict[str, str] = {}


Status = Literal["running", "stopped", "errors", "complete"]
"""Of a run: not at its end, or killed; stopped by an interrupt, by its budget or as a provider was away; all held, but
some ended in a failed call; all held.
"""


class Manifest(BaseModel):
    """The whole of run.json. `pace` is by provider; `estimated` is what `plan` said beforehand, where a provider is
    called, and `estimate_ratio` how far it was off, once all is held.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    schema_: Literal["simstress/run@1"] = Field(SCHEMA, alias="schema")
    name: str
    status: Status = "running"
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
    stress: list[Stressor] = []
    branched_off: BranchedOff | None = None
    estimated: Estimated | None = None
    estimate_ratio: EstimateRatio | None = None
    pace: dict[str, Pace] = {}
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
            tuple(self.stress),
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
        stress=list(grid.stress),
        settings=settings,
        prompt_version=PROMPT_VERSION,
        versions=package_versions(),
        git_revision=git_revision(),
    )
