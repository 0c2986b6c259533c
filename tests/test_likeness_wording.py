"""The human-or-machine score in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from builders import transcript
from report_parts import report

from analysis.human_or_machine import Likeness, Telltale
from analysis.page.html import render_html
from analysis.report.likeness_wording import likeness_headline, likeness_sentence, suspicion

LABELS = {"hedges": "Hedges", "formality": "Formality"}
HEDGES = Telltale("hedges", "helper", "less", 0.81, 0.2)
LEAK = Telltale("formality", "seeker", "more", 0.99, 0.0)


def score(**more: Any) -> Likeness:
    """Told apart in 90 % of pairs, by hedges."""
    figures: dict[str, Any] = {
        "profile": "service",
        "role": "all sides",
        "n": 50,
        "n_reference": 200,
        "unit": "conversation",
        "answer": "TOLD_APART",
        "auc": 0.9,
        "ci_low": 0.85,
        "ci_high": 0.94,
        "p": 0.001,
        "p_adjusted": 0.003,
        "margin": 0.58,
        "telltales": (HEDGES,),
    }
    return Likeness(**(figures | more))


NOTHING = {"auc": None, "ci_low": None, "ci_high": None, "p": None, "p_adjusted": None, "margin": None, "telltales": ()}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            score(),
            "tells them from people (service) in 90.0% of pairs (95% interval 85.0% to 94.0%), 50% being a guess",
        ),
        (score(telltales=(HEDGES, LEAK)), "above all by Hedges (helper: less)."),
        (score(telltales=(LEAK,)), "it needs no single feature; each alone: Formality (seeker: more) 99.0%."),
        (
            score(answer="INDISTINGUISHABLE", auc=0.5),
            "does not tell them from people (service): it picks the human one",
        ),
        (score(answer="INDISTINGUISHABLE", auc=0.5), "two halves of the people themselves reach 58.0%."),
        (score(answer="UNDECIDED", auc=0.55), "is undecided: it picks the human one in 55.0% of pairs"),
        (
            score(answer="UNDECIDED", n=12, **NOTHING),
            "it takes 20 on each side (12 conversations here, 200 of people).",
        ),
        (score(answer="UNDECIDED", **NOTHING), "no feature is known for enough conversations on both sides."),
    ],
)
def test_each_answer_has_its_sentence(found: Likeness, words: str) -> None:
    """What was found, with its interval; or why nothing can be said."""
    assert words in likeness_sentence(found, LABELS)


def test_a_leak_is_suspected_in_words() -> None:
    """One feature that nearly separates the two is first a question of preparation."""
    assert suspicion([score()], LABELS) == ""
    words = suspicion([score(telltales=(LEAK, HEDGES))], LABELS)
    assert words.startswith("Nearly enough to tell them from people, alone: Formality (seeker: more). Suspect")


def test_the_headline_takes_the_first_score_of_each_profile() -> None:
    """One profile gets its sentence, several are counted."""
    assert list(likeness_headline([], LABELS)) == []
    [sentence] = likeness_headline([score(), score(role="helper", auc=0.6)], LABELS)
    assert "90.0%" in sentence
    several = [score(), score(profile="meeting", answer="UNDECIDED", **NOTHING)]
    [counts] = likeness_headline(several, LABELS)
    assert counts == "Human or machine, by a classifier, against 2 profiles: 1 told apart, 1 cannot tell."


def test_the_page_shows_the_scores_escaped() -> None:
    """A profile's name is data, as everything else."""
    page = render_html(report(transcript(("A", "hi")), likeness=[score(profile="<b>x</b>", telltales=(LEAK,))]))
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    assert "formality (seeker: more), alone 99.0%" in page
    assert "Suspect the preparation first" in page


def test_the_page_says_when_there_is_no_score() -> None:
    """A run that names no profile."""
    assert "No classifier was asked" in render_html(report(transcript(("A", "hi"))))
