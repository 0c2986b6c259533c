"""The chance that a turn leaves the thread of the talk before it: a linear model of many small signs.

Fitted on topic shifts that people marked in persona chats and on chatbots' turns that people called irrelevant
(`judges/fitting/local_thread.py`). Signs: words shared with the turns before, what is new, questions asked and
answered, openings, how the next turn goes on, and words that typically open a topic; with embeddings also the
likeness in meaning.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING

from judges.text_features import sentences
from judges.topic_words import general_rates, topic_words

if TYPE_CHECKING:
    from judges.embeddings import Floats

WINDOW = 4
"""How many turns back the thread reaches."""
_USUAL_RATE = 600.0
"""Words more frequent than this, a million, are not looked for in other turns."""
_POINTING = frozenset({"it", "that", "they", "them", "those", "this", "he", "she", "him", "her", "there", "one"})
_ASKING = frozenset({"what", "where", "how", "why", "who", "which", "when"})
_TAKEN_UP = """
    absolutely awesome cool definitely great haha lol me nah nice no nope of oh ok okay really same sure thank thanks
    true wow yeah yep yes
"""
_TAKING_UP = frozenset(_TAKEN_UP.split())
_ADDRESSING = frozenset({"you", "your"})
_JOINING = frozenset({"too", "also"})
_MOST_NEW, _MOST_NEW_AT_END = 6.0, 4.0
VECTOR_SCALE = 4.0
Signs = dict[str, float]


@dataclass(frozen=True, slots=True)
class TurnWords:
    """What is looked at in one turn: its words, those of its last sentence, the weight of the telling ones."""

    words: tuple[str, ...]
    last: tuple[str, ...]
    telling: Mapping[str, float]
    telling_first: Mapping[str, float]
    telling_last: Mapping[str, float]
    asks: bool
    begins_asking: bool
    ends_asking: bool
    sentences: int


def turn_words(text: str) -> TurnWords:
    """The words of a turn; all empty for a turn without any."""
    found = [(span.text, [word.lower() for word in topic_words(span.text)]) for span in sentences(text)]
    parts = [(told, words) for told, words in found if words] or [("", [])]
    asking = [told.endswith("?") for told, _ in parts]
    words = [word for _, part in parts for word in part]
    return TurnWords(
        words=tuple(words),
        last=tuple(parts[-1][1]),
        telling=_telling(words),
        telling_first=_telling(parts[0][1]),
        telling_last=_telling(parts[-1][1]),
        asks=any(asking),
        begins_asking=asking[0],
        ends_asking=asking[-1],
        sentences=len(parts),
    )


def _telling(words: Sequence[str]) -> dict[str, float]:
    """The rarer words with their weight in (0, 1]: 1 for once in a million, 0 for every word."""
    rates = general_rates()
    weights = {}
    for word in words:
        rate = rates.get(word, 1.0)
        if rate < _USUAL_RATE:
            weights[word] = 1 - math.log(max(rate, 1.0)) / math.log(1e6)
    return weights


def signs(turns: Sequence[TurnWords], index: int) -> Signs:
    """The signs of turn `index`, from 1 on, by name; what is absent is 0."""
    turn, before = turns[index], turns[index - 1]
    window = [one.telling for one in turns[max(0, index - WINDOW) : index]]
    found = _likeness(turn, window)
    found.update(_shape(turn, before, index))
    found.update(_continuation(turn, turns[index + 1] if index + 1 < len(turns) else None, window))
    for name in _word_signs(turn, before):
        found[name] = 1.0
    return found


def _likeness(turn: TurnWords, window: Sequence[Mapping[str, float]]) -> Signs:
    known = set().union(*window)
    new = sum(weight for word, weight in turn.telling.items() if word not in known)
    new_last = sum(weight for word, weight in turn.telling_last.items() if word not in known)
    recent = window[-1].keys() | window[-2].keys() if len(window) > 1 else window[-1].keys()
    return {
        "shared_1": _share(turn.telling, window[-1].keys()),
        "shared_2": _share(turn.telling, recent),
        "shared_4": _share(turn.telling, known),
        "first_shared_1": _share(turn.telling_first, window[-1].keys()),
        "last_shared_1": _share(turn.telling_last, window[-1].keys()),
        "last_shared_4": _share(turn.telling_last, known),
        "like_1": _likeness_of(turn.telling, window[-1]),
        "like_4": max(_likeness_of(turn.telling, other) for other in window),
        "says_nothing": float(not turn.telling),
        "new": min(new, _MOST_NEW),
        "new_at_end": min(new_last, _MOST_NEW_AT_END),
    }


def _share(weights: Mapping[str, float], known: Container[str]) -> float:
    """The weight of the words that are known, in [0, 1]; a half where there are no words."""
    if not weights:
        return 0.5
    return sum(weight for word, weight in weights.items() if word in known) / sum(weights.values())


def _likeness_of(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    shared = sum(weight * weight for word, weight in one.items() if word in other)
    if not shared:
        return 0.0
    return shared / math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))


def _shape(turn: TurnWords, before: TurnWords, index: int) -> Signs:
    opening = turn.words[0] if turn.words else ""
    return {
        "length": math.log1p(len(turn.words)),
        "last_length": math.log1p(len(turn.last)),
        "length_before": math.log1p(len(before.words)),
        "sentences": math.log(turn.sentences),
        "asks": float(turn.asks),
        "ends_asking": float(turn.ends_asking),
        "begins_asking": float(turn.begins_asking),
        "asked_before": float(before.asks),
        "asked_last": float(before.ends_asking),
        "both_ask": float(turn.asks and before.asks),
        "answers": float(before.ends_asking and not turn.asks),
        "turns_to_ask": float(turn.ends_asking and not turn.begins_asking),
        "points": _rate(turn.words, _POINTING),
        "points_at_end": _rate(turn.last, _POINTING),
        "asks_what": float(turn.last[:1] != () and turn.last[0] in _ASKING),
        "takes_up": float(opening in _TAKING_UP),
        "addresses": float(not _ADDRESSING.isdisjoint(turn.last)),
        "joins": float(not _JOINING.isdisjoint(turn.words)),
        "is_second": float(index == 1),
        "earliness": 1 / (index + 1),
        "place": math.log1p(min(index, 40)),
    }


def _rate(words: Sequence[str], kind: frozenset[str]) -> float:
    return sum(word in kind for word in words) / (1 + len(words))


def _continuation(turn: TurnWords, after: TurnWords | None, window: Sequence[Mapping[str, float]]) -> Signs:
    """Whether the next turn goes on with this one, or with what was before it."""
    if after is None:
        return {"is_last": 1.0, "next_shared": 0.5, "next_last_shared": 0.5, "next_goes_back": 0.5, "next_length": 2.0}
    return {
        "next_shared": _share(after.telling, turn.telling.keys()),
        "next_last_shared": _share(after.telling_last, turn.telling_last.keys()),
        "next_goes_back": _share(after.telling, set().union(*window)),
        "next_length": math.log1p(len(after.words)),
        "next_asks": float(after.asks),
        "next_like": _likeness_of(after.telling, turn.telling),
    }


def _word_signs(turn: TurnWords, before: TurnWords) -> set[str]:
    names = {f"word {word}" for word in turn.words}
    names.update(f"last {word}" for word in turn.last)
    names.update(f"pair {one} {other}" for one, other in pairwise(turn.last))
    names.update(f"open {one} {other}" for one, other in pairwise(("", *turn.last[:2])))
    names.update(f"before {word}" for word in before.last)
    return names


def vector_signs(vectors: Floats, index: int) -> Signs:
    """Likeness in meaning of turn `index`, from 1 on, to the turns around it, and its own vector."""
    turn, window = vectors[index], vectors[max(0, index - WINDOW) : index]
    cosines = [float(one) for one in window @ turn]
    thread, all_before = _mean(window), _mean(vectors[:index])
    found = {
        "cos_1": cosines[-1],
        "cos_2": max(cosines[-2:]),
        "cos_max": max(cosines),
        "cos_mean": sum(cosines) / len(cosines),
        "cos_thread": float(thread @ turn),
        "cos_all": float(all_before @ turn),
        "cos_before": float(window[-1] @ window[-2]) if len(window) > 1 else 0.3,
    }
    if index + 1 < len(vectors):
        after = vectors[index + 1]
        found["cos_next"], found["cos_over"] = float(after @ turn), float(after @ window[-1])
        found["cos_next_thread"] = float(after @ thread)
    else:
        found |= {"cos_next": 0.25, "cos_over": 0.2, "cos_next_thread": 0.25}
    return found


def _mean(vectors: Floats) -> Floats:
    total: Floats = vectors.sum(axis=0)
    length = float((total @ total) ** 0.5)
    return total / length if length else total


@dataclass(frozen=True, slots=True)
class ThreadModel:
    """Weights of the signs, by name, and of the turn's own vector; moved so that a chance of .5 decides best."""

    bias: float
    weights: Mapping[str, float]
    vector: tuple[float, ...] = ()

    def chances(self, turns: Sequence[TurnWords], vectors: Floats | None = None) -> Iterator[float | None]:
        """By turn the chance in [0, 1] that it leaves the thread; None for the first turn and turns without words."""
        for index, turn in enumerate(turns):
            if not index or not turn.words:
                yield None
                continue
            odds = self.odds(signs(turns, index))
            if vectors is not None:
                odds += self.odds(vector_signs(vectors, index)) - self.bias
                odds += sum(weight * float(value) for weight, value in zip(self.vector, vectors[index], strict=True))
            yield 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))

    def odds(self, found: Signs) -> float:
        """The log-odds that the signs speak for."""
        weights = self.weights
        return self.bias + sum(weights[name] * value for name, value in found.items() if name in weights)


@cache
def shipped_model(encoder: str = "") -> ThreadModel | None:
    """The fitted model, for sentence vectors of `encoder` where one is named; None where there is none for it."""
    name = f"digression_thread_{encoder}.json" if encoder else "digression_thread.json"
    path = resources.files("judges").joinpath("weights", name)
    if not path.is_file():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    return ThreadModel(stored["bias"], stored["weights"], tuple(stored.get("vector", ())))
