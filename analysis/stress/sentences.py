"""The sentences on a stress test that open a report: what rises, when it begins, whether it ends, which model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.stress.telling import (
    bare_words,
    contrast_words,
    control_contrast,
    dose_words,
    largest_rise,
    margin_words,
    ranked,
    sensitivity_words,
    shared_words,
    steeper,
    turns_counted,
    where_words,
)
from analysis.stress.values import DoseResponse, StressFindings
from analysis.wording import counted, percent, plain

_TOLD = 3


def stress_sentences(findings: StressFindings) -> tuple[str, ...]:
    """What a reader needs when reading nothing else: what rises, when it begins, whether it ends, which model."""
    rising = [one for one in ranked(findings) if one.response == "EXCEEDS"]
    return (
        _rises(findings, rising),
        *_unheld(findings),
        *(sentence for one in rising[:1] for sentence in _course(findings, one)),
        *(f"{_upper(sensitivity_words(one))}." for one in steeper(findings)[:_TOLD]),
    )


def _unheld(findings: StressFindings) -> Iterator[str]:
    if findings.unheld:
        never = counted(findings.unheld, "planned conversation was", "planned conversations were")
        yield f"{never} never held (simstress stress --resume with the folder holds them)."


def _rises(findings: StressFindings, rising: Sequence[DoseResponse]) -> str:
    asked = len(findings.responses)
    if not asked:
        return "Under stress, there was nothing that a judge could judge."
    if not any(point.judged_turns for one in findings.responses for point in one.points):
        return "Under stress nothing could be judged, so the stress test says nothing."
    ruled_out = sum(one.response == "NO_RISE_FOUND" for one in findings.responses)
    rest = (
        f"of {counted(asked, 'case')} (judge, kind of stress and model) {len(rising):,} rise, in {ruled_out:,} a rise"
        f" of {margin_words(findings.margin)} is ruled out, and {asked - ruled_out - len(rising):,} cannot be told"
    )
    if not rising and not ruled_out:
        return f"Cannot tell whether stress raises anything: {_why_untold(findings)}{_clearest(findings, of='all')}."
    if not rising:
        clearest = _clearest(findings, of="these")
        return f"Under stress, no judge's rate was found above that of the control: {rest}{clearest}."
    named = "; ".join(_rise_words(findings, one) for one in rising[:_TOLD])
    more = f"; and {len(rising) - _TOLD:,} more" if len(rising) > _TOLD else ""
    told = f"Stress raises what judges flag: {named}{more}."
    return told if len(rising) == asked else f"{told} In all, {rest}."


def _why_untold(findings: StressFindings) -> str:
    """Why nothing can be told where nothing can: no control, what is missing, or how few there are."""
    if all(one.control is None for one in findings.responses):
        return "no undisturbed conversation to compare with"
    if any(one.but_for_missing for one in findings.responses):
        return "the missing conversations may hide a rise"
    held = [point.conversations - point.missing for one in findings.responses for point in one.points]
    least, most = min(held), max(held)
    return f"too few conversations ({least:,}{'' if least == most else f' to {most:,}'} an arm)"


def _clearest(findings: StressFindings, *, of: str) -> str:
    """What rises most of what cannot be told, and what would tell; empty where nothing rises or nothing would."""
    open_ones = (one for one in ranked(findings) if one.response == "CANNOT_TELL")
    one = next(open_ones, None)
    if one is None or one.needed is None or largest_rise(one) <= 0:
        return ""
    return (
        f"; most of {of} rises {plain(one.judge)} under {plain(one.kind)}{_of(findings, one)} ({_moved(one)}), which"
        f" about {counted(one.needed, 'conversation')} an arm would tell"
    )


def _rise_words(findings: StressFindings, one: DoseResponse) -> str:
    what = f"{plain(one.judge)} under {plain(one.kind)}{_of(findings, one)}"
    return f"{what}{where_words(one)} ({_moved(one)}{bare_words(one)}{shared_words(one)})"


def _of(findings: StressFindings, one: DoseResponse) -> str:
    return f", {one.model}" if len(findings.models) > 1 else ""


def _moved(one: DoseResponse) -> str:
    highest = max(one.points, key=lambda point: point.rate or 0.0)
    control = "" if one.control is None else f"control {percent(one.control.rate)}, "
    return f"{control}{dose_words(highest.arm)} {percent(highest.rate)} of the turns it reaches"


def _course(findings: StressFindings, one: DoseResponse) -> Iterator[str]:
    """When it begins at the highest dose that could be compared and whether it ends, of one response that rises."""
    arm = [point.arm for point in one.points if point.pairs][-1]
    onset = next((onset for onset in findings.onsets if (onset.arm, onset.judge) == (arm, one.judge)), None)
    if onset is not None:
        contrast = control_contrast(findings, onset)
        against = f", {contrast_words(contrast)}" if contrast and contrast.earlier != "cannot tell" else ""
        half = "" if onset.median_turn is None else f", in half of all by turn {onset.median_turn}"
        yield (
            f"At {dose_words(arm)} of {plain(one.kind)}, {plain(one.judge)} begins in {onset.onsets:,} of"
            f" {counted(onset.conversations, 'conversation')}{half}{against}."
        )
    repair = next((each for each in findings.repairs if (each.arm, each.judge) == (arm, one.judge)), None)
    if repair is not None and repair.share.value is not None:
        took = "" if repair.median_turns is None else f", from half of them after {turns_counted(repair.median_turns)}"
        yield (
            f"There speakers come back from {percent(repair.share.value)} of"
            f" {counted(repair.episodes, 'such episode')} within {turns_counted(repair.within)} of their own{took}."
        )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
