"""The sections of what draws a choice whatever the answer says; nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.datatypes.preferences.biases import Biases
from analysis.datatypes.preferences.side_words import HOLM, differs, other_reading, plotted, star
from analysis.datatypes.preferences.sides import Sides
from analysis.datatypes.preferences.steadiness import LengthPart
from analysis.datatypes.told import Chart, Section, columns, figure_words, points_words, share_words, signed_words
from analysis.statistics.clusters import Estimate
from analysis.wording import p_value, percent


def bias_section(found: Biases, *, is_decided: bool) -> Section:
    """Position, length and wordiness, of each side and between them; why not, where they cannot be measured."""
    known = [(row, sides) for row, sides in zip(_BIASES, _bias_sides(found), strict=True) if sides is not None]
    placed = place_words(found)
    telling = [(row, sides) for row, sides in known if sides is not found.position]
    is_place_open = not placed and found.position is not None and not found.is_order_even
    shares = [(row.name, sides) for row, sides in known if row.is_share]
    return Section(
        title="Position, length and wordiness",
        answer=_unmeasured(found, is_decided=is_decided)
        or placed + _always_answer(found) + _bias_answer(telling, is_place_open=is_place_open),
        columns=columns("of votes both decided", "people", "model", "model less people", "p"),
        rows=tuple(_bias_row(row, sides, longer=found.longer) for row, sides in known),
        note=_note(known) if known else "",
        chart=Chart("Share of decided votes", "share", tuple(plotted(shares))) if shares else None,
    )


def place_words(found: Biases) -> str:
    """That the model goes by place, where it does and people do not; "" elsewhere.

    No taste and no steady hand look like that: the order of the answers was even for people.
    """
    position = found.position
    if position is None or not found.is_order_even or not differs(position) or not star(position.llm):
        return ""
    people = f"people in {percent(position.human.value)}"
    return f"The model goes by place: it chooses the first answer in {share_words(position.llm)}, {people}. "


@dataclass(frozen=True, slots=True)
class _Bias:
    """A bias as a row, and what its holder does (`{}` stands for more or less)."""

    name: str
    does: str
    is_share: bool


_BIASES = (
    _Bias("chooses the first answer", "chooses the first answer {} often", is_share=True),
    _Bias("chooses the longer answer", "chooses the longer answer {} often", is_share=True),
    _Bias("log-odds of an answer twice as long", "is drawn {} by length", is_share=False),
    _Bias("the same at equal content words (wordiness)", "is drawn {} by mere wordiness", is_share=False),
)


def _bias_sides(found: Biases) -> tuple[Sides | None, ...]:
    return found.position, found.longer, found.length_slope, found.wordiness_slope


def _always(longer: Sides | None) -> tuple[str, str]:
    """What people and the model do without exception, "" where they do not."""
    if longer is None:
        return "", ""
    words = {1.0: "always the longer", 0.0: "always the shorter"}
    return words.get(longer.human.value or 0.0, ""), words.get(longer.llm.value or 0.0, "")


def _always_answer(found: Biases) -> str:
    """The strongest bias of all in words, as there is no figure for its log-odds; "" where no side has it."""
    who = (("People", "choose", "their"), ("The model", "chooses", "its"))
    told = (
        f"{side} always {choose} {always.removeprefix('always ')} answer, so that {whose} log-odds have no bound. "
        for (side, choose, whose), always in zip(who, _always(found.longer), strict=True)
        if always
    )
    return "".join(told)


def _bias_answer(rows: list[tuple[_Bias, Sides]], *, is_place_open: bool) -> str:
    told = [
        row.does.format("more" if (sides.difference.value or 0) > 0 else "less")
        for row, sides in rows
        if differs(sides)
    ]
    if not told:
        apart = "; of the answers' place nothing is concluded (see above)" if is_place_open else ""
        return f"No difference in length or wordiness could be shown{apart}; that is not to say there is none."
    centred = [(sides, 0.5 if row.is_share else 0.0) for row, sides in rows if differs(sides)]
    return f"Than people, the model {', '.join(told)}{other_reading(centred)}."


def _unmeasured(found: Biases, *, is_decided: bool) -> str:
    """Why there is no length to speak of, "" where there is."""
    if found.longer is not None:
        return ""
    if not is_decided:
        return "No vote is decided by both sides."
    place = ", and rankings have no first answer" if found.position is None else "; of their place, see the table"
    return f"No two answers of a decided vote differ in length, so no bias for it can be measured{place}."


def _bias_row(row: _Bias, sides: Sides, *, longer: Sides | None) -> tuple[str, ...]:
    if row.is_share:
        human, llm = (f"{share_words(one)}{star(one)}" for one in (sides.human, sides.llm))
        return row.name, human, llm, points_words(sides.difference), p_value(sides.difference.p)
    both = zip((sides.human, sides.llm), _always(longer), strict=True)
    human, llm = (_slope_words(one, always=always) for one, always in both)
    return row.name, human, llm, signed_words(sides.difference), p_value(sides.difference.p)


def _slope_words(found: Estimate, *, always: str) -> str:
    """The slope with its interval; what the side does in words, where it has no bound."""
    return f"{signed_words(found)}{star(found)}" if found.value is not None else always or "none"


def _note(known: list[tuple[_Bias, Sides]]) -> str:
    held = f"shares are held against 50 %, log-odds against 0; {HOLM}; length may go with quality"
    slopes = [one for row, sides in known if not row.is_share for one in (sides.human, sides.llm)]
    if any(one.value is None for one in slopes):
        held += "; no log-odds where words (and content words) tell every choice, or cannot be told from each other"
    if any(one.value is not None and one.low is None for one in slopes):
        held += "; log-odds without an interval hang on a single cluster, or there is but one"
    return held


def length_part_section(found: LengthPart | None) -> Section:
    """Whether length draws the model more than it draws a steadier voter of people's taste."""
    title = "Length, or a steadier hand"
    if found is None:
        return Section(
            title,
            "Cannot be told: the cues at hand do not explain the choices of both sides, or fewer than 50 votes are "
            "decided, or there is one cluster only.",
        )
    rows = (("people", found.part.human, found.score[0]), ("model", found.part.llm, found.score[1]))
    difference = found.part.difference
    return Section(
        title=title,
        answer=_part_answer(found.part),
        columns=columns("choices of", "length, of what cues explain", "cues, correlation with the choice", "p"),
        rows=(
            *((name, figure_words(part), signed_words(score), "") for name, part, score in rows),
            ("model less people", signed_words(difference), "", p_value(difference.p)),
        ),
        note="the choice's correlation with length over that with a score of all cues, learnt from both sides; a "
        "majority of people keeps people's figure; where length is all they explain it is 1 whatever the model adds",
    )


def _part_answer(part: Sides) -> str:
    if not differs(part):
        return (
            "That length counts for more or less to the model than to a steadier voter of people's taste is not shown."
        )
    word = "more" if (part.difference.value or 0) > 0 else "less"
    return f"Of what cues explain, length is {word} in the model than in people; a steadier hand does not explain that."
