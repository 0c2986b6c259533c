"""Flag rates: the arithmetic, the bounds for what is missing, and the ways there can be nothing to say."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.rates import flag_rates
from analysis.tables import FlagRow
from sims.errors import UnknownNameError


def row(transcript: str, turns: int, judged: int, flagged: int, **more: object) -> FlagRow:
    """What the digression judge found in the turns of one customer."""
    facts = {"source": "s", "scenario": None, "model": None, "speaker": "ann", "role": "customer", "side": "seeker"}
    counted = {"judge": "digression", "has_failed": False, "unjudged": None} | facts | more
    return FlagRow(transcript=transcript, turns=turns, judged_turns=judged, flagged_turns=flagged, **counted)  # type: ignore[arg-type]


def table(*rows: FlagRow) -> pd.DataFrame:
    """The rows as `flag_rows` would give them."""
    return pd.DataFrame(rows).astype({"unjudged": object, "model": object, "scenario": object, "has_failed": bool})


def test_the_rate_pools_turns_over_conversations() -> None:
    """1 of 4 and 2 of 6 judged turns are flagged: 3 / 10."""
    (rate,) = flag_rates(table(row("t1", 5, 4, 1), row("t2", 6, 6, 2)))
    assert (rate.judge, rate.group, rate.conversations, rate.judged_turns, rate.flagged_turns) == (
        "digression",
        "all",
        2,
        10,
        3,
    )
    assert rate.rate == pytest.approx(0.3)
    assert rate.ci_low is not None
    assert rate.ci_high is not None
    assert rate.ci_low < 0.3 < rate.ci_high
    assert (rate.worst_low, rate.worst_high) == (rate.rate, rate.rate)


def test_two_speakers_of_one_conversation_are_one_observation() -> None:
    """Rows of the same transcript are added up before anything is resampled."""
    rows = [row(f"t{i}", 5, 5, 0, speaker=name) for i in range(10) for name in ("ann", "bob")]
    (rate,) = flag_rates(table(*rows))
    assert rate.conversations == 10
    assert rate.ci_high == pytest.approx(1 - 0.05 ** (1 / (100 / (1 + 0.3 * 9))))


def test_missing_conversations_widen_the_worst_case() -> None:
    """10 judged turns with 1 flag and one unjudged conversation of 10: 1 / 20 at best, 11 / 20 at worst."""
    (rate,) = flag_rates(table(row("t1", 10, 10, 1), row("t2", 10, 0, 0, unjudged="crashed")))
    assert rate.unjudged_conversations == 1
    assert (rate.rate, rate.worst_low, rate.worst_high) == pytest.approx((0.1, 0.05, 0.55))


def test_a_conversation_that_broke_off_is_filled_up_to_the_usual_length() -> None:
    """2 of its turns were judged, complete ones have 10: 8 are missing, so (1 + 8) / (12 + 8) at worst."""
    (rate,) = flag_rates(table(row("t1", 10, 10, 1), row("t2", 2, 2, 0, has_failed=True)))
    assert rate.rate == pytest.approx(1 / 12)
    assert (rate.worst_low, rate.worst_high) == pytest.approx((1 / 20, 9 / 20))


def test_nothing_judged_is_missing_and_anything_is_possible() -> None:
    """Where every conversation is unjudged there is no rate, and the worst case is [0, 1]."""
    (rate,) = flag_rates(table(row("t1", 10, 0, 0, unjudged="roles_indistinct")))
    assert (rate.rate, rate.ci_low, rate.ci_high) == (None, None, None)
    assert (rate.worst_low, rate.worst_high) == (0, 1)


def test_turns_that_a_judge_passes_over_are_not_missing() -> None:
    """A conversation of greetings, judged and without a score, leaves no rate and no bounds."""
    (rate,) = flag_rates(table(row("t1", 2, 0, 0)))
    assert (rate.unjudged_conversations, rate.rate, rate.worst_low, rate.worst_high) == (0, None, None, None)


def test_rates_are_broken_down_by_any_column() -> None:
    """One rate for each judge and model, in order of appearance; a model nobody recorded is "(unknown)"."""
    rows = table(
        row("t1", 4, 4, 1, model="m/b"),
        row("t2", 4, 4, 2, model="m/a"),
        row("t3", 4, 4, 0),
        row("t4", 4, 4, 3, model="m/b"),
    )
    rates = flag_rates(rows, by=("judge", "model"))
    assert [(rate.group, rate.flagged_turns) for rate in rates] == [("m/b", 4), ("m/a", 2), ("(unknown)", 0)]
    assert flag_rates(rows, by=("model",)) == rates


def test_several_columns_are_joined() -> None:
    """The group names the value of each column."""
    (rate,) = flag_rates(table(row("t1", 4, 4, 1, model="m/a")), by=("judge", "side", "model"))
    assert rate.group == "seeker, m/a"


def test_repeated_scenarios_are_the_units_of_the_interval() -> None:
    """Four of ten scenarios are flagged in each repeat: 4 units tell, not 40; without the scenarios it is narrower."""
    rows = [row(f"t{i}", 9, 9, 3 * (i % 10 < 4), scenario=f"s{i % 10}") for i in range(100)]
    (known,) = flag_rates(table(*rows))
    (unknown,) = flag_rates(table(*rows).assign(scenario=None))
    assert (known.conversations, known.rate) == (unknown.conversations, unknown.rate)
    assert known.ci_high is not None
    assert unknown.ci_high is not None
    assert known.ci_high - 2 / 15 > 2 * (unknown.ci_high - 2 / 15)


def test_an_unknown_column_is_refused() -> None:
    """The message offers the nearest column."""
    with pytest.raises(UnknownNameError, match="did you mean 'model'"):
        flag_rates(table(row("t1", 4, 4, 1)), by=("modle",))


def test_no_rows_give_no_rates() -> None:
    """Nothing judged, nothing to say."""
    assert flag_rates(table(row("t1", 4, 4, 1)).iloc[:0]) == ()


def test_rates_do_not_depend_on_the_order_of_rows() -> None:
    """The same rows backwards give the same figures."""
    rows = table(*[row(f"t{i}", 9, 9, i % 3) for i in range(40)])
    assert flag_rates(rows) == flag_rates(rows.iloc[::-1])
