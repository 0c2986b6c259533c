"""The sections of the audit of free-form texts: words and tables; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.datatypes.texts.audit import TextsAudit
from analysis.datatypes.texts.contrasts import Contrast
from analysis.datatypes.texts.features import FEATURES
from analysis.datatypes.texts.telling_apart import LEAST_CLUSTERS, LEAST_TEXTS, ToldApart
from analysis.datatypes.told import Chart, PlotRow, Section, columns, signed_words, with_interval
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA
from analysis.wording import UNKNOWN, counted, number, p_value, signed, significant

_MOST_CHARTED = 15
_AS_THEY_STAND, _EQUAL_LENGTH = "as they stand", "at equal length"


def differences_section(audit: TextsAudit) -> Section:
    """The features that differ, the largest effect first."""
    found = sorted((one for one in audit.contrasts if one.differs), key=_size, reverse=True)
    return Section(
        title="Where the texts differ",
        answer=_differences_answer(audit, found),
        columns=columns("feature", "people", "LLM less people", "effect", "at equal length", "p"),
        rows=tuple(_row(one) for one in found),
        note=_differences_note(audit),
        chart=_chart(found[:_MOST_CHARTED]) if found else None,
    )


def _differences_answer(audit: TextsAudit, found: Sequence[Contrast]) -> str:
    if not audit.can_differ:
        return f"Cannot tell: {too_few(audit)}."
    if not found:
        return f"Nowhere that can be told from chance, among {len(audit.contrasts)} features."
    answer = f"{counted(len(found), 'feature')} of {len(audit.contrasts)}."
    length = next(one for one in audit.contrasts if one.feature == "words")
    means = f"{significant(length.llm_mean)} words by the LLM, {significant(length.human_mean)} by people"
    if any(one.goes_with_length for one in found):
        return f"{answer} Length is the first suspect: {means}."
    return f"{answer} Length is one of them ({means})." if length.differs else answer


def too_few(audit: TextsAudit) -> str:
    """How many clusters there are, and how many it takes before anything could be seen."""
    pairs = counted(audit.human_texts, "pair")
    texts = f"{counted(audit.human_texts, 'human text')} and {number(audit.llm_texts)} of the LLM"
    given, each = (pairs, "") if audit.is_paired else (texts, " on each side")
    is_one_each = audit.clusters == audit.human_texts + (0 if audit.is_paired else audit.llm_texts)
    clusters = "" if is_one_each else f" in {counted(audit.clusters, 'cluster')}"
    unit = "clusters" if clusters else "pairs" if audit.is_paired else "texts"
    return (
        f"{given}{clusters}; {audit.clusters_needed} {unit}{each} are needed before a difference in any of "
        f"{len(audit.contrasts)} features could be told from chance"
    )


def _differences_note(audit: TextsAudit) -> str:
    pairs = "each pair cut to the shorter of its two texts"
    heaps = f"texts cut to their first {number(audit.words_cut or 0)} words; shorter ones are left out of it"
    none = "not possible here, the texts are too short"
    how = pairs if audit.is_paired else heaps if audit.words_cut is not None else none
    test = "Wilcoxon's signed-rank test" if audit.is_paired else "the rank test"
    return (
        "LLM less people: in the feature's unit. effect: Cliff's delta, the chance that an LLM text has more of it "
        "than a person's less the chance of the reverse. Both sides are brought to one form first (capitals, quotes, "
        f"contractions). at equal length: the same effect, {how}; a dash where the feature speaks of the whole text. "
        f"Intervals of 95 % over clusters, in brackets; p by {test}, after Holm over all features."
    )


def _row(one: Contrast) -> tuple[str, ...]:
    feature = FEATURES[one.feature]
    return (
        f"{feature.label} ({feature.unit})",
        significant(one.human_mean),
        _difference_words(one.difference),
        signed(one.effect.value),
        signed(one.at_equal_length.value),
        p_value(one.p_adjusted),
    )


def _difference_words(found: Estimate) -> str:
    """Three significant digits: units differ from feature to feature."""
    return with_interval(found, _signed)


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{significant(abs(value))}"


def _chart(found: Sequence[Contrast]) -> Chart:
    rows = [
        PlotRow(FEATURES[one.feature].label, group, effect.value, effect.low, effect.high)
        for one in found
        for group, effect in ((_AS_THEY_STAND, one.effect), (_EQUAL_LENGTH, one.at_equal_length))
        if effect.value is not None
    ]
    return Chart("How far the LLM's texts are from people's", "Cliff's delta", tuple(rows), is_share=False)


def _size(one: Contrast) -> float:
    return abs(one.effect.value or 0.0)


def alike_section(audit: TextsAudit) -> Section:
    """The features where no difference is seen, with what remains possible."""
    found = [one for one in audit.contrasts if not one.differs]
    why = "That is not the same as alike" if audit.can_differ else "So few could not show one"
    return Section(
        title="Where no difference is seen",
        answer=f"{counted(len(found), 'feature')}. {why}: an effect anywhere in its interval is possible.",
        columns=columns("feature", "people", "effect", "p"),
        rows=tuple(
            (
                f"{FEATURES[one.feature].label} ({FEATURES[one.feature].unit})",
                significant(one.human_mean),
                signed_words(one.effect),
                p_value(one.p_adjusted),
            )
            for one in found
        ),
    )


def told_apart_section(audit: TextsAudit) -> Section:
    """Whether a classifier tells the two sides apart."""
    whole, cut = audit.told_apart, audit.told_apart_at_equal_length
    return Section(
        title="Human or machine?",
        answer=_told_apart_answer(whole),
        columns=columns("texts", "AUC", "p", "human", "LLM"),
        rows=tuple(_told_apart_row(name, one) for name, one in ((_AS_THEY_STAND, whole), (_EQUAL_LENGTH, cut))),
        note="A linear classifier on all features, tested on texts it has not seen; the texts of a pair and of a "
        "cluster are never parted. AUC: the chance that it picks the LLM's of two texts; 0.50 is guessing.",
    )


def _told_apart_answer(found: ToldApart) -> str:
    if min(found.human, found.llm) < LEAST_TEXTS:
        return f"Cannot tell: it takes {LEAST_TEXTS} texts on each side."
    if found.auc is None or found.p is None:
        return (
            f"Cannot tell: {counted(found.clusters, 'cluster')}; {LEAST_CLUSTERS} are needed on each side, "
            f"{2 * LEAST_CLUSTERS} where both have the same, and features that vary."
        )
    if found.p >= ALPHA or found.low is None or found.low <= 0.5:
        return f"No better than chance can be shown: AUC {found.auc:.2f}. That does not make them alike."
    return f"A simple classifier tells them apart: AUC {_auc_words(found)}."


def _told_apart_row(name: str, found: ToldApart) -> tuple[str, ...]:
    return name, _auc_words(found), p_value(found.p), number(found.human), number(found.llm)


def _auc_words(found: ToldApart) -> str:
    if found.auc is None or found.low is None or found.high is None:
        return UNKNOWN
    return f"{found.auc:.2f} [{found.low:.2f}, {found.high:.2f}]"
