"""What is resampled and permuted: the conversation, or the scenario with all its conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Unit: TypeAlias = Literal["conversation", "scenario"]

LEAST_SCENARIOS = 10
"""With fewer scenarios than this nothing can be said of other scenarios."""
LEAST_EFFECTIVE = 8
"""Nor where the conversations are so unequally spread over scenarios that they say no more than this many would."""


def unit_of(scenarios: Iterable[str | None]) -> Unit:
    """The unit of conversations whose scenarios are given, one entry a conversation; None is not known.

    With at least ten scenarios, some of them repeated, the scenario is the unit: results speak of scenarios like
    these. Otherwise the conversation is, within its scenario: results speak of these scenarios only.

    >>> unit_of(["a", "a", "b"])
    'conversation'
    """
    counts = Counter(scenario for scenario in scenarios if scenario is not None)
    is_repeated = any(count > 1 for count in counts.values())
    return "scenario" if len(counts) >= LEAST_SCENARIOS and is_repeated else "conversation"


def unit_between(here: Collection[str | None], there: Collection[str | None]) -> Unit:
    """The unit of a comparison of two groups of conversations, whose scenarios are given as in `unit_of`.

    The scenario is where it is for both together and no group is of fewer than ten. A group that knows no scenario,
    such as people's dialogues, does not hinder it.

    >>> unit_between(["a", "a", "b"], [None, None])
    'conversation'
    """
    known = [{scenario for scenario in group if scenario is not None} for group in (here, there)]
    are_enough = all(len(scenarios) >= LEAST_SCENARIOS for scenarios in known if scenarios)
    return unit_of([*here, *there]) if are_enough else "conversation"


def unit_numbers(
    scenarios: Sequence[str | None], unit: Unit, *, branched_of: Sequence[str | None] | None = None
) -> npt.NDArray[np.int64]:
    """Which unit each conversation belongs to, numbered from 0; a conversation of no known scenario is one by itself.

    `branched_of` names the recording that each was branched off, None where it was not: branches of one recording go
    on from the same words, and are one unit.

    >>> unit_numbers(["a", None, "a", None], "scenario").tolist()
    [0, 1, 0, 2]
    >>> unit_numbers(["a", "a", "a"], "conversation", branched_of=["r0", None, "r0"]).tolist()
    [0, 1, 0]
    """
    number: dict[tuple[str, str | int], int] = {}
    is_alone = [scenario is None or unit == "conversation" for scenario in scenarios]
    recordings = branched_of or [None] * len(scenarios)
    alone = [("of", of) if of else ("", place) for place, of in enumerate(recordings)]
    keys = [alone[place] if by_itself else ("", str(scenarios[place])) for place, by_itself in enumerate(is_alone)]
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
