"""A figure held against its reference: whole data, parts of them, too little of them, and by readings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.paper.holding import held
from analysis.paper.printed import of_correlations, of_counts
from analysis.paper.readings import _decided, readings
from analysis.paper.sources import SOURCES, Found, Source
from analysis.paper.values import Figure, Measured, Reading, Reproduction
from analysis.statistics.clusters import Estimate, share_of

DATA = Path(__file__).parents[2] / "shared" / "data"
FIGURE = Figure("key", "section", "words", "66.0%", 0.66, 0.0005, True, "paper", "place", ("source",))
SOURCE = Source(("name",), "place", whole=(1_000, 1_000))


def holding(value: float, reach: float, *, rows: int = 600, clusters: int = 600, **more: str) -> Reproduction:
    """That value with its interval, from so many of 1,000 rows, held against .66."""
    ours = Measured(Estimate(value, value - reach, value + reach, rows, clusters), "units", **more)  # type: ignore[arg-type]
    return held(FIGURE, ours, source=SOURCE, rows=rows, file="file")


def test_all_of_the_data_must_give_the_same_digits() -> None:
    """.6604 rounds to 66.0 %, .6606 does not; one row less than all is a part."""
    assert holding(0.6604, 0.04, rows=1_000).verdict == "reproduced"
    assert holding(0.6606, 0.04, rows=1_000).verdict == "differs"
    assert holding(0.6604, 0.04, rows=999).verdict == "consistent"
    assert holding(0.6604, 0.04, rows=999).of_all_data is False


def test_a_part_is_held_to_a_narrower_interval() -> None:
    """600 of 1,000: sqrt(1 - .6) = .632, so +-.10 allows +-.0632: .72 may be .66, .7245 may not."""
    assert holding(0.72, 0.10).allowed == (pytest.approx(0.72 - 0.0632, abs=1e-4), pytest.approx(0.7832, abs=1e-4))
    assert holding(0.72, 0.10).verdict == "consistent"
    assert holding(0.7245, 0.10).verdict == "differs"


def test_other_data_are_held_to_the_whole_interval() -> None:
    """More rows than there are, or a reference from other data: nothing is shared, +-.10 stays +-.10."""
    assert holding(0.7245, 0.10, rows=1_001).verdict == "consistent"
    other = Figure(*[getattr(FIGURE, name) for name in FIGURE.__slots__[:10]], is_of_whole_file=False)
    ours = Measured(Estimate(0.7245, 0.6245, 0.8245, 600, 600), "units")
    assert held(other, ours, source=SOURCE, rows=600, file="file").verdict == "consistent"


def test_too_little_data_give_no_verdict() -> None:
    """19 clusters, or +-.24 narrowed to +-.152; +-.23 (.145) can still rule something out."""
    assert holding(0.66, 0.10, clusters=19).verdict == "too little data"
    assert holding(0.66, 0.10, clusters=20).verdict == "consistent"
    assert holding(0.66, 0.24).verdict == "too little data"
    assert holding(0.66, 0.23).verdict == "consistent"


def test_what_is_of_another_model_has_no_verdict() -> None:
    """Near or far, all data or a part."""
    found = holding(0.66, 0.01, rows=1_000, not_comparable="another model")
    assert (found.verdict, found.why) == ("not comparable", "another model")


def test_the_narrowed_interval_holds_the_whole() -> None:
    """Parts of 600 drawn from 1,000: the share of all lies where it may in 95 % (simulated, 500 draws: 92.5 to 98)."""
    rng = np.random.default_rng(5)
    population = rng.random(1_000) < 0.66
    figure = Figure("key", "s", "w", "x", float(population.mean()), 0.0, True, "paper", "place", ("source",))
    draws = 500
    inside = 0
    for _ in range(draws):
        part = rng.choice(population, 600, replace=False)
        ours = Measured(share_of(part, np.arange(600)), "units")
        inside += held(figure, ours, source=SOURCE, rows=600, file="file").verdict == "consistent"
    assert 0.925 <= inside / draws <= 0.98


def test_newcombes_interval() -> None:
    """Newcombe (1998), table II, example (a), method 10: 56/70 - 48/80 = .20 (.0524 to .3339)."""
    found = of_counts((56, 70), (48, 80))
    bounds = (found.value, found.low, found.high)
    assert bounds == (pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_difference_of_printed_correlations() -> None:
    """Fisher's scale: (atanh .5 - atanh .3) / sqrt(2 / 97) = .2398 / .1436 = 1.670, p = .095."""
    assert of_correlations(0.5, 0.3, pairs=100).p == pytest.approx(0.095, abs=5e-4)


def test_readings_from_printed_counts_alone() -> None:
    """35/66 against 97/134: Fisher's p .011, times 4 in its family; by rows only, so nothing can be changed."""
    found = {one.key: one for one in readings({})}
    spp = found["spp-digression"]
    assert spp.by_rows is not None
    assert spp.by_rows.p == pytest.approx(0.011, abs=5e-4)
    assert spp.p_rows_adjusted == pytest.approx(4 * (spp.by_rows.p or 0))
    assert (spp.basis, spp.by_clusters, spp.is_changed, spp.decision) == ("printed", None, None, "holds")
    assert found["spp-digression-human"].decision == "cannot be told"
    assert "taken for independent" in found["p2c-locality"].note
    assert found["label-variation"].decision == "needs file"


def test_cobblers_gap_is_told_by_rows_and_by_clusters_without_its_files() -> None:
    """All pairs: p .099 by pairs, and by instruction 0 lies inside. Top tenth: p .019 (Holm .037) by pairs, not so by
    instruction: that changes the reading."""
    found = {one.key: one for one in readings({})}
    whole, top = found["cobbler-locality"], found["cobbler-locality-top"]
    assert (whole.is_changed, whole.decision, whole.basis) == (False, "cannot be told", "measured before")
    assert (top.is_changed, top.decision) == (True, "cannot be told")
    assert top.p_rows_adjusted == pytest.approx(0.037, abs=1e-3)
    assert "p = .019" in top.note


def test_clusters_that_change_a_reading() -> None:
    """p .01 by rows and .2 by clusters: changed, and by clusters it cannot be told; two of a family are corrected."""
    rows, clusters = Estimate(0.1, 0.02, 0.18, 100, 100, 0.01), Estimate(0.1, -0.1, 0.3, 100, 10, 0.2)
    one = Reading("key", "family", "words", 1, "units", "these files", rows, clusters)
    (alone,) = _decided([one])
    assert (alone.is_changed, alone.decision, alone.p_rows_adjusted) == (True, "cannot be told", 0.01)
    first, _ = _decided([one, one])
    assert (first.p_rows_adjusted, first.p_clusters_adjusted) == (0.02, 0.4)


@pytest.mark.skipif(not DATA.is_dir(), reason="the development data are not here")
def test_a_reading_does_not_hang_on_other_files() -> None:
    """MT-bench's reading is the same with and without ABC-Eval's file; by 48 questions its p is larger than by rows."""
    paths = {"mtbench_part": "pref_mtbench.jsonl", "abceval_part": "labels_behaviours_abceval.jsonl"}
    files = {key: Found(DATA / name, {}) for key, name in paths.items()}
    alone = {one.key: one for one in readings({"mtbench_part": files["mtbench_part"]})}["longer-answers"]
    both = {one.key: one for one in readings(files)}
    assert both["longer-answers"] == alone
    assert alone.by_clusters is not None
    assert alone.by_rows is not None
    assert (alone.by_clusters.clusters, alone.by_rows.clusters) == (48, 537)
    assert (alone.by_clusters.p or 0) > (alone.by_rows.p or 1)
    assert alone.by_clusters.value == pytest.approx(0.074, abs=5e-4)
    assert both["abceval-judge"].decision == "holds"


def test_which_rows_are_all_of_a_source() -> None:
    """SPP: 199 or 200 of 200 puzzles; P2C 5,000 pairs; a source of unknown size is never all, nor a known part."""
    assert [SOURCES["spp_log"].is_all(rows) for rows in (198, 199, 200, 201)] == [False, True, True, False]
    assert SOURCES["p2c_part"].part(3_000) == 0.6
    assert (SOURCES["labels_by_dataset"].is_all(10**6), SOURCES["labels_by_dataset"].part(5)) == (False, 0.0)
