"""Which side of a conversation a role is on, read off its description.

A coarse map, shared by the judges (whose role models know two sides) and the profiles (whose figures are by
side). Blind spot: it reads English keywords; what it does not know is a peer.
"""

from __future__ import annotations

import re
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


def side_of(participant: Participant) -> Side:
    """The side the participant is on: asks for something, gives it, or neither.

    The first keyword of the role decides, then that of the name.

    >>> side_of(Participant("A", "airline customer-service agent"))
    'helper'
    >>> side_of(Participant("B", "customer asking a virtual assistant for: hotels"))
    'seeker'
    >>> side_of(Participant("C", "member of a research group meeting"))
    'peer'
    """
    for text in (participant.role, participant.name):
        found = _KEYWORDS.search(text)
        if found:
            return "helper" if found["helper"] else "seeker"
    return "peer"
