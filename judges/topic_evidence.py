"""What a sentence names that is strange to the conversation: the evidence that a reader accepts for a digression.

Rare words alone are none: a formal paraphrase and an image are made of them too. What counts are things, that is
nouns meant as they stand (by the tables of parts of speech and of metaphor fitted on the VU Amsterdam Metaphor
Corpus) that are not abstract by their ending, and half as much what is done; words of the topic in the same sentence,
abstract and figurative ones count against. Blind spots: English; a digression into abstractions; things that a figure
of speech names and the table takes literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from judges.courtesy import is_courtesy
from judges.topic_words import general_rates, is_name, topic_words

if TYPE_CHECKING:
    from judges.metaphor_context import Lexicon

_NOUNS, _VERB = frozenset({7, 11}), 13
"""Parts of speech as `judges.metaphor_table.tagged` numbers them: nouns and proper nouns, verbs."""
_FIGURATIVE = -0.9
"""From these log-odds on a word is more likely than not one that people mark as a metaphor."""
_ABSTRACT = re.compile(r"(?:tion|sion|ment|ance|ence|ity|ness|ism|ship|ing|ency|ancy|sis|ude|ure|ed|ly)$")
_CAPITAL = re.compile(r"(?<=[\w,;'] )[A-Z][\w']+")
_INFLECTED = ("ing", "ed")
_STRANGE, _AT_HOME = -0.5, 2.0
_USUAL_RATE, _USUAL_VERB_RATE, _USUAL_HOME_RATE = 800.0, 200.0, 1000.0
"""Words more frequent than these, a million, tell nothing."""
_SHORTEST = 3
_ACT_WEIGHT, _OTHER_WEIGHT, _HOME_WEIGHT = 0.5, 0.35, 1.0
_NO_EVIDENCE = -9.0
Reading = tuple[int, float]
"""A word's part of speech and its log-odds of being a metaphor."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The things and acts that a sentence names, the strangest first, and how much they weigh: about one a thing."""

    things: tuple[str, ...]
    acts: tuple[str, ...]
    weight: float


def evidence(sentence: str, words: Sequence[str], odds: Sequence[float]) -> Evidence:
    """What `sentence` names that is strange, given its topic words and the log-odds of each."""
    readings, names = _readings(sentence), frozenset(_names(sentence))
    by_kind: dict[str, dict[str, float]] = {"thing": {}, "act": {}, "other": {}, "home": {}}
    for word, value in zip(words, odds, strict=True):
        kind = _kind(word, value, readings.get(word.lower(), (0, 0.0)))
        if kind == "home" or (kind and word not in names):
            by_kind[kind][word] = value
    things, acts = (_strangest(by_kind[kind]) for kind in ("thing", "act"))
    against = _OTHER_WEIGHT * len(by_kind["other"]) + _HOME_WEIGHT * len(by_kind["home"])
    return Evidence(things, acts, len(things) + _ACT_WEIGHT * len(acts) - against if things else _NO_EVIDENCE)


def _kind(word: str, odds: float, reading: Reading) -> str | None:
    rate = general_rates().get(word, 0.0)
    if odds > _AT_HOME and rate <= _USUAL_HOME_RATE:
        return "home"
    if odds >= _STRANGE or rate > _USUAL_RATE or is_name(word) or len(word) < _SHORTEST or is_courtesy([word]):
        return None
    (part, figurative), is_abstract = reading, _ABSTRACT.search(word) is not None
    if figurative < _FIGURATIVE:
        if part in _NOUNS and not is_abstract:
            return "thing"
        if part == _VERB and rate <= _USUAL_VERB_RATE and (not is_abstract or word.endswith(_INFLECTED)):
            return "act"
    return "other" if rate <= _USUAL_VERB_RATE else None


def _strangest(found: Mapping[str, float]) -> tuple[str, ...]:
    rates = general_rates()
    return tuple(sorted(found, key=lambda word: (found[word], rates.get(word, 0.0), word)))


def _readings(sentence: str) -> dict[str, Reading]:
    """By topic word in lower case, what its first occurrence is."""
    found: dict[str, Reading] = {}
    for form, reading in _read(sentence):
        for word in topic_words(form):
            found.setdefault(word.lower(), reading)
    return found


def _names(sentence: str) -> Iterator[str]:
    """Words that are written with a capital inside the sentence."""
    if not sentence.istitle() and not sentence.isupper():
        for found in _CAPITAL.finditer(sentence):
            yield from topic_words(found.group())


@cache
def _lexicon() -> Lexicon:
    from judges.metaphor_context import Lexicon

    return Lexicon()


def _read(sentence: str) -> Iterator[tuple[str, Reading]]:
    from judges.metaphor_context import Layout
    from judges.metaphor_features import pieces
    from judges.metaphor_table import metaphor_table, tagged

    forms = [form for form, _, _ in pieces(sentence)]
    if not forms:
        return
    table = metaphor_table()
    parts = tagged(Layout([forms], _lexicon()), table.tags)
    for form, part, odds in zip(forms, parts, table.log_odds([forms]), strict=True):
        yield form, (int(part), float(odds))
