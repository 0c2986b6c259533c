"""What is said of models that failed, that were cut, or that were asked other things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from provider_runs import grid, held, judged, judged_folder

from analysis.page.provider_page import render_providers
from analysis.providers.compare import NotComparableError, compare_providers, has_several_models
from analysis.providers.pareto import pareto
from analysis.providers.sentences import findings
from analysis.providers.values import ANY_JUDGE, COST, TOKENS, Measure, ProviderComparison
from analysis.providers.wording import cost_words, decision_words, judge_differences
from judges.verdict import unjudged
from sims.transcript import Transcript

JUDGE, ANY = Measure("judge", "digression"), Measure("judge", ANY_JUDGE)


def refused(model: str, repeats: int) -> list[tuple[Transcript, int]]:
    """Conversations that a model refused to begin, and a cheap prompt each."""
    made = [held(model, repeat, stop_reason="refused") for repeat in range(repeats)]
    bill = {"tokens": [10, 0], "cost_usd": 0.0001}
    return [(replace(one, turns=(), meta={**one.meta, "unused_reply": bill}), 0) for one in made]


def compared(tmp_path: Path, *conversations: tuple[Transcript, int]) -> ProviderComparison:
    """The models of one folder."""
    return compare_providers([judged_folder(tmp_path / "run", conversations)])


def costing(model: str, usd: float, repeats: int = 20, **more: object) -> Iterable[tuple[Transcript, int]]:
    """Conversations of about that price."""
    for repeat in range(repeats):
        yield held(model, repeat, cost_usd=usd * (0.9 + repeat / 100) / 10, **more), 0  # type: ignore[arg-type]


def test_a_model_that_refused_everything_is_named_first_and_never_cheaper(tmp_path: Path) -> None:
    """Its prompts cost a hundredth of the other's conversations, but it held none: no cost, no tokens, no pairs."""
    found = compared(tmp_path, *costing("good", 0.01), *refused("gpt-4o", 20))
    said = findings(found)
    assert said[0] == "gpt-4o refused 20 of 20 conversations: not comparable."
    assert not any("Cheaper" in sentence or "would" in sentence for sentence in said)
    assert {one.arm: one.estimate is None for one in found.standings_on(COST)} == {"good": False, "gpt-4o": True}
    assert found.standings_on(TOKENS)[1].missing == 20
    assert (
        cost_words(found.services[1])
        == "not known: every conversation failed; 0.00200 spent on 20 failed conversations"
    )
    assert "gpt-4o" in pareto(found).left_out


def test_what_is_not_drawn_is_named_under_the_plot(tmp_path: Path) -> None:
    """Two models make a plot, the third is named beneath it."""
    found = compared(tmp_path, *costing("a", 0.01), *costing("b", 0.02), *refused("c", 20))
    assert [point.arm for point in pareto(found).points] == ["a", "b"]
    assert "Not drawn: <bdi>c</bdi>" in render_providers(found)


def test_cut_conversations_stand_beside_the_cost(tmp_path: Path) -> None:
    """A model that is cheaper because a limit of tokens cuts it says so in the sentence, the table and the plot."""
    found = compared(tmp_path, *costing("cut", 0.005, stop_reason="max_tokens"), *costing("whole", 0.01))
    (cheaper,) = [sentence for sentence in findings(found) if sentence.startswith("Cheaper")]
    assert "20 of 20 cut at a limit of tokens" in cheaper
    assert "20 of 20 cut" in cost_words(found.services[0])
    points = pareto(found).points
    assert [(point.arm, point.cut, point.is_on_front) for point in points] == [("cut", 20, False), ("whole", 0, True)]
    assert "A*: <bdi>cut</bdi>" in render_providers(found)


def test_runs_at_two_temperatures_are_paired_as_the_gate_pairs_them(tmp_path: Path) -> None:
    """One temperature a run: it is what is compared. All twenty repeats are pairs, and the note says so."""
    runs = [
        judged_folder(tmp_path / name, [(held("a", n, temperature=heat), flags) for n in range(20)])
        for name, heat, flags in (("cold", 0.2, 0), ("hot", 0.9, 3))
    ]
    found = compare_providers(runs)
    (difference,) = found.differences_on(JUDGE)
    assert (difference.pairs, difference.decision) == (20, "LESS")
    assert "Compared across temperatures: cold at 0.2, hot at 0.9." in found.notes


def test_runs_of_other_scenarios_are_not_compared(tmp_path: Path) -> None:
    """The line names both runs with what they hold; in one folder the report leaves the section out."""
    one, other = (
        judged_folder(tmp_path / name, [(held(name, n, scenario=name.upper()), 0) for n in range(3)]) for name in "xy"
    )
    with pytest.raises(NotComparableError, match=r"^x and y share no scenario \(X / Y\)"):
        compare_providers([one, other])
    both = [(held(name, n, scenario=name.upper()), 0) for name in "xy" for n in range(3)]
    assert not has_several_models(judged_folder(tmp_path / "both", both))


def test_runs_of_other_repeats_have_no_pairs(tmp_path: Path) -> None:
    """Repeats 0 to 2 of one, 3 to 5 of the other: nothing completed together, though all completed."""
    found = compared(tmp_path, *((held("a", n), 0) for n in range(3)), *((held("b", n + 3), 0) for n in range(3)))
    said = "No two conversations of a and b share scenario and repeat, so their difference cannot be told."
    assert findings(found) == (said,)
    (difference,) = found.differences_on(JUDGE)
    assert decision_words(difference, found) == "cannot tell: no two conversations share scenario and repeat"


def test_a_difference_that_never_varies_is_not_decided(tmp_path: Path) -> None:
    """p is far below .05, but twelve like differences carry no interval: what is not among them may outweigh them."""
    found = compared(tmp_path, *((held(arm, n, cost_usd=usd), 0) for arm, usd in PRICES.items() for n in range(12)))
    (difference,) = found.differences_on(COST)
    assert difference.p_adjusted is not None
    assert difference.p_adjusted < 0.05
    assert (difference.ci_low, difference.decision) == (None, "UNDECIDED")


PRICES = {"a": 0.001, "b": 0.003}


def test_too_few_pairs_are_said_to_be_too_few(tmp_path: Path) -> None:
    """One conversation of each: nothing is said of how many more would tell."""
    said = findings(compared(tmp_path, (held("a", 0), 1), (held("b", 0), 2)))
    assert said == (
        "On digression cannot tell a from b: fewer than 2 conversations that both completed and the judge judged.",
    )


def test_what_one_judge_misses_is_missing_for_any(tmp_path: Path) -> None:
    """a: 10 conversations, 4 of them missed by the second judge: 6 are left, and 4 are shown as missing."""
    rows = grid("ab", lambda _, repeat: repeat % 2, repeats=10)
    more = [
        [unjudged(one, judge="formality", version="1", reason="crashed", detail="it fell")]
        if one.meta["model"] == "a" and (one.repeat or 0) < 4
        else [judged(one, judge="formality")]
        for one, _ in rows
    ]
    found = compare_providers([judged_folder(tmp_path / "run", rows, more)])
    a, b = found.standings_on(ANY)
    assert (a.conversations, a.missing, b.missing) == (10, 4, 0)
    assert (a.estimate, b.estimate) == (0.05, 0.05)  # 3 of 60 turns, 5 of 100
    (difference,) = found.differences_on(ANY)
    assert difference.pairs == 6


def test_decided_pairs_stand_first(tmp_path: Path) -> None:
    """Of two judges the second tells the models apart: its row comes first."""
    rows = grid("ab", lambda _, repeat: repeat % 3)
    more = [[judged(one, 4 * (one.meta["model"] == "b"), judge="formality")] for one, _ in rows]
    ordered = judge_differences(compare_providers([judged_folder(tmp_path / "run", rows, more)]))
    assert [one.measure.name for one in ordered][-1] == "digression"
    assert ordered[0].decision == "LESS"
