"""Which conversation of the candidate stands against which of the baseline, and what that comparison rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.gate.side import Conversation, Side
from analysis.outcomes import placing
from analysis.statistics.units import Unit, unit_of
from analysis.wording import counted, one_line
from sims.errors import UsageError

_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two conversations of one scenario and repeat, or of one id."""

    baseline: Conversation
    candidate: Conversation

    @property
    def scenario(self) -> str:
        """The scenario of both; "" where it is not known."""
        return self.candidate.key.scenario


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs in the order of their keys, how many conversations have no partner, and the unit that is permuted.

    `is_branch` says that the candidate was branched off: it goes on with some conversations only, so that those without
    a partner are no missing data.
    """

    pairs: tuple[Pair, ...]
    only_baseline: int
    only_candidate: int
    unit: Unit
    notes: tuple[str, ...]
    is_branch: bool = False


def pair_up(baseline: Side, candidate: Side) -> Pairing:
    """The pairing of two sides by scenario, model, temperature and repeat, or by id where those are not known.

    Where a scenario was held with one model on each side, the models may differ: that is then what is compared. The
    same goes for temperatures. What was branched off a conversation of the baseline stands against that one, of several
    branches the first.

    Raises:
        UsageError: no conversation has a partner, or not the same turns of partners count.
    """
    pairs = tuple(_pairs(baseline, candidate))
    if not pairs:
        raise UsageError(_no_pairs(baseline, candidate))
    if strange := next((pair for pair in pairs if pair.baseline.start != pair.candidate.start), None):
        raise UsageError(
            f"{strange.candidate.transcript!r}: turns count from {strange.candidate.start} on in {candidate.name}, from"
            f" {strange.baseline.start} on in {baseline.name}; load both together (load_sides)"
        )
    only_baseline = len(baseline.conversations) - len(pairs)
    only_candidate = len(candidate.conversations) - len(pairs)
    unit = unit_of(pair.scenario or None for pair in pairs)
    is_branch = all(one.branched_of for one in candidate.conversations)
    notes = (
        *_alone(baseline, candidate),
        *_branches(pairs, *_beyond_branch(baseline, only_baseline, only_candidate, is_branch=is_branch)),
        *_differences(pairs, baseline, candidate),
        _speaks_of(pairs, unit),
    )
    return Pairing(pairs, only_baseline, only_candidate, unit, notes, is_branch)


def _pairs(baseline: Side, candidate: Side) -> Iterator[Pair]:
    """Every conversation of the candidate that has a partner; each of the baseline is the partner of one at most."""
    place = placing(*((one.key for one in side.conversations) for side in (baseline, candidate)))
    by_place = {place(one.key): one for one in baseline.conversations}
    by_id = {one.transcript: one for one in baseline.conversations}
    taken: set[str] = set()
    for one in sorted(candidate.conversations, key=lambda one: one.key):
        partner = by_id.get(one.branched_of or "") or by_place.get(place(one.key))
        if partner is not None and partner.transcript not in taken:
            taken.add(partner.transcript)
            yield Pair(partner, one)


def _beyond_branch(baseline: Side, only_baseline: int, only_candidate: int, *, is_branch: bool) -> tuple[int, int]:
    """How many recordings the branch does not go on with, and how many further branches there are of the others."""
    if is_branch:
        return only_baseline, only_candidate
    return (only_candidate, 0) if all(one.branched_of for one in baseline.conversations) else (0, 0)


def _branches(pairs: Sequence[Pair], left_out: int, further: int) -> Iterator[str]:
    """What a reader has to know of a branch that is compared."""
    start = pairs[0].candidate.start
    if not start:
        return
    yield (
        f"Turns from {start} on are compared, counted from 0: the turns before are recorded or injected, and count for"
        " nobody."
    )
    if left_out:
        yield (
            f"The branch does not go on with {counted(left_out, 'conversation')} of the other side, such as those that"
            " had ended by then: the figures speak of conversations that come as far."
        )
    if further:
        yield f"Of several branches of one recording the first is compared: {further:,} are not."


def _no_pairs(baseline: Side, candidate: Side) -> str:
    theirs, ours = (_held(side) for side in (baseline, candidate))
    return (
        f"no conversation of {candidate.name} has a partner in {baseline.name}: the baseline holds {theirs},"
        f" the candidate {ours}; gate runs of the same scenarios, or make a new baseline"
    )


def _held(side: Side) -> str:
    """What a side holds, in words: its scenarios with its models, else its conversations by id."""
    scenarios = _scenarios_of(side.conversations)
    if not scenarios:
        return f"conversations such as {side.conversations[0].transcript!r}"
    models = f" under {_listed(side.models)}" if side.models else ""
    return _listed(scenarios) + models


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(one_line(name, limit=80) for name in names[:_NAMES_SHOWN]) + more


def _alone(baseline: Side, candidate: Side) -> Iterator[str]:
    """The scenarios that one side alone holds."""
    theirs, ours = (_scenarios_of(side.conversations) for side in (baseline, candidate))
    for name, held, others in (("baseline", theirs, ours), ("candidate", ours, theirs)):
        if alone := [scenario for scenario in held if scenario not in others]:
            yield f"Only in the {name}, so not compared: {_listed(alone)}."


def _differences(pairs: Sequence[Pair], baseline: Side, candidate: Side) -> Iterator[str]:
    """What else differs between the partners, or does not."""
    yield from _across("models", ((pair.baseline.key.model, pair.candidate.key.model) for pair in pairs))
    yield from _across("temperatures", ((_heat(pair.baseline), _heat(pair.candidate)) for pair in pairs))
    changed = [
        name
        for name in _scenarios_of(pair.candidate for pair in pairs)
        if _hash(baseline, name) != _hash(candidate, name)
    ]
    if changed:
        yield f"Changed since the baseline: {_listed(changed)}."
    seeds = sum(bool(pair.scenario) and pair.baseline.seed != pair.candidate.seed for pair in pairs)
    if seeds:
        yield f"{_of(seeds, pairs)} have different seeds: they share the scenario and the repeat only."
    same = sum(pair.candidate.turns > 0 and pair.baseline.text_hash == pair.candidate.text_hash for pair in pairs)
    if same:
        yield f"{_of(same, pairs)} are word for word the same on both sides."


def _of(count: int, pairs: Sequence[Pair]) -> str:
    return f"All {len(pairs):,} pairs" if count == len(pairs) else f"{count:,} of {len(pairs):,} pairs"


def _across(what: str, labels: Iterable[tuple[str, str]]) -> Iterator[str]:
    differing = [(theirs, ours) for theirs, ours in labels if theirs != ours]
    if differing:
        theirs, ours = (_listed(list(dict.fromkeys(names))) for names in zip(*differing, strict=True))
        yield f"Compared across {what}: {theirs} in the baseline, {ours} in the candidate."


def _heat(one: Conversation) -> str:
    return "the provider's own" if one.key.temperature is None else f"{one.key.temperature:g}"


def _scenarios_of(conversations: Iterable[Conversation]) -> list[str]:
    return list(dict.fromkeys(one.key.scenario for one in conversations if one.key.scenario))


def _hash(side: Side, scenario: str) -> str | None:
    facts = side.scenarios.get(scenario)
    return facts.hash if facts else None


def _speaks_of(pairs: Sequence[Pair], unit: Unit) -> str:
    scenarios = len(_scenarios_of(pair.candidate for pair in pairs))
    if not scenarios:
        return "The conversations are the units: the figures speak of conversations like these."
    if unit == "scenario":
        return f"The {scenarios:,} scenarios are the units: the figures speak of scenarios like these."
    these = "this scenario" if scenarios == 1 else f"these {scenarios:,} scenarios"
    return f"The conversations are the units: the figures speak of {these} only."
