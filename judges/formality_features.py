"""Canonical forms and countable marks of register, for the formality judge.

Everything here is counting: no tagger, no coefficients. `canonical` makes texts comparable that were prepared in
different ways; `measure` turns one into a fixed row of numbers, named by `FEATURES`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from math import log1p

from judges.formality_words import LATINATE, WORD_CLASSES, word_set

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "})
_PENN_QUOTE = re.compile(r"``\s*|\s*''")
_CLITIC_GAP = re.compile(r"(?<=[a-z])(n?) ?' ?(s|m|d|t|ll|re|ve)\b")
_SPLIT_SLANG = re.compile(r"\b(gon|wan|got|lem|gim) (na|ta|me)\b")
_SPLIT_STARTS = ("gon ", "wan ", "got ", "lem ", "gim ")
_BEFORE_MARK = re.compile(r" (?=[,.!?;:%)\]}])")
_AFTER_OPENING = re.compile(r"(?<=[(\[{$#]) ")
_CONTRACTION = re.compile(r"\b([a-z]+)(n't|'m|'d|'ll|'re|'ve|'s)(?![a-z'])")
_CAN_NOT = re.compile(r"\bcan not\b")
_SMALL_I = re.compile(r"i(?<!\wi)(?!\w|\.)")
"""The word "i"; written so that the search can skip from one "i" to the next."""
_SHOUTED_WORDS = 3
_SHOUTED_SHARE = 0.7

_ENDINGS = {"n't": " not", "'m": " am", "'d": " would", "'ll": " will", "'re": " are", "'ve": " have"}
_IRREGULAR = {"can't": "cannot", "won't": "will not", "shan't": "shall not", "let's": "let us", "ain't": "ain't"}
_IS_AFTER = word_set(
    "it that this he she there here what who where when how why everything something nothing everyone someone one"
)


def canonical(text: str) -> str:
    """The text in one form, whatever tool prepared it: what the scores are computed on.

    Neutralised: capital letters (a lower-cased corpus reads the same), curly and Penn Treebank quotes, spaces
    around punctuation ("do n't .", "( so )"), line breaks, and contractions, which are written out ("don't",
    "do n't" and "do not" become "do not"; "can't" and "can not" become "cannot"). Kept, because they are the
    writer's own: slang, spelling, missing apostrophes ("dont"), punctuation marks and their repetition.
    "'s" is written out after pronouns only, and always as "is"; "'d" always as "would".

    >>> canonical("I do n't know , really ... It 's late !") == canonical("i don't know, really... IT'S late!")
    True
    """
    return _canonical(text)[0]


def _canonical(text: str) -> tuple[str, int]:
    """The canonical form, and how many contractions were written out for it."""
    plain = " ".join(text.split())
    if "``" in plain or "''" in plain:
        plain = _PENN_QUOTE.sub('"', plain)
    plain = plain.translate(_STRAIGHT).lower()
    contractions = 0
    if "'" in plain:
        joined = _CLITIC_GAP.sub(r"\1'\2", plain.replace(" n't", "n't"))
        plain, contractions = _CONTRACTION.subn(_written_out, joined)
    if "can not" in plain:
        plain = _CAN_NOT.sub("cannot", plain)
    if any(start in plain for start in _SPLIT_STARTS):
        plain = _SPLIT_SLANG.sub(r"\1\2", plain)
    return _AFTER_OPENING.sub("", _BEFORE_MARK.sub("", plain)).strip(), contractions


def _written_out(found: re.Match[str]) -> str:
    whole, stem, ending = found.group(), found.group(1), found.group(2)
    if whole in _IRREGULAR:
        return _IRREGULAR[whole]
    if ending == "'s":
        return f"{stem} is" if stem in _IS_AFTER else whole
    return stem + _ENDINGS[ending]


TOKEN = re.compile(
    r"[^\W_]*\d\w*(?:[.,:]\d+)*"  # numbers and codes such as "1n99u6"
    r"|[^\W\d_]+(?:['-][^\W\d_]+)*"  # words
    r"|[:;=8]-?[)(dpo/|]+(?!\w)|<3|\.{2,}|[!?]{2,}|[^\w\s]"  # emoticons, runs of marks, single marks
)
SMOOTHING_WORDS = 5.0
"""Words of usual text that are added to every text, so that one word of a two-word turn is not half a style."""

_DIGIT = re.compile(r"\d")
_LETTER_RUN = re.compile(r"([a-z])\1\1")
_ABBREVIATIONS = word_set("mr mrs ms dr prof st jr sr inc co corp ltd vs etc gen sen rep gov lt col no al fig dept")
_NO_ENDS = word_set("...")
_LINKS = word_set("and but so or plus also because then")
_MARKS = {
    **dict.fromkeys(",", "comma"),
    **dict.fromkeys("()[]", "bracket"),
    **dict.fromkeys("\"'", "quote"),
}

LABELS: Mapping[str, str] = {
    **{name: label for name, (label, _) in WORD_CLASSES.items()},
    "long_word": "long words",
    "latinate": "Latinate words",
    "letter_run": "drawn-out spellings",
    "hyphenated": "hyphenated words",
    "short_form": "one-letter words",
    "number": "numbers",
    "emoticon": "emoticons",
    "exclamation": "exclamation marks",
    "question": "question marks",
    "mark_run": "repeated marks",
    "ellipsis": "trailing dots",
    "comma": "commas",
    "bracket": "brackets",
    "quote": "quotation marks",
    "linked_start": 'sentences that start with "and", "but" or "so"',
    "letters": "letters a word",
    "print": "words of print rather than of speech",
    "end_mark": "closing marks",
    "length": "words a sentence",
    "contraction": "contractions",
    "small_i": 'lower-case "i"',
    "small_start": "lower-case beginnings",
    "capitals": "texts in capital letters",
}
"""What each feature counts, in words that fit after "more" and "fewer"."""

FEATURES = tuple(LABELS)
"""The names of the numbers that `measure` returns, in their order."""

RATES = FEATURES[: FEATURES.index("end_mark")]
"""The features that are counts a word; the others describe the whole text."""

LENGTH_FREE = FEATURES[: FEATURES.index("length")]
"""The features that depend neither on length nor on how a text was prepared (capital letters, contractions)."""

CASE = FEATURES[FEATURES.index("small_i") :]
"""The features that say nothing of a text that somebody lower-cased."""

_SLOT = {name: slot for slot, name in enumerate(FEATURES)}
_LETTERS, _PRINT, _LINKED_START = _SLOT["letters"], _SLOT["print"], _SLOT["linked_start"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted in a text: its words, and one value for each of `FEATURES`.

    `is_cased` says whether its capital letters are the writer's own, so that `CASE` counts.
    """

    words: int
    values: tuple[float, ...]
    is_cased: bool = True

    def count(self, *names: str) -> int:
        """How often the rates of these names were counted."""
        return round(sum(self.values[_SLOT[name]] for name in names) * (self.words + SMOOTHING_WORDS))


def measure(text: str, *, is_cased: bool = True) -> Measured:
    """The features of a text as it stands; all but the last four are counted in its canonical form.

    Rates are counts divided by the words plus `SMOOTHING_WORDS`. `end_mark` is 1 where the text ends
    with a mark that closes a sentence, else 0; `length` is the logarithm of one plus the words a sentence,
    the unit that people rated. `small_start` and `capitals` are 1 where the first letter is
    lower-case, and where most words are in capital letters.
    """
    plain, contractions = _canonical(text)
    words, counts, whole = _counted(plain)
    share = 1 / (words + SMOOTHING_WORDS)
    written = (contractions * share, len(_SMALL_I.findall(text)) * share, float(_starts_small(text)), _shouted(text))
    return Measured(words, (*[count * share for count in counts], *whole, *written), is_cased)


def _starts_small(text: str) -> bool:
    return next((char.islower() for char in text if char.isalpha()), False)


def _shouted(text: str) -> float:
    if text.islower() or not any(map(str.isupper, text[1:])):
        return 0.0
    words = [word for word in text.split() if word[0].isalpha()]
    shouted = sum(word.isupper() for word in words)
    return float(len(words) >= _SHOUTED_WORDS and shouted > _SHOUTED_SHARE * len(words))


def _counted(text: str) -> tuple[int, list[float], tuple[float, float]]:
    """The words of a canonical text, the counts of `RATES`, and what describes the whole."""
    counts = [0.0] * len(RATES)
    words = sentences = 0
    starts, ends = True, False
    before = ""
    for token in TOKEN.findall(text):
        letters, in_print, slots, ends = _profile(token)
        for slot in slots:
            counts[slot] += 1
        if letters:
            words += 1
            counts[_LETTERS] += letters
            counts[_PRINT] += in_print
            counts[_LINKED_START] += starts and token in _LINKS
            starts = False
        elif ends and not starts and token not in _NO_ENDS and not _is_abbreviation(before):
            sentences += 1
            starts = True
        before = token
    sentences += not starts
    return words, counts, (float(ends), log1p(words / sentences) if sentences else 0.0)


def _is_abbreviation(word: str) -> bool:
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i")


@lru_cache(maxsize=1 << 16)
def _profile(token: str) -> tuple[int, float, tuple[int, ...], bool]:
    """How a token counts: letters (0 for a mark), log-odds of print, the slots it adds to, whether it is an end."""
    if token[0].isalpha() and not _DIGIT.search(token):
        printed = register_words()
        return len(token), printed.get(token, printed[""]), tuple(_SLOT[name] for name in _word_features(token)), False
    if token[0].isalnum():
        return 0, 0.0, (_SLOT["number"],), False
    return 0, 0.0, tuple(_SLOT[name] for name in _mark_features(token)), token[0] in ".!?"


def _word_features(word: str) -> list[str]:
    found = [name for name, (_, members) in WORD_CLASSES.items() if word in members]
    if len(word) >= 7:
        found.append("long_word")
    if len(word) >= 6 and word.endswith(LATINATE):
        found.append("latinate")
    if _LETTER_RUN.search(word):
        found.append("letter_run")
    if "-" in word:
        found.append("hyphenated")
    if len(word) == 1 and word not in "ai":
        found.append("short_form")
    return found


def _mark_features(mark: str) -> list[str]:
    if mark == ".":
        return []
    if mark[0] in "!?":
        kinds = (("!", "exclamation"), ("?", "question"))
        return [name for sign, name in kinds if sign in mark] + ["mark_run"] * (len(mark) > 1)
    if len(mark) > 1:
        return ["ellipsis" if mark[0] == "." else "emoticon"]
    return [_MARKS[mark]] if mark in _MARKS else []


@cache
def register_words() -> Mapping[str, float]:
    """Words with the logarithm of how much likelier they are in print than in speech; "" stands for any other word.

    From `judges/weights/formality_register.json.gz`, which names its sources; made by `judges.fitting.formality`.
    """
    packed = resources.files("judges").joinpath("weights", "formality_register.json.gz").read_bytes()
    table = json.loads(gzip.decompress(packed))
    return {"": table["unknown"]} | {
        word: float(odds) for odds, line in table["words"].items() for word in line.split()
    }
