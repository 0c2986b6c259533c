"""What simulated stress tests decide: among many cases, from which dose on, with how many conversations, on repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy import stats

from analysis.proof.markdown import markdown_table, percent
from analysis.proof.stress import DOSES, JUDGES, KINDS, Plan, simulated
from analysis.providers.pairing import Places
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA, random_numbers
from analysis.stress.episodes import Episode, episodes_of
from analysis.stress.findings import findings_of
from analysis.stress.ladders import Held, Ladder
from analysis.stress.onset import onset_contrasts
from analysis.stress.repair import repairs
from analysis.stress.rows import ArmColumn, StressRows
from analysis.stress.values import Arm, DoseResponse

SAMPLES = 100
MARGIN = 0.02


def one_of_many(plan: Plan, *, seed: int) -> DoseResponse:
    """The response that rises after the plan among those of four judges and three kinds that do not."""
    rows = simulated(Plan(plan.places, plan.base, judges=JUDGES, kinds=KINDS), seed=seed)
    rows.columns.update(simulated(plan, seed=1_000_000 + seed).columns)
    return next(one for one in findings_of(rows).responses if (one.judge, one.kind) == ("judge 0", "kind 0"))


def alone(plan: Plan, *, seed: int) -> DoseResponse:
    """The one response of a stress test after the plan."""
    return findings_of(simulated(plan, seed=seed)).responses[0]


def ruled_out(plan: Plan, *, samples: int) -> tuple[float, float]:
    """The share of responses that rule out a rise, and of stress tests of 4 x 3 of them in which any does."""
    tests = [findings_of(simulated(plan, seed=seed)).responses for seed in range(samples)]
    found = np.array([[one.response == "NO_RISE_FOUND" for one in test] for test in tests])
    return float(found.mean()), float(found.any(axis=1).mean())


def decided_with_needed(plan: Plan, *, samples: int) -> tuple[list[int], float]:
    """The sizes that stress tests which cannot tell name, and the share of new ones of these sizes that can."""
    sizes = [one.needed for seed in range(samples) if (one := alone(plan, seed=seed)).needed is not None]
    again = (Plan(size, plan.base, plan.slopes) for size in sizes)
    can_tell = [alone(one, seed=2_000_000 + seed).response != "CANNOT_TELL" for seed, one in enumerate(again)]
    return sizes, float(np.mean(can_tell)) if can_tell else float("nan")


def repaired(conversations: int, *, back: float, seed: int) -> Estimate:
    """The share of episodes over within three turns, of speakers of 4 to 10 turns who come back at each with `back`.

    A clean turn is followed by a flagged one with chance .2; how likely each speaker is to come back varies (beta, with
    correlation .1).
    """
    rng = random_numbers("repair", conversations, back, seed)
    column = ArmColumn()
    for place in range(conversations):
        own, is_flagged, turns = rng.beta(9 * back, 9 * (1 - back)), False, []
        for _ in range(rng.integers(4, 11)):
            is_flagged = bool(rng.random() < (1 - own if is_flagged else 0.2))
            turns.append(("speaker", is_flagged))
        found: list[Episode] = list(episodes_of(turns))
        column.episodes.extend(found)
        column.episode_places.extend([place] * len(found))
    ladder = Ladder("judge", "model", "kind", [Arm("model", "kind", 1.0)], [column], [])
    (repair,) = repairs([ladder], Places("conversation", np.arange(conversations)))
    return repair.share


def unequal_onset_p(places: int, *, longer: int, hazard: float, seed: int) -> float:
    """The p of onsets of an arm `longer` times as long as its control of 5 turns, of one hazard at each place."""
    rng = random_numbers("unequal", places, longer, hazard, seed)
    hazards = rng.beta(9 * hazard, 9 * (1 - hazard), size=places)
    rows = StressRows(("judge",), {("", "kind"): {}}, models={"model": None})
    for dose, length in ((0.0, 5), (1.0, 5 * longer)):
        onset = rng.geometric(np.maximum(hazards, 1e-9))
        column = ArmColumn()
        column.places.extend(range(places))
        column.onset.extend(np.where(onset <= length, onset, 0).tolist())
        column.last.extend([length] * places)
        for numbers in (column.flagged, column.judged, column.turns, column.is_missing):
            numbers.extend([0] * places)
        rows.columns["judge", Arm("model", "kind", dose)] = column
    arms = rows.arms("judge", "model", "kind")
    columns = [rows.columns["judge", arm] for arm in arms]
    ladder = Ladder("judge", "model", "kind", arms, columns, [Held.of(one, places=places) for one in columns])
    (contrast,) = onset_contrasts([ladder], Places("conversation", np.arange(places)), seed=seed)
    return 1.0 if contrast.p is None else contrast.p


def tables(*, samples: int = SAMPLES) -> Iterator[str]:
    """The tables as Markdown, a line each."""
    yield f"\n### First dose shown, and EXCEEDS alone and as one of {JUDGES} x {KINDS} cases, % of {samples}\n"
    head = ("rate", "rise", "n", *(f"from {dose:g}" for dose in DOSES), "not shown", "EXCEEDS alone", "one of 12")
    yield from markdown_table(head, _shown_rows(samples))
    yield f"\n### A rise of {percent(MARGIN)} points ruled out: % of responses, and of stress tests with any\n"
    yield from markdown_table(("rate", "rise", "n", "cases", "responses", "any"), _ruled_out_rows(samples))
    yield f"\n### Decided with the number needed, % of those of {samples} pilots that name one\n"
    yield from markdown_table(("rate", "rise", "n", "named", "median needed", "decided"), _needed_rows(samples))
    yield f"\n### Back within three turns: coverage of the interval, % of {2 * samples}\n"
    yield from markdown_table(("back at each turn", "n", "mean share", "truth", "coverage"), _repair_rows(2 * samples))
    yield f"\n### Onsets of one hazard, the arm longer than its control: p < .05, % of {5 * samples}\n"
    yield from markdown_table(("hazard", "times as long", "n", "p < .05"), _onset_rows(5 * samples))


def _shown_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, (rise, places) in product((0.05, 0.2), ((0.1, 50), (0.2, 20), (0.2, 50), (0.4, 20))):
        plan = Plan(places, base, (rise,))
        first = Counter(alone(plan, seed=seed).first_exceeding for seed in range(samples))
        joined = [one_of_many(plan, seed=seed).response == "EXCEEDS" for seed in range(samples // 2)]
        doses = (first[dose] / samples for dose in (*DOSES, None))
        found = (*doses, 1 - first[None] / samples, float(np.mean(joined)))
        yield str(base), str(rise), str(places), *map(percent, found)


def _ruled_out_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, rise in ((0.003, 0.0), (0.01, 0.0), (0.003, MARGIN), (0.01, MARGIN)):
        for places, (judges, kinds) in product((200, 400), ((1, 1), (JUDGES, KINDS))):
            plan = Plan(places, base, (rise,), judges=judges, kinds=kinds)
            responses, tests = ruled_out(plan, samples=samples if judges == 1 else samples // 2)
            yield str(base), str(rise), str(places), str(judges * kinds), percent(responses), percent(tests)


def _needed_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for base, rise in ((0.01, 0.0), (0.03, 0.0), (0.05, 0.0), (0.01, 0.1), (0.05, 0.1), (0.05, 0.2)):
        sizes, share = decided_with_needed(Plan(20, base, (rise,)), samples=samples)
        middle = f"{np.median(sizes):,.0f}" if sizes else ""
        yield str(base), str(rise), "20", str(len(sizes)), middle, percent(share)


def _repair_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for back, conversations in product((0.3, 0.6, 0.9), (20, 50, 200)):
        truth = 1 - _moment(back, 3)
        found = [repaired(conversations, back=back, seed=seed) for seed in range(samples)]
        held = [one.low <= truth <= one.high for one in found if one.low is not None and one.high is not None]
        mean = float(np.mean([one.value for one in found if one.value is not None]))
        yield str(back), str(conversations), percent(mean), percent(truth), percent(float(np.mean(held)))


def _moment(back: float, turns: int) -> float:
    """The chance of so many flagged turns more, over the speakers: that of the beta-binomial."""
    return float(stats.betabinom.pmf(0, turns, 9 * back, 9 * (1 - back)))


def _onset_rows(samples: int) -> Iterator[tuple[str, ...]]:
    for hazard, longer, places in product((0.03, 0.15), (3, 6), (10, 20, 50)):
        p = [unequal_onset_p(places, longer=longer, hazard=hazard, seed=seed) for seed in range(samples)]
        yield str(hazard), str(longer), str(places), percent(float(np.mean(np.array(p) < ALPHA)))
