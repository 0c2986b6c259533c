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
FEWER_PAIRS = 100
"""Of gates of several judges, and of the tables of minimum detectable rises."""
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
REPEATED = ((10, 5), (10, 20), (20, 5), (30, 20))
"""How many scenarios, and conversations of each, where units are scenarios."""
_SHARES_OF_RISE = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5)
_FEW_SWAPS = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """Two runs to simulate: their size, how often each of their judges flags, and how much more one in the candidate.

    New flags cluster as the old ones do, or fall on turns of their own.
    """

    conversations: int
    rate: float
    rise: float = 0.0
    judges: int = 1
    correlation: float = CORRELATION
    is_independent: bool = False
    agreement: float = AGREEMENT

    def units(self, rate: float) -> Population:
        """The units of a side."""
        return Population(rate, self.correlation, TURNS, TURNS)

    def draw(self, rng: np.random.Generator, *, times: int) -> tuple[TurnCounts, TurnCounts]:
        """One judge's counts on the candidate and the baseline, `times` rows of conversations."""
        baseline = self.units(self.rate)
        candidate = baseline if self.is_independent else self.units(self.rate + self.rise)
        shape = (times, self.conversations)
        ours, theirs = paired_samples(candidate, baseline, shape, agreement=self.agreement, rng=rng)
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
    plans = [plan, *[replace(plan, rise=0.0)] * (plan.judges - 1)]
    drawn = [one.draw(rng, times=pairs) for one in plans]
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
    rng = random_numbers("rise", repr(plan), rise)
    raised = replace(plan, rise=rise)
    drawn = raised.draw(rng, times=pairs)
    found = [paired_difference(*one, seed=place, draws=_FEW_SWAPS) for place, one in enumerate(_each(drawn))]
    return sum(one is not None and one.p_worse < ALPHA for one in found) / pairs


def tables(*, pairs: int = PAIRS, fewer: int = FEWER_PAIRS) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    yield f"### Two runs alike: decisions, % of {pairs:,} pairs of runs, of {fewer:,} with several judges"
    yield (
        f"Conversations of {TURNS} turns in {SCENARIOS} scenarios, intraclass correlation {CORRELATION:g}, margin"
        f" {100 * DEFAULT_MARGIN:g} points; the 95 % interval of REGRESSED in brackets.\n"
    )
    yield from markdown_table(("judges", "rate", "n", "REGRESSED", "PASS", "INCONCLUSIVE"), _null_rows(pairs, fewer))
    yield "\n### Pairs that make 80 % of gates of one judge PASS when nothing changed, by base rate and margin\n"
    yield from markdown_table(("rate", *(f"{100 * margin:g} points" for margin in MARGINS)), _pass_rows(fewer))
    yield "\n### The minimum detectable rise printed, on average, and the rise that p < .05 finds in 80 %, in points\n"
    head = ("clustering", "rate", "n", "flags expected", "printed", "found, alike", "found, independent")
    yield from markdown_table(head, _detectable_rows(fewer))
    yield f"\n### The same where units are scenarios, each repeated; rate {100 * BASE_RATE:g} %\n"
    head = ("between", "agreement", "scenarios", "repeats", *head[-3:])
    yield from markdown_table(head, _scenario_detectable_rows(fewer))


def _null_rows(pairs: int, fewer: int) -> Iterator[tuple[str, ...]]:
    for judges, rate, size in product(JUDGES, RATES, SIZES):
        times = pairs if judges == 1 else fewer
        shares = decision_counts(Plan(size, rate, judges=judges), pairs=times)
        exact = stats.binomtest(shares["REGRESSED"], times).proportion_ci(method="exact")
        regressed = f"{percent(shares['REGRESSED'] / times)} ({percent(exact.low)} to {percent(exact.high)})"
        others = (percent(shares[name] / times) for name in ("PASS", "INCONCLUSIVE"))
        yield str(judges), str(rate), str(size), regressed, *others


def decision_counts(plan: Plan, *, pairs: int = PAIRS) -> Counter[GateDecision]:
    """How many of so many gates came to each decision."""
    return Counter(result.decision for result in gates(plan, pairs=pairs))


def _detectable_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    for correlation, rate, size in product((0.0, CORRELATION, 0.3), RATES, SIZES):
        flags = f"{size * TURNS * rate:.0f}"
        plan = Plan(size, rate, correlation=correlation)
        yield str(correlation), str(rate), str(size), flags, *_printed_and_found(plan, pairs)


def _scenario_detectable_rows(pairs: int) -> Iterator[tuple[str, ...]]:
    cells = product((0.02, 0.1), (AGREEMENT, 1.0), REPEATED)
    for between, agreement, (scenarios, repeats) in cells:
        plan = ScenarioPlan(scenarios, BASE_RATE, correlation=between, repeats=repeats, agreement=agreement)
        figures = (between, agreement, scenarios, repeats)
        yield *map(str, figures), *_printed_and_found(plan, pairs)


def _printed_and_found(plan: Plan, pairs: int) -> Iterator[str]:
    """The mean minimum detectable rise of one judge, and the rises found in 80 %, in points."""
    drawn = plan.draw(random_numbers("printed", repr(plan)), times=pairs // 2)
    printed = [minimum_detectable(*one, level=ALPHA) for one in _each(drawn)]
    mean = float(np.mean([rise for rise in printed if rise is not None]))
    yield _points(mean)
    for one in (plan, replace(plan, is_independent=True)):
        yield _points(rise_found(one, near=mean, pairs=pairs))


def pairs_to_pass(rate: float, margin: float, *, pairs: int = FEWER_PAIRS) -> int:
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
