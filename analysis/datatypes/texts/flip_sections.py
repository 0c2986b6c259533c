"""The sections on label flips and emotions: words and tables; nothing is computed."""

from __future__ import annotations

from analysis.datatypes.texts.audit import TextsAudit
from analysis.datatypes.texts.emotions import EmotionShift
from analysis.datatypes.texts.flips import ATTRIBUTES, Flip
from analysis.datatypes.texts.reach import can_show, clusters_needed
from analysis.datatypes.told import Column, Section, share_words
from analysis.wording import UNKNOWN, counted, number, one_line, p_value

_MOST_FLIPS = 20

_FLIP_NOTE = (
    "Share of pairs with its 95 % interval over clusters, both texts cut to equal length. {cuts} p: of both ways being "
    "equally frequent, McNemar's exact test (over clusters where pairs share them), after Holm over {family}. A flip "
    "needs a cut-off, and a text near it flips by the least difference: read the effects of the same features first."
)
_CUTS = (
    "Sentiment is positive above .05, negative below −.05, formality formal above 0, "
    "metaphor counts where the shares differ by over .15, as in the paper."
)


def flips_section(audit: TextsAudit) -> Section:
    """How often an attribute of the LLM text is the opposite of the person's."""
    return Section(
        title="Label flips",
        answer=_flips_answer(audit),
        columns=(Column("attribute", is_figure=False), *_FLIP_COLUMNS),
        rows=tuple((_attribute(one), *_flip_cells(one)) for one in audit.flips),
        note=_FLIP_NOTE.format(cuts=_CUTS, family="all attributes"),
    )


_FLIP_COLUMNS = (Column("this way"), Column("the reverse"), Column("pairs"), Column("p"))


def _attribute(one: Flip) -> str:
    return f"{one.attribute}: {ATTRIBUTES[one.attribute].gained}"


def _flip_cells(one: Flip) -> tuple[str, ...]:
    return share_words(one.gained), share_words(one.lost), number(one.pairs), p_value(one.p_adjusted)


def _flips_answer(audit: TextsAudit) -> str:
    found, of = [one for one in audit.flips if one.is_one_sided], len(audit.flips)
    if not found and (unclear := _cannot_tell(audit, tests=of)):
        return unclear
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


def emotions_section(audit: TextsAudit) -> Section:
    """How often texts have each emotion, by the model that was named."""
    return Section(
        title="Emotions",
        answer=_emotions_answer(audit),
        columns=(Column("emotion", is_figure=False), *(Column(name) for name in _EMOTION_COLUMNS)),
        rows=tuple(_emotion_row(one) for one in audit.emotions),
        note="Share of texts that the named model scores at .5 or more, as the paper cuts, with its 95 % interval over "
        "clusters; texts as they stand, up to the length that the model can read. appears: pairs where the LLM text "
        "has it and the person's has not; vanishes: the reverse. p: of no difference, after Holm over the emotions. "
        "It is what the model says; how often it is right on such texts is not known here.",
    )


_EMOTION_COLUMNS = ("people", "LLM", "appears", "vanishes", "p")


def _emotions_answer(audit: TextsAudit) -> str:
    found, of = [one for one in audit.emotions if one.differs], len(audit.emotions)
    if not found and (unclear := _cannot_tell(audit, tests=of)):
        return unclear
    if not found:
        return f"None of {counted(of, 'emotion')} is seen to differ. That is not the same as alike."
    more = [one.emotion for one in found if (one.llm.value or 0.0) > (one.human.value or 0.0)]
    less = [one.emotion for one in found if one.emotion not in more]
    told = [
        f"{way} often in the LLM's texts: {', '.join(names)}"
        for way, names in (("more", more), ("less", less))
        if names
    ]
    return f"{len(found)} of {of} differ; {'; '.join(told)}."


def _emotion_row(one: EmotionShift) -> tuple[str, ...]:
    flips = (UNKNOWN if found is None else share_words(found) for found in (one.gained, one.lost))
    return (
        one_line(one.emotion, limit=40),
        share_words(one.human),
        share_words(one.llm),
        *flips,
        p_value(one.p_adjusted),
    )


def _cannot_tell(audit: TextsAudit, *, tests: int) -> str | None:
    """The answer where no outcome with so many clusters could be significant."""
    if can_show(audit.least_p, tests=tests):
        return None
    needed, each = clusters_needed(tests, is_paired=audit.is_paired), "" if audit.is_paired else " on each side"
    return f"Cannot tell: {counted(audit.clusters, 'cluster')}; {needed} are needed{each}."
