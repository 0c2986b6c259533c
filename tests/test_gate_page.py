"""The gate's page: the decision, the checks, and both texts of what changed, safe with any text."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from builders import transcript
from gate_parts import change, check, passed, result, undecided
from test_html import ATTACKS, Page

from analysis.gate.values import GateResult
from analysis.gate_reports.side_by_side import MOST_PAIRS, pair_views, pairs_of
from analysis.page.gate_page import render_gate
from analysis.page.gate_plots import change_plot, limit_plot
from sims.errors import UsageError
from sims.transcript import Transcript


def texts(side: str, identity: str) -> Transcript:
    """Four turns; the last two differ between the sides."""
    lines = [("A", "Hello."), ("B", "Hi."), ("A", f"From the {side}."), ("B", f"{side} too.")]
    return transcript(*lines, id=identity, stop_reason="agent_done")


def rendered(found: GateResult) -> Page:
    """The page, parsed; elements are closed in order."""
    return Page(render_gate(found, texts))


def test_page_has_decision_checks_and_both_texts() -> None:
    """The banner, the figures of every check, and the changed conversation from both sides."""
    page = rendered(result())
    for expected in (
        "◆ REGRESSED Digressions rose from 2.0% to 6.1% of turns (40 pairs).",
        "digression change40 conversations ◆ REGRESSED 2.0% → 6.1% +4.1+1.8 to +6.5 +6.0below +2.0 points",
        "metaphor limit in refund-dispute: 4.2% of the turns are flagged",
        "(about 140 conversations would decide)",
        "refund-dispute, repeat 2 broken: digression",
        "the first 2 turns are the same on both sides",
        "Baselineb2 · ended by an agent Not flagged.",
        "From the baseline.",
        "From the candidate.",
        "Flagged: turn 1 turn 3",
    ):
        assert expected in page.text


def test_flagged_turns_are_marked_on_their_side_only() -> None:
    """Turns 1 and 3 are flagged in the candidate of the broken pair and in the baseline of the fixed one."""
    flagged = {
        attributes["id"]
        for tag, attributes in rendered(result()).elements
        if tag == "li" and "flagged" in str(attributes.get("class")).split()
    }
    assert flagged == {"p1-candidate-t1", "p1-candidate-t3", "p2-baseline-t1", "p2-baseline-t3"}


def test_what_got_worse_has_both_texts_and_a_count_of_its_own() -> None:
    """A pair flagged on both sides, more so in the candidate: its panel marks the turns of both."""
    page = rendered(result(changes=(change(2, "worse"), change(2, "worse", judge="metaphor"), change(5, "better"))))
    assert "1 worsemore turns flagged in the candidate" in page.text
    assert "0 brokenflagged in the candidate only" in page.text
    assert "refund-dispute, repeat 2 worse: digressionworse: metaphor" in page.text
    flagged = {
        str(one["id"]) for tag, one in page.elements if tag == "li" and "flagged" in str(one.get("class")).split()
    }
    assert {"p1-baseline-t0", "p1-candidate-t1", "p1-candidate-t3", "p2-baseline-t1", "p2-candidate-t0"} <= flagged


def test_ids_are_unique_and_links_arrive() -> None:
    """Every link into the page has its target, every id stands once."""
    page = rendered(result(changes=(change(2), change(2, judge="metaphor"), change(5, "fixed"))))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(attributes["href"]) for tag, attributes in page.elements if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_a_baseline_file_has_no_text_and_the_page_says_so() -> None:
    """The side without text names its flagged turns all the same."""
    found = result(changes=(change(5, "fixed"),))
    page = Page(render_gate(found, lambda side, one: None if side == "baseline" else texts(side, one)))
    assert "Flagged: turn 1 (digression) turn 3 (digression)" in page.text
    assert "holds no text" in page.text
    assert "the same on both sides" not in page.text


def test_changes_of_one_pair_by_two_judges_are_shown_once() -> None:
    """Two judges on one pair make one panel with both names on the turns."""
    changes = (change(2), change(2, judge="metaphor", candidate_flagged=(0, 3)), change(5))
    (both, other) = pair_views(pairs_of(changes), texts)
    assert both.changes == (("broken", "digression"), ("broken", "metaphor"))
    assert dict(both.candidate.flagged) == {0: ("metaphor",), 1: ("digression",), 3: ("digression", "metaphor")}
    assert other.number == 2


def test_fifty_pairs_are_shown_and_the_others_counted() -> None:
    """Of 53 pairs 50 can be read."""
    page = rendered(result(changes=tuple(change(repeat) for repeat in range(53))))
    panels = [one for tag, one in page.elements if tag == "details" and one.get("class") == "conversation"]
    assert len(panels) == MOST_PAIRS == 50
    assert "50 of 53 conversations can be read here, broken ones first; the other 3 are in the two runs" in page.text


def test_a_text_that_changed_since_is_refused() -> None:
    """A flagged turn beyond the end is no text of that verdict."""
    with pytest.raises(UsageError, match=r"turn 9 of 'c0' is flagged and there are 4 turns.*judge them again"):
        render_gate(result(changes=(change(candidate_flagged=(9,)),)), texts)


def test_scripts_are_ours_alone_and_named_in_the_policy() -> None:
    """One policy; no address of another host; the scripts are plotly, plots.js and gate.js."""
    page = rendered(result())
    policies = [one["content"] for tag, one in page.elements if one.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert str(policies[0]).count("sha256-") == 3
    assert not [one for _, one in page.elements if str(one.get("src", one.get("href", "#")))[:1] != "#"]


def page_of(words: Sequence[str]) -> Page:
    """A page with each of the words wherever data can put one; it can be encoded."""
    checks = [one for word in words for one in (check(word, reason=word), undecided(word, scenario=word))]
    changes = [change(2, judge=word, scenario=word, baseline=word, candidate=f"{word} too") for word in words]
    found = result(*checks, changes=tuple(changes), baseline=words[0], candidate=words[-1], notes=tuple(words))

    def said(side: str, word: str) -> Transcript:
        return transcript((f"A{word}", word), *[("B", f"{word} {side}")] * 3, id=word)

    made = render_gate(found, said)
    made.encode()
    return Page(made)


def test_names_and_texts_are_shown_as_text() -> None:
    """The elements of the page are the same whatever stands in names and texts."""
    plain = [f"word{number}" for number in range(len(ATTACKS))]
    assert page_of(ATTACKS).skeleton == page_of(plain).skeleton


def test_nothing_known_is_no_plot() -> None:
    """Figures that cannot be said are not drawn at 0; the page says why there is no plot."""
    nothing = check(difference=None, ci_low=None, ci_high=None, upper=None)
    assert change_plot([nothing]) is None
    assert limit_plot([check()]) is None
    assert "No figure could be computed" in rendered(result(nothing)).text


def test_plots_show_estimate_interval_and_what_is_allowed() -> None:
    """+4.1 points from 1.8 to 6.5; the band ends at the margin of 2; a limit's band runs from 0 to 5."""
    plot, limits = change_plot([check(), passed()]), limit_plot([undecided()])
    assert plot is not None
    assert limits is not None
    band, regressed, _ = plot.figure["data"]
    assert band["x"][1] == pytest.approx(2.0)
    assert list(regressed["x"]) == [pytest.approx(4.1), None]
    assert regressed["error_x"]["array"][0] == pytest.approx(2.4)
    assert list(limits.figure["data"][0]["x"][:2]) == [0.0, pytest.approx(5.0)]
    assert [entry.mark for entry in limits.legend] == ["allowed", "undecided", "worst"]


def test_worst_cases_do_not_squeeze_the_intervals() -> None:
    """Bounds from -60 to +90 points are cut where the axis ends, and the legend says so."""
    plot = change_plot([check(missing=9, worst_low=-0.6, worst_high=0.9)])
    assert plot is not None
    low, high = plot.figure["layout"]["xaxis"]["range"]
    assert -30 < low < 0 < 6.5 < high < 30
    assert "runs on beyond the edge" in plot.legend[-1].meaning


def test_same_result_same_bytes() -> None:
    """Rendering twice gives the same page, and its plot data are JSON."""
    page = render_gate(result(), texts)
    assert page == render_gate(result(), texts)
    data = page.split('id="data-changes">')[1].split("</script>")[0]
    assert json.loads(data)["data"]
