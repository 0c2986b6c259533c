"""The private_facts judge: one agent knows what only another was told, or denies what is true of themselves.

Definition. What is private is in the participants' `private` and `goal`. `leak`: a turn tells a fact of another
participant that nobody has said yet and that the speaker's own sheet (role, persona, goal, private facts, task) does
not hold. It counts when a code or number of three digits or more comes up, or when, in a sentence about "you" or the
owner's name, three telling words or more come up that hold .6 of the fact's weight (.8 and four words for a goal).
`contradiction`: a speaker states a name, number, count or possession of their own that differs from their sheet. A
turn's score in [0, 1] is the share of a fact's weight that it gives away, 1 for a code or a contradiction.

Blind spots: English. Facts told in other words. An agent that looks things up with tools rightly knows codes that
nobody said in the conversation. Lies that the sheet asks for. What the speaker may infer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from judges.judgeable import RuleJudge
from judges.private_facts_reading import (
    CODE_WEIGHT,
    Attribute,
    Fact,
    attributes_of,
    codes,
    differ,
    facts_of,
    stems,
)
from judges.text_features import Span, sentences
from judges.verdict import Hit, Verdict, unjudged, verdict_on
from sims.transcript import Participant, Transcript, Turn

NAME = "private_facts"
VERSION = "1"
LEAST_SHARE = {"private": 0.6, "goal": 0.8}
LEAST_WORDS = {"private": 3, "goal": 4}
_Known = tuple[AbstractSet[str], AbstractSet[str]]
"""What a speaker's own sheet says, and what everybody has heard."""
_PARTNER = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Leak:
    """How much of a fact one sentence gives away."""

    fact: Fact
    sentence: Span
    share: float
    words: tuple[str, ...]
    is_sure: bool


class PrivateFactsJudge(RuleJudge):
    """Scores each turn, in [0, 1], by how much it gives away or denies; flags `leak` and `contradiction`."""

    name = NAME
    version = VERSION

    def look(self, transcript: Transcript) -> Verdict:
        """The verdict; unjudged for "no_facts" where no participant has private facts or a goal."""
        facts = [fact for participant in transcript.participants for fact in facts_of(participant)]
        if not facts:
            detail = "no participant has private facts or a goal on record, so there is nothing to leak or deny"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="no_facts", detail=detail)
        scores: list[float | None] = []
        hits: list[Hit] = []
        for index, found in enumerate(_reading(transcript, facts)):
            has_words = any(char.isalnum() for char in transcript.turns[index].text)
            scores.append(max((hit.score for hit in found), default=0.0) if has_words else None)
            hits.extend(hit for hit in found if hit.kind)
        return verdict_on(transcript, judge=NAME, version=VERSION, turn_scores=scores, hits=hits)


def _reading(transcript: Transcript, facts: Sequence[Fact]) -> Iterator[list[Hit]]:
    """What each turn gives away or denies; findings too weak to be hits have no kind."""
    sheets = {participant.name: _sheet(participant) for participant in transcript.participants}
    own = {participant.name: list(attributes_of(_private(participant))) for participant in transcript.participants}
    by_word = _by_word(facts)
    task = transcript.scenario.task if transcript.scenario else ""
    open_to_all = _tokens(" ".join([task, *transcript.speakers]))
    for index, turn in enumerate(transcript.turns):
        known = (sheets[turn.speaker], open_to_all)
        leaks = [_leak_hit(index, leak) for leak in _leaks(turn, facts, by_word, known)]
        denials = list(_contradictions(index, turn.text, own[turn.speaker], known)) if own[turn.speaker] else []
        yield [*leaks, *denials]
        open_to_all |= _tokens(turn.text)


def _sheet(participant: Participant) -> frozenset[str]:
    """The words that only this participant is told at the start."""
    told = [participant.role, participant.persona, participant.goal, participant.private]
    return frozenset(_tokens(" ".join(filter(None, told))))


def _by_word(facts: Sequence[Fact]) -> Mapping[str, Sequence[int]]:
    """Which facts each word tells of; among many participants few facts are looked at for a turn."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, fact in enumerate(facts):
        for word in fact.weights:
            found[word].append(index)
    return found


def _private(participant: Participant) -> str:
    return "\n".join(filter(None, [participant.private, participant.goal]))


def _tokens(text: str) -> set[str]:
    return stems(text) | codes(text)


def _leaks(turn: Turn, facts: Sequence[Fact], by_word: Mapping[str, Sequence[int]], known: _Known) -> Iterator[_Leak]:
    """The facts of others that a turn gives away at least in part, each by its most telling sentence."""
    found: dict[int, list[_Leak]] = defaultdict(list)
    for sentence in sentences(turn.text):
        new = _tokens(sentence.text).difference(*known)
        for index in {index for word in new for index in by_word.get(word, ())}:
            if facts[index].owner != turn.speaker:
                found[index].append(_leak(facts[index], sentence, new))
    for index in sorted(found):
        yield max(found[index], key=lambda leak: (leak.is_sure, leak.share, -leak.sentence.start))


def _leak(fact: Fact, sentence: Span, new: set[str]) -> _Leak:
    told = tuple(sorted(new & fact.weights.keys()))
    share = sum(fact.weights[word] for word in told) / sum(fact.weights.values())
    has_code = any(fact.weights[word] == CODE_WEIGHT for word in told)
    is_about_owner = bool(_PARTNER.search(sentence.text)) or fact.owner.lower() in sentence.text.lower()
    is_much = len(told) >= LEAST_WORDS[fact.source] and share >= LEAST_SHARE[fact.source]
    return _Leak(fact, sentence, 1.0 if has_code else share, told, has_code or (is_about_owner and is_much))


def _leak_hit(index: int, leak: _Leak) -> Hit:
    told = ", ".join(f'"{word}"' for word in leak.words[:4])
    where = "the private facts" if leak.fact.source == "private" else "the goal"
    reason = f"knows {told} from {where} of {leak.fact.owner}, which nobody has said yet"
    kind = "leak" if leak.is_sure else ""
    quote = leak.sentence
    return Hit(index, round(leak.share, 6), kind, quote.text, quote.start, quote.end, reason)


def _is_same(stated: Attribute, own: Attribute) -> bool:
    """Whether two statements are about the same thing; who has no insurance has no travel insurance either."""
    return stated.key == own.key or (stated.value == "no" and own.key.endswith(stated.key.removeprefix("having")))


def _contradictions(index: int, text: str, own: Sequence[Attribute], known: _Known) -> Iterator[Hit]:
    """Where a speaker states something of their own that differs from their sheet."""
    for stated in attributes_of(text):
        sheet = [attribute.value for attribute in own if _is_same(stated, attribute)]
        is_told_elsewhere = any(char.isdigit() for char in stated.value) and any(stated.value in part for part in known)
        is_first_person = re.match(r"(?:I|my|we)\b|(?:have|own|bought)", stated.span.text, re.IGNORECASE)
        if sheet and is_first_person and not is_told_elsewhere and all(differ(stated, value) for value in sheet):
            reason = f"says {stated.key} is {stated.value!r}, where the speaker's own sheet says {sheet[0]!r}"
            yield Hit(index, 1.0, "contradiction", stated.span.text, stated.span.start, stated.span.end, reason)
