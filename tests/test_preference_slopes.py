"""Preferences: slopes and shares at the edge of what votes can tell; known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

from analysis.datatypes.preferences.agreement import agreement
from analysis.datatypes.preferences.audit import audit_preferences
from analysis.datatypes.preferences.bias_sections import bias_section
from analysis.datatypes.preferences.biases import biases
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.columns import PreferenceColumns
from analysis.datatypes.preferences.cues import cue_table
from analysis.datatypes.preferences.locality import mean_of_trained
from analysis.datatypes.preferences.pairs import Pair, votes_of
from analysis.datatypes.preferences.sections import agreement_section
from analysis.datatypes.preferences.sides import share_sides
from analysis.datatypes.preferences.slopes import slopes
from analysis.datatypes.preferences.telling import tell_preferences
from analysis.statistics.clusters import statistic_of
from analysis.statistics.common import Counts, Values
from sims.seeds import generator

VOTES: tuple[Choice, Choice] = ("a", "b")


def drawn(rng: np.random.Generator, differences: Values, slope: Values) -> Counts:
    """Votes of a logistic voter with these slopes."""
    return np.where(rng.random(len(differences)) < 1 / (1 + np.exp(-differences @ slope)), 1, -1)


def long_and_short(count: int = 60) -> list[Pair]:
    """Pairs of a question each in which the model always takes the longer answer, people mostly; no ties."""
    made = []
    for place in range(count):
        rng = generator("always longer", place)
        first = rng.randint(5, 30)
        second = first + rng.choice((-3, -1, 1, 5))
        a, b = (" ".join(rng.choice(("apple", "river", "stone", "cloud")) for _ in range(n)) for n in (first, second))
        longer, shorter = VOTES if first > second else VOTES[::-1]
        made.append(Pair(a, b, longer if rng.random() < 0.7 else shorter, longer, str(place)))
    return made


@pytest.mark.parametrize(("n", "spread"), [(50, 0.1), (50, 1.0), (200, 0.1)])
def test_a_known_slope_is_found_however_small_the_differences(n: int, spread: float) -> None:
    """True slope 2, 60 samples: the mean is 2 within three of its errors, and nine intervals of ten hold it."""
    rng = np.random.default_rng(n)
    found, covered = [], 0
    for _ in range(60):
        differences = rng.normal(0, spread, (n, 1))
        votes = drawn(rng, differences, np.array([2.0]))

        def slope(rows: Counts, differences: Values = differences, votes: Counts = votes) -> float | None:
            one = slopes(differences[rows], votes[rows])
            return None if one is None else float(one[0])

        estimate = statistic_of(slope, np.arange(n), groups=25)
        found.append(estimate.value or 0.0)
        covered += (estimate.low or 0) <= 2 <= (estimate.high or 0)
    assert np.mean(found) == pytest.approx(2, abs=0.15 + 3 * np.std(found) / np.sqrt(60))
    assert covered >= 54


def test_slopes_are_per_unit_of_difference() -> None:
    """Chosen 3 times of 4 at a difference of 1, log 3; at .001 a thousand times that, without a penalty exactly."""
    votes = np.array([1, 1, 1, -1])
    for unit in (1.0, 0.001):
        assert slopes(np.full((4, 1), unit), votes) == pytest.approx(np.log(3) / unit)


def test_choices_that_differences_set_apart_have_no_slope() -> None:
    """None just where a direction puts every choice on its side, by a linear programme; of 150 small samples."""
    rng = np.random.default_rng(0)
    apart = []
    for _ in range(150):
        differences = rng.standard_t(2, size=(rng.integers(4, 25), rng.integers(1, 3)))
        votes = drawn(rng, differences, np.full(differences.shape[1], 3.0))
        towards = differences * votes[:, None]
        best = optimize.linprog(-towards.sum(axis=0), A_ub=-towards, b_ub=np.zeros(len(votes)), bounds=(-1, 1))
        apart.append((best.fun or 0.0) < -1e-9)
        assert (slopes(differences, votes) is None) == apart[-1]
    assert 20 < sum(apart) < 130


def test_no_slope_where_nothing_can_tell_it() -> None:
    """Always the shorter; apart but for rows without a difference; two columns that say the same; all zero; no row."""
    x, votes = np.array([[1.0], [2.0], [-1.0], [-3.0]]), np.array([1, 1, -1, -1])
    assert slopes(-x, votes) is None
    assert slopes(np.array([[1.0], [2.0], [0.0], [0.0]]), np.array([1, 1, 1, -1])) is None
    assert slopes(np.concatenate([x, 2 * x], axis=1), np.array([1, -1, 1, -1])) is None
    assert slopes(np.zeros((4, 1)), votes) is None
    assert slopes(x[:0], votes[:0]) is None


def test_a_model_that_always_takes_the_longer_answer_is_told_in_words() -> None:
    """No log-odds, which have no bound, for the model nor for the difference; people's stay, and the share is 1."""
    made = long_and_short()
    found = biases(votes_of(made), cue_table(made))
    assert found.longer is not None
    assert found.longer.llm.value == 1
    for sides in (found.length_slope, found.wordiness_slope):
        assert sides is not None
        assert sides.human.value is not None
        assert sides.llm.value is sides.difference.value is sides.llm.p is None
    section = bias_section(found, is_decided=True)
    assert section.answer.startswith("The model always chooses the longer answer, so that its log-odds have no bound. ")
    assert [row[2] for row in section.rows[-2:]] == ["always the longer"] * 2
    assert "no log-odds where words" in section.note


@pytest.mark.parametrize(
    ("rows_each", "clusters", "p"),
    [(1, 5, 2 / 2**5), (1, 10, 2 / 2**10), (20, 5, 2 / 2**5), (10, 1, None)],
)
def test_the_p_of_all_hits_is_two_sided_and_counts_clusters(rows_each: int, clusters: int, p: float | None) -> None:
    """A coin gives k of k alike, on either side, with 2 / 2^k; rows of one question are no more coins."""
    numbers = np.repeat(np.arange(clusters), rows_each)
    found = share_sides(np.full(len(numbers), True), np.full(len(numbers), False), numbers)
    assert found.human.p == found.llm.p
    assert found.human.p == (None if p is None else pytest.approx(p))
    if p is not None:
        assert (found.human.low or 0) == pytest.approx(0.025 ** (1 / clusters))


def test_without_ties_there_is_no_row_of_half_credit() -> None:
    """59 of 60 alike: the half credit is the share, with its interval, and no row tells it again; with a tie it is."""
    made = [Pair(f"one {n}", f"two {n}", VOTES[n % 2], VOTES[n % 2 if n else 1], str(n)) for n in range(60)]
    found = agreement(votes_of(made))
    assert found.half_credit == found.ties_apart == found.decided
    assert not any("half" in row[0] for row in agreement_section(found).rows)
    tied = agreement(votes_of([*made, Pair("one", "two", "tie", "a", "60")]))
    assert any("half" in row[0] for row in agreement_section(tied).rows)


@pytest.mark.parametrize(("cluster", "warns"), [(None, True), ("q", False)])
def test_clusters_are_asked_for_only_where_none_was_named(tmp_path: Path, cluster: str | None, warns: bool) -> None:
    """One pair a question is no reason to ask for the question that was given."""
    path = tmp_path / "votes.csv"
    rows = [f"apple {n},river stone {n},{VOTES[n % 2]},{VOTES[n % 3 % 2]},{n}" for n in range(20)]
    path.write_text("\n".join(["a,b,human,llm,q", *rows]), encoding="utf-8")
    told = tell_preferences(audit_preferences([path], PreferenceColumns(cluster=cluster)))
    assert any("its own cluster" in warning for warning in told.warnings) == warns


def test_the_interval_and_p_of_what_cues_predict_say_the_same_with_unequal_clusters() -> None:
    """One question holds half of the votes: p is below .05 where, and only where, 0 lies outside the interval."""
    clusters = np.concatenate([np.zeros(40, dtype=np.int64), np.repeat(np.arange(1, 9), 5)])
    noise = np.random.default_rng(0).normal(0, 0.2, 80).clip(-0.5, 0.5)
    told = set()
    for shift in np.linspace(0, 0.4, 80):
        found = mean_of_trained(noise + shift, clusters, reach=1.0)
        assert found.low is not None
        assert found.p is not None
        assert (found.p < 0.05) == (found.low > 0)
        told.add(found.low > 0)
    assert told == {True, False}
