"""The digression judge: turns that leave the task, or the thread where there is no task."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import chain
from typing import Literal, NamedTuple

from judges.courtesy import is_courtesy
from judges.embeddings import Encoder
from judges.folds import fold_of
from judges.judgeable import why_not_judged
from judges.local_thread import shipped_model, turn_words
from judges.role_casts import is_service_pair
from judges.text_features import Span, sentences, words
from judges.topic_evidence import Evidence, evidence
from judges.topic_model import (
    MIN_CONVERSATIONS,
    MIN_SENTENCE_WORDS,
    Domain,
    Scale,
    Thread,
    WordOdds,
    briefing_words,
    learn_domain,
    topic_keys,
)
from judges.topic_words import topic_words
from judges.verdict import Hit, UnjudgedReason, Verdict, unjudged, verdict_on
from sims.transcript import Participant, Transcript

NAME = "digression"
VERSION = "3"
_MIN_TURN_WORDS = 4
_LOOKED_AT = 0.05
"""What turns that are less likely a digression name is not looked at."""
_WORST_EVIDENCE, _LEAST_EVIDENCE, _MOST_EVIDENCE = -1.0, 1.0, 3.0
_EVIDENCE_SLOPE = 0.7
"""Nats that one thing named adds to the log-odds of a digression."""
_ITEM = re.compile(r"\s*(?:[-*•|>#]|\d+[.):]|[\w ]{1,30}[=:{]\s*[\[{\"']|https?:|\S*/\S+/)")
_MOST_SENTENCES = 8
_LEAVE_TAKING = re.compile(
    r"feel free|let me know|(?:further|more|other|any) (?:assistance|help|questions)", re.IGNORECASE
)
_MARKS = frozenset('{}[]<>=|_\\/"*;#')
_MOST_MARKS = 0.06
_TALK = frozenset({"persona-chat", "telephone"})
"""Reference profiles of conversations that are about nothing in particular."""
_CHATTING = re.compile(r"(?:\b|_)(?:chat ?bot|chatter|bot)\b", re.IGNORECASE)
_PLAIN_ROLE = re.compile(
    r"(?:(?:human|ai|llm|chat|model|dialogue|the|an?) )*(?:user|human|assistant|system|model|agent|partner|speaker)"
    r"(?: ?[0-9ab])?",
    re.IGNORECASE,
)
"""Roles that tell of no service."""
ScaleName = Literal["domain", "single", "talk"]
LEAVES = 0.5
"""From this chance on a turn of talk counts as leaving its thread: the F1-best decision on TIAGE."""


@cache
def shipped_scales() -> Mapping[str, Scale]:
    """The scales by what is known: "domain" (other conversations of the kind), "single" (this one, which has a task)
    and "talk" (this one, which has none); from `weights/digression.json`, which names their sources.
    """
    path = resources.files("judges").joinpath("weights/digression.json")
    stored = json.loads(path.read_text(encoding="utf-8"))["scales"]
    return {name: Scale(**figures) for name, figures in stored.items()}


@dataclass(frozen=True, slots=True)
class DigressionJudge:
    """Scores each turn with the chance, in [0, 1], that it leaves what the conversation is about.

    With a task: a word is at home when it is more usual in the other conversations of the same scenario (or of the
    same roles, or source) or in the rest of this one, its task and goals than in general English; a turn is off when
    it, or one of its sentences, has too few such words. Hits of kind off_task are measured against the batch's
    conversations, off_thread against this one alone (single transcripts, batches of questions on everything). The
    score also counts what the strangest sentence names (`judges.topic_evidence`): things for a digression, formal or
    figurative words and words of the topic beside them against; a hit names at least one thing.

    In talk without a task: the chance that a turn leaves the local thread, by `judges.local_thread`; .5 is the F1-best
    decision on topic shifts that people marked (TIAGE). People change the topic of small talk all the time, so a hit
    (off_thread) also needs words that the whole conversation does not explain, at a threshold that few human turns
    reach; its score is that chance. `meta["segments"]`: the turns where a new segment of talk starts.

    None for turns of a task without content (fewer than four words, greetings, thanks, assent, farewells), for the
    first turn of talk, and for turns without words. Unjudged "too_short" where that leaves nothing. Blind spots:
    English; words, not meaning, so contradiction and a wrong case of the right domain are not seen (AUC about .5);
    talk that recurs in a good part of the batch counts as usual there, also where it recurs in error; in a single
    transcript only gross digressions are flagged, and an opening off its task is not. Pasted data, lists and code are
    never quoted.

    `encoder` adds likeness in meaning to the thread of talk; tasks are judged by words alone.
    """

    encoder: Encoder | None = None
    domains: Mapping[str, Domain] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    """The kinds of conversation that were learnt from and have no topic of their own."""
    scales: Mapping[str, Scale] = field(default_factory=shipped_scales)
    """By what is known; other than the shipped ones where scales are fitted."""

    @property
    def name(self) -> str:
        """Always "digression"."""
        return NAME

    @property
    def version(self) -> str:
        """Changes with rules and figures, and ends with the encoder where vectors are used."""
        return f"{VERSION}+{self.encoder.name}" if self.encoder and self._has_vectors else VERSION

    @property
    def _has_vectors(self) -> bool:
        return self.encoder is not None and shipped_model(self.encoder.name) is not None

    def prepare(self, sample: Sequence[Transcript]) -> DigressionJudge:
        """A judge that knows what these conversations are about."""
        groups: dict[str, list[Transcript]] = {}
        for transcript in sample:
            for key in topic_keys(transcript):
                groups.setdefault(key, []).append(transcript)
        large = {key: group for key, group in groups.items() if len(group) >= MIN_CONVERSATIONS}
        alone, scale = self.scales["single"], self.scales["domain"]
        learnt = {key: learn_domain(group, alone=alone, scale=scale) for key, group in large.items()}
        domains = {key: domain for key, domain in learnt.items() if domain}
        return replace(self, domains=domains, plain=frozenset(learnt.keys() - domains.keys()))

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict; `basis` is "batch" where other conversations told what is at home."""
        if why_not := why_not_judged(transcript, judge=NAME, version=self.version):
            return why_not
        reading = _read(transcript)
        if self.scale_name(transcript) == "talk":
            return self._talk_verdict(transcript, reading)
        return self._task_verdict(transcript, reading, self.domain(transcript))

    def scale_name(self, transcript: Transcript) -> ScaleName:
        """Which of the shipped scales fits what is known."""
        if self.domain(transcript):
            return "domain"
        return "single" if self._has_task(transcript) else "talk"

    def _task_verdict(self, transcript: Transcript, reading: _Reading, domain: WordOdds | None) -> Verdict:
        scale = self.scales["domain" if domain else "single"]
        if not any(reading.has_content):
            return self._nothing(transcript, reading)
        told = [index for index, has_content in enumerate(reading.has_content) if has_content]
        found = reading.findings(told, scale, domain)
        return verdict_on(
            transcript,
            judge=NAME,
            version=self.version,
            turn_scores=[found[at].score if at in found else None for at in range(len(transcript.turns))],
            hits=[one.hit for one in found.values() if one.hit],
            basis="batch" if domain else "shipped",
        )

    def _talk_verdict(self, transcript: Transcript, reading: _Reading) -> Verdict:
        texts = [turn.text for turn in transcript.turns]
        vectors = self.encoder.encode(texts) if self.encoder and self._has_vectors else None
        model = shipped_model(self.encoder.name if self.encoder and vectors is not None else "")
        scores = list(model.chances([turn_words(text) for text in texts], vectors)) if model else []
        if not any(reading.has_content) or not any(score is not None for score in scores):
            return self._nothing(transcript, reading)
        leaves = [index for index, score in enumerate(scores) if score is not None and score >= LEAVES]
        found = reading.findings((at for at in leaves if reading.has_content[at]), self.scales["talk"], None)
        return verdict_on(
            transcript,
            judge=NAME,
            version=self.version,
            turn_scores=scores,
            hits=[one.hit for one in found.values() if one.hit],
            meta={"segments": _peaks(scores, leaves)},
        )

    def _nothing(self, transcript: Transcript, reading: _Reading) -> Verdict:
        reason: UnjudgedReason = "too_short" if any(map(any, reading.words)) else "empty"
        detail = "no turn with content" if reason == "too_short" else "no turn with words"
        return unjudged(transcript, judge=NAME, version=self.version, reason=reason, detail=detail)

    def _has_task(self, transcript: Transcript) -> bool:
        """Whether something is to be settled: by the scenario's task or a goal, or because one asks and one gives.

        Not where the partner is a chatbot, nor where "user" and "assistant" are all that is told and a batch of such
        conversations has no topic of its own.
        """
        scenario, cast = transcript.scenario, transcript.participants
        if scenario and scenario.reference in _TALK:
            return False
        if (scenario and scenario.task) or any(participant.goal for participant in cast):
            return True
        if not is_service_pair(cast) or any(_CHATTING.search(f"{one.role} {one.name}") for one in cast):
            return False
        return not (_is_plain_pair(cast) and self.plain.issuperset(topic_keys(transcript)))

    def domain(self, transcript: Transcript) -> WordOdds | None:
        """What other conversations of this kind are about, learnt without this one; None where too few are known."""
        for key in topic_keys(transcript):
            if key in self.domains:
                return self.domains[key].odds[fold_of(transcript)]
        return None


def _has_content(text: str, found: Sequence[str]) -> bool:
    return len(found) >= _MIN_TURN_WORDS and not is_courtesy(words(text))


def _is_plain_pair(cast: Sequence[Participant]) -> bool:
    """Whether the roles tell of no service ("user" and "assistant")."""
    return all(_PLAIN_ROLE.fullmatch(one.role.strip() or one.name.strip()) for one in cast)


def _peaks(scores: Sequence[float | None], leaves: Sequence[int]) -> list[int]:
    """Where a new segment starts: turns that leave the thread, and more so than those beside them."""
    chances = [score or 0.0 for score in (*scores, None)]
    return [index for index in leaves if chances[index - 1] <= chances[index] > chances[index + 1]]


def _read(transcript: Transcript) -> _Reading:
    spans = [list(sentences(turn.text)) for turn in transcript.turns]
    by_sentence = [[topic_words(span.text) for span in of_turn] for of_turn in spans]
    by_turn = [[word for one in of_turn for word in one] for of_turn in by_sentence]
    has_content = [_has_content(turn.text, found) for turn, found in zip(transcript.turns, by_turn, strict=True)]
    return _Reading(spans, by_sentence, has_content, Thread(by_turn, briefing_words(transcript)))


class _Told(NamedTuple):
    """A sentence, its topic words and their log-odds."""

    span: Span
    words: Sequence[str]
    odds: Sequence[float]


class _Finding(NamedTuple):
    """The chance that a turn digresses, and the hit with the sentence that is furthest off.

    No hit where that names less than one thing: no flag without evidence. A turn of many sentences, such as a web page
    shown, must be strange as a whole.
    """

    score: float
    hit: Hit | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One conversation: the sentences of each turn, their topic words, and the thread that these make."""

    spans: Sequence[Sequence[Span]]
    words: Sequence[Sequence[Sequence[str]]]
    has_content: Sequence[bool]
    thread: Thread

    def findings(self, indices: Iterable[int], scale: Scale, domain: WordOdds | None) -> dict[int, _Finding]:
        """By turn, how foreign it is to the domain, or to this conversation where none is."""
        return {index: self._finding(index, scale, domain) for index in indices}

    def _finding(self, index: int, scale: Scale, domain: WordOdds | None) -> _Finding:
        odds_of = self.thread.odds(index, self.words[index], domain)
        chance = scale.chance(odds_of)
        told = self._furthest_off(index, odds_of, scale) if chance >= _LOOKED_AT else None
        if told is None:
            return _Finding(chance, None)
        named = evidence(told.span.text, told.words, told.odds)
        score = with_evidence(chance, named.weight)
        is_told = named.weight >= _LEAST_EVIDENCE and scale.llr(told.odds) >= 0
        if score < scale.threshold or not is_told:
            return _Finding(score, None)
        whole = scale.chance([list(chain.from_iterable(odds_of))]) if len(odds_of) > _MOST_SENTENCES else chance
        is_hit = with_evidence(whole, named.weight) >= scale.threshold
        return _Finding(score, self._hit(index, score, told.span, named, domain) if is_hit else None)

    def _hit(self, index: int, score: float, quote: Span, named: Evidence, domain: WordOdds | None) -> Hit:
        against = "conversations like this one" if domain else "the rest of this conversation"
        reason = f"strange to {against}: " + ", ".join(f'"{word}"' for word in (*named.things, *named.acts)[:3])
        kind = "off_task" if domain else "off_thread"
        return Hit(index, round(score, 6), kind, quote.text, quote.start, quote.end, reason)

    def _furthest_off(self, index: int, odds_of: Sequence[Sequence[float]], scale: Scale) -> _Told | None:
        """The strangest sentence that is speech, of those with three words or more where there are any."""
        told = [
            _Told(*one)
            for one in zip(self.spans[index], self.words[index], odds_of, strict=True)
            if one[1] and not is_listing(one[0].text) and not _LEAVE_TAKING.search(one[0].text)
        ]
        long_enough = [one for one in told if len(one.words) >= MIN_SENTENCE_WORDS] or told
        return max(long_enough, key=lambda one: (scale.llr(one.odds), -one.span.start), default=None)


def with_evidence(chance: float, weight: float) -> float:
    """The chance of a digression, from that by words alone and the weight of what is named."""
    counted = max(_WORST_EVIDENCE, min(_MOST_EVIDENCE, weight))
    odds = chance / max(1 - chance, 1e-12) * math.exp(_EVIDENCE_SLOPE * counted)
    return max(_LOOKED_AT, odds / (1 + odds))


def is_listing(text: str) -> bool:
    """Whether a piece of text is data and not speech: an item of a list, a row of a table, code, markup, a path."""
    marks = sum(char in _MARKS for char in text)
    return bool(_ITEM.match(text)) or marks > _MOST_MARKS * len(text)
