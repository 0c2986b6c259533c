"""What an audit of preferences found, in words; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.datatypes.preferences.audit import PreferenceAudit
from analysis.datatypes.preferences.bias_sections import bias_section, length_part_section, place_words
from analysis.datatypes.preferences.pairs import told_left_out
from analysis.datatypes.preferences.sections import (
    agreement_section,
    ceiling_section,
    cue_section,
    predicted_section,
    rank_section,
)
from analysis.datatypes.preferences.side_words import differs, other_reading
from analysis.datatypes.told import Section, Told, points_words
from analysis.second_order.retraining import SecondOrder
from analysis.second_order.telling import second_order_section
from analysis.wording import counted, percent

FEW_CLUSTERS = 10
_BETTER = {"lowest": "the lower number (1 = best)", "highest": "the higher number (points)"}


def tell_preferences(audit: PreferenceAudit, *, second_order: SecondOrder | None = None) -> Told:
    """The headline, the warnings and a section a question."""
    return Told(
        title="Preferences of people and of a language model",
        headline=_headline(audit),
        facts=_facts(audit),
        sections=tuple(_sections(audit, second_order)),
        warnings=tuple(_warnings(audit)),
    )


def _sections(audit: PreferenceAudit, second_order: SecondOrder | None) -> Iterator[Section]:
    yield agreement_section(audit.agreement)
    if audit.ceiling is not None:
        yield ceiling_section(audit.ceiling)
    if audit.ranks is not None:
        yield rank_section(audit.ranks)
    yield bias_section(audit.biases, is_decided=audit.agreement.decided.value is not None)
    if audit.biases.longer is not None:
        yield length_part_section(audit.length_part)
    yield predicted_section(audit.locality)
    yield cue_section(audit.locality)
    if second_order is not None:
        yield second_order_section(second_order)


def _headline(audit: PreferenceAudit) -> str:
    found = audit.agreement
    ties = f"with ties as a third choice, they agree in {percent(found.ties_apart.value)}"
    if found.decided.value is None:
        return f"No vote is decided by both sides; {ties}."
    agreed = f"Where both decide, the model chooses as people do in {percent(found.decided.value)} of votes"
    return f"{agreed}{_people(audit)}; {ties}. {place_words(audit.biases)}{_local(audit)}"


def _people(audit: PreferenceAudit) -> str:
    """What people reach among themselves, where it is known."""
    if audit.ceiling is None or audit.ceiling.decided is None:
        return ""
    return f" (people as each other in {percent(audit.ceiling.decided.human.value)}, where several judged)"


def _local(audit: PreferenceAudit) -> str:
    found = audit.locality.predicted
    if found is None:
        return "Too few decided votes to say how far shallow cues explain them."
    if not differs(found):
        return "Whether shallow cues explain its choices better than people's cannot be told."
    word = "better" if (found.difference.value or 0) > 0 else "less well"
    other = other_reading([(found, 0.5)])
    return f"Shallow cues explain its choices {word} than people's, by {points_words(found.difference)}{other}."


def _facts(audit: PreferenceAudit) -> tuple[tuple[str, str], ...]:
    answers = "pairs of answers" if audit.form == "pairs" else "pairs, from rankings"
    best = () if audit.ranks is None else (("better", _BETTER[audit.ranks.best]),)
    return (
        ("votes", f"{audit.rows:,}"),
        (answers, f"{audit.different_pairs:,}"),
        ("clusters", f"{audit.clusters:,}"),
        *best,
        ("left out", told_left_out(audit.left_out)),
    )


def _warnings(audit: PreferenceAudit) -> Iterator[str]:
    if audit.guess:
        yield (
            f"Votes that are numbers were read as {audit.guess}, which is a guess; --choice-a, --choice-b and "
            "--choice-tie say otherwise, --human-choice-a, --llm-choice-a and so on for one side."
        )
    if audit.left_out.total:
        read = audit.rows + audit.left_out.total
        yield f"{audit.left_out.total:,} of {read:,} rows are not counted: {told_left_out(audit.left_out)}."
    if audit.left_out.questions or audit.left_out.answers:
        yield f"Not every answer was placed by both sides; not counted: {told_left_out(audit.left_out)}."
    if audit.agreement.decided.high is not None and audit.agreement.decided.high < 0.5:
        yield (
            "Where both decide they agree less often than a coin: one side's votes may be written the other way round. "
            "Check that before using any of this."
        )
    position = audit.biases.position
    if position is not None and not audit.biases.is_order_even:
        yield (
            f"People choose the first answer in {percent(position.human.value)} of decided votes: either its place was "
            "not drawn at random, and then no figure of position is a bias, or people have one of their own."
        )
    if audit.ranks is not None and audit.ranks.dense:
        yield (
            f"In {counted(audit.ranks.dense, 'question')} answers share a place and none is left free (1, 1, 2): read "
            "as ranks, 1 the best; if they are points, more being better, give --best highest."
        )
    yield from _language_warnings(audit)
    if audit.form == "pairs" and not audit.is_cluster_named and audit.clusters == audit.different_pairs:
        yield "Each pair of answers counts as its own cluster; where pairs share a question, give --cluster-column."
    if audit.clusters < FEW_CLUSTERS:
        yield f"{counted(audit.clusters, 'cluster')} only: intervals of so few are too narrow."


def _language_warnings(audit: PreferenceAudit) -> Iterator[str]:
    lexicons = "the cues of tone and vocabulary, and the content words, are made for English"
    if audit.by_character:
        yield (
            f"{counted(audit.by_character, 'pair')} of {audit.rows:,} are in a script without spaces: length is "
            f"counted in characters there; {lexicons}."
        )
    elif not audit.is_english:
        yield f"The texts do not look English: {lexicons}."
