"""Preferences: biases and shallow cues, on constructed votes whose answer is known."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from analysis.datatypes.preferences.biases import biases
from analysis.datatypes.preferences.choices import Choice
from analysis.datatypes.preferences.cues import CUES, cue_table
from analysis.datatypes.preferences.locality import correlation_about_zero, locality, predicted_sides
from analysis.datatypes.preferences.pairs import Pair, votes_of
from analysis.datatypes.preferences.sides import corrected, share_sides
from analysis.datatypes.preferences.slopes import ridge_slopes
from sims.seeds import generator

NOUNS = ("river", "stone", "cloud", "market", "engine", "garden", "letter", "window", "bridge", "candle", "harbour")


def text(words: int, *, place: int) -> str:
    """A text of so many words, drawn for this place."""
    rng = generator("cue test", place, words)
    return " ".join(rng.choice(NOUNS) for _ in range(words)) + "."


def pairs(count: int = 120) -> list[Pair]:
    """Pairs in which the model takes the longer answer nine times of ten, and people either one; order at random."""
    made = []
    for place in range(count):
        rng = generator("pairs", place)
        short, long = rng.randint(4, 9), rng.randint(12, 30)
        first_is_long = rng.random() < 0.5
        longer: Choice = "a" if first_is_long else "b"
        shorter: Choice = "b" if first_is_long else "a"
        a, b = (text(n, place=2 * place + k) for k, n in enumerate((long, short) if first_is_long else (short, long)))
        llm = longer if rng.random() < 0.9 else shorter
        made.append(Pair(a, b, rng.choice((longer, shorter)), llm, str(place // 2)))
    return made


def swapped(pair: Pair) -> Pair:
    """The same pair with its answers in the other order."""
    turned = {"a": "b", "b": "a", "tie": "tie", None: None}
    human, llm = (cast("Choice | None", turned[vote]) for vote in (pair.human, pair.llm))
    return Pair(pair.b, pair.a, human, llm, pair.cluster, pair.reference)


def test_a_planted_length_bias_is_found_in_the_model_only() -> None:
    """The model's share of longer answers is about .9 and told from people's, which is told from 1/2 by nothing."""
    made = pairs()
    found = biases(votes_of(made), cue_table(made))
    assert found.longer is not None
    assert found.length_slope is not None
    assert found.position is not None
    assert found.longer.llm.value == pytest.approx(0.9, abs=0.08)
    assert (found.longer.difference.p or 0) < 0.001
    assert (found.length_slope.difference.p or 0) < 0.001
    assert (found.longer.human.p or 0) > 0.05
    assert found.is_order_even


def test_nothing_but_position_depends_on_the_order_of_the_answers() -> None:
    """Swapping both answers of some pairs leaves every other figure as it was."""
    made = pairs(40)
    turned = [swapped(pair) if place % 3 else pair for place, pair in enumerate(made)]
    one, other = (biases(votes_of(rows), cue_table(rows), has_order=False) for rows in (made, turned))
    assert one.longer == other.longer
    assert one.length_slope is not None
    assert other.length_slope is not None
    assert one.length_slope.llm.value == pytest.approx(other.length_slope.llm.value, abs=1e-4)
    first, second = (locality(votes_of(rows), cue_table(rows)) for rows in (made, turned))
    assert [cue.sides.llm.value for cue in first.cues] == pytest.approx([cue.sides.llm.value for cue in second.cues])


def test_every_cue_changes_its_sign_with_the_order() -> None:
    """A cue of a pair is the first answer's less the second's, reference or not."""
    pair = Pair(
        "Please, I love it! 3 ways:\n- go\n- stay", "Maybe you might love it? No.", "a", "b", "q", "go or stay home"
    )
    table = cue_table([pair, swapped(pair)])
    assert table.known.all()
    assert table.differences[0].tolist() == (-table.differences[1]).tolist()
    assert np.count_nonzero(table.differences[0]) == len(CUES)


def test_cues_by_hand() -> None:
    """4 words against 2 are log2(5/3) apart; one "!" in 4 words is 25 in 100; each covers half of the reference."""
    table = cue_table([Pair("red apples taste good!", "green pears", "a", "b", "q", "Apples pears")])
    found = dict(zip((cue.name for cue in CUES), table.differences[0], strict=True))
    assert found["words"] == pytest.approx(np.log2(5 / 3))
    assert found["exclamations"] == 25
    assert found["covers_reference"] == 0  # one of its two words each
    assert found["within_reference"] == pytest.approx(1 / 4 - 1 / 2)
    assert found["covers_other"] == 0


def test_without_a_reference_its_cues_are_missing_not_zero() -> None:
    """They are not known, and no finding is made of them."""
    made = pairs(60)
    table = cue_table(made)
    reference = [place for place, cue in enumerate(CUES) if "reference" in cue.name]
    assert not table.known[:, reference].any()
    assert all("reference" not in cue.name for cue in locality(votes_of(made), table).cues)


def test_correlation_about_zero_is_pearsons_over_both_orders() -> None:
    """numpy's correlation of the rows and their mirror images is the same figure."""
    x, y = np.array([1.0, -2.0, 0.5, 3.0]), np.array([1, 0, -1, 1])
    mirrored = np.corrcoef(np.concatenate([x, -x]), np.concatenate([y, -y]))[0, 1]
    assert correlation_about_zero(x, y) == pytest.approx(mirrored)
    assert correlation_about_zero(np.zeros(3), np.ones(3, dtype=np.int64)) is None


def test_the_slope_of_one_difference_by_hand() -> None:
    """Chosen 3 times of 4 at a difference of 1, the log-odds are log 3; of so many rows the ridge takes little."""
    votes = np.array([1, 1, 1, -1] * 25)
    assert ridge_slopes(np.ones((100, 1)), votes)[0] == pytest.approx(np.log(3), abs=0.01)


def test_cues_predict_the_side_that_goes_by_them() -> None:
    """The model's choices are predicted at about .9, people's at about one half, and the difference is found."""
    made = pairs()
    found = locality(votes_of(made), cue_table(made)).predicted
    assert found is not None
    assert (found.llm.value or 0) > 0.8
    assert (found.human.value or 1) < 0.65
    assert (found.difference.p or 0) < 0.001


def test_cues_without_meaning_are_told_apart_no_more_often_than_one_should() -> None:
    """Of 12 trials in which neither side goes by the cues about one is positive; five come once in a thousand times."""
    rng = np.random.default_rng(3)
    positives = 0
    for _ in range(12):
        cues, clusters = rng.normal(size=(60, 6)), np.arange(60) // 2
        human, llm = rng.choice([-1, 1], 60), rng.choice([-1, 1], 60)
        positives += (predicted_sides(cues, human, llm, clusters=clusters).difference.p or 1) < 0.05
    assert positives < 5


def test_too_few_decided_votes_predict_nothing() -> None:
    """Under 50 rows there is no figure rather than a poor one."""
    made = pairs(40)
    assert locality(votes_of(made), cue_table(made)).predicted is None


def test_holm_is_over_differences_and_over_sides_apart() -> None:
    """Two equal tests: each p of a difference doubles, each of the four p of sides is at most four times as large."""
    human, llm = np.array([True] * 12 + [False] * 8), np.array([True] * 18 + [False] * 2)
    one = share_sides(human, llm, np.arange(20))
    both = corrected((one, one))
    assert both[0].difference.p == pytest.approx(2 * (one.difference.p or 0))
    assert both[1].llm.p == pytest.approx(4 * (one.llm.p or 0))
