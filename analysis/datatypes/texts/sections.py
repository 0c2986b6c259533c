"""The sections of the audit of free-form texts: words and tables; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.datatypes.texts.audit import TextsAudit
from analysis.datatypes.texts.contrasts import Contrast
from analysis.datatypes.texts.features import FEATURES
from analysis.datatypes.texts.flips import ATTRIBUTES, Flip
from analysis.datatypes.texts.telling_apart import LEAST_TEXTS, ToldApart
from analysis.datatypes.told import Chart, Column, PlotRow, Section, columns, share_words, signed_words
from analysis.statistics.clusters import Estimate
from analysis.statistics.common import ALPHA
from analysis.wording import UNKNOWN, counted, number, one_line, p_value, signed, significant

_MOST_CHARTED = 15
_MOST_FLIPS = 20
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
    if not found:
        return f"Nowhere that can be told from chance, among {len(audit.contrasts)} features."
    length = next(one for one in audit.contrasts if one.feature == "words")
    means = f"{significant(length.llm_mean)} words by the LLM, {significant(length.human_mean)} by people"
    return f"{counted(len(found), 'feature')} of {len(audit.contrasts)}. Length is the first suspect: {means}."


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
        f"Intervals of 95 % over clusters; p by {test}, after Holm over all features."
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
    if found.value is None:
        return UNKNOWN
    value = _signed(found.value)
    return (
        value if found.low is None or found.high is None else f"{value} ({_signed(found.low)} to {_signed(found.high)})"
    )


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
    return Section(
        title="Where no difference is seen",
        answer=f"{counted(len(found), 'feature')}. That is not the same as alike: "
        "an effect anywhere in its interval is possible.",
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


_FLIP_NOTE = (
    "Share of pairs with its 95 % interval over clusters, both texts cut to equal length. {cuts} p: of both ways being "
    "equally frequent, McNemar's exact test (over clusters where pairs share them), after Holm over {family}. A flip "
    "needs a cut-off, and a text near it flips by the least difference: read the effects of the same features first."
)
_CUTS = (
    "Sentiment is positive above .05, negative below −.05, formality formal above 0, an emotion is there where one of "
    "its words is; metaphor counts where the shares differ by over .15, as in the paper."
)


def flips_section(audit: TextsAudit) -> Section:
    """How often an attribute of the LLM text is the opposite of the person's."""
    found = [one for one in audit.flips if one.is_one_sided]
    return Section(
        title="Label flips",
        answer=_flips_answer(found, of=len(audit.flips)),
        columns=(Column("attribute", is_figure=False), *_FLIP_COLUMNS),
        rows=tuple((_attribute(one), *_flip_cells(one)) for one in audit.flips),
        note=_FLIP_NOTE.format(cuts=_CUTS, family="all attributes"),
    )


_FLIP_COLUMNS = (Column("this way"), Column("the reverse"), Column("pairs"), Column("p"))


def _attribute(one: Flip) -> str:
    return f"{one.attribute}: {ATTRIBUTES[one.attribute].gained}"


def _flip_cells(one: Flip) -> tuple[str, ...]:
    return share_words(one.gained), share_words(one.lost), number(one.pairs), p_value(one.p_adjusted)


def _flips_answer(found: Sequence[Flip], *, of: int) -> str:
    if not found:
        return f"None of {of} attributes is seen to flip one way more often than the other."
    ways = (_way(one) for one in found)
    return f"{len(found)} of {of} attributes flip one way more often than the other: {'; '.join(ways)}."


def _way(one: Flip) -> str:
    attribute = ATTRIBUTES[one.attribute]
    is_gained = (one.gained.value or 0.0) > (one.lost.value or 0.0)
    return f"{one.attribute} ({attribute.gained if is_gained else attribute.lost})"


def category_section(audit: TextsAudit) -> Section:
    """The same by category, those with most flips first."""
    found = sorted(audit.flips_by_category, key=_flipped, reverse=True)
    shown = found[:_MOST_FLIPS]
    categories = len({one.category for one in found})
    told = f"the {len(shown)} with most flips of {number(len(found))}" if len(shown) < len(found) else "all"
    return Section(
        title="Label flips by category",
        answer=f"{counted(categories, 'category', 'categories')}, {len(ATTRIBUTES)} attributes each; {told}.",
        columns=(Column("category", is_figure=False), Column("attribute", is_figure=False), *_FLIP_COLUMNS),
        rows=tuple((one_line(one.category or "", limit=40), _attribute(one), *_flip_cells(one)) for one in shown),
        note=_FLIP_NOTE.format(cuts="Cut-offs as above.", family="all categories and attributes"),
    )


def _flipped(one: Flip) -> float:
    return (one.gained.value or 0.0) + (one.lost.value or 0.0)


def told_apart_section(audit: TextsAudit) -> Section:
    """Whether a classifier tells the two sides apart."""
    whole, cut = audit.told_apart, audit.told_apart_at_equal_length
    return Section(
        title="Human or machine?",
        answer=_told_apart_answer(whole),
        columns=columns("texts", "AUC", "p", "human", "LLM"),
        rows=tuple(_told_apart_row(name, one) for name, one in ((_AS_THEY_STAND, whole), (_EQUAL_LENGTH, cut))),
        note="A linear classifier on all features, tested on texts it has not seen, clusters kept whole. AUC: the "
        "chance that it picks the LLM's of two texts; 0.50 is guessing. Texts of a pair count as independent.",
    )


def _told_apart_answer(found: ToldApart) -> str:
    if found.auc is None or found.p is None:
        return f"Cannot tell: it takes {LEAST_TEXTS} texts on each side."
    if found.p >= ALPHA or found.low is None or found.low <= 0.5:
        return f"No better than chance can be shown: AUC {found.auc:.2f}. That does not make them alike."
    return f"A simple classifier tells them apart: AUC {_auc_words(found)}."


def _told_apart_row(name: str, found: ToldApart) -> tuple[str, ...]:
    return name, _auc_words(found), p_value(found.p), number(found.human), number(found.llm)


def _auc_words(found: ToldApart) -> str:
    if found.auc is None or found.low is None or found.high is None:
        return UNKNOWN
    return f"{found.auc:.2f} ({found.low:.2f} to {found.high:.2f})"
