"""Simulated stress tests with a known truth: coverage of the intervals, false findings, and what is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.outcomes import ConversationKey
from analysis.proof.markdown import markdown_table, percent
from analysis.proof.populations import Population
from analysis.statistics.common import ALPHA, Counts, Values, random_numbers
from analysis.stress.findings import findings_of
from analysis.stress.rows import ArmColumn, StressRows
from analysis.stress.values import CONTROL_DOSE, Arm, OnsetStep

SAMPLES = 200
SIZES = (20, 50, 200)
DOSES = (0.25, 0.5, 1.0)
JUDGES, KINDS = 4, 3
SHORTEST, LONGEST = 4, 10
"""Turns that the stressor reaches, as the partner's in conversations of 8 to 20."""
BASES = (0.01, 0.05, 0.2)
SLOPES = (0.05, 0.1, 0.2, 0.4)
CLUSTERING, AGREEMENT = 0.1, 0.5
"""How turns of a conversation correlate, and on the normal scale the conversations of a place (or of a scenario)."""
MIDDLE = 5
"""The turn at which survival curves are held to the truth."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A stress test: so many places, the rate undisturbed, and what the full dose adds, by model.

    The rate rises with the dose in proportion. Places are repeats of one scenario, or of scenarios of `repeats` each.
    """

    places: int
    base: float
    slopes: tuple[float, ...] = (0.0,)
    judges: int = 1
    kinds: int = 1
    repeats: int | None = None

    def population(self, model: int, dose: float) -> Population:
        """The conversations under a dose."""
        return Population(self.base + self.slopes[model] * dose, CLUSTERING)


@dataclass(frozen=True, slots=True)
class Errors:
    """How often, over stress tests and what each holds: intervals hold the truth, and something is found.

    Intervals that are not there, and a curve before its first step, count neither way. `rates`, `differences`, `slopes`
    and `curves` are coverages. `exceeding` is the share of stress tests with any EXCEEDS, `contrasted` with any earlier
    onset, `steeper` with any model more sensitive; `ruled_out` is the share of responses that rule out a rise.
    `onset_p` is the share of uncorrected p of onsets below .05.
    """

    rates: float
    differences: float
    slopes: float
    curves: float
    exceeding: float
    contrasted: float
    steeper: float
    ruled_out: float
    onset_p: float


def errors(plan: Plan, *, samples: int = SAMPLES) -> Errors:
    """The errors of so many stress tests after the plan; a share of nothing is NaN."""
    tests = [findings_of(simulated(plan, seed=seed)) for seed in range(samples)]
    model = {f"model {number}": number for number in range(len(plan.slopes))}

    def rate(arm: Arm) -> float:
        return plan.population(model[arm.model], arm.dose or 0.0).rate

    points = [point for test in tests for response in test.responses for point in response.points]
    risen = [point for point in points if not point.arm.is_control]
    responses = [response for test in tests for response in test.responses]
    steps = [(onset.arm, _at(onset.steps, MIDDLE)) for test in tests for onset in test.onsets]
    return Errors(
        rates=_share(_holds(point.ci_low, rate(point.arm), point.ci_high) for point in points),
        differences=_share(
            _holds(point.difference_low, rate(point.arm) - plan.base, point.difference_high) for point in risen
        ),
        slopes=_share(_holds(one.slope.low, plan.slopes[model[one.model]], one.slope.high) for one in responses),
        curves=_share(_holds(step.low, _clean(plan, model[arm.model], arm), step.high) for arm, step in steps if step),
        exceeding=_share(any(one.response == "EXCEEDS" for one in test.responses) for test in tests),
        contrasted=_share(any(one.earlier != "cannot tell" for one in test.contrasts) for test in tests),
        steeper=_share(any(one.more != "cannot tell" for one in test.sensitivities) for test in tests),
        ruled_out=_share(response.response == "NO_RISE_FOUND" for response in responses),
        onset_p=_share(one.p is not None and one.p < ALPHA for test in tests for one in test.contrasts),
    )


def _share(found: Iterable[bool | None]) -> float:
    return float(np.mean([one for one in found if one is not None]))


def _holds(low: float | None, truth: float, high: float | None) -> bool | None:
    """Whether the interval holds the truth; None where there is none."""
    return None if low is None or high is None else low <= truth <= high


def _at(steps: Sequence[OnsetStep], turn: int) -> OnsetStep | None:
    """The last step up to a turn; None before the first one."""
    return next((step for step in reversed(steps) if step.turn <= turn), None)


def _clean(plan: Plan, model: int, arm: Arm) -> float:
    """The true share of conversations without a flag in the first turns: the beta-binomial chance of none."""
    rate, odds = plan.population(model, arm.dose or 0.0).rate, 1 / CLUSTERING - 1
    return float(stats.betabinom.pmf(0, MIDDLE, rate * odds, (1 - rate) * odds))


def simulated(plan: Plan, *, seed: int) -> StressRows:
    """What is read of one stress test after the plan."""
    rng = random_numbers("stress", plan.places, plan.base, *plan.slopes, plan.judges, plan.kinds, plan.repeats, seed)
    judges, kinds = _named("judge", plan.judges), _named("kind", plan.kinds)
    rows = StressRows(judges, {("", kind): {} for kind in kinds})
    scenario_of = np.arange(plan.places) // (plan.repeats or plan.places)
    for place, scenario in enumerate(scenario_of):
        rows.places[ConversationKey(f"s{scenario:03}", "", None, place, "")] = place
    rows.models = dict.fromkeys(_named("model", len(plan.slopes)))
    lengths = rng.integers(SHORTEST, LONGEST + 1, size=plan.places)
    for judge, kind in product(judges, kinds):
        common = rng.standard_normal(plan.places)[scenario_of if plan.repeats else slice(None)]
        for (number, model), dose in product(enumerate(rows.models), (CONTROL_DOSE, *DOSES)):
            flags = _flags(plan.population(number, dose), lengths, common, rng)
            rows.columns[judge, Arm(model, kind, dose)] = _column(flags, lengths)
    return rows


def _named(what: str, count: int) -> tuple[str, ...]:
    return tuple(f"{what} {number}" for number in range(count))


def _flags(population: Population, lengths: Counts, common: Values, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which turns are flagged, a row a place; none beyond its length."""
    own = np.sqrt(AGREEMENT) * common + np.sqrt(1 - AGREEMENT) * rng.standard_normal(len(common))
    rates = population.rates_at(np.asarray(stats.norm.cdf(own)))
    is_there = np.arange(LONGEST) < lengths[:, None]
    return is_there & (rng.random((len(lengths), LONGEST)) < rates[:, None])


def _column(flags: npt.NDArray[np.bool_], lengths: Counts) -> ArmColumn:
    column = ArmColumn()
    column.places.extend(range(len(lengths)))
    column.flagged.extend(flags.sum(axis=1).tolist())
    column.judged.extend(lengths.tolist())
    column.turns.extend(lengths.tolist())
    column.is_missing.extend([0] * len(lengths))
    column.onset.extend(np.where(flags.any(axis=1), flags.argmax(axis=1) + 1, 0).tolist())
    column.last.extend(lengths.tolist())
    return column


def tables(*, samples: int = SAMPLES) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    yield f"### Coverage, and what is found, % of {samples} stress tests of one judge and kind\n"
    covered = ("rates", "differences", "slope", "curve")
    head = ("rate", "rise", "n", *covered, "EXCEEDS", "earlier onset", "rise ruled out")
    yield from markdown_table(head, _risen_rows(samples))
    yield "\n### The same over scenarios of 5 repeats\n"
    yield from markdown_table(head, _scenario_rows(samples))
    few = samples // 2
    yield f"\n### Nothing rises: % of {few} stress tests of {JUDGES} judges and {KINDS} kinds; models: two, one kind\n"
    found = ("any EXCEEDS", "any earlier onset", "onset p < .05", "any model steeper", "rise ruled out")
    yield from markdown_table(("rate", "n", *found), _null_rows(few))


def _null_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, places in product(BASES, SIZES[:2]):
        alone = errors(Plan(places, base, judges=JUDGES, kinds=KINDS), samples=samples)
        both = errors(Plan(places, base, (0.0, 0.0), judges=JUDGES, kinds=1), samples=samples)
        shares = (alone.exceeding, alone.contrasted, alone.onset_p, both.steeper, alone.ruled_out)
        yield str(base), str(places), *map(percent, shares)


def _risen_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, slope, places in product(BASES, SLOPES, SIZES):
        yield _risen_row(Plan(places, base, (slope,)), samples)


def _scenario_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, slope, scenarios in product(BASES[1:], (0.0, *SLOPES[2:]), (10, 20)):
        yield _risen_row(Plan(5 * scenarios, base, (slope,), repeats=5), samples)


def _risen_row(plan: Plan, samples: int) -> tuple[str, ...]:
    found = errors(plan, samples=samples)
    covered = (found.rates, found.differences, found.slopes, found.curves)
    decided = (found.exceeding, found.contrasted, found.ruled_out)
    return str(plan.base), str(plan.slopes[0]), str(plan.places), *map(percent, (*covered, *decided))
