"""Signs that a class is spelled in two ways: labels that are nearly the same, classes that one side never uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.datatypes.labels.votes import Votes
from analysis.statistics.common import Counts

_GAP = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")
"""What stands between words: the minus of a number does not."""
_LARGE = 0.1
_LEAST_LABELS = 5
"""A class with this share of one side's labels, and so many of them, is missed on the other."""


def nearly_same(labels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The labels that differ in capitals, blanks, hyphens and underscores only.

    >>> nearly_same(["not toxic", "Not_Toxic", "toxic"])
    (('not toxic', 'Not_Toxic'),)
    """
    found: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        found[_GAP.sub(" ", label).casefold()].append(label)
    return tuple(tuple(alike) for alike in found.values() if len(alike) > 1)


def one_sided(votes: Votes) -> tuple[str, ...]:
    """The labels with a tenth and more of one side's, and five at least, that the other side never gives."""
    human, llm = votes.human.sum(axis=0), votes.llm.sum(axis=0)
    lacking = [_is_common(one) & (other == 0) for one, other in ((human, llm), (llm, human))]
    return tuple(votes.labels[place] for place in np.flatnonzero(lacking[0] | lacking[1]))


def _is_common(counts: Counts) -> npt.NDArray[np.bool_]:
    return np.asarray((counts >= _LEAST_LABELS) & (counts >= _LARGE * counts.sum()))
