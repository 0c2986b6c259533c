"""The digression judge: turns that leave the task, or the thread where there is no task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from judges.courtesy import is_courtesy
from judges.folds import fold_of
from judges.role_casts import is_service_pair
from judges.text_features import Span, is_foreign_script, sentences, words
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
from judges.topic_words import general_rates, is_common, topic_words
from judges.verdict import Hit, UnjudgedReason, Verdict, unjudged, verdict_on
from sims.transcript import Transcript

NAME = "digression"
VERSION = "1"
_MIN_TURN_WORDS = 4
_MIN_STRANGE_WORDS = 2
_TALK = frozenset({"persona-chat", "telephone"})
"""Reference profiles of conversations that are about nothing in particular."""


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

    A word is at home when it is more usual in the other conversations of the same scenario (or of the same roles, or
    source) or in the rest of this one, its task and goals than in general English; a turn is off when it, or one of
    its sentences, has too few such words. Kind off_task: measured against the batch's conversations. Kind off_thread:
    against this conversation alone, for single transcripts and for talk that has no topic of its own.

    None for turns without content: fewer than four words, greetings, thanks, assent, farewells. Unjudged "too_short"
    where no turn has content. Blind spots: English; words, not meaning, so contradiction and a wrong case of the right
    domain are not seen (AUC about .5); talk that recurs in the batch counts as usual there, also where it recurs in
    error; in a single transcript only gross digressions are flagged, and an opening off its task is not.
    """

    domains: Mapping[str, Domain] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Always "digression"."""
        return NAME

    @property
    def version(self) -> str:
        """Changes with rules and figures."""
        return VERSION

    def prepare(self, sample: Sequence[Transcript]) -> DigressionJudge:
        """A judge that knows what these conversations are about."""
        groups: dict[str, list[Transcript]] = {}
        for transcript in sample:
            for key in topic_keys(transcript):
                groups.setdefault(key, []).append(transcript)
        learnt = {
            key: learn_domain(group, shipped_scales()["single"])
            for key, group in groups.items()
            if len(group) >= MIN_CONVERSATIONS
        }
        return DigressionJudge({key: domain for key, domain in learnt.items() if domain})

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict; `basis` is "batch" where other conversations told what is at home."""
        if is_foreign_script(turn.text for turn in transcript.turns):
            detail = "no turn is in Latin script; this judge knows English only"
            return unjudged(transcript, judge=NAME, version=VERSION, reason="language", detail=detail)
        spans = [list(sentences(turn.text)) for turn in transcript.turns]
        by_sentence = [[topic_words(span.text) for span in of_turn] for of_turn in spans]
        by_turn = [[word for one in of_turn for word in one] for of_turn in by_sentence]
        has_content = [_has_content(turn.text, found) for turn, found in zip(transcript.turns, by_turn, strict=True)]
        if not any(has_content):
            reason: UnjudgedReason = "too_short" if any(by_turn) else "empty"
            return unjudged(transcript, judge=NAME, version=VERSION, reason=reason, detail="no turn with content")
        domain = self.domain(transcript)
        scale = shipped_scales()[scale_name(transcript, domain)]
        reading = _Reading(Thread(by_turn, briefing_words(transcript)), domain, scale)
        scores = [
            reading.scale.chance(reading.thread.odds(index, by_sentence[index], domain)) if has_content[index] else None
            for index in range(len(by_turn))
        ]
        hits = [
            reading.hit(index, score, spans[index], by_sentence[index])
            for index, score in enumerate(scores)
            if score is not None and score >= reading.scale.threshold
        ]
        return verdict_on(
            transcript,
            judge=NAME,
            version=VERSION,
            turn_scores=scores,
            hits=[hit for hit in hits if hit],
            basis="batch" if domain else "shipped",
        )

    def domain(self, transcript: Transcript) -> WordOdds | None:
        """What other conversations of this kind are about, learnt without this one; None where too few are known."""
        for key in topic_keys(transcript):
            if key in self.domains:
                return self.domains[key].odds[fold_of(transcript.id)]
        return None


def _has_content(text: str, found: Sequence[str]) -> bool:
    return len(found) >= _MIN_TURN_WORDS and not is_courtesy(words(text))


def scale_name(transcript: Transcript, domain: WordOdds | None) -> str:
    """Which of the shipped scales fits what is known."""
    if domain:
        return "domain"
    return "single" if _has_task(transcript) else "talk"


def _has_task(transcript: Transcript) -> bool:
    """Whether something is to be settled: by the scenario's task or a goal, or because one asks and one gives."""
    scenario = transcript.scenario
    if scenario and scenario.reference in _TALK:
        return False
    is_told = bool(scenario and scenario.task) or any(participant.goal for participant in transcript.participants)
    return is_told or is_service_pair(transcript.participants)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One conversation's thread, what its kind is about, and the scale that fits."""

    thread: Thread
    domain: WordOdds | None
    scale: Scale

    def hit(self, index: int, score: float, spans: Sequence[Span], by_sentence: Sequence[Sequence[str]]) -> Hit | None:
        """The hit with the sentence that is furthest off and the words that are strangest here.

        None where fewer than two words of that sentence are strange: no flag without evidence that can be named.
        """
        told = list(zip(spans, by_sentence, self.thread.odds(index, by_sentence, self.domain), strict=True))
        long_enough = [one for one in told if len(one[1]) >= MIN_SENTENCE_WORDS] or [one for one in told if one[1]]
        quote, found, odds = max(long_enough, key=lambda one: (self.scale.llr(one[2]), -one[0].start))
        strange = _strange(found, odds)
        if len(strange) < _MIN_STRANGE_WORDS:
            return None
        strangest = sorted(strange, key=lambda word: (strange[word], general_rates().get(word, 0.0), word))[:3]
        against = "conversations like this one" if self.domain else "the rest of this conversation"
        reason = f"strange to {against}: " + ", ".join(f'"{word}"' for word in strangest)
        kind = "off_task" if self.domain else "off_thread"
        return Hit(index, round(score, 6), kind, quote.text, quote.start, quote.end, reason)


def _strange(found: Sequence[str], odds: Sequence[float]) -> dict[str, float]:
    """The words that general English has more of, without those that belong to any talk."""
    return {word: value for word, value in zip(found, odds, strict=True) if value < 0 and not is_common(word)}
