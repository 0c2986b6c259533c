"""What the section on a stress test is made of."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.page.plots import Plot
from analysis.page.stress_plots import MODEL_MARKS, dose_plots, onset_plots
from analysis.stress import telling
from analysis.stress.recorded import Planted, Recorded, cautions
from analysis.stress.values import DoseResponse, Onset, OnsetContrast, Repair, StressFindings

MOST_ROWS = 8
"""How many responses stand in the table at once, those that rise first."""


@dataclass(frozen=True, slots=True)
class StressView:
    """The findings with their plots, in the order of the page.

    Of the responses `rest` are those that are folded away, `silent` those without a flag in any arm; `repairs` are
    those at the highest doses. `planted` stands beside the responses; `cautions` are sentences on what may be the
    judges' doing. `marks` number each model's mark in the style sheet.
    """

    found: StressFindings
    responses: tuple[DoseResponse, ...]
    rest: tuple[DoseResponse, ...]
    silent: tuple[DoseResponse, ...]
    planted: tuple[Planted, ...]
    cautions: tuple[str, ...]
    dose_plots: tuple[Plot, ...]
    onset_plots: tuple[Plot, ...]
    onsets: tuple[tuple[Onset, OnsetContrast | None], ...]
    repairs: tuple[Repair, ...]
    more_repairs: tuple[Repair, ...]
    marks: tuple[tuple[str, int], ...]

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All of them."""
        return (*self.dose_plots, *self.onset_plots)


def stress_view(found: StressFindings | None, recorded: Recorded | None = None) -> StressView | None:
    """The view of a stress test; None where there is none. Arms that nothing was flagged in have no row for onset."""
    if found is None:
        return None
    ranked = telling.ranked(found)
    told = [one for one in ranked if any(point.flagged_turns for point in one.points)]
    highest = {one.points[-1].arm for one in ranked}
    episodes = [one for one in found.repairs if one.episodes]
    return StressView(
        found=found,
        responses=tuple(told[:MOST_ROWS]),
        rest=tuple(told[MOST_ROWS:]),
        silent=tuple(one for one in ranked if one not in told),
        planted=recorded.beside(ranked) if recorded else (),
        cautions=cautions(found, recorded),
        dose_plots=dose_plots(found),
        onset_plots=onset_plots(found),
        onsets=tuple((one, telling.control_contrast(found, one)) for one in found.onsets if one.onsets),
        repairs=tuple(one for one in episodes if one.arm in highest),
        more_repairs=tuple(one for one in episodes if one.arm not in highest),
        marks=tuple((model, place % len(MODEL_MARKS)) for place, model in enumerate(found.models)),
    )
