"""The sentences that a reader needs when reading nothing else: what was found, how sure it is, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.findings import FlagRate, Shift
from analysis.human_or_machine import Likeness
from analysis.report.aborted_wording import aborted_headline
from analysis.report.branch_wording import branch_headline
from analysis.report.likeness_wording import likeness_headline
from analysis.report.tally import Tally
from analysis.wording import counted, direction, one_line, percent, percent_interval, plain, signed

_STRESSORS_TOLD = 3


def headline(
    tally: Tally,
    *,
    control: Tally | None = None,
    rates: Sequence[FlagRate],
    shifts: Sequence[Shift],
    calibrated: Mapping[str, bool],
    feature_labels: Mapping[str, str],
    likeness: Sequence[Likeness] = (),
    branched_off: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """The sentences in their order of importance: flags, likeness to people, what is missing, what to trust.

    `control` counts the conversations without stressors, of which the rates and shifts are; None where these are all.
    `branched_off` is that of the manifest.
    """
    return (
        _flags(tally, rates) if control is None else _without_stress(_flags(control, rates)),
        *branch_headline(tally, branched_off),
        *aborted_headline(tally.aborted),
        _likeness(shifts, feature_labels) if control is None else _without_stress(_likeness(shifts, feature_labels)),
        *likeness_headline(likeness, feature_labels),
        _missing(tally),
        *_trust(tally, calibrated),
    )


def declared_stress(declared: Mapping[str, int], conversations: int) -> Iterator[str]:
    """A sentence where scenarios disturb their conversations themselves; `declared` counts these by what does it."""
    disturbed = sum(declared.values())
    if disturbed:
        of = f"All {conversations:,} conversations were" if conversations > 1 else "The conversation was"
        if disturbed < conversations:
            of = f"{disturbed:,} of {counted(conversations, 'conversation')} {'was' if disturbed == 1 else 'were'}"
        named = "; ".join(one_line(words) for words in list(declared)[:_STRESSORS_TOLD])
        more = f"; and {len(declared) - _STRESSORS_TOLD:,} more" if len(declared) > _STRESSORS_TOLD else ""
        yield (
            f"{of} under stress that the scenario declares ({named}{more}), with no undisturbed control beside;"
            " simstress stress holds one."
        )


def _without_stress(sentence: str) -> str:
    return f"Without stress, {sentence[:1].lower()}{sentence[1:]}"


def _flags(tally: Tally, rates: Sequence[FlagRate]) -> str:
    if not tally.conversations:
        return "There are no conversations here."
    size = f"{counted(tally.conversations, 'conversation')} with {counted(tally.turns, 'turn')}"
    if not tally.judges and tally.not_applicable:
        return f"In {size}, there was nothing of the kind that the judges look at."
    if not tally.judges:
        return f"{size}; no judge has looked at them yet."
    if rates and all(rate.rate is None for rate in rates):
        return f"In {size}, there was nothing that a judge could judge."
    if not tally.flagged_turns:
        return f"In {size}, no judge flagged a turn{_upper_bound(rates)}."
    found = (
        f"Judges flagged {tally.flagged_turns:,} of {counted(tally.turns, 'turn')}, "
        f"in {tally.flagged_conversations:,} of {counted(tally.conversations, 'conversation')}"
    )
    return f"{found}{_commonest(rates)}."


def _commonest(rates: Sequence[FlagRate]) -> str:
    known = [rate for rate in rates if rate.flagged_turns and 2 * rate.unjudged_conversations <= rate.conversations]
    if not known:
        return ""
    top = max(known, key=lambda rate: rate.rate or 0.0)
    interval = percent_interval(top.ci_low, top.ci_high)
    return f"; most often for {plain(top.judge)}: {percent(top.rate)} of the turns it judged (95% interval {interval})"


def _upper_bound(rates: Sequence[FlagRate]) -> str:
    highs = [(rate.ci_high, rate.judge) for rate in rates if rate.ci_high]
    if not highs:
        return ""
    high, judge = max(highs)
    return f"; with this many conversations a true rate of up to {percent(high)} cannot be ruled out ({plain(judge)})"


def _likeness(shifts: Sequence[Shift], labels: Mapping[str, str]) -> str:
    if not shifts:
        return "They were not compared with people."
    counts = Counter(shift.decision for shift in shifts)
    profiles = sorted({shift.profile for shift in shifts})
    against = f"the {profiles[0]} profile" if len(profiles) == 1 else f"{len(profiles)} profiles"
    verdict = (
        f"Compared with people ({against}), of {counted(len(shifts), 'comparison')} "
        f"{counts['SHIFTED']} are shifted, {counts['EQUIVALENT']} equivalent and {counts['UNDECIDED']} undecided"
    )
    return f"{verdict}{_furthest(shifts, labels)}."


def _furthest(shifts: Sequence[Shift], labels: Mapping[str, str]) -> str:
    shifted = [shift for shift in shifts if shift.decision == "SHIFTED" and shift.effect]
    if not shifted:
        return ""
    far = max(shifted, key=lambda shift: abs(shift.effect or 0.0))
    label = labels.get(far.feature, plain(far.feature))
    way = f"{direction(far)} than people (effect {signed(far.effect)})"
    return f"; furthest off: {label}, {plain(far.role)}: {way}"


def _missing(tally: Tally) -> str:
    gaps = [
        f"{counted(tally.failed, 'conversation')} failed" if tally.failed else "",
        f"{counted(tally.partly_judged, 'conversation')} without the verdict of a judge" if tally.partly_judged else "",
        f"{tally.without_verdict:,} without any verdict" if tally.without_verdict and tally.judges else "",
        f"{counted(cut, 'conversation')} cut at a token limit"
        if (cut := tally.stop_reasons.get("max_tokens", 0))
        else "",
    ]
    told = [gap for gap in gaps if gap]
    if not told and None in tally.stop_reasons:
        return "How the conversations ended is not recorded; none went unjudged."
    if not told:
        return "No conversation failed." if not tally.judges else "No conversation failed and none went unjudged."
    return f"Missing: {'; '.join(told)}. What they could change is beside every rate; comparisons leave out the failed."


def _trust(tally: Tally, calibrated: Mapping[str, bool]) -> Iterator[str]:
    unknown = [plain(judge) for judge in tally.judges if not calibrated.get(judge, False)]
    if unknown:
        yield f"Uncalibrated: {', '.join(unknown)}. No card says how often people agree, so read flags as leads."
