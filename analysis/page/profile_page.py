"""A human profile as one HTML file that needs nothing else: how each feature is spread, others drawn over it."""

from __future__ import annotations

import pandas as pd

from analysis.page.document import render_page
from analysis.page.spread_drawing import spread_drawing
from analysis.reference.profile import ReferenceProfile
from analysis.reference.spread import Spread, spreads
from analysis.wording import UNKNOWN, significant


def render_profile(profile: ReferenceProfile, features: pd.DataFrame | None = None, *, named: str = "") -> str:
    """The page. `features` is a `feature_table` of conversations drawn over the people, `named` what to call them."""
    values = {
        "profile": profile,
        "sides": spreads(profile, features),
        "named": named,
        "conversations": 0 if features is None else features["transcript"].nunique(),
        "spread_drawing": spread_drawing,
        "in_words": _in_words,
    }
    return render_page("profile.html.j2", plots=[], styles=["report.css", "profile.css"], scripts=[], values=values)


def _in_words(spread: Spread) -> str:
    """The median and the middle 90 %."""
    if not spread.n:
        return UNKNOWN
    low, median, high = map(significant, (spread.low, spread.median, spread.high))
    return f"{median} ({low} to {high})"
