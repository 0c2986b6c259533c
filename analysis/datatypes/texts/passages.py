"""A text in the form that is counted, the same for people's and models': prepared alike, told apart by nothing else.

Line breaks part paragraphs; within them the canonical form of the formality judge removes what the preparation of a
corpus decides rather than its writer: capitals, curly quotes, spaces around marks, contractions. On persona chat,
contractions alone had turned the sign of a shift.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.features.speech import Speech, SpokenTurn
from judges.formality_features import canonical
from judges.language import foreign_language
from judges.text_features import sentences, words
from sims.transcript import Participant, Transcript, Turn
from sims.words import WORD

_WRITER = "writer"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of at least one word.

    `plain` is its canonical form, a paragraph a line; a paragraph is a line with a word in it. In `speech` its
    sentences are the turns of one speaker, so that what is counted of turns can be counted of sentences.
    """

    plain: str
    paragraphs: tuple[str, ...]
    speech: Speech


def passage(text: str) -> Passage | None:
    """The text in the form that is counted; None where it has no word."""
    return _of_paragraphs(_paragraphs(text))


def plain_form(text: str) -> str:
    """The canonical form alone, a paragraph a line; "" without a word."""
    return "\n".join(_paragraphs(text))


def _paragraphs(text: str) -> list[str]:
    lines = (canonical(line) for line in text.splitlines())
    return [line for line in lines if words(line)]


def cut_to(whole: Passage, words_left: int) -> Passage | None:
    """Its first so many words, in the paragraphs they stand in; None where that leaves none."""
    kept: list[str] = []
    for paragraph in whole.paragraphs:
        found = list(WORD.finditer(paragraph))
        if len(found) >= words_left:
            kept += [paragraph[: found[words_left - 1].end()]] if words_left else []
            break
        kept.append(paragraph)
        words_left -= len(found)
    return _of_paragraphs(kept)


def is_foreign(text: str) -> bool:
    """Whether the text is in a language that the measures, which know English only, cannot read."""
    return foreign_language([text]) is not None


def _of_paragraphs(lines: list[str]) -> Passage | None:
    paragraphs = tuple(lines)
    if not paragraphs:
        return None
    spoken = [sentence.text for line in paragraphs for sentence in sentences(line) if words(sentence.text)]
    return Passage("\n".join(paragraphs), paragraphs, _speech(spoken))


def _speech(spoken: list[str]) -> Speech:
    said = [tuple(words(sentence)) for sentence in spoken]
    before = [("", ()), *zip(spoken[:-1], said[:-1], strict=True)]
    turns = tuple(
        SpokenTurn(_WRITER, sentence, sentence, own, *previous)
        for sentence, own, previous in zip(spoken, said, before, strict=True)
    )
    every = tuple(word for own in said for word in own)
    return Speech(_monologue(spoken), _WRITER, turns, every, len(every), 1)


def _monologue(spoken: list[str]) -> Transcript:
    turns = tuple(Turn(_WRITER, sentence) for sentence in spoken)
    return Transcript(id=_WRITER, source="", kind="human", participants=(Participant(_WRITER, _WRITER),), turns=turns)
