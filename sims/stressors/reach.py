"""Where a stressor can have an effect: the turns over which its artifact rate is to be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sims.stressors.kinds import DEFAULT_AT, PARTNER


def is_reached(record: Mapping[str, Any], speakers: Sequence[str], *, speaker: str, turn: int) -> bool:
    """Whether a turn of the speaker can show the effect of the stressor that a transcript tells of in `record`.

    `turn` is an index, the first is 0. A partner's words reach the agent `onto` (left out: everybody but `from`, who
    is the first of `speakers` where the record does not say) in turns after `at`; changed prompts reach `onto` (left
    out: everybody) throughout, a longer conversation everybody throughout: its turns up to the usual end are under no
    pressure yet, but of the control there are no others to compare with. Whether the dose spared the turn before is
    not asked: a place is reached at every dose or at none, so that doses are compared over the same turns.

    >>> record = {"kind": "distractor", "from": "Ana", "at": 2}
    >>> [is_reached(record, ["Ana", "Ben"], speaker="Ben", turn=turn) for turn in (1, 3)]
    [False, True]
    """
    onto = record.get("onto")
    if record["kind"] not in PARTNER:
        return onto is None or speaker == onto
    is_aimed_at = speaker == onto if onto else speaker != record.get("from", speakers[0])
    return is_aimed_at and turn > int(record.get("at", DEFAULT_AT))
