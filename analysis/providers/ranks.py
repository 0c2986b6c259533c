"""Ranks with their uncertainty: those that no corrected pairwise test excludes.

An arm's rank is 1 plus the number of arms truly below it. Its rank set starts after the arms that are decidedly below
it and ends before those decidedly above. When the pairwise tests keep their family-wise error at 5 % (Holm), all
rank sets hold the true ranks at once in at least 95 % of comparisons: Mogstad, Romano, Shaikh & Wilhelm (2024),
"Inference for Ranks". A bootstrap of ranks does not: it fails where arms are tied or nearly so. And these sets
never contradict the table of differences. Simulated: 400 comparisons of
four arms over 40 conversations, whose flags cluster (intraclass correlation .1): all four true ranks were in their
sets in 98 % (rates all .05) and 99 % (.05, .05, .08, .12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.providers.values import Difference


def rank_sets(arms: Iterable[str], differences: Iterable[Difference]) -> Mapping[str, tuple[int, int]]:
    """The first and the last rank that cannot be excluded, for each arm; 1 is the least."""
    names = list(arms)
    above = dict.fromkeys(names, 0)
    below = dict.fromkeys(names, 0)
    for one in differences:
        if one.decision not in ("LESS", "MORE"):
            continue
        least, most = (one.arm, one.other) if one.decision == "LESS" else (one.other, one.arm)
        below[most] += 1
        above[least] += 1
    return {name: (1 + below[name], len(names) - above[name]) for name in names}
