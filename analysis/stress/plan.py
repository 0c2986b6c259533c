"""What a stress test was to hold, as its run says, and what each arm of it does to a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.judged_folder import MANIFEST_FILE, JudgedFolder
from sims.cell import Cell
from sims.run_folder import RunFolder
from sims.stressors.stress import Stress


def planned(folder: JudgedFolder) -> Iterator[Cell]:
    """The conversations that the stress tests behind a run or judged folder were to hold, control and arms.

    None where no run.json lies beside the transcripts, or where the run itself chooses how often to hold what.
    """
    for place in dict.fromkeys(path.parent for path in folder.transcripts.paths):
        if (place / MANIFEST_FILE).exists():
            manifest = RunFolder(place).read_manifest()
            if manifest.stress and manifest.until_decided is None:
                yield from manifest.grid


def record_of(cell: Cell) -> Mapping[str, Any] | None:
    """The stressor of the arm as a transcript would tell it; None for the control."""
    return Stress(cell.scenario, seed=cell.seed).records[0] if cell.arm else None
