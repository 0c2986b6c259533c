"""The labelled words of the VU Amsterdam Metaphor Corpus, read as the metaphor judge reads texts."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.metaphor_context import Places
from judges.metaphor_features import PRONOUNS, is_word, pieces
from judges.text_features import sentences

UNLABELLED_WORDS = 300
"""A stretch of this many words without one metaphor was not annotated: at 6 % a chance of one in 10**8."""
PARTS_OF_SPEECH = (
    *("ADJ", "ADP", "ADV", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "VERB"),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as the judge reads it; labels and parts of speech are -1 where nobody gave one."""

    forms: tuple[str, ...]
    labels: tuple[int, ...]
    parts: tuple[int, ...]
    text: str
    genre: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sentences, and the labelled words among their tokens, in the order of the texts.

    `tokens` are the places of the words among all tokens. `is_running` marks words of fully labelled sentences: the
    others are single verbs, for fitting only.
    """

    sentences: tuple[Sentence, ...]
    tokens: Places
    labels: Places
    texts: NDArray[np.str_]
    genres: NDArray[np.str_]
    is_running: NDArray[np.bool_]
    is_pronoun: NDArray[np.bool_]

    @property
    def parts(self) -> Places:
        """The part of speech of every token."""
        return np.array([part for one in self.sentences for part in one.parts])

    @property
    def token_texts(self) -> NDArray[np.str_]:
        """The text of every token."""
        return np.array([one.text for one in self.sentences for _ in one.forms])

    def windows(self, words: int) -> list[Places]:
        """The places, among the labelled words, of each stretch of that many running words of one text."""
        found = []
        for text in sorted(set(self.texts.tolist())):
            places = np.flatnonzero((self.texts == text) & self.is_running)
            found += [places[start : start + words] for start in range(0, len(places) - words + 1, words)]
        return found


def read_vua(data: Path) -> Corpus:
    """The annotated sentences, and those of which only verbs were labelled."""
    rows = list(rows_of(data / "labels_metaphor_vua_tokens.jsonl.gz"))
    found = [part for row in annotated(rows) for part in _split(row, row["labels"], row["pos"], is_running=True)]
    known = {(row["text_id"], row["sentence_no"]) for row in rows}
    genres = {row["text_id"]: row["genre"] for row in rows}
    verbs: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for row in rows_of(data / "labels_metaphor_vua_verb.jsonl.gz"):
        if (row["text_id"], row["sentence_no"]) not in known:
            verbs[row["text_id"], row["sentence"]][row["target_index"]] = row["label"]
    for (text, sentence), marked in verbs.items():
        tokens = sentence.split()
        labels = [marked.get(place, -1) for place in range(len(tokens))]
        row = {"tokens": tokens, "text_id": text, "genre": genres[text]}
        found += _split(row, labels, [""] * len(tokens), is_running=False)
    return corpus_of(found)


def corpus_of(found: Sequence[Sentence]) -> Corpus:
    """The corpus of those sentences."""
    tokens = ((one, form, label) for one in found for form, label in zip(one.forms, one.labels, strict=True))
    rows = [
        (place, label, one.text, one.genre, one.is_running, form in PRONOUNS)
        for place, (one, form, label) in enumerate(tokens)
        if label >= 0 and is_word(form)
    ]
    return Corpus(tuple(found), *(np.array(column) for column in zip(*rows, strict=True)))


def _split(
    row: Mapping[str, Any], labels: Sequence[int], parts: Sequence[str], *, is_running: bool
) -> Iterator[Sentence]:
    """The row in the sentences and tokens that the judge makes of it; a token without its like there has no label."""
    place_of, start = {}, 0
    for place, token in enumerate(row["tokens"]):
        place_of[start, start + len(token)] = place
        start += len(token) + 1
    for span in sentences(" ".join(row["tokens"])):
        found = pieces(span.text, span.start)
        places = [place_of.get((start, end), -1) for _, start, end in found]
        yield Sentence(
            tuple(form for form, _, _ in found),
            tuple(labels[place] if place >= 0 else -1 for place in places),
            tuple(_part(parts[place]) if place >= 0 else -1 for place in places),
            row["text_id"],
            row["genre"],
            is_running,
        )


def _part(name: str) -> int:
    return PARTS_OF_SPEECH.index(name) if name in PARTS_OF_SPEECH else -1


def annotated(rows: Sequence[Any]) -> list[Any]:
    """The sentences without the long stretches that nobody annotated (most of one academic text)."""
    by_text: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_text[row["text_id"]].append(row)
    kept: list[Any] = []
    for text in by_text.values():
        stretch: list[Any] = []
        for row in sorted(text, key=_sentence_number):
            if any(row["labels"]):
                kept += [*stretch, row] if _word_count(stretch) < UNLABELLED_WORDS else [row]
                stretch = []
            else:
                stretch.append(row)
        kept += stretch if _word_count(stretch) < UNLABELLED_WORDS else []
    return kept


def _sentence_number(row: Any) -> tuple[bool, int]:
    number = row["sentence_no"]
    return (not number.isdigit(), int(number) if number.isdigit() else 0)


def _word_count(rows: Iterable[Any]) -> int:
    return sum(is_word(token.lower()) for row in rows for token in row["tokens"])


def rows_of(path: Path) -> Iterator[Any]:
    """The rows of a file of records, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
