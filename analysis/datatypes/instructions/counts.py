"""Whether an output has as many items, sentences, lines or words as was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example

_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS.split(), start=1)} | {"a single": 1, "twenty": 20}
_N = rf"(?P<n>\d{{1,3}}|{'|'.join(_NUMBERS)})"
_ITEMS = re.compile(
    r"\b(?:list|name|give|provide|suggest|generate|write|come up with|brainstorm|recommend|create|propose|identify)\b"
    rf"(?: me| us| out| down| up| a list of| the| some| top| at least| best| exactly)*\s+(?P<more>at least )?{_N}"
    r"(?:\s+(?!(?:words?|sentences?|lines?|paragraphs?|syllables?|stanzas?|or|to|and|minutes?|days?|people|persons?|"
    r"pages?|characters?|letters?|digits?|star)\b)[\w'-]+){1,3}",
    re.IGNORECASE,
)
_SENTENCES = re.compile(
    rf"\b(?:in|into|to|with|using|a|an|as)\s+(?P<limit>(?:no more than|at most|fewer than|up to) )?{_N}[ -]"
    r"(?:complete |short )?sentences?\b(?! (?:or|and|that|with|using|about|each))",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(
    r"\b(?:in|with|using|to|as) (?:only )?(?:one|a single|1) word\b(?! (?:at|per|or))|\bone-word (?:answer|title|name)",
    re.I,
)
_MOST_WORDS = re.compile(
    r"\b(?:(?:no|not) (?:more|longer) than|at most|under|fewer than|less than|up to|within|maximum of) "
    r"(?P<n>\d{2,4}) words\b"
    r"|\b(?P<m>\d{2,4}) words or (?:less|fewer)\b|\bin (?P<k>\d{2,4}) words\b",
    re.IGNORECASE,
)
_LINES = {"haiku": 3, "limerick": 5}
_FORM = re.compile(
    r"\b(?:write|create|compose|generate|make|produce)(?: me)? an? (?:[\w-]+ ){0,2}?"
    r"(haiku|limerick|poem|sonnet|ballad|song)\b(?! title)",
    re.IGNORECASE,
)
_EACH = re.compile(r"\b(?:each|every|per|for the following|of the following)\b", re.IGNORECASE)
_ITEM_LINE = re.compile(r"^[ \t]{0,80}(?:\d{1,3}[ \t]{0,3}[.):]|[-*•·–][ \t])[ \t]{0,9}\S", re.MULTILINE)
_INLINE_ITEM = re.compile(r"(?:(?<=\s)|^)\(?(\d{1,2})[.)]\s+\S")
_SENTENCE_END = re.compile(
    r"(?<![.!?])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\b[A-Z])[.!?]++[\"”')\]]*+"
    r"(?:\s++(?=[\"“'(]?[A-Z])|\Z)"
)
_BELONGS_BEFORE = re.compile(r",\s{0,3}((?:Jr|Sr|Inc|Ltd|LLC|Co|D\.C|M\.D|Ph\.?D|II|III)\b)\.?")
_SLACK = 1.1
_MOST_ITEM_WORDS = 4
_LEAST_VERSE_WORDS = 8


class WrongCount(Check):
    """An output with fewer or more of what was counted in the instruction."""

    name: ClassVar[str] = "wrong_count"
    version: ClassVar[str] = "4"
    says: ClassVar[str] = "the output has not as many items, sentences, lines or words as were asked for"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One a count that is not kept; where the output cannot be counted surely, none."""
        if not example.output_words:
            return
        for wrong in (_wrong_items, _wrong_sentences, _wrong_lines, _wrong_words):
            found = wrong(example)
            if found:
                yield self.suspicion(*found)


def _wrong_items(example: Example) -> tuple[str, str] | None:
    found = _ITEMS.search(example.asked)
    if not found or _EACH.search(example.asked):
        return None
    asked, items = _number(found["n"]), _items(example.output)
    if asked < 2 or items is None or items == asked or (items > asked and (found["more"] or items % asked == 0)):
        return None
    return f"{items} items where {asked} were asked for", found.group()


def _wrong_sentences(example: Example) -> tuple[str, str] | None:
    found = _SENTENCES.search(example.asked)
    if not found or _EACH.search(example.asked):
        return None
    asked, sentences = _number(found["n"]), len(_SENTENCE_END.findall(example.output.strip()))
    slack = 0 if asked == 1 else 1
    is_few = not found["limit"] and 0 < sentences < asked - slack
    if sentences > asked + slack or is_few:
        return f"{sentences} sentences where {asked} were asked for", found.group()
    return None


def _wrong_lines(example: Example) -> tuple[str, str] | None:
    found = _FORM.search(example.asked)
    if not found:
        return None
    lines = [line for line in example.output.splitlines() if line.strip()]
    asked = _LINES.get(found[1].lower())
    if len(lines) == 1 and _may_be_verses(lines[0], asked or 2):
        return None
    if asked is None:
        return None if len(lines) > 1 else (f"one line of few words where a {found[1]} has more", found.group())
    is_titled = len(lines) == asked + 1
    return (
        None
        if len(lines) == asked or is_titled
        else (f"{len(lines)} lines where a {found[1]} has {asked}", found.group())
    )


def _may_be_verses(line: str, asked: int) -> bool:
    """Whether so many verses may stand in one line, between marks."""
    marks = len(re.findall(r"[/,.;!?:–—]", line.rstrip()[:-1]))
    return marks >= asked - 1 and len(line.split()) >= _LEAST_VERSE_WORDS


def _wrong_words(example: Example) -> tuple[str, str] | None:
    one, most = _ONE_WORD.search(example.asked), _MOST_WORDS.search(example.asked)
    count = len(example.output_words)
    if one and count > 3 and not _EACH.search(example.asked):
        return f"{count} words where one was asked for", one.group()
    if most:
        asked = int(most["n"] or most["m"] or most["k"])
        if count > _SLACK * asked:
            return f"{count} words where {asked} were allowed", most.group()
    return None


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _items(output: str) -> int | None:
    """How many items a list has; None where it is no list, or one within another."""
    lines = [line for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if _ITEM_LINE.match(line)]
    if len(marked) >= 2:
        numbered = [line for line in marked if line.strip()[0].isdigit()]
        return len(numbered or marked) if len({len(line) - len(line.lstrip()) for line in marked}) == 1 else None
    inline = [int(number) for number in _INLINE_ITEM.findall(output)]
    if len(inline) >= 2 and inline == list(range(1, len(inline) + 1)):
        return len(inline)
    if len(lines) == 1:
        return 1 if marked else _listed(lines[0])
    return None


def _listed(line: str) -> int | None:
    """The items of a line of short items between commas; "Jr." and "D.C." belong to the name before."""
    line = _BELONGS_BEFORE.sub(r" \1", line)
    items = [one for one in re.split(r",\s?(?:and |or )?|\sand\s", line.strip(" .")) if one.strip()]
    if line.count(",") < 2 or any(len(one.split()) > _MOST_ITEM_WORDS for one in items):
        return None
    return len(items)
