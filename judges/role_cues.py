"""Signs of a lost role that need no model: foreign labels, swapped introductions, protocol marks, echo.

Each rule is a fact about the text, not a probability; the few false alarms it has on human dialogues are measured in
tests. Blind spots: English phrasing; a rule knows names and roles only as the transcript tells them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from judges.role_cue import Cue, cue_at, role_head, role_name
from judges.text_features import without_markers, words
from sims.roles import Side, sides
from sims.transcript import Participant, Transcript

_LABEL = re.compile(r"^[ \t*_]*(\w[\w '()&.-]{1,40}?)[*_]{0,2}:(?=\s|\*)", re.MULTILINE)
_GENERIC_LABELS = frozenset({"user", "customer", "assistant", "agent", "support", "human", "client", "ai"})
_ECHO_CHARACTERS = 25
_ECHO_WORDS = 8
_ECHO_DICE = 0.95


def label_cues(text: str, speaker: Participant, others: Sequence[Participant]) -> Iterator[Cue]:
    """A line that begins with somebody else's name or role and a colon: the turn speaks for them."""
    if ":" not in text:
        return
    own = {speaker.name.casefold(), role_head(speaker)}
    foreign = {name: other for other in others for name in (other.name.casefold(), role_head(other)) if len(name) > 2}
    for found in _LABEL.finditer(text):
        label = found[1].strip().casefold()
        if label in own:
            continue
        if label in foreign and (found.start() == 0 or len(others) == 1):
            yield Cue("flip", found.start(1), found.end(1), f"speaks for {foreign[label].name}, under that label")
            return
        if label in _GENERIC_LABELS and len(others) == 1 and found.start() == 0:
            yield Cue("flip", found.start(1), found.end(1), f"is labelled as the words of somebody else ({found[1]})")
            return


def introduction_cues(text: str, speaker: Participant, others: Sequence[Participant]) -> Iterator[Cue]:
    """Introducing oneself as the partner ("I'm the doctor"), or greeting the partner by one's own name."""
    lowered = text.lower()
    if not any(opening in lowered for opening in _INTRODUCTIONS) and not _GREETING.match(lowered):
        return
    for other in others:
        pattern = _introduction(other.name, role_head(other), speaker.name, role_head(speaker))
        found = pattern.search(text) if pattern else None
        if found and found["self"]:
            yield cue_at("flip", found, f"introduces itself as {role_name(other)}")
            return
        if found:
            yield cue_at("flip", found, f"greets its partner by its own name, as {other.name} would")
            return


_INTRODUCTIONS = ("i'm ", "i’m ", "i am ", "my name is ", "this is ", "as your ")
_GREETING = re.compile(r"(?:hi|hello|hey|dear|thanks|thank you|good (?:morning|afternoon|evening)),? \w")


@lru_cache(maxsize=4096)
def _introduction(other_name: str, other_head: str, own_name: str, own_head: str) -> re.Pattern[str] | None:
    theirs = {name for name in (other_name.casefold(), other_head) if _is_name(name)} - {own_name.casefold(), own_head}
    own = {name for name in (own_name.casefold(), own_head) if _is_name(name)} - {other_name.casefold(), other_head}
    if not theirs or not own:
        return None
    them, me = ("|".join(map(re.escape, sorted(names))) for names in (theirs, own))
    return re.compile(
        rf"(?P<self>\bI(?:['’]m| am) (?:the |your |now the )(?:{them})\b(?!['’ -]+\w*(?:s|service|care|support|who)\b)"
        rf"|\bmy name is (?:{them})\b|\bthis is (?:{them}) speaking\b|\bas your (?:{them}), I\b)"
        rf"|\A(?:hi|hello|hey|dear|thanks|thank you|good (?:morning|afternoon|evening)),? (?:{me})(?=[,.!?])",
        re.IGNORECASE,
    )


_OFFER = re.compile(
    r"\bhow (?:can|may) (?:I|we) (?:help|assist|be of (?:help|assistance|service))(?: (?:to )?you)?\b"
    r"|\b(?:is there )?anything else (?:that )?(?:I|we) can (?:help|assist|do for) (?:you\b|with\b)"
    r"|\bI(?:['’]d| would) be (?:happy|glad) to (?:help|assist) you\b"
    r"|\bthank you for (?:calling|contacting) (?:us\b|our\b|\w+ (?:customer )?(?:support|service|care)\b)",
    re.IGNORECASE,
)


def offer_cues(text: str, others: Sequence[Participant]) -> Iterator[Cue]:
    """The offers of one who serves; to be asked of turns by the one who is served, in a pair."""
    lowered = text.lower()
    if "how " in lowered or "anything else" in lowered or " be " in lowered or "thank you for c" in lowered:
        found = _OFFER.search(text)
        if found and others:
            yield cue_at("flip", found, f"offers help as {role_name(others[0])} ({others[0].name}) would")


def _is_name(name: str) -> bool:
    return len(name) > 2 and not any(character.isdigit() for character in name)


def echo_cue(text: str, before: str) -> Cue | None:
    """The turn says again what the partner just said: same words to 95 % (Dice), at least 8 of them."""
    shorter, longer = sorted((len(text), len(before)))
    if shorter < _ECHO_CHARACTERS or longer > 1.5 * shorter:
        return None
    own, partners = Counter(words(text)), Counter(words(before))
    total = own.total() + partners.total()
    if min(own.total(), partners.total()) < _ECHO_WORDS or 2 * (own & partners).total() < _ECHO_DICE * total:
        return None
    return Cue("echo", 0, len(text), "repeats the partner's last turn")


_PROTOCOL = re.compile(r"^[^\w\n]*(instruction|solution)\s*:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Protocol:
    """Who gives instructions and who solutions, in a conversation that keeps CAMEL's marks."""

    instructor: str
    first_turn: int

    def cue(self, index: int, speaker: str, text: str) -> Cue | None:
        """A mark of the other side is a flip; neither mark nor an end marker is an interruption.

        The definition of arXiv 2401.14698 (section 8); turns before the first mark are not counted.
        """
        if index < self.first_turn or not text.strip():
            return None
        own, foreign = ("instruction", "solution") if speaker == self.instructor else ("solution", "instruction")
        marks = {found[1].casefold(): found for found in _PROTOCOL.finditer(text)}
        if foreign in marks:
            return cue_at(
                "flip", marks[foreign], f"gives a {foreign} where its role gives an {own}".replace("an s", "a s")
            )
        if own in marks or without_markers(text) != text.strip():
            return None
        return Cue("interruption", 0, len(text), f'holds neither "{own.capitalize()}:" nor an end marker')


def find_protocol(transcript: Transcript) -> Protocol | None:
    """The protocol of a pair whose turns carry both marks, at least three times; None for all others."""
    if len(transcript.participants) != 2:
        return None
    marks = [
        (index, turn.speaker, found[1].casefold())
        for index, turn in enumerate(transcript.turns)
        if ":" in turn.text and (found := _PROTOCOL.search(turn.text))
    ]
    if len(marks) < 3 or len({mark for _, _, mark in marks}) < 2:
        return None
    return Protocol(_instructor(transcript.participants, marks), marks[0][0])


def _instructor(cast: Sequence[Participant], marks: Sequence[tuple[int, str, str]]) -> str:
    by_side: dict[Side, str] = {side: name for name, side in sides(cast).items()}
    if "seeker" in by_side:
        return by_side["seeker"]
    votes = Counter(speaker for _, speaker, mark in marks if mark == "instruction")
    return max((participant.name for participant in cast), key=lambda name: votes[name])
