"""A turn in the pieces that may each be somebody's: its sentences, split also where a full stop was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from judges.text_features import Span, sentences

_OPENING_WORDS = """
    Actually Alright Also And Any Anything Are As At Before But Can Check Confirming Could Did Do Does Enjoy Find Fine
    Give Good Great Have Hello Here Here's Hey Hi How However If In Is It It's Just Let Let's Maybe My No Nope Now Oh
    Ok Okay On Once Please Send She Should Since So Sorry Sounds Sure Tell Thank Thanks That That's Their The There
    There's They This Unfortunately We We'll We've Well What What's When Where Which Who Will Would Yeah Yep Yes You
    You've Your
"""
_UNMARKED_START = re.compile(
    rf"(?P<before>\b[a-z0-9][\w'’]{{0,60}}) +(?=(?:{'|'.join(map(re.escape, _OPENING_WORDS.split()))})\b(?!-))"
)
_GOES_ON_WORDS = """
    and as because before but how if or since so than that then though unless until what when where which while who
    why the a of to for in on with by from at
"""
_GOES_ON = frozenset(_GOES_ON_WORDS.split())


def pieces(text: str) -> Iterator[Span]:
    """The sentences of a text, each cut again before a capitalised word that opens sentences in the middle of one.

    Turns typed in haste end without a full stop, so what follows must not be taken for the same sentence.

    >>> [piece.text for piece in pieces("to Paris please What time is best? Thanks")]
    ['to Paris please', 'What time is best?', 'Thanks']
    """
    for sentence in sentences(text):
        start = 0
        for found in _UNMARKED_START.finditer(sentence.text):
            if found["before"] not in _GOES_ON:
                yield _piece(sentence, start, found.end("before"))
                start = found.end()
        yield _piece(sentence, start, len(sentence.text))


def _piece(sentence: Span, start: int, end: int) -> Span:
    return Span(sentence.text[start:end], sentence.start + start, sentence.start + end)
