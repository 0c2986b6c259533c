"""Providers side by side: known answers on hand-made runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from provider_runs import grid, held, judged_folder

from analysis.judged_folder import JudgedFolder
from analysis.page.provider_page import render_providers
from analysis.providers.compare import compare_providers
from analysis.providers.pareto import pareto
from analysis.providers.records import provider_records
from analysis.providers.sentences import findings
from analysis.providers.values import COST, TOKENS, Measure, ProviderComparison, Standing
from sims.errors import UsageError
from sims.transcript import Transcript

JUDGE = Measure("judge", "digression")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., JudgedFolder]:
    """Make a judged folder of conversations and the number of turns flagged in each."""

    def make(*conversations: tuple[Transcript, int], name: str = "run") -> JudgedFolder:
        return judged_folder(tmp_path / name, conversations)

    return make


def standing(found: ProviderComparison, measure: Measure, arm: str) -> Standing:
    """Where an arm stands."""
    (one,) = (one for one in found.standings_on(measure) if one.arm == arm)
    return one


def test_the_better_model_is_told_with_its_difference(folder: Callable[..., JudgedFolder]) -> None:
    """b flags 3 of 10 turns in every conversation, a none: -30 points, ranks 1 and 2."""
    found = compare_providers([folder(*grid("ab", lambda model, _: 3 * (model == "b")))])
    (difference,) = found.differences_on(JUDGE)
    assert (difference.arm, difference.other, difference.pairs, difference.decision) == ("a", "b", 20, "LESS")
    assert difference.difference == pytest.approx(-0.3)
    assert [(one.estimate, one.rank_low, one.rank_high) for one in found.standings_on(JUDGE)] == [
        (0, 1, 1),
        (0.3, 2, 2),
    ]
    assert findings(found)[0] == "Better on digression: a (0.0%) is flagged less than b (30.0%)."


def test_equal_models_are_not_ranked(folder: Callable[..., JudgedFolder]) -> None:
    """The same flags on both sides: p is 1, both may be first or second, and no sentence calls one better."""
    found = compare_providers([folder(*grid("ab", lambda _, repeat: repeat % 2))])
    (difference,) = found.differences_on(JUDGE)
    assert (difference.p, difference.decision in ("ALIKE", "UNDECIDED")) == (1.0, True)
    assert [(one.rank_low, one.rank_high) for one in found.standings_on(JUDGE)] == [(1, 2), (1, 2)]
    assert not any("Better" in sentence for sentence in findings(found))


def test_the_order_of_rows_does_not_matter(folder: Callable[..., JudgedFolder]) -> None:
    """Conversations of each model in reverse order give the same figures."""
    rows = grid("ab", lambda model, repeat: (repeat % 3 == 0) + (model == "b" and repeat % 4 == 0))
    there, back = rows, [*reversed(rows[:20]), *reversed(rows[20:])]
    first, second = (compare_providers([folder(*rows, name=name)]) for rows, name in ((there, "x"), (back, "y")))
    assert first == second


def test_cost_is_known_or_said_not_to_be(folder: Callable[..., JudgedFolder]) -> None:
    """About .001 and .003 USD a turn are about .01 and .03; without prices there is none, and 200 replies lack one."""
    rows = [
        (held(model, repeat, cost_usd=price and price * (0.905 + 0.01 * repeat)), 0)
        for model, price in PRICES.items()
        for repeat in range(20)
    ]
    found = compare_providers([folder(*rows)])
    cheap, dear, unknown = found.services
    assert (cheap.cost_usd, dear.cost_usd, unknown.cost_usd) == (pytest.approx(0.01), pytest.approx(0.03), None)
    assert (cheap.unpriced_turns, unknown.unpriced_turns) == (0, 200)
    assert (cheap.prompt_tokens, cheap.completion_tokens, cheap.latency_p50_s) == (100, 50, None)
    assert standing(found, COST, "dear").rank_low == 2


PRICES = {"cheap": 0.001, "dear": 0.003, "unknown": None}


def test_calls_are_counted(folder: Callable[..., JudgedFolder]) -> None:
    """Latencies .1 to 1 s have p50 .55 and p95 .955; a cut reply, a retried one and a refusal are counted."""
    good, other, refused = held("a", 0), held("b", 0), held("b", 1, stop_reason="refused")
    turns = [replace(turn, latency_s=(number + 1) / 10) for number, turn in enumerate(good.turns)]
    turns[0] = replace(turns[0], finish_reason="length", attempts=3)
    found = compare_providers([folder((replace(good, turns=tuple(turns)), 0), (other, 0), (refused, 0))])
    a, b = found.services
    assert (a.latency_p50_s, a.latency_p95_s, a.timed_turns) == (pytest.approx(0.55), pytest.approx(0.955), 10)
    assert (a.truncated_turns, a.retried_turns, b.refused, b.failures) == (1, 1, 1, {"refused": 1})


def test_a_reply_that_became_no_turn_was_paid_for(folder: Callable[..., JudgedFolder]) -> None:
    """Ten turns of .001 and an empty reply of .005 are .015 USD, spent on a failed conversation."""
    bill = {"tokens": [10, 0], "cost_usd": 0.005, "finish_reason": "length"}
    one = held("a", 0, stop_reason="empty_reply")
    paid = replace(one, meta={**one.meta, "unused_reply": bill})
    found = compare_providers([folder((paid, 0), (held("b", 0), 0))])
    assert found.services[0].cost_usd is None
    assert found.services[0].failed_usd == pytest.approx(0.015)
    assert found.services[0].truncated_turns == 1


def test_failed_conversations_are_missing_and_bounded(folder: Callable[..., JudgedFolder]) -> None:
    """One of b's two failed: b's rate may be 0 or .5, and one pair is left."""
    rows = [(held("a", 0), 0), (held("a", 1), 0), (held("b", 0), 0), (held("b", 1, stop_reason="backend_error"), 0)]
    rows[3] = (replace(rows[3][0], turns=()), 0)
    found = compare_providers([folder(*rows)])
    b = standing(found, JUDGE, "b")
    assert (b.conversations, b.missing, b.worst_low, b.worst_high) == (2, 1, 0, 0.5)
    (difference,) = found.differences_on(JUDGE)
    assert (difference.pairs, difference.difference, difference.decision) == (1, None, "UNDECIDED")


def test_with_ten_scenarios_the_scenario_is_the_unit(folder: Callable[..., JudgedFolder]) -> None:
    """Ten scenarios twice are 20 pairs and 10 units."""
    rows = [(held(m, n, scenario=f"s{place}"), 0) for m in "ab" for place in range(10) for n in range(2)]
    found = compare_providers([folder(*rows)])
    (difference,) = found.differences_on(JUDGE)
    assert (found.unit, difference.pairs, difference.units) == ("scenario", 20, 10)


def test_folders_are_arms_by_name(folder: Callable[..., JudgedFolder]) -> None:
    """Two runs of one model each are named by folder, one of two models by folder and model."""
    one = folder((held("a", 0), 0), name="old")
    two = folder((held("a", 0), 0), (held("b", 0), 0), name="new")
    assert compare_providers([one, two]).arms == ("old", "new, a", "new, b")


def test_one_model_is_nothing_to_compare(folder: Callable[..., JudgedFolder]) -> None:
    """The line names the model and what to do."""
    with pytest.raises(UsageError, match=r"one model only \(a\).*--model A --model B"):
        compare_providers([folder((held("a", 0), 0))])


def test_the_front_holds_what_no_other_beats(folder: Callable[..., JudgedFolder]) -> None:
    """Cheap and bad, dear and good are on the front; dear and bad is behind it, and decidedly beaten."""
    arms = {"cheap": (0.001, 3), "good": (0.003, 0), "worst": (0.004, 3)}
    rows = [(held(arm, n, cost_usd=usd), flags) for arm, (usd, flags) in arms.items() for n in range(20)]
    found = pareto(compare_providers([folder(*rows)]))
    assert found.axis == COST
    assert [(one.arm, one.is_on_front, one.is_beaten) for one in found.points] == [
        ("cheap", True, False),
        ("good", True, False),
        ("worst", False, True),
    ]


def test_without_prices_the_front_is_drawn_against_tokens(folder: Callable[..., JudgedFolder]) -> None:
    """The reason stands beside it."""
    found = pareto(compare_providers([folder(*[(held(m, n, cost_usd=None), 0) for m in "ab" for n in range(3)])]))
    assert (found.axis, found.reason) == (TOKENS, "The price of some replies is not known.")


def test_records_are_plain_json(folder: Callable[..., JudgedFolder]) -> None:
    """Every record says what it is; nothing is NaN; a million-dollar precision is not feigned."""
    found = compare_providers([folder(*grid("ab", lambda model, n: n % 2 if model == "b" else 0, repeats=3))])
    records = [json.loads(json.dumps(record, allow_nan=False)) for record in provider_records(found)]
    assert {record["record"] for record in records} == {"arm", "difference", "cost"}
    assert sum(record["record"] == "cost" for record in records) == 2


def test_a_hostile_name_cannot_act_on_the_page(folder: Callable[..., JudgedFolder]) -> None:
    """A model label is escaped in tables and in the plot."""
    evil = "<script>alert(1)</script>"
    page = render_providers(compare_providers([folder((held(evil, 0), 0), (held("b", 0), 1))]))
    assert evil not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "nan" not in page.split("<script")[0].lower().split("</style>")[1]
