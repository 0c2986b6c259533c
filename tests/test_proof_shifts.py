"""The null calibration of shifts: counted right on small populations, and at its level on real people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.proof.shifts import HUMAN, Corpus, NullErrors, corpus, null_errors
from sims.transcript_file import TranscriptFiles


def alike(seed: int, size: int, features: int) -> Corpus:
    """Conversations of one population."""
    return Corpus(np.random.default_rng(seed).normal(size=(size, features)), (None,) * size)


def test_halves_of_one_population_are_seldom_shifted() -> None:
    """40 splits, 4 features: 2 splits are expected with anything SHIFTED; more than 8 have P < .001."""
    found = null_errors(alike(1, 80, 4), draws=40)
    assert (found.draws, found.tests) == (40, 4)
    assert found.families <= 8
    assert found.single == pytest.approx(0.05, abs=0.05)


def test_halves_that_differ_are_shifted() -> None:
    """Two scenarios of their own, far apart, split by scenario: every split is SHIFTED, in both ways to compare."""
    values = np.repeat([[0.0], [9.0]], 20, axis=0) + np.random.default_rng(1).normal(size=(40, 1))
    apart = Corpus(values, ("a",) * 20 + ("b",) * 20)
    for as_profile in (False, True):
        assert null_errors(apart, by_scenario=True, as_profile=as_profile, draws=10).families == 10


def test_missing_features_are_left_out() -> None:
    """A feature that only one conversation has is no test, and one with gaps is tested on the rest."""
    columns = np.random.default_rng(1).normal(size=(30, 3))
    columns[1:, 0], columns[:10, 1] = np.nan, np.nan
    assert null_errors(Corpus(columns, (None,) * 30), draws=5).tests == 2


def test_the_interval_is_clopper_and_pearsons() -> None:
    """0 of 200 is below 1.83 %: 1 - .025^(1/200)."""
    low, high = NullErrors(draws=200, tests=1, single=0.0, families=0).interval
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 200)))


@pytest.mark.campaign
@pytest.mark.parametrize("name", HUMAN)
def test_people_are_not_shifted_from_people(name: str, data: Path) -> None:
    """200 halves of each human corpus: above 11 % with anything SHIFTED has P < .001 where the truth is 5 %."""
    people = list(TranscriptFiles([data / HUMAN[name]]))
    measured = corpus(people, [None] * len(people))
    for as_profile in (False, True):
        assert null_errors(measured, as_profile=as_profile).families <= 22
