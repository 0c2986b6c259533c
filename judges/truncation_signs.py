"""Signs that a text was cut off or never filled in, read off the text itself."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from importlib import resources

from judges.text_features import Span
from judges.topic_words import general_rates

SIGNS = (
    "no_mark",
    "comma",
    "dash",
    "colon",
    "open_word",
    "linking_word",
    "seldom_last",
    "fragment",
    "open_bracket",
    "open_quote",
    "open_fence",
    "no_mark_but_usual",
    "structured",
    "short",
)
"""What `signs_of` gives, in this order."""
_WANTING = """
    a an the my your our their his its of from into and or but nor if because although while whereas unless until
    since which whose whom than as very such per via between among under during including regarding every i'm i'll
    i'd i've you'll we'll they're we're let's
"""
_LINKING = """
    to with without by for at on in about is are was were am be been being has have had will would can could should
    may might must it's that's there's
"""
_OPEN_WORDS = frozenset(_WANTING.split())
_LINKING_WORDS = frozenset(_LINKING.split())
"""They want another word, but may close a clause too ("What it is and what it is for")."""
_LAST_WORD = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)*)\W*\Z")
_CLOSERS = " \t\r\n*_~\"'”’)]}>`"
_ENDS = frozenset(".!?…。؟")
_STRUCTURED = re.compile(r"\A\s*(?:[-*•|#>+]|\d+[.):]|\w[\w ]{0,40}:)")
_CODE_LIKE = re.compile(r"(?:[\d@_/]|\w\.\w)\S*\Z")
_SHORT_WORDS = 5
_OPEN_DOUBLE_QUOTE = re.compile(r"[\"“][^\"“”]*\Z")

_PLACEHOLDER = re.compile(
    r"\[(?:(?:your|my|insert|user|customer|client|agent|assistant|patient|partner|recipient|company|product|order"
    r"|booking|city|date|time|name|first|last|full|number|address|email|phone|amount)\b|[A-Z][a-z]+['’]s )"
    r"[^\[\]\n.!?,]{0,30}\](?!\()"
    r"|\{\{? ?(?:name|user|customer|agent|date|order|city|product|insert|your)[\w ]{0,20}\}\}?"
    r"|<(?:your|insert|name|user|customer)(?:[ _-][\w -]{1,30})?>"
    r"|\blorem ipsum\b|\bTODO\b(?=:)|\b(?:X{3,}|YYYY-MM-DD)\b(?=[.,!?]|\s*$)",
    re.IGNORECASE,
)
_LONGEST_SPEECH = 2000
"""Characters; longer turns are mostly pages and logs that a tool returned, whose slots are theirs."""
_MOST_PLACEHOLDERS = 2
"""More different ones make the text a form that somebody is to fill in, which may be just what was asked for."""


def signs_of(text: str, *, usual: float) -> tuple[float, ...]:
    """How strongly each of `SIGNS` shows, in [0, 1].

    `usual` is the share, in [0, 1], of the speaker's other turns that close with an end mark.
    """
    bare = text.rstrip()
    core = bare.rstrip(_CLOSERS)
    last = core[-1:] or bare[-1:]
    is_open = last.isalnum() or last in ",;"
    word = _last_word(core) if last.isalnum() else ""
    last_line = bare[bare.rfind("\n") + 1 :]
    return tuple(
        map(
            float,
            (
                last.isalnum(),
                last in (",", ";"),
                last in ("-", "–", "—", "(", "[", "{", "/", "&", "=", "|" if "|" not in last_line[:-1] else "/"),
                last == ":",
                word.lower() in _OPEN_WORDS,
                word.lower() in _LINKING_WORDS,
                straight(word) in _seldom_last(),
                _is_fragment(word),
                _is_unclosed(bare),
                bool(_OPEN_DOUBLE_QUOTE.search(bare)) and bare.count('"') % 2 == 1,
                bare.count("```") % 2 == 1,
                usual if is_open else 0.0,
                is_open and bool(_STRUCTURED.match(last_line) or _CODE_LIKE.search(core[-60:])),
                is_open and len(bare.split(None, _SHORT_WORDS)) <= _SHORT_WORDS,
            ),
        )
    )


def has_end_mark(text: str) -> bool:
    """Whether a text closes with a full stop, a question or exclamation mark, before brackets, quotes and emphasis."""
    return text.rstrip(_CLOSERS)[-1:] in _ENDS


def placeholders(text: str) -> Iterator[Span]:
    """The slots that were to be filled and are not; none in code, pages, and forms with many."""
    if not any(mark in text for mark in "[{<") and "lorem" not in text.lower() and "TODO" not in text:
        return
    if "```" in text or len(text) > _LONGEST_SPEECH:
        return
    found = [Span(one.group(), one.start(), one.end()) for one in _PLACEHOLDER.finditer(text)]
    if len({span.text.lower() for span in found}) <= _MOST_PLACEHOLDERS:
        yield from found


def says_nothing(text: str) -> bool:
    """Whether a text has nothing but marks: no letter, digit or picture, and no smiley or single mark of surprise."""
    bare = text.strip()
    return not any(char.isalnum() or ord(char) > 0x2000 for char in bare) and not _is_gesture(bare)


def _is_gesture(bare: str) -> bool:
    return bool(re.fullmatch(r"[?!]{1,3}|\.{2,}|[%.]|[:;=8xX][-^']?[()\[\]/\\|*<>]+", bare))


def _last_word(core: str) -> str:
    found = _LAST_WORD.search(core[-60:])
    return found.group(1) if found else ""


def straight(word: str) -> str:
    """The word as the table of words that are seldom last has it: lower-case, with a straight apostrophe."""
    return word.lower().replace("’", "'")


@cache
def _seldom_last() -> frozenset[str]:
    """Words that hardly ever stand last, from `judges/weights/truncation_words.json`, which names its sources."""
    figures = json.loads(resources.files("judges").joinpath("weights", "truncation_words.json").read_text("utf-8"))
    return frozenset(figures["seldom_last"].split())


def _is_fragment(word: str) -> bool:
    """Whether a lower-case word is no word of general English, but the beginning of one."""
    if len(word) < 2 or not word.islower() or not word.isascii():
        return False
    known = _vocabulary()
    if any(
        _has(known, form) for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("d"))
    ):
        return False
    place = bisect_left(known, word)
    return place < len(known) and known[place].startswith(word)


def _has(known: tuple[str, ...], word: str) -> bool:
    place = bisect_left(known, word)
    return place < len(known) and known[place] == word


@cache
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted(general_rates()))


def _is_unclosed(text: str) -> bool:
    return any(text.count(opening) > text.count(closing) for opening, closing in ("()", "[]", "{}"))
