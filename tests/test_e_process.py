"""Evidence against a limit on a rate: known capitals, and what it promises at any time."""

from __future__ import annotations

from math import exp, isinf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sequential.e_process import LEAST_CLEAN_EVIDENCE, confidence_sequence, e_values
from analysis.statistics.common import Counts

PAIRS = st.lists(st.integers(0, 16).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1)


def counts(*values: int) -> Counts:
    """Whole numbers as an array."""
    return np.array(values, dtype=np.int64)


def test_clean_conversations_multiply_the_whole_stake() -> None:
    """Limit .2, one turn: clean pays 1/(1 - .2) = 1.25 on all, 1.125 on half, ...; their mean by .7 .15 .1 .05."""
    found = e_values(counts(0, 0), counts(1, 1), limit=0.2, most_turns=1)
    once = 0.7 * 1.25 + 0.15 * 1.125 + 0.1 * 1.0625 + 0.05 * 1.03125
    twice = 0.7 * 1.25**2 + 0.15 * 1.125**2 + 0.1 * 1.0625**2 + 0.05 * 1.03125**2
    assert np.exp(found.below) == pytest.approx([once, twice])


def test_a_flagged_conversation_pays_one_over_the_limit() -> None:
    """Limit .5, flagged: stakes 2, 1, 1/2 ... of .5 gained: 2, 1.5, 1.25 ...; the mean of 8 is 1 + (2 - 2^-7) / 8."""
    found = e_values(counts(1), counts(1), limit=0.5, most_turns=1)
    assert exp(found.above[0]) == pytest.approx(1 + (2 - 2**-7) / 8)


def test_what_is_not_judged_pays_nothing() -> None:
    """A conversation without a judged turn leaves both capitals as they were."""
    found = e_values(counts(0, 0), counts(0, 0), limit=0.02, most_turns=16)
    assert found.above == pytest.approx([0, 0])
    assert found.below == pytest.approx([0, 0])


def test_one_flag_refutes_a_limit_of_nothing() -> None:
    """Limit 0: clean says nothing, however often; one flagged turn ends it. Nothing lies below 0."""
    found = e_values(counts(0, 1, 0), counts(16, 16, 16), limit=0.0, most_turns=16)
    assert list(found.above) == [0, np.inf, np.inf]
    assert not (found.below > 0).any()


def test_a_bet_lost_whole_leaves_the_others() -> None:
    """All turns flagged after many clean conversations: the whole stake is gone, the others grow on."""
    found = e_values(counts(*[0] * 50, 16, 0), counts(*[16] * 52), limit=0.1, most_turns=16)
    assert not np.isinf(found.below).any()
    assert found.below[49] > found.below[51] > found.below[50]


@pytest.mark.parametrize(("limit", "least"), [(0.01, 334), (0.02, 166), (0.05, 66), (0.1, 32)])
def test_clean_conversations_meet_a_limit_after_as_many_as_is_said(limit: float, least: int) -> None:
    """ln(20/.7) / -ln(1 - limit) = 3.352 / ... ; smaller bets make it up to five fewer."""
    assert int(np.ceil(LEAST_CLEAN_EVIDENCE / -log(1 - limit))) == pytest.approx(least, abs=1)
    clean = e_values(counts(*[0] * 400), counts(*[16] * 400), limit=limit, most_turns=16)
    assert least - 5 <= int(np.argmax(clean.below >= log(20))) + 1 <= least + 1


@given(PAIRS, st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_no_bet_wins_at_the_rate_that_is_seen(pairs: list[tuple[int, int]], limit: float) -> None:
    """log(1 + x) <= x, so where the payoffs sum to nothing no capital has grown; and nothing is ever NaN."""
    flagged, judged = (counts(*column) for column in zip(*pairs, strict=True))
    assert not np.isnan(e_values(flagged, judged, limit=limit, most_turns=16).above).any()
    if judged.sum():
        seen = e_values(flagged, judged, limit=float(flagged.sum() / judged.sum()), most_turns=16)
        assert max(seen.above[-1], seen.below[-1]) <= 1e-9


@given(PAIRS)
@settings(max_examples=15, deadline=None)
def test_the_sequence_holds_the_rate_and_not_the_order(pairs: list[tuple[int, int]]) -> None:
    """The interval lies in [0, 1] around the rate seen, and is the same backwards."""
    flagged, judged = (counts(*column) for column in zip(*pairs, strict=True))
    found = confidence_sequence(flagged, judged, most_turns=16)
    assert found == confidence_sequence(flagged[::-1], judged[::-1], most_turns=16)
    if found is None:
        assert not judged.sum()
    else:
        assert 0 <= found.low <= flagged.sum() / judged.sum() <= found.high <= 1


def test_the_sequence_narrows_and_knows_its_ends() -> None:
    """Nothing flagged in 200: from 0 to about (ln 40 - ln .7) / 200 = 2.0 %; nothing judged: nothing to say."""
    none, full = counts(*[0] * 200), counts(*[16] * 200)
    found = confidence_sequence(none, full, most_turns=16)
    assert found is not None
    assert (found.low, found.high) == (0.0, pytest.approx(0.0202, abs=0.0012))
    everything = confidence_sequence(full, full, most_turns=16)
    assert everything is not None
    assert everything.high == 1.0
    assert confidence_sequence(none, none, most_turns=16) is None
    assert not isinf(found.high)
