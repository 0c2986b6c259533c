"""What a flag rate is worth, given how often the judge flags people."""

from __future__ import annotations

import io

import pytest
from builders import transcript
from card_parts import card, measurement
from hypothesis import given
from hypothesis import strategies as st
from report_parts import rate, report
from rich.console import Console

from analysis.assessment import summary
from analysis.page.html import render_html
from analysis.trust import trust_by
from analysis.wording import card_phrase, per_thousand, worth_words
from judges.card import JudgeCard
from simstress.cli.terminal import print_summary


def measured(*alarms: float, recall: float | None = None) -> JudgeCard:
    """A card whose judge flags so many of 1,000 human turns, in a corpus each."""
    rows = [measurement()]
    found = "planted flips: planted turns flagged"
    rows += [measurement(what=found, metric="recall", value=recall)] if recall is not None else []
    rows += [
        measurement(metric="flagged per 1,000 turns", value=value, ci_low=value, ci_high=value, data=f"human_{value}")
        for value in alarms
    ]
    return card(measurements=tuple(rows))


def test_half_of_the_flags_may_be_false_alarms() -> None:
    """20 of 1,000 flagged, people 10 at worst: without a recall, at least (.02 - .01) / .02 = half are true."""
    trust = trust_by(measured(4, 10), rate(rate=0.02, ci_low=0.015, ci_high=0.03))
    assert trust.precision == pytest.approx(0.5)
    assert worth_words(trust) == (
        "False alarms alone could flag 10 of 1,000 turns, here 20 are: at least 50 of 100 flags true."
    )


@given(st.floats(0.01, 0.5), st.floats(0.5, 1.0), st.floats(0.0, 0.02))
def test_the_precision_is_that_of_the_prevalence_behind_the_rate(
    prevalence: float, recall: float, alarm: float
) -> None:
    """From a prevalence p, recall s and false-alarm rate a, r = ps + (1-p)a is flagged and ps/r of it is true."""
    flagged = prevalence * recall + (1 - prevalence) * alarm
    found = rate(rate=flagged, ci_low=flagged - (flagged - alarm) / 2, ci_high=flagged)
    trust = trust_by(measured(1000 * alarm, recall=recall), found)
    if trust.exceeds:
        assert trust.precision == pytest.approx(prevalence * recall / flagged)


def test_more_flags_than_the_recall_allows_say_nothing() -> None:
    """Recall .5: were every turn at fault, half would be flagged; .5 is all true, of .7 nobody can tell."""
    half = trust_by(measured(10, recall=0.5), rate(rate=0.5, ci_low=0.4, ci_high=0.6))
    more = trust_by(measured(10, recall=0.5), rate(rate=0.7, ci_low=0.6, ci_high=0.8))
    assert half.precision == pytest.approx(1)
    assert (more.exceeds, more.precision) == (True, None)
    assert "the card's recall does not hold here" in worth_words(more)


def test_a_recall_of_conversations_is_none_of_turns() -> None:
    """A conversation is found by any of its turns, so that recall says nothing of how many turns are flagged."""
    rows = [
        measurement(),
        measurement(what="goodbyes: conversations flagged", metric="recall", value=1.0),
        measurement(what="turns that grow: speakers flagged", metric="recall", value=0.9),
        measurement(what="labelled dialogues", metric="recall", value=0.8),
    ]
    assert card(measurements=tuple(rows)).recall is None
    turns = measurement(what="labelled turns", metric="recall", value=0.5)
    assert card(measurements=(*rows, turns)).recall == turns
    assert card(measurements=(*rows, measurement(metric="recall by turn", value=0.4))).recall is not None


def test_the_upper_bound_of_the_worst_corpus_counts() -> None:
    """10 of 1,000 [5, 30]: a rate of 20 [15, 25] may be false alarms alone. A corpus too small to tell says nothing."""
    alarms = measurement(metric="flagged per 1,000 turns", value=10.0, ci_low=5.0, ci_high=30.0, data="human_service")
    small = measurement(metric="flagged per 1,000 turns", value=0.0, ci_low=0.0, ci_high=90.0, data="human_few")
    measured = (measurement(), alarms, small)
    trust = trust_by(card(measurements=measured), rate(rate=0.02, ci_low=0.015, ci_high=0.025))
    assert (trust.alarms_high, trust.alarms_limit, trust.exceeds) == (0.01, 0.03, False)


@pytest.mark.parametrize(
    ("flagged", "ci_low", "words"),
    [
        (0.003, 0.001, "here 3 are: cannot tell whether any flag is true."),
        (0.006, 0.004, "here 6 are: cannot tell whether any flag is true."),
        (0.0, 0.0, ""),
        (None, None, ""),
    ],
)
def test_a_rate_no_higher_than_false_alarms_says_nothing(
    flagged: float | None, ci_low: float | None, words: str
) -> None:
    """Below people's 5 of 1,000, or above by less than the interval: cannot tell. Nothing flagged: nothing to say."""
    trust = trust_by(measured(5), rate(rate=flagged, ci_low=ci_low))
    assert trust.precision is None
    assert worth_words(trust).endswith(words)
    assert bool(worth_words(trust)) is bool(words)


def test_the_card_in_a_phrase() -> None:
    """The first figure, what it is of, and the false alarms from the best corpus to the worst."""
    assert card_phrase(trust_by(measured(0.4, 4), rate())) == (
        "AUC 0.99 (planted flips); 0.4 to 4 false alarms per 1,000 human turns"
    )
    assert card_phrase(trust_by(measured(1), rate())).endswith("; 1 false alarm per 1,000 human turns")
    assert card_phrase(trust_by(measured(), rate())) == "AUC 0.99 (planted flips)"


def test_a_card_of_false_alarms_alone_has_no_figure_to_name() -> None:
    """There must be something that the judge is good at."""
    alarms = measurement(metric="flagged per 1,000 turns", value=3.0)
    with pytest.raises(ValueError, match="role_flip"):
        trust_by(card(measurements=(alarms,)), rate())


def test_the_trust_stands_on_terminal_page_and_in_the_summary() -> None:
    """The same phrase in all three; nowhere "uncalibrated"."""
    trust = trust_by(measured(4), rate())
    made = report(transcript(("A", "x")), rates=[rate()], calibrated={"role_flip": True}, trusts=[trust])
    assert f"Role flip, its card: {card_phrase(trust)}. {worth_words(trust)}" in " ".join(printed(made).split())
    assert "uncalibrated" not in printed(made)
    assert f"its card: {card_phrase(trust)}. {worth_words(trust)}" in render_html(made)
    assert summary(made)["trust"][0]["precision"] == trust.precision


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0"), (0.0003, "0.3"), (0.00096, "1"), (0.0126, "13"), (1.0, "1000")]
)
def test_a_count_among_a_thousand(share: float, words: str) -> None:
    """Whole numbers from one on, one digit below."""
    assert per_thousand(share) == words


def printed(made: object) -> str:
    """The summary on a terminal of 100 columns."""
    console = Console(file=io.StringIO(), width=100)
    print_summary(made, console)  # type: ignore[arg-type]
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
