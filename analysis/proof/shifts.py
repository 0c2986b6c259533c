"""How often people are called shifted from people: random halves of each human corpus against each other.

A half is put in the place of the people as a profile keeps it (n and 101 quantiles), and as it is. What is counted is
SHIFTED as `analysis.comparison` decides it, save that nothing is called EQUIVALENT first: an upper bound. tau-bench,
four trials of each task by language models, shows what repeated scenarios do to the test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.features.catalogue import FEATURES
from analysis.proof.markdown import markdown_table, percent
from analysis.reference.profile import QUANTILES
from analysis.statistics.common import ALPHA, Values, holm, quantiles_of, random_numbers, values_from_quantiles
from analysis.statistics.delta import Group, delta, shift_test
from analysis.statistics.units import Unit
from analysis.tables import feature_table
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles

Mask: TypeAlias = npt.NDArray[np.bool_]

DRAWS = 200
HUMAN: Mapping[str, str] = {
    "help-seeking": "human_assistance_mirrorbench.jsonl",
    "meetings": "human_meetings_qmsum.jsonl.gz",
    "persona chat": "human_personachat.jsonl",
    "persona chat, labelled": "human_personachat_tiage.jsonl",
    "service": "human_service_sgd.jsonl.gz",
    "telephone": "human_switchboard.jsonl.gz",
    "service orders": "human_taskmaster4.jsonl",
}
REPEATED = "llm_taubench.jsonl"
HEAD = (
    "corpus",
    "unit",
    "split by",
    "conversations",
    "tests",
    "p < .05",
    "any SHIFTED, profile",
    "any SHIFTED, halves",
)


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Features as columns, NaN where missing, one row a conversation; and the scenario of each."""

    columns: Values
    scenarios: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class NullErrors:
    """Of `draws` splits: in how many anything was SHIFTED, and the share of single tests with p below .05."""

    draws: int
    tests: int
    single: float
    families: int

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper and Pearson's 95 % interval of the share of splits with anything SHIFTED."""
        found = stats.binomtest(self.families, self.draws).proportion_ci(1 - ALPHA, method="exact")
        return float(found.low), float(found.high)


def corpus(transcripts: Sequence[Transcript], scenarios: Sequence[str | None]) -> Corpus:
    """The features of the conversations, measured once."""
    table = feature_table(transcripts).set_index(["transcript", "side"])[list(FEATURES)].unstack("side")
    ordered = table.reindex([one.id for one in transcripts])
    columns = ordered.to_numpy(dtype=np.float64, na_value=np.nan)
    return Corpus(columns[:, (~np.isnan(columns)).any(axis=0)], tuple(scenarios))


def null_errors(
    data: Corpus,
    *,
    by_scenario: bool = False,
    unit: Unit = "conversation",
    as_profile: bool = False,
    draws: int = DRAWS,
) -> NullErrors:
    """The errors of comparing random halves, of conversations or of whole scenarios."""
    rng = random_numbers("null shifts", len(data.scenarios), by_scenario)
    families, single = 0, []
    for _ in range(draws):
        p_values, is_shifted = _compared(data, _half(data, rng, by_scenario=by_scenario), unit, as_profile=as_profile)
        families += is_shifted
        single += [p < ALPHA for p in p_values]
    return NullErrors(draws, round(len(single) / draws), float(np.mean(single)), families)


def _half(data: Corpus, rng: np.random.Generator, *, by_scenario: bool) -> Mask:
    scenarios = np.array([str(scenario) for scenario in data.scenarios])
    units = np.unique(scenarios) if by_scenario else np.arange(len(scenarios))
    chosen = rng.permutation(units)[: len(units) // 2]
    return np.isin(scenarios if by_scenario else units, chosen)


def _compared(data: Corpus, is_here: Mask, unit: Unit, *, as_profile: bool) -> tuple[list[float], bool]:
    """The p of every column, and whether any is SHIFTED after Holm's correction."""
    p_values, excludes_zero = [], []
    for column in data.columns.T:
        here, there = (_group(data, column, half) for half in (is_here, ~is_here))
        there = _as_profile(there) if as_profile else there
        found = delta(here, there, unit=unit)
        p = shift_test(here, there, found, unit=unit) if found else None
        if found and p is not None:
            p_values.append(p)
            excludes_zero.append(found.interval.excludes_zero())
    adjusted = holm(p_values)
    return p_values, any(
        p is not None and p < ALPHA and clear for p, clear in zip(adjusted, excludes_zero, strict=True)
    )


def _group(data: Corpus, column: Values, half: Mask) -> Group:
    places = np.flatnonzero(half & ~np.isnan(column))
    return Group(column[places], tuple(data.scenarios[place] for place in places))


def _as_profile(group: Group) -> Group:
    if not len(group):
        return group
    values = values_from_quantiles(quantiles_of(group.values, QUANTILES).tolist(), len(group))
    return Group(values, (None,) * len(group))


def tables(data: Path) -> Iterator[str]:
    """The lines of the table, a row a corpus as soon as it is measured."""
    yield from markdown_table(HEAD, _rows(data))


def _rows(data: Path) -> Iterator[Sequence[str]]:
    for name, file in HUMAN.items():
        people = list(TranscriptFiles([data / file]))
        yield _row(name, corpus(people, [None] * len(people)))
    trials = [one for one in TranscriptFiles([data / REPEATED]) if one.meta.get("task_id") is not None]
    repeated = corpus(trials, [str(one.meta["task_id"]) for one in trials])
    yield _row("tau-bench", repeated, by_scenario=True)
    yield _row("tau-bench", repeated, by_scenario=True, unit="scenario")
    yield _row("tau-bench", repeated, unit="scenario")


def _row(name: str, data: Corpus, *, by_scenario: bool = False, unit: Unit = "conversation") -> Sequence[str]:
    profile = null_errors(data, by_scenario=by_scenario, unit=unit, as_profile=True)
    halves = null_errors(data, by_scenario=by_scenario, unit=unit)
    return (
        name,
        unit,
        "scenario" if by_scenario else "conversation",
        str(len(data.scenarios)),
        str(profile.tests),
        f"{percent(profile.single)} / {percent(halves.single)}",
        _share(profile),
        _share(halves),
    )


def _share(found: NullErrors) -> str:
    low, high = found.interval
    return f"{percent(found.families / found.draws)} [{percent(low)}, {percent(high)}]"
