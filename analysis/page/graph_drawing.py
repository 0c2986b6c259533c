"""Drawings as inline SVG: who answers whom on a circle, and who holds the floor along a conversation.

Everything from data goes through `Markup.format`, which escapes it; colours are classes of the page's style sheet.
The layout is computed, not random: the same graph is the same drawing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analysis.report.conversation_view import ConversationView, Floor
from analysis.report.speaker_graph import Answer, SpeakerGraph
from analysis.wording import counted, one_line, percent

_REACH = {1: 0.0, 2: 100.0, 3: 100.0, 4: 130.0, 5: 130.0}
_WIDEST_REACH = 165.0
_MARGIN = 62.0
_SMALLEST, _LARGEST = 12.0, 42.0
_LANE, _LANES = 16, 12
_BREADTH = 1000.0

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Node:
    at: _Point
    radius: float


def speaker_drawing(graph: SpeakerGraph) -> Markup:
    """The speakers on a circle, as large as their share of the turns; arrows as wide as one answers the other."""
    nodes = _nodes(graph)
    ys = [node.at[1] for node in nodes]
    top = min(ys, default=0.0) - _MARGIN
    height = max(ys, default=0.0) - top + _MARGIN
    width = 2 * (_REACH.get(len(nodes), _WIDEST_REACH) + 100)
    parts = [*_arrows(graph, nodes), *_circles(graph, nodes)]
    return Markup('<svg class="speakers" viewBox="{} {:.0f} {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        -width / 2, top, width, height, _described(graph), Markup("").join(parts)
    )


def _described(graph: SpeakerGraph) -> str:
    names = [one_line(speaker.name, limit=40) for speaker in graph.speakers]
    shares = [f"{name} {percent(speaker.share)}" for name, speaker in zip(names, graph.speakers, strict=True)]
    answers = [f"{names[arrow.speaker]} answers {names[arrow.to]} {arrow.turns:,} times" for arrow in graph.drawn]
    return f"Share of turns: {', '.join(shares)}. {'; '.join(answers)}."


def _nodes(graph: SpeakerGraph) -> list[_Node]:
    count = len(graph.speakers)
    start = math.pi if count == 2 else -math.pi / 2
    reach = _REACH.get(count, _WIDEST_REACH)
    angles = [start + 2 * math.pi * place / count for place in _places(count)]
    return [
        _Node((reach * math.cos(angle), reach * math.sin(angle)), _size(speaker.share))
        for angle, speaker in zip(angles, graph.speakers, strict=True)
    ]


def _places(count: int) -> list[int]:
    """The place on the circle of each speaker: the two most talkative face each other."""
    across = count // 2
    return [0, across, *(place for place in range(1, count) if place != across)][:count]


def _size(share: float) -> float:
    """Area in proportion to the share, within what can be seen and what fits."""
    return max(_SMALLEST, min(_LARGEST, _LARGEST * math.sqrt(share / 0.5)))


def _circles(graph: SpeakerGraph, nodes: Sequence[_Node]) -> Iterator[Markup]:
    for index, (speaker, node) in enumerate(zip(graph.speakers, nodes, strict=True)):
        x, y = node.at
        yield Markup(
            '<g><title>{}: {}, {}</title><circle class="lane-{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>'
            '<text class="share" x="{:.1f}" y="{:.1f}">{}</text><text class="name" x="{:.1f}" y="{:.1f}">{}</text></g>'
        ).format(
            one_line(speaker.name),
            counted(speaker.turns, "turn"),
            percent(speaker.share),
            index % 4,
            x,
            y,
            node.radius,
            x,
            y + 4.5,
            f"{100 * speaker.share:.0f}%" if node.radius >= 20 else "",
            x,
            y - node.radius - 6 if y < -1 else y + node.radius + 16,
            one_line(speaker.name, limit=20),
        )


def _arrows(graph: SpeakerGraph, nodes: Sequence[_Node]) -> Iterator[Markup]:
    widest = max((arrow.turns for arrow in graph.drawn), default=1)
    label_from = widest * (0.0 if len(graph.speakers) <= 3 else 0.5)
    for arrow in graph.drawn:
        width = 1.2 + 6.0 * arrow.turns / widest
        yield _arrow(graph, nodes, arrow, width=width, is_labelled=arrow.turns >= label_from)


def _arrow(graph: SpeakerGraph, nodes: Sequence[_Node], arrow: Answer, *, width: float, is_labelled: bool) -> Markup:
    source, target = nodes[arrow.speaker], nodes[arrow.to]
    bend = _bend(source.at, target.at)
    start = _towards(source.at, bend, source.radius + 3)
    tip = _towards(target.at, bend, target.radius + 3)
    head = 8 + 1.4 * width
    base = _towards(tip, bend, head)
    (ax, ay), (bx, by) = _sides(base, tip, head * 0.4)
    middle = _halfway(start, bend, tip)
    return Markup(
        '<g class="answers"><title>{} answers {}: {}</title>'
        '<path d="M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}" stroke-width="{:.1f}"/>'
        '<polygon points="{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}"/>'
        '<text x="{:.1f}" y="{:.1f}">{}</text></g>'
    ).format(
        one_line(graph.speakers[arrow.speaker].name),
        one_line(graph.speakers[arrow.to].name),
        counted(arrow.turns, "turn"),
        *start,
        *bend,
        *base,
        width,
        *tip,
        ax,
        ay,
        bx,
        by,
        middle[0],
        middle[1] + 4,
        f"{arrow.turns:,}" if is_labelled else "",
    )


def _bend(start: _Point, end: _Point) -> _Point:
    """The control point of a curve that keeps to the left, so that both directions can be seen."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return (start[0] + end[0]) / 2 + dy * 0.28, (start[1] + end[1]) / 2 - dx * 0.28


def _towards(start: _Point, end: _Point, distance: float) -> _Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    return start[0] + dx / length * distance, start[1] + dy / length * distance


def _sides(base: _Point, tip: _Point, half: float) -> tuple[_Point, _Point]:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * half, dx / length * half
    return (base[0] + nx, base[1] + ny), (base[0] - nx, base[1] - ny)


def _halfway(start: _Point, bend: _Point, end: _Point) -> _Point:
    return (start[0] + 2 * bend[0] + end[0]) / 4, (start[1] + 2 * bend[1] + end[1]) / 4


def floor_drawing(view: ConversationView) -> Markup:
    """The turns in their order, one lane a speaker, as long as their words; flagged ones reach beyond their lane.

    Each turn links to its text. Speakers beyond the twelfth share the last lane.
    """
    lanes = min(len(view.participants), _LANES)
    height = lanes * _LANE
    marks = Markup("").join(_floor_marks(view, view.floor))
    return Markup(
        '<svg class="floor" viewBox="0 0 {:.0f} {}" height="{}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<g class="rules">{}</g>{}</svg>'
    ).format(_BREADTH, height, height, _floor_words(view), Markup("").join(_rules(lanes)), marks)


def _floor_words(view: ConversationView) -> str:
    return f"Who speaks when: {counted(len(view.floor), 'turn')}, {view.flagged_turns:,} flagged"


def _rules(lanes: int) -> Iterator[Markup]:
    for lane in range(lanes):
        yield Markup('<rect x="0" y="{}" width="{:.0f}" height="1"/>').format(lane * _LANE + _LANE // 2, _BREADTH)


def _floor_marks(view: ConversationView, floor: Sequence[Floor]) -> Iterator[Markup]:
    lengths = [max(4, turn.words) for turn in floor]
    scale = _BREADTH / max(1, sum(lengths))
    x = 0.0
    for turn, length in zip(floor, lengths, strict=True):
        yield _floor_mark(view, turn, x=x, width=length * scale)
        x += length * scale


def _floor_mark(view: ConversationView, turn: Floor, *, x: float, width: float) -> Markup:
    lane = min(turn.lane, _LANES - 1)
    inset = 0 if turn.is_flagged else 4
    mark = Markup(
        '<rect class="{} lane-{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"><title>{}</title></rect>'
    ).format(
        "flagged" if turn.is_flagged else "turn",
        lane % 4,
        x,
        lane * _LANE + inset,
        max(0.5, width - min(2.0, width * 0.2)),
        _LANE - 2 * inset,
        _turn_words(view, turn),
    )
    return Markup('<a href="#c{}-t{}">{}</a>').format(view.number, turn.index, mark) if turn.is_shown else mark


def _turn_words(view: ConversationView, turn: Floor) -> str:
    speaker = one_line(view.participants[turn.lane].name, limit=60)
    flagged = ", flagged" if turn.is_flagged else ""
    return f"{turn.index}: {speaker}, {counted(turn.words, 'word')}{flagged}"
