"""The labels that an instruction offers, and outputs that choose none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from analysis.datatypes.told import shortened
from sims.words import words

_QUOTED = r"[\"“'‘]([^\"“”'’]{1,40})[\"”'’]"
_SAID = r"(?:output|answer(?: with)?|respond(?: with)?|return|reply(?: with)?|choose|select|say|label(?: it)?(?: as)?)"
_QUOTED_CHOICE = re.compile(
    rf"\b{_SAID}\s+(?:only |either |with )*{_QUOTED}(?:,\s*{_QUOTED})*,?\s+(?:or|and)\s+{_QUOTED}", re.I
)
_WORD = r"[\w-]+"
_LIST = rf"{_WORD}(?:, {_WORD})*,? or {_WORD}"
_CLASSIFIED = re.compile(
    rf"\b(?:classif\w+|categori[sz]e|label|tag|mark|tell|decide|determine|identify|predict)\b[^.\n]{{0,90}}?"
    rf"\b(?:as|into|is|are)(?: either| being|:)* (?P<list>{_WORD}(?:, {_WORD})*,? (?:or|and) {_WORD})"
    r"(?= ?[.?:)\n]|\Z| sentiment)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:one of the following|(?:categories|candidates|options|labels|classes|topics)(?: include| are)?)[^:.\n]{0,25}"
    r":\s*(?P<list>[\w/ -]+(?:, [\w/ -]+)+)",
    re.IGNORECASE,
)
_USES_ALL = re.compile(r"\b(?:each|all|one word from|every) (?:one )?of the following\b", re.IGNORECASE)
_PAIR = re.compile(rf"\b(?:{_SAID}|is it|whether it is|as)\s+(?P<list>{_LIST})(?= ?[.?:)\n]|\Z)", re.IGNORECASE)
_BARE_PAIR = re.compile(r"\b(?P<list>yes or no|true or false|true, false,? or \w+)\b", re.IGNORECASE)
_NOT_LABELS = "a an the one it its not other more less each either both any if they what how"
_NO_CHOICES = frozenset(_NOT_LABELS.split())
_MOST_WORDS = 12
_STEM, _MOST_SHOWN = 5, 9
_ALSO = {
    "yes": ("yes", "yeah", "true", "correct"),
    "no": ("no", "not", "false", "incorrect"),
    "true": ("yes",),
    "false": ("no",),
}


class LabelOutside(Check):
    """A classification whose output is none of the labels offered."""

    name: ClassVar[str] = "label_outside"
    version: ClassVar[str] = "3"
    says: ClassVar[str] = "the output is none of the labels that the instruction offers"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One where none is named; outputs of more than twelve words are left alone."""
        if not 0 < len(example.output_words) <= _MOST_WORDS:
            return
        offered = offered_labels(example)
        if offered and not chosen_labels(example, offered):
            yield self.suspicion(f"offered were {', '.join(shortened(offered, most=_MOST_SHOWN))}", example.output)


def offered_labels(example: Example) -> tuple[str, ...]:
    """The labels that the instruction offers, in small letters; empty where it offers none in a form known here.

    None either where the instruction is so long that part of it is not looked at: the list may be there.
    """
    text = example.asked
    if text != example.instruction or _USES_ALL.search(text):
        return ()
    quoted = _QUOTED_CHOICE.search(text)
    if quoted:
        return tuple(dict.fromkeys(label.strip(" .").lower() for label in re.findall(_QUOTED, quoted.group())))
    for pattern in (_NAMED, _PAIR, _CLASSIFIED, _BARE_PAIR):
        found = pattern.search(text)
        labels = _split(found["list"]) if found else ()
        if len(labels) >= 2 and _NO_CHOICES.isdisjoint(labels):
            return labels
    return ()


def chosen_labels(example: Example, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the labels that the output names; an answer by number or letter counts as the label."""
    said = " ".join(example.output_words)
    if re.fullmatch(r"\(?[a-h1-9]\)?\.?", example.output.strip(), re.IGNORECASE):
        return offered[:1]
    return tuple(label for label in offered if any(_names(said, one) for one in (label, *_ALSO.get(label, ()))))


def _split(text: str) -> tuple[str, ...]:
    parts = re.split(r",\s*(?:or |and )?|\s+or\s+|\s+and\s+", text.strip(" ."))
    return tuple(dict.fromkeys(part.strip().lower() for part in parts if part.strip()))


@lru_cache(maxsize=4096)
def _spoken(label: str) -> str:
    """The label as words are counted, "p 1" for "P1"."""
    return " ".join(words(label))


def _names(said: str, label: str) -> bool:
    """Whether the label's first letters begin a word of what was said; a label with a digit must be said whole."""
    whole = _spoken(label)
    if any(map(str.isdigit, whole)):
        return f" {whole} " in f" {said} "
    return f" {whole[: max(_STEM, len(whole) - 3)]}" in f" {said}"
