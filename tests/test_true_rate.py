"""The true rate: known answers, and a simulation: the prediction-powered interval covers, the naive does not."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from builders import transcript

from judges.labels import Label, label_set
from judges.true_rate import mean_rate, prediction_powered, rogan_gladen, true_rate
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.errors import UsageError

SENSITIVITY, SPECIFICITY, TURNS = 0.8, 0.95, 10


def verdict(name: str, *flags: int) -> Verdict:
    """A conversation whose turns are flagged or not."""
    one = transcript(*[("a", "word")] * len(flags), id=name)
    hits = [Hit(turn, 1.0, "x", "word", 0, 4, "r") for turn, flag in enumerate(flags) if flag]
    return verdict_on(one, judge="j", version="1", turn_scores=[float(flag) for flag in flags], hits=hits)


def test_perfect_predictions_give_the_mean_of_all() -> None:
    """With the truth as prediction, weight 1 is best when the unlabelled are many: the estimate nears their mean."""
    chance = np.random.default_rng(0)
    truth, unlabelled = chance.random(50), chance.random(5000)
    found = prediction_powered(truth, truth, unlabelled)
    assert found.value == pytest.approx(float(unlabelled.mean()), abs=0.005)
    assert found.ci_high - found.ci_low < 0.05 < mean_rate(truth).ci_high - mean_rate(truth).ci_low


def test_constant_predictions_change_nothing() -> None:
    """A judge that never flags teaches nothing: the estimate is the mean of the labels."""
    truth = np.array([0.0, 1.0, 0.0, 1.0])
    assert prediction_powered(truth, np.zeros(4), np.zeros(9)).value == 0.5


def test_rogan_gladen_of_known_errors() -> None:
    """Naive .125, sensitivity .8, specificity .95: (.125 + .95 - 1) / (.8 + .95 - 1) = .1."""
    items = [(1, 1)] * 8 + [(1, 0)] * 2 + [(0, 0)] * 19 + [(0, 1)]
    assert rogan_gladen(0.125, items) == pytest.approx(0.1)
    assert rogan_gladen(0.01, items) == 0
    assert rogan_gladen(0.5, [(1, 0), (0, 1)]) is None
    assert rogan_gladen(0.5, [(1, 1)]) is None


def test_the_conversation_is_the_unit() -> None:
    """Two labelled conversations, rates 1/2 and 0 whatever their length: labels alone say 1/4, the judge too."""
    labels = label_set(
        [Label("a", 0, 1), Label("a", 1, 0), *(Label("b", turn, 0) for turn in range(4))], {"a": 2, "b": 4}
    )
    labelled = {"a": verdict("a", 1, 0), "b": verdict("b", 0, 0, 0, 0)}
    found = true_rate(labels, labelled, [verdict("c", 1, 0), verdict("d", 0, 0)])
    assert (found.labels_only.value, found.naive.value) == (0.25, 0.25)
    assert (found.labelled, found.unlabelled, found.unjudged) == (2, 2, 0)
    assert "below 100" in found.warnings[0]


def test_what_is_not_judged_widens_the_bounds() -> None:
    """One of five conversations is unjudged: bounds low * 4/5 and (high * 4 + 1) / 5."""
    labels = label_set([Label("a", None, 1), Label("b", None, 0)], {"a": 1, "b": 1})
    labelled = {"a": verdict("a", 1), "b": verdict("b", 0)}
    lost = unjudged(transcript(("a", "x"), id="e"), judge="j", version="1", reason="language", detail="d")
    found = true_rate(labels, labelled, [verdict("c", 1), verdict("d", 0), lost])
    assert found.unjudged == 1
    assert found.worst_low == pytest.approx(found.estimate.ci_low * 0.8, abs=1e-6)
    assert found.worst_high == pytest.approx((found.estimate.ci_high * 4 + 1) / 5, abs=1e-6)


def test_too_few_are_told() -> None:
    """One unlabelled conversation is no sample."""
    labels = label_set([Label("a", 0, 1), Label("b", 0, 0)], {"a": 1, "b": 1})
    with pytest.raises(UsageError, match="2 labelled and 1 unlabelled conversations are judged; a rate needs two"):
        true_rate(labels, {"a": verdict("a", 1), "b": verdict("b", 0)}, [verdict("c", 1)])


def test_without_ppi_python_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "ppi_py", None)
    with pytest.raises(UsageError, match=r"pip install 'simstress\[calibration\]'"):
        prediction_powered(np.ones(3), np.ones(3), np.ones(3))


def test_no_positive_is_not_known_to_be_none() -> None:
    """0 of 50 labelled, nothing flagged: up to 1 - .025^(1/50) = .0711; a rate of 1 mirrors it."""
    found = prediction_powered(np.zeros(50), np.zeros(50), np.zeros(500))
    assert (found.value, found.ci_low, found.ci_high) == (0, 0, pytest.approx(1 - 0.025 ** (1 / 50), abs=1e-6))
    assert mean_rate(np.ones(50)).ci_low == pytest.approx(0.025 ** (1 / 50), abs=1e-6)


def test_the_interval_of_a_rare_fault_covers() -> None:
    """2 % of dialogues at fault, 100 labelled and 1,000 not, sensitivity .8, specificity .99: 93 % cover or more.

    The normal interval covered .87 of such samples.
    """
    chance = np.random.default_rng(4)
    covered = 0
    for _ in range(200):
        truth = (chance.random(1100) < 0.02).astype(float)
        flags = (chance.random(1100) < np.where(truth > 0, SENSITIVITY, 0.01)).astype(float)
        found = prediction_powered(truth[:100], flags[:100], flags[100:])
        covered += found.ci_low <= 0.02 <= found.ci_high
    assert covered >= 0.93 * 200


def test_labels_alone_are_of_all_labelled() -> None:
    """Of three labelled conversations the judge cannot judge the one at fault: labels alone say 1/3 all the same."""
    labels = label_set([Label(name, None, int(name == "e")) for name in "abe"], dict.fromkeys("abe", 1))
    lost = unjudged(transcript(("a", "x"), id="e"), judge="j", version="1", reason="language", detail="d")
    labelled = {"a": verdict("a", 0), "b": verdict("b", 0), "e": lost}
    found = true_rate(labels, labelled, [verdict("c", 1), verdict("d", 0)])
    assert (found.labelled, found.labels_only.value) == (2, pytest.approx(1 / 3, abs=1e-6))
    assert any("0 labelled conversations have a positive" in warning for warning in found.warnings)


def simulated(chance: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """True and judged rates of conversations of ten turns, whose own rate of faults varies around .1 (Beta(1, 9))."""
    own = chance.beta(1, 9, size=(size, 1))
    faults = chance.random((size, TURNS)) < own
    flags = np.where(faults, chance.random((size, TURNS)) < SENSITIVITY, chance.random((size, TURNS)) > SPECIFICITY)
    return faults.mean(axis=1), flags.mean(axis=1)


def test_the_prediction_powered_interval_covers_and_the_naive_does_not() -> None:
    """300 times 100 labelled and 1,000 unlabelled at a true rate of .1: at least 92 % cover, of the naive hardly any.

    The naive rate tends to .1 * .8 + .9 * .05 = .125.
    """
    chance = np.random.default_rng(20)
    covered = {"powered": 0, "naive": 0, "labels": 0}
    widths = {"powered": 0.0, "labels": 0.0}
    for _ in range(300):
        truth, predicted = simulated(chance, 100)
        _, unlabelled = simulated(chance, 1000)
        found = prediction_powered(truth, predicted, unlabelled)
        alone, naive = mean_rate(truth), mean_rate(unlabelled)
        for name, rate in (("powered", found), ("naive", naive), ("labels", alone)):
            covered[name] += rate.ci_low <= 0.1 <= rate.ci_high
        widths["powered"] += found.ci_high - found.ci_low
        widths["labels"] += alone.ci_high - alone.ci_low
    assert covered["powered"] >= 0.92 * 300, covered
    assert covered["naive"] < 0.1 * 300, covered
    assert widths["powered"] < 0.8 * widths["labels"], widths
