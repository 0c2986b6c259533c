"""The gate itself: two sides paired, checked judge by judge, and decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.gate.changes import changed_conversations
from analysis.gate.checks import change_check, decided, limit_check
from analysis.gate.counts import PairedCounts, paired_counts, side_counts
from analysis.gate.pairing import Pairing, pair_up
from analysis.gate.side import ScenarioFacts, Side
from analysis.gate.values import DEFAULT_MARGIN, Check, GateDecision, GateResult
from analysis.statistics.common import ALPHA
from analysis.wording import counted, percent
from sims.errors import UnknownNameError, UsageError
from sims.scenario import Expectation
from sims.seeds import derive_seed

_NOTHING = Expectation()


@dataclass(frozen=True, slots=True)
class _Limit:
    """A scenario's highest allowed rate of one judge."""

    judge: str
    scenario: str
    max_rate: float


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What the judges are held to: a margin each, and the limits of scenarios."""

    margins: Mapping[str, float]
    limits: tuple[_Limit, ...]

    @property
    def level(self) -> float:
        """What p must stay below when all checks are allowed for (Bonferroni)."""
        return ALPHA / (len(self.margins) + len(self.limits))


def run_gate(
    baseline: Side,
    candidate: Side,
    *,
    margin: float | None = None,
    margins: Mapping[str, float] | None = None,
    judges: Sequence[str] = (),
    has_limits: bool = True,
    max_missing: float = 0.05,
    allow_unpaired: bool = False,
    seed: int = 0,
) -> GateResult:
    """Whether the candidate is worse than the baseline, judge by judge: non-inferiority by a margin, on pairs.

    `margins` hold single judges, `margin` all others; where neither is given, the strictest `expect.<judge>.margin` of
    the candidate's scenarios counts, and `DEFAULT_MARGIN` where there is none. `judges` chooses among the baseline's
    judges, all of them by default. `has_limits` also holds the candidate to each scenario's `expect.<judge>.max_rate`.
    PASS is not given when a judge lacks an outcome on more than the share `max_missing` of what it was to judge, nor
    when more than that share of the baseline's conversations have no partner, unless `allow_unpaired` says that the
    candidate is a subset on purpose, as a branched run always is.

    Rates, intervals and p are those of `paired_difference` and `rate_bounds`. A check is REGRESSED where the rise is
    estimated above the margin, at p < .05 corrected after Holm (1979) over all checks, so that a gate without any
    change says so in at most one of twenty; PASS needs no correction, since all checks must pass together (an
    intersection-union test: Berger 1982). Both error rates are simulated in docs/statistics.md. Blind spots: a rise
    within the margin passes or stays open, a rise of one judge in one scenario is diluted by the others, and runs of
    one scenario say nothing of another.

    Raises:
        UsageError: no conversation has a partner, turns count from different ones on (`load_sides`), a judge is missing
            or of another version on one side, no judge had anything to look at, or a margin is outside [0, 1].
    """
    chosen = _chosen_judges(baseline, candidate, judges)
    pairing = pair_up(baseline, candidate)
    counts = _counts(pairing, chosen)
    held_to = _margins(candidate, chosen, margin, margins or {})
    limited = (chosen if judges else tuple(candidate.judges)) if has_limits else ()
    bounds = _Bounds({judge: held_to[judge] for judge in counts}, tuple(_limits_of(candidate, limited)))
    checks = decided([*_changes(counts, pairing, bounds, seed), *_limits(candidate, bounds)], max_missing=max_missing)
    absent = 0.0 if allow_unpaired or pairing.is_branch else pairing.only_baseline / len(baseline.conversations)
    share = max(absent, *(check.missing_share for check in checks))
    return GateResult(
        decision=_decision(checks, is_missing_too_much=share > max_missing),
        checks=checks,
        changes=changed_conversations(pairing.pairs, chosen),
        baseline=baseline.name,
        candidate=candidate.name,
        pairs=len(pairing.pairs),
        only_baseline=pairing.only_baseline,
        only_candidate=pairing.only_candidate,
        missing_share=share,
        is_missing_too_much=share > max_missing,
        notes=(
            *pairing.notes,
            *_expected_otherwise(baseline, candidate),
            *_judged_otherwise(pairing, chosen),
            *_unused(candidate, () if judges else set(candidate.judges) - set(chosen)),
            *_inapplicable(chosen, counts),
        ),
    )


def _chosen_judges(baseline: Side, candidate: Side, names: Sequence[str]) -> tuple[str, ...]:
    """The judges to compare, each in one version on both sides."""
    for name in names:
        if name not in baseline.judges:
            raise UnknownNameError(f"judge in {baseline.name}", name, baseline.judges)
    chosen = tuple(dict.fromkeys(names)) or tuple(baseline.judges)
    for judge in chosen:
        theirs, ours = baseline.judges[judge], candidate.judges.get(judge)
        if ours is None:
            raise UsageError(
                f"{candidate.name}: not judged by {judge}, as {baseline.name} is; judge it again with --judges"
                f" {','.join(chosen)}, or leave {judge} out of gate --judges"
            )
        if ours != theirs:
            raise UsageError(
                f"{judge}: version {theirs} judged {baseline.name}, version {ours} {candidate.name}; judge both again"
                " with one version (simstress judge), or make a new baseline"
            )
    return chosen


def _counts(pairing: Pairing, judges: Sequence[str]) -> dict[str, PairedCounts]:
    """What each judge found in the pairs; those that found nothing of their kind to look at are left out."""
    counts = {judge: paired_counts(pairing, judge) for judge in judges}
    found = {judge: one for judge, one in counts.items() if one.pairs or one.missing or one.inapplicable}
    if not found:
        raise UsageError(
            f"nothing to compare: no pair holds anything of the kind of {', '.join(judges) or 'any judge'}"
        )
    return found


def _margins(
    candidate: Side, judges: Sequence[str], margin: float | None, margins: Mapping[str, float]
) -> dict[str, float]:
    """The margin of each judge."""
    for name in margins:
        if name not in judges:
            raise UnknownNameError("judge in --margin", name, judges)
    for value in (margin, *margins.values()):
        if value is not None and not 0 <= value <= 1:
            raise UsageError(f"--margin {value:g}: expected a share of turns from 0 to 1, for example 0.02")
    scenarios = tuple(candidate.scenarios.values())
    return {judge: margins.get(judge, _expected(scenarios, judge) if margin is None else margin) for judge in judges}


def _expected(scenarios: Sequence[ScenarioFacts], judge: str) -> float:
    """The strictest margin that the scenarios expect."""
    found = (one.expect[judge].margin for one in scenarios if judge in one.expect)
    return min((value for value in found if value is not None), default=DEFAULT_MARGIN)


def _limits_of(candidate: Side, judges: Sequence[str]) -> Iterator[_Limit]:
    for judge in judges:
        for one in candidate.scenarios.values():
            max_rate = one.expect[judge].max_rate if judge in one.expect else None
            if max_rate is not None:
                yield _Limit(judge, one.id, max_rate)


def _changes(counts: Mapping[str, PairedCounts], pairing: Pairing, bounds: _Bounds, seed: int) -> Iterator[Check]:
    for judge, found in counts.items():
        yield change_check(
            found,
            judge=judge,
            unit=pairing.unit,
            margin=bounds.margins[judge],
            level=bounds.level,
            seed=derive_seed("gate", judge, seed),
        )


def _limits(candidate: Side, bounds: _Bounds) -> Iterator[Check]:
    for limit in bounds.limits:
        held = (one for one in candidate.conversations if one.key.scenario == limit.scenario)
        found = side_counts(held, limit.judge)
        yield limit_check(found, judge=limit.judge, scenario=limit.scenario, max_rate=limit.max_rate)


def _decision(checks: Sequence[Check], *, is_missing_too_much: bool) -> GateDecision:
    decisions = {check.decision for check in checks}
    if "REGRESSED" in decisions:
        return "REGRESSED"
    return "INCONCLUSIVE" if is_missing_too_much or "INCONCLUSIVE" in decisions else "PASS"


def _expected_otherwise(baseline: Side, candidate: Side) -> Iterator[str]:
    """What scenarios of the same id expect of a judge here and there, where that differs and both are known."""
    for one in candidate.scenarios.values():
        before = baseline.scenarios.get(one.id)
        if before is None or before.hash == one.hash:
            continue
        for judge in dict.fromkeys((*before.expect, *one.expect)):
            theirs, ours = (facts.expect.get(judge, _NOTHING) for facts in (before, one))
            if (theirs.max_rate, theirs.margin) != (ours.max_rate, ours.margin):
                yield (
                    f"{one.id} expects something else of {judge} than in the baseline: {_expectation(theirs)} there,"
                    f" {_expectation(ours)} here. The candidate's counts."
                )


def _expectation(of: Expectation) -> str:
    """A limit and a margin in words."""
    limit = "no limit" if of.max_rate is None else f"at most {percent(of.max_rate)}"
    return f"{limit} and {'no margin' if of.margin is None else f'a margin of {percent(of.margin)}'}"


def _judged_otherwise(pairing: Pairing, judges: Sequence[str]) -> Iterator[str]:
    """Which judges differ on conversations that do not: those that learn from the run at hand may."""
    same = [pair for pair in pairing.pairs if pair.baseline.text_hash == pair.candidate.text_hash]
    for judge in judges:
        differing = sum(pair.baseline.found.get(judge) != pair.candidate.found.get(judge) for pair in same)
        if differing:
            pairs = counted(differing, "pair")
            yield f"{judge} judges {pairs} of the same text differently: it also learns from the other conversations."


def _unused(candidate: Side, extra: Collection[str]) -> Iterator[str]:
    """Judges that have judged without a baseline, and expectations of judges that have not judged."""
    if extra:
        yield f"Not in the baseline, so not compared with it: {', '.join(sorted(extra))}."
    for one in candidate.scenarios.values():
        unheld = [judge for judge in one.expect if judge not in candidate.judges]
        if unheld:
            yield f"{one.id} expects something of {', '.join(unheld)}, which has not judged it."


def _inapplicable(judges: Sequence[str], counts: Mapping[str, PairedCounts]) -> Iterator[str]:
    if idle := [judge for judge in judges if judge not in counts]:
        yield f"Left out, since no pair holds anything of its kind: {', '.join(idle)}."
    for judge, found in counts.items():
        if found.inapplicable:
            pairs = counted(found.inapplicable, "pair")
            yield f"{judge}: left out {pairs} that held something of its kind on one side only."
