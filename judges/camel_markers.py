"""The camel_markers judge: role flips and interruptions by the marks of CAMEL's protocol, as the paper counts them.

Definition (arXiv 2401.14698, section 8, and its published code): a user's message that holds "Solution:", or an
assistant's that holds "Instruction:", is a `role_flip`; a message with neither its own mark nor <CAMEL_TASK_DONE> is an
`interruption`. The other's mark is looked for first, anywhere in the message, in these letters. A conversation is one
of CAMEL's where two speakers take turns and both marks occur. The user is the one with more messages of
"Instruction:", less those of "Solution:"; where both have as many, the one whose role (or name) is nothing but "user",
"instructor" or CAMEL's RoleType.USER, the other's "assistant". Where role and balance contradict each other nobody can
say who has changed places ("roles_indistinct"). Each message scores 1 where it is at fault and 0 where not; a blank one
is not judged, nor a conversation that is none of CAMEL's ("no_protocol").

The paper numbers messages from 1: turn 0 here is its message_1.

Blind spots: it reads marks, not words, so a flip that keeps its marks is missed, and a message that mentions the
other's mark ("as your Instruction: says") is flagged. Where one of the marks never occurs it is silent. CAMEL itself
broke conversations off before it stored an assistant's "Instruction:". `role_flip` reads words as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, Self, TypeAlias

from judges.verdict import Hit, UnjudgedReason, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

NAME = "camel_markers"
VERSION = "2"
Role: TypeAlias = Literal["user", "assistant"]
MarkerFault: TypeAlias = Literal["role_flip", "interruption"]
OWN_MARKS: Mapping[Role, str] = MappingProxyType({"user": "Instruction:", "assistant": "Solution:"})
DONE_MARK = "<CAMEL_TASK_DONE>"
_OTHER: Mapping[Role, Role] = MappingProxyType({"user": "assistant", "assistant": "user"})
_NAMED = re.compile(r"(?:.*RoleType\.)?(?:(?P<user>user|instructor)|(?P<assistant>assistant))", re.IGNORECASE)
"""A role, or a name, that says no more than which of the two it is."""
_QUOTED = 80
"""How many characters of an interruption are quoted."""


def marker_fault(role: Role, text: str) -> MarkerFault | None:
    """What the paper's rule says of one message; None where nothing is wrong.

    >>> marker_fault("user", "Solution: buy. Instruction: sell."), marker_fault("assistant", "Goodbye!")
    ('role_flip', 'interruption')
    """
    if OWN_MARKS[_OTHER[role]] in text:
        return "role_flip"
    return None if OWN_MARKS[role] in text or DONE_MARK in text else "interruption"


class CamelMarkersJudge:
    """Scores each message 1 or 0; flags `role_flip` and `interruption`. `meta` tells who was taken for what."""

    name = NAME
    version = VERSION

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The judge itself: the rule is fixed."""
        return self

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict, or why there is none; marks are the same in every language."""
        why = _why_not(transcript)
        if why is not None:
            return unjudged(transcript, judge=NAME, version=VERSION, reason=why[0], detail=why[1])
        roles = roles_of(transcript)
        if roles is None:
            detail = (
                'both say "Instruction:" and "Solution:" alike and no role names a user or an assistant,'
                " or the roles contradict the marks"
            )
            return unjudged(transcript, judge=NAME, version=VERSION, reason="roles_indistinct", detail=detail)
        scores: list[float | None] = []
        hits: list[Hit] = []
        for index, turn in enumerate(transcript.turns):
            fault = marker_fault(roles[turn.speaker], turn.text) if turn.text.strip() else None
            scores.append(float(fault is not None) if turn.text.strip() else None)
            hits += [_hit(index, turn.text, roles[turn.speaker], fault)] if fault else []
        return verdict_on(
            transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits, meta={"roles": dict(roles)}
        )


def roles_of(transcript: Transcript) -> Mapping[str, Role] | None:
    """Who of the two that take turns is the user and who the assistant, by name.

    None where nothing tells, or what they are called contradicts whose marks they write.
    """
    speakers = _speakers(transcript)
    if len(speakers) != 2:
        return None
    first, second = speakers
    named, marked = _named_role(transcript, first, second), _role_by_marks(transcript, first, second)
    if named and marked and named != marked:
        return None
    role = named or marked
    return {first: role, second: _OTHER[role]} if role else None


def _why_not(transcript: Transcript) -> tuple[UnjudgedReason, str] | None:
    """Why the conversation is none of CAMEL's; None where it is one."""
    speakers = _speakers(transcript)
    counts = Counter(mark for turn in transcript.turns for mark in OWN_MARKS.values() if mark in turn.text)
    if all(counts[mark] for mark in OWN_MARKS.values()):
        is_pair = len(speakers) == 2
        return None if is_pair else ("no_protocol", f"CAMEL's protocol is for two speakers, here are {len(speakers)}")
    found = " and ".join(f'"{mark}" stands in {counts[mark]}' for mark in OWN_MARKS.values())
    return "no_protocol", f"not a conversation of CAMEL's: {found} of {len(transcript.turns)} turns"


def _speakers(transcript: Transcript) -> tuple[str, ...]:
    return tuple(dict.fromkeys(turn.speaker for turn in transcript.turns))


def _named_role(transcript: Transcript, first: str, second: str) -> Role | None:
    """The role of the first where one of them is called just a user and the other just an assistant."""
    called = {who.name: _called(who.role) or _called(who.name) for who in transcript.participants}
    role, other = called.get(first), called.get(second)
    return role if role and other == _OTHER[role] else None


def _called(words: str) -> Role | None:
    found = _NAMED.fullmatch(words.strip())
    if found is None:
        return None
    return "user" if found["user"] else "assistant"


def _role_by_marks(transcript: Transcript, first: str, second: str) -> Role | None:
    """The role of the first by who says whose mark: the balance of "Instruction:" over "Solution:", turn by turn."""
    balance = Counter({first: 0, second: 0})
    for turn in transcript.turns:
        balance[turn.speaker] += (OWN_MARKS["user"] in turn.text) - (OWN_MARKS["assistant"] in turn.text)
    if balance[first] == balance[second]:
        return None
    return "user" if balance[first] > balance[second] else "assistant"


def _hit(index: int, text: str, role: Role, fault: MarkerFault) -> Hit:
    if fault == "role_flip":
        foreign = OWN_MARKS[_OTHER[role]]
        start = text.index(foreign)
        reason = f'the {role} writes "{foreign}", the mark of the {_OTHER[role]}'
        return Hit(index, 1.0, fault, foreign, start, start + len(foreign), reason)
    quote = text.strip()[:_QUOTED]
    start = text.index(quote)
    reason = f'the {role} writes neither "{OWN_MARKS[role]}" nor {DONE_MARK}'
    return Hit(index, 1.0, fault, quote, start, start + len(quote), reason)
