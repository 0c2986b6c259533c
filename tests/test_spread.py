"""How features are spread: shares of conversations in bins, people's beside others'."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import transcript

from analysis.reference.build import build_profile
from analysis.reference.profile import ReferenceProfile
from analysis.reference.spread import BINS, FeatureSpread, spreads
from analysis.tables import feature_table
from sims.transcript import Transcript

ROLES = {"ann": "customer", "bob": "support agent"}


def talks(lengths: range, kind: str) -> list[Transcript]:
    """A dialogue for each number of words that the customer says."""
    return [
        transcript(("ann", " ".join(["word"] * length)), ("bob", "Sure."), id=f"t{length}", roles=ROLES, kind=kind)
        for length in lengths
    ]


@pytest.fixture(scope="module")
def people() -> ReferenceProfile:
    """101 customers who say 0 + 10 to 100 + 10 words."""
    return build_profile(talks(range(10, 111), "human"), name="mine")


def one(profile: ReferenceProfile, features: pd.DataFrame | None, feature: str, side: str = "seeker") -> FeatureSpread:
    """The spread of one feature of a side."""
    [found] = [found for found in spreads(profile, features)[side] if found.feature.name == feature]
    return found


def test_people_are_spread_over_the_bins(people: ReferenceProfile) -> None:
    """10 to 110 words evenly: median 60, 5 % 15, 95 % 105; every share near 1 / 32, and all of them 1."""
    found = one(people, None, "words_per_turn")
    assert (found.people.low, found.people.median, found.people.high) == pytest.approx((15, 60, 105))
    assert (found.least, found.most) == pytest.approx((11, 109))
    assert len(found.people.shares) == BINS
    assert sum(found.people.shares) == pytest.approx(1)
    assert max(found.people.shares) < 2.5 / BINS
    assert found.here is None


def test_others_share_the_bins(people: ReferenceProfile) -> None:
    """Customers of 200 to 219 words: the bins reach to them, and all of their shares are in the upper half."""
    found = one(people, feature_table(talks(range(200, 220), "llm")), "words_per_turn")
    assert found.here is not None
    assert found.most == pytest.approx(218.81)
    assert (found.here.n, sum(found.here.shares[: BINS // 2])) == (20, 0)
    assert sum(found.here.shares) == pytest.approx(1)


def test_values_that_never_vary_have_a_place(people: ReferenceProfile) -> None:
    """Nobody apologises: one bin holds them all, in the middle."""
    found = one(people, None, "politeness")
    assert (found.least, found.most) == (-0.5, 0.5)
    assert sorted(found.people.shares)[-2:] == [0, 1]


def test_what_nobody_has_is_missing(people: ReferenceProfile) -> None:
    """No side speaks often enough for its turn lengths to vary: no percentile, no share, 101 missing."""
    found = one(people, None, "turn_length_variation").people
    assert (found.n, found.missing, found.median, found.shares) == (0, 101, None, ())


def test_a_side_that_is_not_here_is_not_drawn(people: ReferenceProfile) -> None:
    """Peers beside customers and agents: nothing over the customers, the conversations over the conversations."""
    peers = feature_table([transcript(("ann", "Hi."), ("bob", "Hello there."), id=f"p{i}") for i in range(3)])
    assert one(people, peers, "words_per_turn").here is None
    whole = one(people, peers, "dialogue_words", side="conversation").here
    assert whole is not None
    assert whole.n == 3


def test_six_figures_in_the_edge_bins_are_kept(people: ReferenceProfile) -> None:
    """One customer of 10,000 words among 100 does not squeeze the rest, and is counted in the last bin."""
    table = feature_table([*talks(range(10, 110), "llm"), *talks(range(10_000, 10_001), "llm")])
    found = one(people, table, "words_per_turn")
    assert found.here is not None
    assert found.most < 200
    assert sum(found.here.shares) == pytest.approx(1)
    assert np.flatnonzero(found.here.shares)[-1] == BINS - 1
