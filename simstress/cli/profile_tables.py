"""Human profiles on a terminal: the list of them, and one of them with a bar for the spread of each feature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.features.catalogue import FEATURES
from analysis.reference.profile import FeatureFigures, ReferenceProfile
from analysis.wording import UNKNOWN, one_line, significant

_BAR_WIDTH = 11


def profiles_table(profiles: Iterable[ReferenceProfile]) -> Table:
    """One row a profile: name, conversations, sides, genre."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Profile", no_wrap=True)
    table.add_column("Conversations", justify="right", no_wrap=True)
    table.add_column("Sides", no_wrap=True)
    table.add_column("Genre")
    for profile in profiles:
        sides = ", ".join(side for side in profile.sides if side != "conversation")
        table.add_row(profile.name, f"{profile.conversations:,}", Text(sides), Text(one_line(profile.genre)))
    return table


def profile_tables(profile: ReferenceProfile) -> Iterator[Table]:
    """One table a side: each feature's spread in people, and how far two groups of people lie apart by chance."""
    for side, figures in profile.sides.items():
        title = f"{one_line(profile.name)}: {side} ({profile.conversations:,} conversations; {profile.licence})"
        yield _side_table(Text(one_line(title, limit=300)), figures)


def _side_table(title: Text, figures: Mapping[str, FeatureFigures]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Feature", min_width=16)
    for column in ("n", "5 %", "median", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("spread", no_wrap=True)
    table.add_column("margin", justify="right", no_wrap=True)
    for name, one in figures.items():
        label = FEATURES[name].label if name in FEATURES else name
        table.add_row(Text(label), f"{one.n:,}", *_spread(one), _bar(one), significant(one.margin))
    return table


def _spread(figures: FeatureFigures) -> tuple[str, str, str]:
    if not figures.quantiles:
        return UNKNOWN, UNKNOWN, UNKNOWN
    low, middle, high = (significant(figures.quantiles[percent]) for percent in (5, 50, 95))
    return low, middle, high


def _bar(figures: FeatureFigures) -> str:
    """The middle 90 % as a bar in the whole range, the median as a knot in it."""
    if not figures.quantiles or figures.quantiles[0] == figures.quantiles[-1]:
        return ""
    least, most = figures.quantiles[0], figures.quantiles[-1]
    low, middle, high = (
        round((figures.quantiles[percent] - least) / (most - least) * (_BAR_WIDTH - 1)) for percent in (5, 50, 95)
    )
    signs = ["━" if low <= place <= high else "·" for place in range(_BAR_WIDTH)]
    signs[middle] = "●"
    return "".join(signs)
