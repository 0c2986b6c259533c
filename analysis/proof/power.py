"""How soon the gate finds planted rises, by the size of the runs: a table, and an SVG of it for the docs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.proof.gate import BASE_RATE, FEWER_PAIRS, JUDGES, PAIRS, SIZES, Plan, gates
from analysis.proof.markdown import markdown_table, percent
from analysis.statistics.common import POWER

RISES = (0.0, 0.02, 0.05, 0.1, 0.2)
_COLOURS = ("#c8641b", "#2f7fc1", "#3d8a4e")
_LEFT, _TOP, _WIDTH, _HEIGHT = 56, 20, 480, 260
_TICKS = range(0, 101, 20)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of gates that found each rise, and the minimum detectable rise printed where there is none."""

    conversations: int
    found: tuple[tuple[float, float], ...]
    detectable: float


def curve(conversations: int, *, judges: int, pairs: int) -> Curve:
    """The curve of runs of so many conversations, where one of the judges finds more."""
    found, printed = [], []
    for rise in RISES:
        results = list(gates(Plan(conversations, BASE_RATE, rise, judges=judges), pairs=pairs))
        found.append((rise, sum(one.decision == "REGRESSED" for one in results) / pairs))
        printed += [one.checks[0].minimum_detectable for one in results] if not rise else []
    return Curve(conversations, tuple(found), float(np.mean([rise for rise in printed if rise is not None])))


def tables(*, pairs: int = PAIRS, fewer: int = FEWER_PAIRS) -> Iterator[str]:
    """The table as Markdown, then the lines of the SVG of the gates of one judge."""
    yield (
        f"### REGRESSED by the rise planted for one judge over {100 * BASE_RATE:g} %, % of {pairs:,} pairs of runs, of"
        f" {fewer:,} with several judges\n"
    )
    head = ("judges", "n", *(f"+{100 * rise:g}" if rise else "0" for rise in RISES), "printed minimum, points")
    alone: list[Curve] = []
    yield from markdown_table(head, _rows(alone, pairs, fewer))
    yield ""
    yield from svg(alone)


def _rows(alone: list[Curve], pairs: int, fewer: int) -> Iterator[tuple[str, ...]]:
    """The rows; the curves of one judge are also added to `alone`."""
    for judges, size in product(JUDGES, SIZES):
        line = curve(size, judges=judges, pairs=pairs if judges == 1 else fewer)
        alone.extend([line] if judges == 1 else [])
        shares = (percent(share) for _, share in line.found)
        yield str(judges), str(size), *shares, f"{100 * line.detectable:.1f}"


def svg(curves: Sequence[Curve]) -> Iterator[str]:
    """A line a curve, a diamond at its minimum detectable rise."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 24} {_TOP + _HEIGHT + 48}"'
        ' font-family="sans-serif" font-size="12" fill="#333">'
    )
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    yield from _axes()
    for place, (line, colour) in enumerate(zip(curves, _COLOURS, strict=True)):
        yield from _line(line, colour)
        y = _y(0.5) + 22 * place
        yield f'<path d="M{_x(0.13):.1f} {y:.1f}h28" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{_x(0.13) + 36:.1f}" y="{y + 4:.1f}">n = {line.conversations} conversations</text>'
    yield "</svg>"


def _axes() -> Iterator[str]:
    for tick in _TICKS:
        y = _y(tick / 100)
        dash = ' stroke-dasharray="5 4" stroke="#888"' if tick == 100 * POWER else ' stroke="#ddd"'
        yield f'<path d="M{_LEFT} {y:.1f}h{_WIDTH}"{dash}/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick}%</text>'
    for rise in (0.0, 0.05, 0.1, 0.15, 0.2):
        label = f"+{100 * rise:g}" if rise else "0"
        yield f'<text x="{_x(rise):.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{label}</text>'
    words = f"points of flagged turns above {100 * BASE_RATE:g}%; diamonds: minimum detectable rise, as printed"
    yield f'<text x="{_LEFT + _WIDTH / 2:.1f}" y="{_TOP + _HEIGHT + 38}" text-anchor="middle">{words}</text>'
    yield f'<text x="{_LEFT}" y="{_TOP - 7}">gates that say REGRESSED</text>'


def _line(line: Curve, colour: str) -> Iterator[str]:
    points = " ".join(f"{_x(rise):.1f},{_y(share):.1f}" for rise, share in line.found)
    yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for rise, share in line.found:
        words = f"n = {line.conversations}, +{100 * rise:g} points: {100 * share:.0f}%"
        centre = f'cx="{_x(rise):.1f}" cy="{_y(share):.1f}"'
        yield f'<circle {centre} r="3" fill="{colour}"><title>{words}</title></circle>'
    x, y = _x(line.detectable), _y(POWER)
    yield f'<path d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z" fill="#fff" stroke="{colour}" stroke-width="2"/>'


def _x(rise: float) -> float:
    return _LEFT + _WIDTH * rise / RISES[-1]


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)
