"""Rows that contradict each other or themselves: opposite labels for one prompt, and copies with a negation changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.choices import chosen_labels, offered_labels
from analysis.datatypes.instructions.columns import Example, tokens
from analysis.datatypes.told import shortened
from sims.seeds import stable_hash
from sims.words import words

_OPPOSITES = (
    ("yes", "no"),
    ("true", "false"),
    ("positive", "negative"),
    ("correct", "incorrect"),
    ("right", "wrong"),
    ("spam", "ham"),
    ("ethical", "unethical"),
    ("grammatical", "ungrammatical"),
    ("valid", "invalid"),
    ("agree", "disagree"),
    ("supported", "unsupported"),
)
_SIDES = {word: side for pair in _OPPOSITES for side, word in enumerate(pair)}
_NEGATING_WORDS = "not no never don't doesn't didn't isn't aren't wasn't weren't can't cannot won't n't"
_NEGATING = frozenset(_NEGATING_WORDS.split())
_NEGATIONS = _NEGATING | {"do", "does", "did"}
_CONTRACTED = {
    "isn't": "is",
    "aren't": "are",
    "wasn't": "was",
    "weren't": "were",
    "can't": "can",
    "cannot": "can",
    "won't": "will",
}
_MAY_NEGATE = re.compile(
    r"\b(?:negat\w*|opposite|contra\w*|antonym|incorrect|false|correct\w*|edit|fix|grammar|error|proofread|disagree|"
    r"double|entail\w*|change|question|reverse|mistakes?)\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(r"\W{0,3}(yes|no|true|false)\b\s{0,2}(?:[,.;:!–—\n]|- |\Z)", re.IGNORECASE)
_FIGURE = re.compile(
    r"[$€£]?(-?\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?|-?\d{1,12}(?:\.\d{1,12})?)(?: [a-z]{1,12}){0,2}[.!]?", re.I
)
_ANY_NUMBER = re.compile(
    r"\b(?:random\w*|any|pick|choose|generate|guess|example|suggest|create|write|give (?:me )?an?|name|think"
    r"|estimate)\b",
    re.IGNORECASE,
)
_MOST_SHOWN = 5
_LONGEST_BEGINNING = 60
_SYMBOL = re.compile(r"""[^\w\s.,;:!?"'“”‘’]""")
_MOST_LABEL_WORDS = 6
_LEAST_WORDS = 4


class LabelContradiction(Check):
    """One prompt, and rows that give it labels, verdicts or figures of which only one can be right."""

    name: ClassVar[str] = "label_contradiction"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "another row answers the same prompt with another label, yes for no, or another number"

    def __init__(self) -> None:
        self._labels: dict[int, set[str]] = defaultdict(set)

    def learn(self, example: Example) -> None:
        """Keep the label of the prompt, where it has one."""
        label = _answer(example)
        if label:
            self._labels[_prompt_key(example)].add(label)

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One in every row of the prompt: which of them is wrong cannot be told."""
        label = _answer(example)
        others = self._labels.get(_prompt_key(example), set()) - {label} if label else set()
        if others:
            shown = ", ".join(shortened(sorted(others), most=_MOST_SHOWN))
            yield self.suspicion(f"other rows with this prompt say {shown}", example.output)


class PolarityFlip(Check):
    """A sentence copied with its negation put in or taken out: from the input, or from another row of the prompt."""

    name: ClassVar[str] = "polarity_flip"
    says: ClassVar[str] = "the output is a copy of the input, or of another row's output, but for a negation"

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], set[bool]] = defaultdict(set)

    def learn(self, example: Example) -> None:
        """Keep which of the two forms of its output the prompt has."""
        if len(example.output_words) >= _LEAST_WORDS:
            self._seen[self._key(example)].add(_is_negated(example.output_words))

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one; none where the instruction asks for such a change."""
        found = example.output_words
        if len(found) < _LEAST_WORDS:
            return
        given = tuple(words(example.input))
        if (
            _bare(given) == _bare(found)
            and _symbols(example.input) == _symbols(example.output)
            and _is_negated(given) != _is_negated(found)
        ):
            if not _MAY_NEGATE.search(example.asked):
                yield self.suspicion("the input, but for a negation", example.output)
        elif len(self._seen.get(self._key(example), ())) > 1:
            yield self.suspicion("another row's output for this prompt, but for a negation", example.output)

    @staticmethod
    def _key(example: Example) -> tuple[int, int]:
        return _prompt_key(example), stable_hash(_symbols(example.output), *_bare(example.output_words))


def _answer(example: Example) -> str | None:
    """The label, verdict or figure of the output."""
    return _label(example) or _verdict(example) or _figure(example)


def _label(example: Example) -> str | None:
    """The label an output gives; None where it gives none, several, or the prompt asks for no label."""
    if not 0 < len(example.output_words) <= _MOST_LABEL_WORDS:
        return None
    offered = offered_labels(example)
    chosen = chosen_labels(example, offered)
    if offered and len(chosen) == 1:
        bare = " ".join(example.output_words)
        return bare if len(example.output.strip()) <= 2 else chosen[0]
    first = example.output_words[0]
    return first if first in _SIDES and len(example.output_words) <= 2 else None


def _verdict(example: Example) -> str | None:
    """What a longer output says first, "yes", "no", "true" or "false" before a mark: "No, it is not."."""
    found = _VERDICT.match(example.output[:_LONGEST_BEGINNING])
    return found[1].lower() if found else None


def _figure(example: Example) -> str | None:
    """The number that a short output is, "4" for "4.0" and "4 apples"; None where any of many would do."""
    found = _FIGURE.fullmatch(example.output.strip()) if len(example.output) < _LONGEST_BEGINNING else None
    if not found or _ANY_NUMBER.search(example.asked):
        return None
    return f"{float(found[1].replace(',', '')):g}"


def _prompt_key(example: Example) -> int:
    """Of the tokens of instruction and input, symbols among them; the two are kept apart."""
    return stable_hash(*map(" ".join, (tokens(example.instruction), tokens(example.input))))


def _symbols(text: str) -> str:
    """The characters that are neither letters, digits, blanks nor punctuation of prose."""
    return "".join(_SYMBOL.findall(text))


def _bare(found: tuple[str, ...]) -> tuple[str, ...]:
    """The words without negations and what they bring with them, their endings off."""
    kept = (_CONTRACTED.get(word, word) for word in found)
    return tuple(word.rstrip("s") for word in kept if word not in _NEGATIONS)


def _is_negated(found: tuple[str, ...]) -> bool:
    return sum(word in _NEGATING for word in found) % 2 == 1
