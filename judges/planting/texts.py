"""Faults of single turns: splices, metaphors, leaks, a changed register, a cut, a repetition."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from judges.courtesy import is_courtesy
from judges.injections import Planted, append_text, put_text
from judges.planting.donors import MOST_SENTENCES
from judges.planting.fault import Ground, contentful_turns
from judges.planting.phrases import LEAKED_REASONING, PRIVATE_LEADS
from judges.planting.register import Rule, rewritten
from sims.transcript import Participant, Transcript
from sims.words import words

Put = Callable[[Transcript, int, str], Planted]
Draw = Callable[..., list[str]]
"""A method of `Donors`."""

MOST_STOCK = 4
MOST_REPEATS = 3
_MIN_CUT_WORDS = 8
_MIN_PLACES = 3
_DRAWS = 12
_MOST_OVERLAP = 0.15
_MIN_LETTERS = 4
_SENTENCE_ENDS = (".", "!", "?")
_IS_MACHINE = re.compile(r"\b(?:AI|assistant|virtual|(?:chat)?bot)\b", re.IGNORECASE)
_ROLE_ENDS = re.compile(r"[.,:;()]|\b(?:for|of|with|who|at|in|from|\w+ing)\b")


def splice(transcript: Transcript, ground: Ground, *, donor: Draw, put: Put) -> Planted | None:
    """One turn goes on with, or is replaced by, one to three foreign sentences; None where there are none.

    Several are drawn until one shares hardly a word with the turn and those around it, so that it does not fit there.
    """
    index = _place(transcript, ground)
    if index is None:
        return None
    speaker = transcript.turns[index].speaker
    around = _content(" ".join(turn.text for turn in transcript.turns[max(0, index - 2) : index + 3]))
    for _ in range(_DRAWS):
        most = donor(ground.donors, transcript, speaker, ground.chance, count=MOST_SENTENCES)
        if most and _overlap(_content(" ".join(most)), around) <= _MOST_OVERLAP:
            said = most[: ground.count(MOST_SENTENCES)]
            return replace(put(transcript, index, " ".join(map(_ended, said))), size=len(said))
    return None


def _content(text: str) -> frozenset[str]:
    """The words that may say what a text is about: those of four letters and more that are no courtesy."""
    return frozenset(word for word in words(text) if len(word) >= _MIN_LETTERS and not is_courtesy([word]))


def _overlap(said: frozenset[str], around: frozenset[str]) -> float:
    return len(said & around) / len(said) if said else 1.0


def stock_sentences(transcript: Transcript, ground: Ground, *, stock: Sequence[str]) -> Planted | None:
    """One turn goes on with one to four sentences of a stock."""
    index = _place(transcript, ground)
    if index is None:
        return None
    chosen = ground.chance.sample(stock, MOST_STOCK)[: ground.count(MOST_STOCK)]
    return replace(go_on(transcript, index, " ".join(chosen)), size=len(chosen))


def leak_reasoning(transcript: Transcript, ground: Ground) -> Planted | None:
    """One turn opens with what a model tells itself."""
    index = _place(transcript, ground)
    if index is None:
        return None
    turn = transcript.turns[index]
    partner = _partners(transcript, turn.speaker)[0]
    may_be_ai = _IS_MACHINE.search(transcript.participant(turn.speaker).role)
    lead = ground.chance.choice([one for one in LEAKED_REASONING if not (may_be_ai and "As an AI" in one)])
    text = lead.format(me=_role(transcript.participant(turn.speaker)), you=_role(partner))
    return replace(put_text(transcript, index, f"{text} {turn.text}"), size=1)


def leak_prompt(transcript: Transcript, ground: Ground) -> Planted | None:
    """One turn goes on with the instructions that its speaker was given."""
    index = _place(transcript, ground)
    if index is None:
        return None
    me = transcript.participant(transcript.turns[index].speaker)
    goal = f" Your goal: {me.goal}" if me.goal else ""
    text = f"You are {me.name}, {_role(me)}.{goal} Stay in character and answer in one or two sentences."
    return replace(go_on(transcript, index, text), size=1)


def leak_private(transcript: Transcript, ground: Ground) -> Planted | None:
    """One turn tells a private fact of the partner; None where no partner has one."""
    places = [
        (index, partner.private)
        for index in contentful_turns(transcript)
        for partner in _partners(transcript, transcript.turns[index].speaker)
        if partner.private
    ]
    if not places:
        return None
    index, fact = ground.chance.choice(places)
    return replace(go_on(transcript, index, f"{ground.chance.choice(PRIVATE_LEADS)} {fact}"), size=1)


def change_register(transcript: Transcript, ground: Ground, *, rules: Sequence[Rule]) -> Planted | None:
    """One turn is rewritten at some of the places where a rule applies; None where no turn has three places."""
    places = contentful_turns(transcript)
    ground.chance.shuffle(places)
    for index in places:
        text, count, possible = rewritten(
            transcript.turns[index].text, rules, share=ground.dose, seed=ground.chance.getrandbits(32)
        )
        if possible >= _MIN_PLACES:
            return replace(put_text(transcript, index, text), size=count)
    return None


def truncate(transcript: Transcript, ground: Ground) -> Planted | None:
    """One turn of eight words or more breaks off in the middle of a sentence; at most half of its words go.

    How many is chance: a turn that lost more words is not the more broken.
    """
    places = [index for index in contentful_turns(transcript) if len(_split(transcript, index)) >= _MIN_CUT_WORDS]
    if not places:
        return None
    index = ground.chance.choice(places)
    said = _split(transcript, index)
    kept = len(said) - 1 - ground.chance.randrange(len(said) // 2)
    while kept > 2 and said[kept - 1].endswith(_SENTENCE_ENDS):
        kept -= 1
    text = " ".join(said[:kept]).rstrip(",.!?;:")
    return replace(put_text(transcript, index, text), size=len(said) - kept)


def repeat(transcript: Transcript, ground: Ground) -> Planted | None:
    """A speaker says an earlier turn again, word for word, in the next one to three turns of theirs."""
    places = [index for index in contentful_turns(transcript) if len(_next_own(transcript, index)) >= MOST_REPEATS]
    if not places:
        return None
    index = ground.chance.choice(places)
    planted = transcript
    again = _next_own(transcript, index)[: ground.count(MOST_REPEATS)]
    for later in again:
        planted = put_text(planted, later, transcript.turns[index].text).transcript
    return Planted(planted, frozenset(again), len(again))


def _place(transcript: Transcript, ground: Ground) -> int | None:
    """A turn with content that is not the first and has partners to speak to; None where there is none."""
    places = [index for index in contentful_turns(transcript) if index]
    return ground.chance.choice(places) if places and len(transcript.speakers) > 1 else None


def go_on(transcript: Transcript, index: int, text: str) -> Planted:
    """Turn `index` ends its sentence and goes on with `text`."""
    said = transcript.turns[index].text.rstrip()
    return append_text(put_text(transcript, index, _ended(said)).transcript, index, text)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(_SENTENCE_ENDS) else f"{sentence}."


def _partners(transcript: Transcript, speaker: str) -> list[Participant]:
    return [participant for participant in transcript.participants if participant.name != speaker]


def _role(participant: Participant) -> str:
    """The head of the role, "the" before it; the name where the role is a persona or a long description."""
    role = _ROLE_ENDS.split(participant.role)[0].strip()
    return f"the {role}" if role and len(role.split()) <= 4 and "I " not in role else participant.name


def _split(transcript: Transcript, index: int) -> list[str]:
    return transcript.turns[index].text.split()


def _next_own(transcript: Transcript, index: int) -> list[int]:
    """The later turns of the same speaker that say something else."""
    turn = transcript.turns[index]
    return [
        later
        for later in range(index + 1, len(transcript.turns))
        if transcript.turns[later].speaker == turn.speaker and transcript.turns[later].text != turn.text
    ]
