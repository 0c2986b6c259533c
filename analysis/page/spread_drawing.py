"""A small drawing of how a feature is spread, as inline SVG: people as a filled shape, others as a line over it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from analysis.reference.spread import FeatureSpread, Spread
from analysis.wording import significant

_WIDTH, _HEIGHT = 320.0, 72.0


def spread_drawing(spread: FeatureSpread) -> Markup:
    """The share of conversations in each bin, from the least value on the left to the most; a tick marks the median."""
    both = [one for one in (spread.people, spread.here) if one]
    highest = max((share for one in both for share in one.shares), default=1.0)
    drawn = Markup("").join(
        _shape(one, name, spread, highest) for one, name in zip(both, ("people", "here"), strict=False) if one.shares
    )
    return Markup('<svg class="spread" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HEIGHT + 2, _described(spread), drawn
    )


def _described(spread: FeatureSpread) -> str:
    people = f"{spread.feature.label}: half of the people are below {significant(spread.people.median)}"
    return people + (f", half of these conversations below {significant(spread.here.median)}" if spread.here else "")


def _shape(one: Spread, name: str, spread: FeatureSpread, highest: float) -> Markup:
    tick = _WIDTH * ((one.median or 0.0) - spread.least) / (spread.most - spread.least)
    tick = min(max(tick, 1.0), _WIDTH - 1.0)
    return Markup('<path class="{0}" d="{1}"/><path class="{0} median" d="M{2:.1f} 0V{3:.0f}"/>').format(
        name, _steps([share / highest for share in one.shares]), tick, _HEIGHT
    )


def _steps(heights: Sequence[float]) -> str:
    """The outline of bars beside each other, from the lower left corner to the lower right."""
    step = _WIDTH / len(heights)
    tops = (f"V{_HEIGHT * (1 - height):.1f}H{step * (place + 1):.1f}" for place, height in enumerate(heights))
    return f"M0 {_HEIGHT:.0f}{''.join(tops)}V{_HEIGHT:.0f}"
