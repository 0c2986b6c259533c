"""Simulated gates through the real decision: what two runs alike come to, and how soon planted faults are found."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import stats

from analysis.gate.gate import run_gate
from analysis.gate.side import Conversation, Found, ScenarioFacts, Side
from analysis.gate.values import DEFAULT_MARGIN, GateDecision, GateResult
from analysis.outcomes import ConversationKey
from analysis.proof.markdown import markdown_table, percent
from analysis.proof.populations import Population, Scenarios, paired_samples
from analysis.statistics.common import ALPHA, POWER, random_numbers
from analysis.statistics.rates import TurnCounts, minimum_detectable, paired_difference

PAIRS = 500
SIZES = (20, 50, 200)
RATES = (0.01, 0.03, 0.1)
RISES = (0.02, 0.05, 0.1, 0.2)
BASE_RATE = 0.03
JUDGES = (1, 4)
MARGINS = (0.01, 0.02, 0.05)
TURNS = 16
CORRELATION = 0.1
AGREEMENT = 0.3
SCENARIOS = 5
REPEATED = ((10, 20), (12, 500), (20, 20), (30, 200))
"""How many scenarios, and conversations of each, where units are scenarios."""
_SHARES_OF_RISE = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5)
_FEW_SWAPS = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """Two runs to simulate: their size, how often each of their judges flags, and how much more in the candidate.

    New flags cluster as the old ones do, or fall on turns of their own.
    """

    conversations: int
    rate: float
    rise: float = 0.0
    judges: int = 1
    correlation: float = CORRELATION
    is_independent: bool = False

    def units(self, rate: float) -> Population:
        """The units of a side."""
        return Population(rate, self.correlation, TURNS, TURNS)

    def draw(self, rng: np.random.Generator, *, times: int) -> tuple[TurnCounts, TurnCounts]:
        """One judge's counts on the candidate and the baseline, `times` rows of conversations."""
        baseline = self.units(self.rate)
        candidate = baseline if self.is_independent else self.units(self.rate + self.rise)
        shape = (times, self.conversations)
        ours, theirs = paired_samples(candidate, baseline, shape, agreement=AGREEMENT, rng=rng)
        if self.is_independent:
            more = rng.binomial(ours.judged - ours.flagged, self.rise / (1 - self.rate))
            ours = TurnCounts(ours.flagged + more, ours.judged)
        return ours, theirs


@dataclass(frozen=True, slots=True)
class ScenarioPlan(Plan):
    """The same where units are scenarios, each repeated: `conversations` counts the scenarios.

    `correlation` is that between a scenario's conversations; within one turns cluster more (`CORRELATION`).
    """

    repeats: int = 1

    def units(self, rate: float) -> Population:
        """The units of a side."""
        return Scenarios(rate, self.correlation, TURNS, TURNS, self.repeats, CORRELATION)


def gates(plan: Plan, *, pairs: int = PAIRS) -> Iterator[GateResult]:
    """The gates of so many pairs of runs."""
    rng = random_numbers("gates", plan.conversations, plan.rate, plan.rise, plan.judges, plan.correlation)
    drawn = [plan.draw(rng, times=pairs) for _ in range(plan.judges)]
    for place in range(pairs):
        candidate = _side("candidate", [ours.flagged[place] for ours, _ in drawn])
        baseline = _side("baseline", [theirs.flagged[place] for _, theirs in drawn])
        yield run_gate(baseline, candidate, seed=place)


def _side(name: str, flagged: Sequence[Sequence[int]]) -> Side:
    """A run with one row of counts a judge, its conversations spread over the scenarios."""
    judges = {f"judge-{place}": "1" for place in range(len(flagged))}
    scenarios = {f"s{place}": ScenarioFacts(f"s{place}", "same") for place in range(SCENARIOS)}
    conversations = tuple(
        _conversation(name, place, dict(zip(judges, counts, strict=True)))
        for place, counts in enumerate(zip(*flagged, strict=True))
    )
    return Side(name, judges, scenarios, conversations)


def _conversation(side: str, place: int, flagged: dict[str, int]) -> Conversation:
    key = ConversationKey(f"s{place % SCENARIOS}", "m", None, place // SCENARIOS, "")
    found = {judge: Found(tuple(range(count)), TURNS) for judge, count in flagged.items()}
    return Conversation(key, str(place), place, TURNS, f"{side}-{place}", found)


def rise_found(plan: Plan, *, near: float, pairs: int = PAIRS) -> float | None:
    """The rise that p < .05 finds in 80 % of so many pairs, between half and one and a half of `near`; else None."""
    rises = [share * near for share in _SHARES_OF_RISE if plan.rate + share * near < 1]
    shares = np.maximum.accumulate([_found_share(plan, rise, pairs=pairs) for rise in rises])
    if not shares[0] < POWER <= shares[-1]:
        return None
    return float(np.interp(POWER, shares, rises))


def _found_share(plan: Plan, rise: float, *, pairs: int) -> float:
    rng = random_numbers("rise", plan.conversations, plan.rate, plan.correlation, rise)
    raised = replace(plan, rise=rise)
    drawn = raised.draw(rng, times=pairs)
    found = [paired_difference(*one, seed=place, draws=_FEW_SWAPS) for place, one in enumerate(_each(drawn))]
    return sum(one is not None and one.p_worse < ALPHA for one in found) / pairs


def tables(*, pairs: int = PAIRS) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    yield f"### Two runs alike: decisions, % of {pairs:,} pairs of runs"
    yield (
        f"Conversations of {TURNS} turns in {SCENARIOS} scenarios, intraclass correlation {CORRELATION:g}, margin"
        f" {100 * DEFAULT_MARGIN:g} points; the 95 % interval of REGRESSED in brackets.\n"
    )
    yield from markdown_table(("judges", "rate", "n", "REGRESSED", "PASS", "INCONCLUSIVE"), _null_rows(pairs))
    yield f"\n### Planted rises over a rate of {100 * BASE_RATE:g} %: REGRESSED, % of {pairs:,} pairs of runs\n"
    head = ("new flags", "n", *(f"+{100 * rise:g}" for rise in (0.0, *RISES)))
    yield from markdown_table(head, _power_rows(pairs))
    yield "\n### The minimum detectable rise printed, on average, and the rise found in 80 %, in points"
    yield "The rise found where the new flags cluster as the old, and where they fall independently.\n"
    head = ("clustering", "rate", "n", "flags expected", "printed", "found, alike", "found, independent")
    yield from markdown_table(head, _detectable_rows(pairs))
    yield "\n### Pairs that make 80 % of gates of one judge PASS when nothing changed, by base rate and margin\n"
    head = ("rate", *(f"{100 * margin:g} points" for margin in MARGINS))
    yield from markdown_table(head, _pass_rows(pairs))
    yield "\n### The minimum detectable rise where units are scenarios, each repeated\n"
    head = ("between", "rate", "scenarios", "repeats", "printed", "found, alike", "found, independent")
    yield from markdown_table(head, _scenario_detectable_rows(pairs))


def _null_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for judges in JUDGES:
        for rate in RATES:
            for size in SIZES:
                shares = decision_counts(Plan(size, rate, judges=judges), pairs=pairs)
                exact = stats.binomtest(shares["REGRESSED"], pairs).proportion_ci(method="exact")
                regressed = f"{percent(shares['REGRESSED'] / pairs)} ({percent(exact.low)} to {percent(exact.high)})"
                others = (percent(shares[name] / pairs) for name in ("PASS", "INCONCLUSIVE"))
                yield str(judges), str(rate), str(size), regressed, *others


def decision_counts(plan: Plan, *, pairs: int = PAIRS) -> Counter[GateDecision]:
    """How many of so many gates came to each decision."""
    return Counter(result.decision for result in gates(plan, pairs=pairs))


def _power_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for kind, is_independent in (("alike", False), ("independent", True)):
        for size in SIZES:
            plans = [Plan(size, BASE_RATE, rise, is_independent=is_independent) for rise in (0.0, *RISES)]
            found = [decision_counts(plan, pairs=pairs)["REGRESSED"] for plan in plans]
            yield kind, str(size), *(percent(count / pairs) for count in found)


def _detectable_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for correlation, rate, size in product((0.0, CORRELATION, 0.3), RATES, SIZES):
        flags = f"{size * TURNS * rate:.0f}"
        plan = Plan(size, rate, correlation=correlation)
        yield str(correlation), str(rate), str(size), flags, *_printed_and_found(plan, pairs)


def _scenario_detectable_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for between, rate, (scenarios, repeats) in product((0.0, 0.005, 0.02, 0.1), RATES, REPEATED):
        plan = ScenarioPlan(scenarios, rate, correlation=between, repeats=repeats)
        yield str(between), str(rate), str(scenarios), str(repeats), *_printed_and_found(plan, pairs)


def _printed_and_found(plan: Plan, pairs: int) -> Iterator[str]:
    """The mean minimum detectable rise of one judge, and the rises found in 80 %, in points."""
    drawn = plan.draw(random_numbers("printed", repr(plan)), times=pairs // 2)
    printed = [minimum_detectable(*one, level=ALPHA) for one in _each(drawn)]
    mean = float(np.mean([rise for rise in printed if rise is not None]))
    yield _points(mean)
    for one in (plan, replace(plan, is_independent=True)):
        yield _points(rise_found(one, near=mean, pairs=pairs))


def pairs_to_pass(rate: float, margin: float, *, pairs: int = PAIRS) -> int:
    """How many pairs of conversations make 80 % of gates of one judge PASS when nothing changed, to some 10 %."""
    sizes = np.unique(np.geomspace(10, 20_000, 80).astype(np.int64))
    least = bisect_left(sizes, POWER, key=lambda size: _passed_share(Plan(int(size), rate), margin, pairs=pairs))
    return int(sizes[least])


def _passed_share(plan: Plan, margin: float, *, pairs: int) -> float:
    drawn = plan.draw(random_numbers("pass", repr(plan), margin), times=pairs)
    found = (paired_difference(*one, seed=0, draws=1) for one in _each(drawn))
    return sum(one is not None and one.upper < margin for one in found) / pairs


def _each(drawn: tuple[TurnCounts, TurnCounts]) -> Iterator[tuple[TurnCounts, TurnCounts]]:
    """The two sides of each row."""
    for rows in zip(*(zip(side.flagged, side.judged, strict=True) for side in drawn), strict=True):
        ours, theirs = (TurnCounts(*row) for row in rows)
        yield ours, theirs


def _pass_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for rate in (0.005, *RATES, 0.3):
        yield str(rate), *(f"{pairs_to_pass(rate, margin, pairs=pairs):,}" for margin in MARGINS)


def _points(rise: float | None) -> str:
    return "beyond" if rise is None else f"{100 * rise:.2f}"
