"""What the human-or-machine score says, in sentences for the page and the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from analysis.human_or_machine import LEAST_CONVERSATIONS, Answer, Likeness, Telltale
from analysis.wording import counted, percent, percent_interval, plain

ANSWER_WORDS: Mapping[Answer, str] = {
    "TOLD_APART": "told apart",
    "INDISTINGUISHABLE": "not told apart",
    "UNDECIDED": "cannot tell",
}
_IN_HEADLINE = 3


def main_scores(scores: Sequence[Likeness]) -> tuple[Likeness, ...]:
    """The score to read of each profile: the first, which is over all sides where there are several."""
    first: dict[str, Likeness] = {}
    for score in scores:
        first.setdefault(score.profile, score)
    return tuple(first.values())


def likeness_headline(scores: Sequence[Likeness], labels: Mapping[str, str]) -> Iterator[str]:
    """The sentences of the headline: what was found, if anything was scored, and what to suspect."""
    main = main_scores(scores)
    if len(main) == 1:
        yield likeness_sentence(main[0], labels)
    elif main:
        answers = Counter(score.answer for score in main)
        found = ", ".join(f"{answers[answer]} {words}" for answer, words in ANSWER_WORDS.items() if answers[answer])
        yield f"Human or machine, by a classifier, against {len(main)} profiles: {found}."
    if warning := suspicion(main, labels):
        yield warning


def likeness_sentence(score: Likeness, labels: Mapping[str, str]) -> str:
    """Whether a classifier tells the conversations from people's, how well, and by what."""
    people = f"people ({score.profile})"
    if score.auc is None:
        return f"Whether a classifier tells them from {people} cannot be said: {_shortage(score)}."
    figures = f"{percent(score.auc)} of pairs (95% interval {percent_interval(score.ci_low, score.ci_high)})"
    if score.answer == "INDISTINGUISHABLE":
        floor = f"two halves of the people themselves reach {percent(score.margin)}"
        return f"A classifier does not tell them from {people}: it picks the human one in {figures}; {floor}."
    if score.answer == "UNDECIDED":
        return f"Whether a classifier tells them from {people} is undecided: it picks the human one in {figures}."
    return f"A classifier tells them from {people} in {figures}, 50% being a guess; {_by_what(score, labels)}."


def _by_what(score: Likeness, labels: Mapping[str, str]) -> str:
    """What the classifier cannot do without; where it can do without any feature, what tells the two apart alone."""
    carrying = [one for one in score.telltales if one.carries][:_IN_HEADLINE]
    if carrying:
        return f"above all by {', '.join(telltale_words(one, labels) for one in carrying)}"
    alone = [f"{telltale_words(one, labels)} {percent(one.auc)}" for one in score.telltales[:_IN_HEADLINE]]
    return f"it needs no single feature; each alone: {', '.join(alone)}"


def _shortage(score: Likeness) -> str:
    if not score.n_reference:
        return "the profile holds no single conversations; build it again with: simstress reference build"
    if min(score.n, score.n_reference) >= LEAST_CONVERSATIONS:
        return "no feature is known for enough conversations on both sides"
    here = f"{counted(score.n, 'conversation')} here, {score.n_reference:,} of people"
    return f"it takes {LEAST_CONVERSATIONS} on each side ({here})"


def telltale_words(telltale: Telltale, labels: Mapping[str, str]) -> str:
    """A feature that gives the machine away, and how: "Turn length (helper: more)"."""
    return f"{labels.get(telltale.feature, plain(telltale.feature))} ({plain(telltale.role)}: {telltale.way})"


def suspicion(scores: Sequence[Likeness], labels: Mapping[str, str]) -> str:
    """A warning where one feature alone nearly separates the two; empty where none does."""
    telltales = (one for score in main_scores(scores) for one in score.telltales if one.is_suspect)
    names = list(dict.fromkeys(telltale_words(one, labels) for one in telltales))
    if not names:
        return ""
    more = f" and {len(names) - _IN_HEADLINE:,} more" if len(names) > _IN_HEADLINE else ""
    return (
        f"Nearly enough to tell them from people, {'alone' if len(names) == 1 else 'each alone'}:"
        f" {', '.join(names[:_IN_HEADLINE])}{more}. Suspect the preparation first (markup, capitals, how turns are cut,"
        " a turn limit), then a profile of another kind of talk, then the model."
    )
