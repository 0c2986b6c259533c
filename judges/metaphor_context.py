"""What can be seen of each word of a text, as places in a table of weights: for the fitting and the scoring alike.

A feature is a template such as "lemma tag+1" (the word's lemma with the tag of the next word) filled in at one word.
Its place is a hash of what fills it in, so that no list of features is stored and all words of a text are looked up
at once. `TAG_TEMPLATES` see forms only, `WORD_TEMPLATES` see the tags that the first gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from judges.metaphor_features import END, PERSONS, is_content, kind, lemma
from sims.seeds import stable_hash

TAG_TEMPLATES = (
    *("form", "end2", "end3", "end4", "start2", "form-1", "form+1", "form-2", "form+2", "end2-1", "end2+1"),
    *("kind-1 kind+1", "kind kind-1", "kind kind+1"),
)
WORD_TEMPLATES = (
    *("form", "lemma", "end3", "end2", "start4", "kind", "form-1", "form+1", "form-2", "form+2"),
    *("lemma-content", "lemma+content", "lemma kind-1", "lemma kind+1", "kind-1 kind+1", "persons", "length"),
    *("tag", "lemma tag", "form tag", "tag-1 tag", "tag tag+1", "tag-1 tag tag+1", "tag-2 tag-1 tag"),
    *("lemma tag+1", "lemma tag-1", "start4 tag", "end3 tag", "tag lemma-content", "tag lemma+content"),
)
_FIELDS: Final = ("form", "lemma", "end2", "end3", "end4", "start2", "start4", "kind")
_LONGEST_REACH = 4
"""How many words away the nearest content word is looked for."""
_MOST_FORMS = 1 << 17
_PAD = 2
_BITS = 64
Places = NDArray[np.int64]
Keys = NDArray[np.uint64]


class Lexicon:
    """The fields of every form met so far, one row a form; begins anew when it is full, so that it cannot grow."""

    def __init__(self) -> None:
        self._clear()

    def rows(self, forms: Sequence[str]) -> tuple[Keys, NDArray[np.bool_], Places]:
        """Per form its fields as integers, whether it is a content word, and whether it names a person (0 or 1)."""
        if len(self._row_of) + len(forms) > _MOST_FORMS:
            self._clear()
        known = self._row_of
        missing = [form for form in dict.fromkeys(forms) if form not in known]
        if missing:
            self._add(missing)
        places = np.fromiter(map(known.__getitem__, forms), np.int64, len(forms))
        return self._fields[places], self._is_content[places], self._is_person[places]

    def _clear(self) -> None:
        self._row_of: dict[str, int] = {}
        self._fields = np.zeros((1 << 10, len(_FIELDS)), np.uint64)
        self._is_content = np.zeros(1 << 10, np.bool_)
        self._is_person = np.zeros(1 << 10, np.int64)

    def _add(self, forms: Sequence[str]) -> None:
        first, last = len(self._row_of), len(self._row_of) + len(forms)
        while last > len(self._fields):
            self._fields = np.concatenate([self._fields, np.zeros_like(self._fields)])
            self._is_content = np.concatenate([self._is_content, np.zeros_like(self._is_content)])
            self._is_person = np.concatenate([self._is_person, np.zeros_like(self._is_person)])
        self._fields[first:last] = [_fields(form) for form in forms]
        self._is_content[first:last] = [is_content(form) for form in forms]
        self._is_person[first:last] = [form in PERSONS for form in forms]
        self._row_of.update(zip(forms, range(first, last), strict=True))


def _fields(form: str) -> list[int]:
    seen = (form, lemma(form), form[-2:], form[-3:], form[-4:], form[:2], form[:4], kind(form))
    return [crc32(text.encode(errors="surrogatepass")) + 1 for text in seen]


class Layout:
    """The tokens of some sentences in one row, two marks between each two sentences, with what templates ask for."""

    def __init__(self, sentences: Sequence[Sequence[str]], lexicon: Lexicon) -> None:
        row = [END] * _PAD
        for forms in sentences:
            row += [*forms, END, END]
        lengths = np.array([len(forms) for forms in sentences], dtype=np.int64)
        starts = _PAD + np.concatenate([[0], np.cumsum(lengths + _PAD)[:-1]]).astype(np.int64)
        self.sentence = np.repeat(np.arange(len(lengths)), lengths)
        self.tokens: Places = np.arange(len(self.sentence)) + _PAD * (self.sentence + 1)
        self.forms = row
        fields, self._is_content, is_person = lexicon.rows(row)
        self._row: dict[str, Keys] = {name: fields[:, column] for column, name in enumerate(_FIELDS)}
        persons = np.add.reduceat(np.append(is_person, 0), starts) if len(lengths) else lengths
        self._whole = {"persons": np.minimum(persons, 3), "length": np.minimum(lengths // 6, 4)}
        self._slots: dict[str, Keys] = {}
        self._sides = {"-content": self._nearest(1), "+content": self._nearest(-1)}

    def set_tags(self, tags: Places) -> None:
        """Give each token its tag, 1 and up; the marks have 0."""
        whole = np.zeros(len(self.forms), np.uint64)
        whole[self.tokens] = tags
        self._row["tag"] = whole
        self._slots = {name: seen for name, seen in self._slots.items() if not name.startswith("tag")}

    def columns(self, templates: Sequence[str], *, bits: int) -> Places:
        """The place, in [0, 2 ** bits), of each template at each token; shape [templates, tokens]."""
        found = np.zeros((len(templates), len(self.tokens)), dtype=np.int64)
        for line, template in enumerate(templates):
            salt, *factors = _salts(template)
            mixed = np.full(len(self.tokens), salt)
            for slot, factor in zip(template.split(), factors, strict=True):
                mixed += self._seen(slot) * factor
            mixed ^= mixed >> np.uint64(29)
            found[line] = (mixed * _MIXER) >> np.uint64(_BITS - bits)
        return found

    def _seen(self, slot: str) -> Keys:
        if slot not in self._slots:
            self._slots[slot] = self._slot(slot)
        return self._slots[slot]

    def _slot(self, slot: str) -> Keys:
        if slot in self._whole:
            return self._whole[slot][self.sentence].astype(np.uint64)
        for side, places in self._sides.items():
            if slot.endswith(side):
                return np.asarray(np.where(places < 0, np.uint64(0), self._row[slot.removesuffix(side)][places]))
        name, shift = (slot[:-2], int(slot[-2:])) if slot[-2:-1] in ("-", "+") else (slot, 0)
        return self._row[name][self.tokens + shift]

    def _nearest(self, step: int) -> Places:
        """The place of the nearest content word before (1) or after (-1) each token of its sentence; -1 for none."""
        found = np.full(len(self.tokens), -1, dtype=np.int64)
        inside = np.zeros(len(self.forms), np.bool_)
        inside[self.tokens] = True
        is_open = np.ones(len(self.tokens), np.bool_)
        for reach in range(1, _LONGEST_REACH + 1):
            places = np.clip(self.tokens - step * reach, 0, len(self.forms) - 1)
            is_open &= inside[places]
            hits = is_open & (found < 0) & self._is_content[places]
            found[hits] = places[hits]
        return found


_MIXER = np.uint64(0x9E3779B97F4A7C15)


@cache
def _salts(template: str) -> tuple[np.uint64, ...]:
    parts = range(len(template.split()) + 1)
    return tuple(np.uint64(stable_hash("metaphor", template, part) | 1) for part in parts)
