"""Which conversations have the same roles, so that one can teach what the other's speakers sound like."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from sims.roles import sides
from sims.transcript import Participant, Transcript

_PERSONA = re.compile(r"\s*(?:I|my|he|she|we|you)\b", re.IGNORECASE)
_LONGEST_ROLE = 80


def role_keys(cast: Sequence[Participant]) -> dict[str, str]:
    """The role of each participant, by name, in a form that is the same in all conversations of a kind.

    The side of a pair of seeker and helper; else the role as told. Where the "role" is a persona ("I like dogs.") or
    two share it, the name stands for it.

    >>> role_keys([Participant("A", "customer of an airline"), Participant("B", "airline agent")])
    {'A': 'seeker', 'B': 'helper'}
    """
    if is_service_pair(cast):
        return dict(sides(cast))
    told = [participant.role.casefold().strip()[:_LONGEST_ROLE] for participant in cast]
    holders = Counter(told)
    return {
        participant.name: f"as {participant.name}" if holders[role] > 1 or _PERSONA.match(role) else role
        for participant, role in zip(cast, told, strict=True)
    }


def cast_key(transcript: Transcript) -> str:
    """What conversations of one kind share: the scenario or source, and the roles."""
    kind = transcript.scenario.id if transcript.scenario else transcript.source
    return json.dumps([kind, *sorted(role_keys(transcript.participants).values())])


def is_service_pair(cast: Sequence[Participant]) -> bool:
    """Whether two take part, one who asks and one who gives, by their roles (`sims.roles.sides`)."""
    is_persona = any(_PERSONA.match(participant.role) for participant in cast)
    return len(cast) == 2 and not is_persona and "seeker" in sides(cast).values()
