"""The figures of merit on judge cards: known answers, other libraries' answers, intervals over conversations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from judges.measuring.figures import (
    Figure,
    Items,
    Share,
    auc,
    f1,
    figure,
    pearson,
    per_thousand,
    precision,
    recall,
    recall_at,
    spearman,
)

Rows = list[tuple[float, float, str]]
SCORED = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=60)


def arrays(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Scores from 0 to 1 in eighths, so that ties are common, and labels of 0 and 1."""
    scores, labels = zip(*rows, strict=True)
    return np.array(scores, dtype=float) / 8, np.array(labels, dtype=float)


def independent_rows(size: int = 400) -> Rows:
    """Each item a conversation of its own; positives score higher by one standard deviation."""
    chance = np.random.default_rng(5)
    labels = (np.arange(size) % 2).astype(float)
    scores = chance.normal(size=size) + labels
    return [
        (float(score), float(label), str(place))
        for place, (score, label) in enumerate(zip(scores, labels, strict=True))
    ]


def test_known_answers() -> None:
    """Four items, scores .9 .8 .4 .2 with labels 1 0 1 0.

    Of the 4 pairs of a positive and a negative, .9>.8, .9>.2 and .4>.2 are right: AUC 3/4. Flagged above .5: .9 and .8,
    one of them right: precision 1/2, recall 1/2, F1 1/2; 2 of 4 flagged: 500 in a thousand.
    """
    scores, labels = np.array([0.9, 0.8, 0.4, 0.2]), np.array([1.0, 0.0, 1.0, 0.0])
    assert auc(scores, labels) == 0.75
    assert (precision(scores, labels), recall(scores, labels), f1(scores, labels)) == (0.5, 0.5, 0.5)
    assert per_thousand(scores, labels) == 500


def test_ties_count_half() -> None:
    """One pair, the same score: AUC 1/2."""
    assert auc(np.array([0.3, 0.3]), np.array([1.0, 0.0])) == 0.5


def test_recall_at_a_specificity_lets_no_more_negatives_through() -> None:
    """Negatives 1..100: at 99 % one of them (100) may score above the threshold, so 99.5 is found and 98.5 is not."""
    scores = np.array([*range(1, 101), 99.5, 98.5, 100.5])
    labels = np.array([0.0] * 100 + [1.0] * 3)
    assert recall_at(0.99)(scores, labels) == pytest.approx(1 / 3)
    assert recall_at(0.98)(scores, labels) == pytest.approx(2 / 3)
    assert recall_at(0.95)(scores, labels) == 1


@given(SCORED)
def test_the_same_as_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    """AUC, precision, recall and F1 agree with scikit-learn wherever they are defined."""
    scores, labels = arrays(rows)
    flagged = scores > 0.5
    if 0 < labels.sum() < len(labels):
        assert auc(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, scores))
    if labels.any():
        assert recall(scores, labels) == pytest.approx(metrics.recall_score(labels, flagged))
        assert f1(scores, labels) == pytest.approx(metrics.f1_score(labels, flagged))
    if flagged.any():
        assert precision(scores, labels) == pytest.approx(metrics.precision_score(labels, flagged))


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=40))
def test_the_same_as_scipy(rows: list[tuple[int, int]]) -> None:
    """The correlations agree with scipy, ties included, and are undefined for constants."""
    first, second = np.array(rows, dtype=float).T
    if first.std() == 0 or second.std() == 0:
        assert np.isnan(spearman(first, second))
        assert np.isnan(pearson(first, second))
        return
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)
    assert pearson(first, second) == pytest.approx(stats.pearsonr(first, second).statistic)


def test_the_interval_is_that_of_scipy_where_items_are_independent() -> None:
    """Resampling items one by one is what scipy.stats.bootstrap does; the percentile bounds agree within .02."""
    items = Items.of(independent_rows())
    ours = figure(items, pearson)
    data = (items.scores, items.labels)
    theirs = stats.bootstrap(data, pearson, paired=True, vectorized=False, method="percentile", n_resamples=500, rng=3)
    assert ours.ci_low == pytest.approx(theirs.confidence_interval.low, abs=0.02)
    assert ours.ci_high == pytest.approx(theirs.confidence_interval.high, abs=0.02)


def test_copies_within_a_conversation_add_nothing() -> None:
    """Every item 10 times in its conversation: the interval stays as wide, where counting turns would narrow it."""
    rows = independent_rows(100)
    once, copied = figure(Items.of(rows), auc), figure(Items.of(rows * 10), auc)
    assert copied.value == once.value
    assert (copied.n, copied.clusters) == (1000, 100)
    assert copied.ci_high - copied.ci_low == pytest.approx(once.ci_high - once.ci_low, rel=0.2)


def test_nothing_flagged_is_not_known_to_be_never() -> None:
    """No flag in 100 conversations of 20 turns, worth 2000 / (1 + 19 * .1) = 690 turns.

    Up to 1 - .025^(1/690) = 5.3 in a thousand cannot be ruled out.
    """
    rows: Rows = [(0.0, 0.0, str(place // 20)) for place in range(2000)]
    found = figure(Items.of(rows), per_thousand)
    assert (found.value, found.ci_low) == (0, 0)
    assert found.ci_high == pytest.approx(1000 * (1 - 0.025 ** (2.9 / 2000)), abs=1e-4)


def test_everything_found_is_not_known_to_be_always() -> None:
    """All of 20 faults found, a conversation each: the recall is at least .025^(1/20) = .8316."""
    found = figure(Items.of([(1.0, 1.0, str(place)) for place in range(20)]), recall)
    assert (found.value, found.ci_low, found.ci_high) == (1, 0.8316, 1)


def rare(*, found: int, alarms: int = 0, positives: int = 6) -> Items:
    """100 conversations of 10 turns, turn 1 of the first few positive; so many are found, the last ones flagged too."""
    rows: Rows = []
    for number in range(100):
        for turn in range(10):
            is_positive = turn == 1 and number < positives
            is_flagged = (is_positive and number < found) or (turn == 2 and number >= 100 - alarms)
            rows.append((float(is_flagged), float(is_positive), str(number)))
    return Items.of(rows)


def test_a_share_is_of_its_own_denominator() -> None:
    """6 of 6 among 1,000 turns: at least .025^(1/6) = .5407 for precision and recall, not what 1,000 would give."""
    for share in (precision, recall):
        assert figure(rare(found=6), share) == Figure(1, 0.5407, 1, n=6, clusters=6)
    low = 0.025 ** (1 / 6)
    assert figure(rare(found=6), f1).ci_low == pytest.approx(2 * low / (1 + low), abs=1e-4)
    assert 0.6 < figure(rare(found=6), auc).ci_low < 0.9


@pytest.mark.parametrize("share", [precision, recall, f1, per_thousand])
def test_the_interval_is_never_narrower_than_the_exact_one(share: Share) -> None:
    """3 of 6 positives found, 3 false alarms: each alone in its conversation, so at least Clopper and Pearson's."""
    items = rare(found=3, alarms=3)
    found = figure(items, share)
    among = share.among(items.scores, items.labels)
    hits = int(share.hits(items.scores, items.labels)[among].sum())
    assert found.n == among.sum()
    if share is not per_thousand:
        exact = stats.binomtest(hits, found.n).proportion_ci(0.95)
        assert found.ci_low <= share.told(exact.low) + 1e-4
        assert found.ci_high >= share.told(exact.high) - 1e-4


def test_more_alarms_never_have_a_lower_bound() -> None:
    """0, 1, 2, ... false alarms in 100 conversations: the upper bound rises with each."""
    highs = [figure(rare(found=0, alarms=alarms), per_thousand).ci_high for alarms in range(8)]
    assert highs == sorted(highs)
    assert len(set(highs)) == len(highs)


def test_the_recall_of_few_positives_covers() -> None:
    """A true recall of .9, about ten positives among 1,000 turns: 95 % of samples or more have it in the interval."""
    chance = np.random.default_rng(1)
    covered = 0
    for _ in range(100):
        labels = chance.random(1000) < 0.01
        flags = chance.random(1000) < np.where(labels, 0.9, 0.001)
        rows = [(float(f), float(y), str(n // 10)) for n, (f, y) in enumerate(zip(flags, labels, strict=True))]
        found = figure(Items.of(rows), recall, repeats=50)
        covered += found.ci_low <= 0.9 <= found.ci_high
    assert covered >= 92


def test_resamples_that_miss_a_kind_are_passed_over() -> None:
    """One positive among 30: resamples without it have no AUC, and the interval comes from the others."""
    rows: Rows = [(place / 30, float(place == 20), str(place)) for place in range(30)]
    found = figure(Items.of(rows), auc)
    assert 0 <= found.ci_low <= found.value <= found.ci_high <= 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "nothing was scored"),
        ([(0.1, 0.0, "a"), (0.2, 1.0, "a")], "2 items of 1 conversations"),
        ([(0.1, 1.0, "a"), (0.2, 1.0, "b")], "one kind is missing"),
    ],
)
def test_what_cannot_be_a_figure_is_refused(rows: Rows, words: str) -> None:
    """No item, one conversation, or one kind of label: an error that says so, never a NaN on a card."""
    with pytest.raises(ValueError, match=words):
        figure(Items.of(rows), auc)


def test_the_same_items_have_the_same_interval() -> None:
    """The resamples follow from the sizes alone; the order of the rows moves the bounds by no more than chance."""
    rows = independent_rows(60)
    assert figure(Items.of(rows), auc) == figure(Items.of(rows), auc)
    turned = figure(Items.of(rows[::-1]), auc)
    assert turned.value == figure(Items.of(rows), auc).value
