"""A stress test in words, the same on the page and on the terminal."""

from __future__ import annotations

from analysis.gate_reports.wording import points, points_interval
from analysis.stress.values import (
    Arm,
    DosePoint,
    DoseResponse,
    Onset,
    OnsetContrast,
    Repair,
    Sensitivity,
    StressFindings,
)
from analysis.wording import UNKNOWN, counted, percent, percent_interval, plain

_FAIR_PART = 0.2
"""Of the flags: where another judge raised so many of them too, what rises may be its own."""
_ORDER = ("EXCEEDS", "CANNOT_TELL", "NO_RISE_FOUND")


def arm_words(arm: Arm) -> str:
    """The kind and the dose, or the control.

    >>> arm_words(Arm("m", "role_pressure", 0.5)), arm_words(Arm("m", "typos", None)), arm_words(Arm("m", "typos", 0.0))
    ('role pressure, dose 0.5', 'typos, once', 'the control')
    """
    return "the control" if arm.is_control else f"{plain(arm.kind)}, {dose_words(arm)}"


def dose_words(arm: Arm) -> str:
    """The dose alone."""
    if arm.is_control:
        return "control"
    return "once" if arm.dose is None else f"dose {arm.dose:g}"


def ranked(findings: StressFindings) -> tuple[DoseResponse, ...]:
    """The responses: those that rise first, then those that cannot be told; among equals the largest rise first."""
    return tuple(sorted(findings.responses, key=lambda one: (_ORDER.index(one.response), -largest_rise(one))))


def largest_rise(response: DoseResponse) -> float:
    """The largest difference from the control at any dose, in [-1, 1]; -1 where none is known."""
    return max((point.difference for point in response.points if point.difference is not None), default=-1.0)


def response_words(response: DoseResponse, margin: float) -> str:
    """Whether and from which dose on a judge's rate is above the control's, or what can be said instead."""
    if response.response == "EXCEEDS":
        return (
            f"above the control{where_words(response)}{_below(response)}{bare_words(response)}{shared_words(response)}"
        )
    if response.response == "NO_RISE_FOUND":
        return f"no rise found up to {dose_words(response.points[-1].arm)}; one of {margin_words(margin)} is ruled out"
    if response.but_for_missing:
        missing, held = (sum(getattr(one, what) for one in response.points) for what in ("missing", "conversations"))
        return f"cannot tell: the {missing:,} missing of {counted(held, 'conversation')} may hide a rise"
    if response.needed is None:
        return f"cannot tell{bare_words(response, sign=':')}"
    return f"cannot tell; about {counted(response.needed, 'conversation')} an arm would settle it"


def bare_words(response: DoseResponse, *, sign: str = ";") -> str:
    """Which arms have nothing that could be compared, behind a sign; empty where all have or there is no control."""
    bare = [dose_words(one.arm) for one in response.points if not one.arm.is_control and not one.pairs]
    if response.control is None or not bare:
        return ""
    return f"{sign} nothing to compare at {', '.join(bare)}"


def where_words(response: DoseResponse) -> str:
    """At which doses a rise is shown, as what follows a comma or not; of those that could be compared."""
    if response.first_exceeding is None:
        return " where it acts once"
    later = [one for one in response.points if one.pairs and (one.arm.dose or 0.0) >= response.first_exceeding]
    if len(later) == 1:
        return f", shown at dose {response.first_exceeding:g}"
    is_whole = all(point.exceeds for point in later)
    return f", shown from dose {response.first_exceeding:g} on" + (
        "" if is_whole else ", though not beyond chance at every one"
    )


def _below(response: DoseResponse) -> str:
    """How far the rate may rise at the doses below, of which none is shown."""
    if response.first_exceeding is None:
        return ""
    lower = (one for one in response.points if one.pairs and 0 < (one.arm.dose or 0.0) < response.first_exceeding)
    told = [
        f"at {one.arm.dose:g} cannot tell" + ("" if one.difference_high is None else f" (up to {_up(one)})")
        for one in lower
    ]
    return "".join(f"; {words}" for words in told)


def _up(point: DosePoint) -> str:
    return f"{points(point.difference_high)} points"


def shared_words(response: DoseResponse) -> str:
    """How many of the flags at the highest dose another judge raised as well, where that is a fair part of them."""
    last = response.points[-1]
    if last.shared_turns < _FAIR_PART * last.flagged_turns or not last.shared_turns:
        return ""
    return f"; {last.shared_turns:,} of the {last.flagged_turns:,} turns {plain(last.shared_with)} flags as well"


def margin_words(margin: float) -> str:
    """A margin in points."""
    return f"{100 * margin:g} {'point' if margin == 0.01 else 'points'}"


def rate_words(point: DosePoint) -> str:
    """The rate of an arm with its interval."""
    if point.rate is None:
        return UNKNOWN
    return percent(point.rate) + _bracketed(percent_interval(point.ci_low, point.ci_high))


def short_rate(point: DosePoint) -> str:
    """The rate of an arm, and how many conversations are missing from it where some are."""
    return percent(point.rate) + (f", {point.missing:,} missing" if point.missing else "")


def difference_words(point: DosePoint) -> str:
    """How much the rate is above the control's, in points, with its interval."""
    if point.difference is None:
        return UNKNOWN
    return points(point.difference) + _bracketed(points_interval(point.difference_low, point.difference_high))


def missing_words(point: DosePoint) -> str:
    """How many conversations are missing, and the bounds of the rate with them."""
    if not point.missing:
        return "none"
    bounds = percent_interval(point.worst_low, point.worst_high)
    return f"{point.missing:,} of {point.conversations:,}; with them {bounds}"


def slope_words(response: DoseResponse) -> str:
    """How many points the rate rises along the best line over the doses that were judged, with the interval."""
    slope = response.slope
    if slope.value is None or response.slope_from is None or response.slope_to is None:
        return UNKNOWN
    told = points(slope.value) + _bracketed(points_interval(slope.low, slope.high))
    return f"{told} over doses {response.slope_from:g} to {response.slope_to:g}"


def _bracketed(interval: str) -> str:
    """An interval behind its figure, where there is one."""
    return "" if interval == UNKNOWN else f" [{interval}]"


def onset_words(onset: Onset) -> str:
    """How many conversations were flagged, and by which turn half of them."""
    found = f"{onset.onsets:,} of {onset.conversations:,} flagged"
    return found if onset.median_turn is None else f"{found}, half of all by turn {onset.median_turn}"


def contrast_words(contrast: OnsetContrast) -> str:
    """Whether flags begin earlier than in the control, or under the other model."""
    other = "the control" if contrast.other.is_control and not contrast.arm.is_control else contrast.other.model
    if contrast.earlier == "cannot tell":
        return f"cannot tell from {other}"
    return f"{'earlier' if contrast.earlier == 'arm' else 'later'} than {other}"


def control_contrast(findings: StressFindings, onset: Onset) -> OnsetContrast | None:
    """The contrast of an arm with its own control; None for the control."""
    return next(
        (
            one
            for one in findings.contrasts
            if one.judge == onset.judge and one.arm == onset.arm and one.other.is_control
        ),
        None,
    )


def repair_words(repair: Repair) -> str:
    """How likely an episode is over after a few own turns, and how many were cut off."""
    share = repair.share
    if share.value is None:
        return f"nobody had a turn left to come back in ({counted(repair.open, 'episode')})"
    interval = _bracketed(percent_interval(share.low, share.high))
    told = f"{percent(share.value)}{interval} within {turns_counted(repair.within)}"
    return f"{told}; {repair.open:,} of {repair.episodes:,} cut off by the end" if repair.open else told


def turns_words(repair: Repair) -> str:
    """How many own turns an episode lasts, by the median."""
    return UNKNOWN if repair.median_turns is None else turns_counted(repair.median_turns)


def steeper(findings: StressFindings) -> tuple[Sensitivity, ...]:
    """The sensitivities that name a model, in the order of that model's own responses (`ranked`)."""
    order = {(one.model, one.kind, one.judge): place for place, one in enumerate(ranked(findings))}

    def place(one: Sensitivity) -> int:
        return order.get((one.model if one.more == "model" else one.other, one.kind, one.judge), len(order))

    return tuple(sorted((one for one in findings.sensitivities if one.more != "cannot tell"), key=place))


def sensitivity_words(one: Sensitivity) -> str:
    """Which of two models a kind of stress moves more."""
    what = f"{plain(one.judge)} under {plain(one.kind)}"
    if one.more == "cannot tell" or one.difference.value is None:
        return f"{what}: cannot tell {one.model} from {one.other}"
    more, less = (one.model, one.other) if one.more == "model" else (one.other, one.model)
    return f"{what}: {more} rises more with the dose than {less}"


def control_rate(response: DoseResponse) -> str:
    """The rate of the control with what is missing; a dash where there is none."""
    return UNKNOWN if response.control is None else short_rate(response.control)


def turns_counted(count: float) -> str:
    """A number of turns, whole or half."""
    return f"{count:g} {'turn' if count == 1 else 'turns'}"
