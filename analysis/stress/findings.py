"""What a stress test found: read, pair, compare, in this order."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.gate.values import DEFAULT_MARGIN
from analysis.judged_folder import JudgedFolder
from analysis.providers.pairing import Places, places_of
from analysis.statistics.units import LEAST_SCENARIOS
from analysis.stress.doses import dose_responses
from analysis.stress.ladders import ladders_of
from analysis.stress.onset import onset_contrasts, onsets
from analysis.stress.repair import repairs
from analysis.stress.rows import StressRows, read_rows
from analysis.stress.slopes import sensitivities
from analysis.stress.values import StressFindings
from analysis.wording import counted, plain
from sims.stressors.kinds import LONG_HORIZON


def stress_findings(folder: JudgedFolder, *, margin: float = DEFAULT_MARGIN, seed: int = 0) -> StressFindings:
    """The findings of the judged run folder of a stress test; `margin` is the rise of a rate that counts as none.

    Only turns count that the kind of stress can reach, said by a model and not changed by a stressor; in the control,
    those at the same places of the same speakers. Of a conversation only counts are kept.

    Raises:
        UsageError: it is no stress test, or it was not judged.
    """
    return findings_of(read_rows(folder), margin=margin, seed=seed)


def findings_of(rows: StressRows, *, margin: float = DEFAULT_MARGIN, seed: int = 0) -> StressFindings:
    """The findings of what was read of a stress test."""
    pairing, ladders = places_of(rows.places), list(ladders_of(rows))
    responses = dose_responses(ladders, pairing, margin=margin, seed=seed)
    return StressFindings(
        models=tuple(rows.models),
        kinds=rows.kinds,
        unit=pairing.unit,
        margin=margin,
        responses=responses,
        onsets=tuple(onsets(ladders, pairing)),
        contrasts=onset_contrasts(ladders, pairing, seed=seed),
        repairs=tuple(repairs(ladders, pairing)),
        sensitivities=sensitivities(ladders, pairing, responses=responses),
        unheld=rows.tally["unheld"],
        notes=tuple(_notes(rows, pairing)),
    )


def _notes(rows: StressRows, pairing: Places) -> Iterator[str]:
    scenarios = len({place.scenario for place in rows.places})
    if pairing.unit == "scenario":
        yield f"The unit is the scenario ({scenarios} of them): results speak of scenarios like these."
    else:
        these = "this scenario" if scenarios == 1 else f"these {scenarios} scenarios"
        yield (
            f"The unit is the conversation, paired by scenario and repeat: results speak of {these} only (of others"
            f" like them, with {LEAST_SCENARIOS} scenarios held several times)."
        )
    yield (
        "p is corrected after Holm four times: over all differences from the control, over all cases in which a rise is"
        " to be ruled out, over all comparisons of slopes between models, and over all comparisons of onsets."
    )
    if not any(arm.is_control for _, arm in rows.columns):
        yield "There is no undisturbed conversation of these scenarios, so nothing to compare with."
    if LONG_HORIZON in rows.kinds:
        yield (
            f"{plain(LONG_HORIZON).capitalize()}: the rates are over all turns of the longer conversations, of which"
            " those up to the usual end are under no pressure, and fewer the higher the dose: no dose-response of the"
            " turns beyond it."
        )
    if rows.tally["unheld"]:
        unheld = counted(rows.tally["unheld"], "planned conversation was", "planned conversations were")
        yield f"{unheld} never held: they count as missing, and until they are held little can be ruled out."
    if rows.tally["aborted"]:
        stopped = counted(rows.tally["aborted"], "conversation was", "conversations were")
        yield (
            f"{stopped} stopped at a flagged turn: the rates are over fewer turns, and whether the speaker would have"
            " come back cannot be told."
        )
    if rows.tally["foreign"]:
        left_out = counted(rows.tally["foreign"], "conversation")
        yield f"Left out: {left_out} under stressors of the scenario's own, which no undisturbed one stands beside."
