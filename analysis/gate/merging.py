"""Several runs kept in one baseline, as the tests of a suite make them, and what of it a single run is held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from analysis.gate.side import Conversation, ScenarioFacts, Side
from sims.errors import UsageError

Place = tuple[str, str]
"""A scenario and the label of its models: what one run holds, and no other of the same baseline."""


def places_of(side: Side) -> frozenset[Place]:
    """What a side holds."""
    return frozenset(map(_place, side.conversations))


def merged(parts: Mapping[str, Side], *, into: Side | None, name: str) -> Side:
    """One side of several, by who made them; what `into` holds in the same places is replaced, the rest stays.

    The order of the parts plays no part: conversations are sorted by key.

    Raises:
        UsageError: two parts hold one place, or a scenario or a judge differs among what is kept.
    """
    owners: dict[Place, str] = {}
    for owner in sorted(parts):
        for place in sorted(places_of(parts[owner])):
            other = owners.setdefault(place, owner)
            if other != owner:
                raise UsageError(
                    f"{other} and {owner} both make a baseline of {place[0] or 'conversations without a scenario'}"
                    f" under {place[1] or 'no model'}; give one a baseline file of its own"
                )
    kept = [_without(into, owners.keys())] if into else []
    sides = [side for side in (*kept, *(parts[owner] for owner in sorted(parts))) if side.conversations]
    conversations = sorted((one for side in sides for one in side.conversations), key=lambda one: one.key)
    return Side(name, _judges(sides), _scenarios(sides), tuple(conversations))


def part_for(candidate: Side, baseline: Side) -> Side:
    """The part of a baseline that a candidate is to be compared with: its own places, or else its scenarios.

    Other tests' scenarios are no missing conversations, and their judges need not have judged these.
    """
    wanted, held = places_of(candidate), places_of(baseline)
    scenarios = {scenario for scenario, _ in wanted}
    others = held - wanted if wanted <= held else {place for place in held if place[0] not in scenarios}
    return _without(baseline, others) if others else baseline


def missing_share(side: Side) -> float:
    """The largest share of a side's conversations that some judge has no outcome on, in [0, 1]."""
    missing = (
        sum(1 for one in side.conversations if judge in one.found and one.found[judge].missing is not None)
        for judge in side.judges
    )
    return max(missing, default=0) / len(side.conversations)


def _place(conversation: Conversation) -> Place:
    return conversation.key.scenario, conversation.key.model


def _without(side: Side, places: Collection[Place]) -> Side:
    """The side less those places, with the judges and scenarios that are left; the whole of it where none is."""
    conversations = tuple(one for one in side.conversations if _place(one) not in places)
    judged = {judge for one in conversations for judge in one.found}
    scenarios = {one.key.scenario for one in conversations}
    return replace(
        side,
        judges={judge: version for judge, version in side.judges.items() if judge in judged},
        scenarios={name: facts for name, facts in side.scenarios.items() if name in scenarios},
        conversations=conversations,
    )


def _judges(sides: Sequence[Side]) -> dict[str, str]:
    judges: dict[str, str] = {}
    for side in sides:
        for judge, version in side.judges.items():
            other = judges.setdefault(judge, version)
            if other != version:
                raise UsageError(
                    f"{judge}: version {other} and version {version} in one baseline; make all of it anew: delete the"
                    " file, and run all tests"
                )
    return judges


def _scenarios(sides: Sequence[Side]) -> dict[str, ScenarioFacts]:
    scenarios: dict[str, ScenarioFacts] = {}
    for side in sides:
        for name, facts in side.scenarios.items():
            if scenarios.setdefault(name, facts).hash != facts.hash:
                raise UsageError(
                    f"two scenarios called {name!r} in one baseline; rename one, or give it a baseline file of its own"
                )
    return dict(sorted(scenarios.items()))
