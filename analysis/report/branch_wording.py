"""What a reader is told of conversations that were branched off recorded ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.report.tally import Tally
from analysis.wording import counted, one_line


def branch_headline(tally: Tally, branched_off: Mapping[str, Any] | None) -> Iterator[str]:
    """The sentence of the headline; none where no turn is another conversation's.

    `branched_off` is that of the manifest, None where the conversations come from elsewhere.
    """
    if not tally.recorded_turns:
        return
    turns = counted(tally.recorded_turns, "turn")
    flags = f"{tally.recorded_flagged:,} of them flagged" if tally.recorded_flagged else "none of them flagged"
    yield (
        f"{_origin(branched_off)}: the {turns} it began with, recorded or injected, {flags}, count for nobody, in no"
        " rate and no interval;"
        " lengths, likeness to people and the speaker graphs are of whole conversations."
    )


def _origin(branched_off: Mapping[str, Any] | None) -> str:
    if not branched_off:
        return "Branched off recordings"
    changes = branched_off.get("changes") or {}
    told = one_line(", ".join(f"{key}={value}" for key, value in changes.items())) or "nothing changed"
    return f"Branched off {one_line(str(branched_off.get('run')))} at turn {branched_off.get('at')} with {told}"
