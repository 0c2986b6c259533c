"""Which side of a conversation a role is on, read off its description.

A coarse map, shared by the judges (whose role models know two sides) and the profiles (whose figures are by
side). Blind spot: it reads English keywords; what it does not know is a peer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from sims.transcript import Participant

Side = Literal["seeker", "helper", "peer"]

_KEYWORDS = re.compile(
    r"\b(?:"
    r"(?P<helper>customer[- ](?:service|support|care)|support|agent|assistant|doctor|physician|nurse|tutor|teacher"
    r"|clerk|(?<!crowd )worker|seller|vendor|barista|waiter|advis[eo]r|representative|operator|bot|chatbot|therapist"
    r"|counsell?or|librarian|receptionist|helpdesk|salesperson|consultant)"
    r"|(?P<seeker>customer|user|client|patient|student|pupil|learner|buyer|shopper|passenger|guest|travell?er"
    r"|citizen|tenant|applicant|instructor)"
    r")s?\b",
    re.IGNORECASE,
)
_PERSONA = re.compile(r"\b(?:I|My|my)\b")


def sides(participants: Iterable[Participant]) -> dict[str, Side]:
    """The side of each participant, by name: who asks for something, who gives it, or neither.

    The first keyword of the role decides, then that of the name. A role in the first person ("I am a teacher.") is a
    persona, which says who somebody is, not what they do here. Sides come in pairs: where nobody asks or nobody
    gives, all are peers.

    >>> sides([Participant("A", "airline customer-service agent"), Participant("B", "customer of an airline")])
    {'A': 'helper', 'B': 'seeker'}
    >>> sides([Participant("User 1", "I am a teacher."), Participant("User 2", "I am a student.")])
    {'User 1': 'peer', 'User 2': 'peer'}
    """
    found = {participant.name: _side_by_keyword(participant) for participant in participants}
    is_pair = {"seeker", "helper"} <= set(found.values())
    return found if is_pair else dict.fromkeys(found, "peer")


def _side_by_keyword(participant: Participant) -> Side:
    role = "" if _PERSONA.search(participant.role) else participant.role
    for text in (role, participant.name):
        found = _KEYWORDS.search(text)
        if found:
            return "helper" if found["helper"] else "seeker"
    return "peer"
