"""Figures of two sides set against each other: directions, pairing, length, flips, and the level under the null."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from analysis.datatypes.texts.columns import TextsColumns
from analysis.datatypes.texts.contrasts import Contrast, contrasts
from analysis.datatypes.texts.features import FEATURES, PLACES
from analysis.datatypes.texts.flips import Flip, flips, flips_by_category
from analysis.datatypes.texts.samples import Samples, paired_samples
from analysis.datatypes.texts.sides import LeftOut, Measured
from analysis.datatypes.texts.signed_ranks import signed_rank_p
from analysis.datatypes.texts.telling_apart import told_apart

Table = npt.NDArray[np.float64]
ESSAYS = Path(__file__).parents[2] / "shared" / "data" / "freeform_essays.jsonl"
_NONE = LeftOut(0, 0, 0, 0)


def _measured(whole: Table, *, cut: Table | None = None, side: str = "", labels: tuple[str, ...] = ()) -> Measured:
    clusters = tuple(f"{side}{row}" for row in range(len(whole)))
    return Measured(whole, whole if cut is None else cut, clusters, labels or (None,) * len(whole))


def _samples(human: Table, llm: Table, *, is_paired: bool = True) -> Samples:
    sides = ("", "") if is_paired else ("h", "m")
    return Samples(_measured(human, side=sides[0]), _measured(llm, side=sides[1]), is_paired, _NONE, _NONE)


def _noise(rows: int, *, seed: int) -> Table:
    return np.random.default_rng(seed).normal(size=(rows, len(FEATURES)))


def _with(table: Table, feature: str, values: npt.ArrayLike) -> Table:
    changed = table.copy()
    changed[:, PLACES[feature]] = values
    return changed


def _of(found: tuple[Contrast, ...], feature: str) -> Contrast:
    return next(one for one in found if one.feature == feature)


def _flip(samples: Samples, attribute: str) -> Flip:
    return next(one for one in flips(samples) if one.attribute == attribute)


def test_a_paired_difference_is_the_mean_of_the_pairs() -> None:
    """Human 1, 2, 3, 4 and LLM 2, 4, 6, 8: mean difference 2.5; delta (12 above - 2 below) / 16."""
    human, llm = _with(_noise(4, seed=1), "lix", [1, 2, 3, 4]), _with(_noise(4, seed=2), "lix", [2, 4, 6, 8])
    found = _of(contrasts(_samples(human, llm)), "lix")
    assert (found.human_mean, found.llm_mean) == (2.5, 5.0)
    assert found.difference.value == pytest.approx(2.5)
    assert found.effect.value == pytest.approx(10 / 16)


def test_pairing_makes_a_small_shift_certain() -> None:
    """The same shift of a fifth of a deviation shows in 60 pairs that go together, and not in two unpaired heaps."""
    human = _noise(60, seed=3)
    llm = human + _noise(60, seed=4) * 0.1
    llm[:, PLACES["lix"]] += 0.2
    assert _of(contrasts(_samples(human, llm)), "lix").differs
    assert not _of(contrasts(_samples(human, llm, is_paired=False)), "lix").differs


def test_missing_figures_leave_the_pair_out() -> None:
    """Of four pairs one lacks a side: three count, and the means are of those."""
    human = _with(_noise(4, seed=1), "lix", [1, 2, 3, np.nan])
    llm = _with(_noise(4, seed=2), "lix", [2, 3, 4, 100])
    found = _of(contrasts(_samples(human, llm)), "lix")
    assert (found.difference.n, found.llm_mean) == (3, 3.0)


def test_a_feature_nobody_has_is_unknown() -> None:
    """No value, no interval, no p; it does not count among the tests."""
    human, llm = _with(_noise(9, seed=1), "hdd", np.nan), _noise(9, seed=2)
    found = _of(contrasts(_samples(human, llm)), "hdd")
    assert (found.human_mean, found.effect.value, found.effect.p, found.p_adjusted) == (None, None, None, None)
    assert not found.differs


def test_what_goes_with_length_is_said() -> None:
    """A feature that differs as the texts stand and not once they are cut goes with length; one that stays does not."""
    human, llm = _noise(60, seed=5), _noise(60, seed=6)
    stands = llm.copy()
    stands[:, [PLACES["lix"], PLACES["commas"]]] += 2
    cut = llm.copy()
    cut[:, PLACES["commas"]] += 2
    found = contrasts(Samples(_measured(human), _measured(stands, cut=cut), True, _NONE, _NONE))
    assert _of(found, "lix").goes_with_length
    assert not _of(found, "commas").goes_with_length
    assert _of(found, "commas").stays_at_equal_length


def test_the_signed_rank_test_is_scipys() -> None:
    """With and without ties, few values and many; zeros are left out as scipy does."""
    rng = np.random.default_rng(8)
    for count in (1, 5, 8, 20):
        for values in (rng.normal(size=count), np.where(rng.random(count) < 0.5, -1.0, 2.0)):
            assert signed_rank_p(values) == pytest.approx(stats.wilcoxon(values).pvalue), (count, values)
    assert signed_rank_p(np.array([0.0, 3, 1, 2, 0])) == pytest.approx(2 / 2**3)
    assert signed_rank_p(np.zeros(3)) == 1


def test_two_pairs_decide_nothing() -> None:
    """However far apart, two pairs are not significant."""
    found = contrasts(_samples(_noise(2, seed=1), _noise(2, seed=1) + 9))
    assert not any(one.differs for one in found)


def _share_of_draws_that_differ(people: Measured, *, draws: int) -> float:
    """How often two random halves of people differ in any feature."""
    rng, half = np.random.default_rng(5), len(people) // 2
    orders = [rng.permutation(len(people)) for _ in range(draws)]
    heaps = [Samples(_rows(people, one[:half]), _rows(people, one[half:]), False, _NONE, _NONE) for one in orders]
    return float(np.mean([any(one.differs for one in contrasts(two)) for two in heaps]))


def _rows(side: Measured, chosen: npt.NDArray[np.int64]) -> Measured:
    clusters = tuple(side.clusters[row] for row in chosen)
    return Measured(side.whole[chosen], side.cut[chosen], clusters, (None,) * len(chosen))


def test_people_against_people_rarely_differ() -> None:
    """Of 20 halvings of one heap at most two have any significant feature (nominal: one)."""
    assert _share_of_draws_that_differ(_measured(_noise(50, seed=9)), draws=20) <= 0.1


@pytest.mark.campaign
@pytest.mark.skipif(not ESSAYS.exists(), reason="needs ../shared/data/freeform_essays.jsonl")
def test_essays_by_people_do_not_differ_from_essays_by_people() -> None:
    """Of 200 halvings of 76 human essays at most .08 have any significant feature; .03 were measured (nominal .05)."""
    people = paired_samples([ESSAYS], TextsColumns()).human
    assert _share_of_draws_that_differ(people, draws=200) <= 0.08


def test_flips_are_counted_both_ways() -> None:
    """Formality of six pairs: 4 become formal, 1 becomes informal; exact McNemar of 4 to 1 is 2·6/32 = .375."""
    human = _with(_noise(6, seed=1), "formality", [-1, -1, -1, -1, 1, 1])
    llm = _with(_noise(6, seed=2), "formality", [1, 1, 1, 1, -1, 1])
    found = _flip(_samples(human, llm), "formality")
    assert (found.gained.value, found.lost.value) == (pytest.approx(4 / 6), pytest.approx(1 / 6))
    assert found.p == pytest.approx(0.375)


def test_a_neutral_text_is_no_flip_of_sentiment() -> None:
    """Negative to neutral is none, negative to positive is one."""
    human = _with(_noise(3, seed=1), "sentiment", [-0.5, -0.5, 0.0])
    llm = _with(_noise(3, seed=2), "sentiment", [0.04, 0.5, 0.5])
    found = _flip(_samples(human, llm), "sentiment")
    assert (found.gained.value, found.lost.value) == (pytest.approx(1 / 3), 0)


def test_metaphor_flips_at_the_papers_difference() -> None:
    """Shares that differ by over .15 flip, by .15 and less they do not."""
    human = _with(_noise(3, seed=1), "metaphor", [0.1, 0.1, 0.3])
    llm = _with(_noise(3, seed=2), "metaphor", [0.26, 0.24, 0.1])
    found = _flip(_samples(human, llm), "metaphor")
    assert (found.gained.value, found.lost.value) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


def test_flips_by_category_leave_out_pairs_without_one() -> None:
    """Two of "a", one of "b", one of none; unpaired texts have no flips."""
    samples = _samples(_noise(4, seed=1), _noise(4, seed=2))
    labelled = replace(samples, human=replace(samples.human, labels=("a", "b", "a", None)))
    found = {(one.category, one.attribute): one.pairs for one in flips_by_category(labelled)}
    assert (found["a", "sentiment"], found["b", "sentiment"], len(found)) == (2, 1, 6)
    assert not flips(replace(samples, is_paired=False))


def test_the_classifier_tells_apart_what_differs_and_nothing_else() -> None:
    """AUC near 1 with three shifted features, and an interval that holds .5 without; too few texts give none."""
    human, llm = _noise(40, seed=7), _noise(40, seed=8)
    guess = told_apart(_samples(human, llm))
    assert guess.low is not None
    assert guess.high is not None
    assert guess.low < 0.5 < guess.high
    llm[:, :3] += 3
    found = told_apart(_samples(human, llm))
    assert found.auc is not None
    assert found.auc > 0.95
    assert told_apart(_samples(human[:19], llm)).auc is None
