"""Whether an output is whole: not broken off, no slot left open, not a loop, no refusal in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from judges.truncation_signs import SIGNS, placeholders, signs_of

_LEAST_WORDS = 6
_WORDS_TO_LOOP = 40
_LEAST_LOOPS = 5
_SIGNS_ANYWHERE = {
    "comma": "it ends on a comma",
    "colon": "nothing follows the colon",
    "open_fence": "a code fence stays open",
}
_WORD_SIGNS = {
    "open_word": "the last word wants another",
    "dash": "it ends on a dash or an opening mark",
}
_PROSE_SIGNS = {
    "fragment": "the last word is the beginning of one",
    "seldom_last": "the last word hardly ever closes a sentence",
    "linking_word": "the last word may want another",
    "open_bracket": "a bracket stays open",
    "no_mark": "running text without an end mark",
}
_SENTENCE_BEFORE = re.compile(r"[a-z]{2}[.!?][\"”')\]]*\s+(?=[\"“'(]?[A-Z])")
_LIST = re.compile(r"\A\s*(?:[-*•·#|>]|\d+[.):]|\w[\w ]{0,30}:)|\s\d{1,2}[.)]\s|#\w|\s[-–—]\s")
_LONG_LINE = 8
_FIRST_MARK = re.compile(r"(?:1\s?[.)](?!\d)|[-*•](?![\d*$€£]| ?\d)|(?i:step 1)\b[:.]?)\s*(?=[^\W\d_])")
_ONE_ITEM = re.compile(r"\b(?:first|next|one|single|bullet)\b|\b(?:an?|the) (?:\w+ )?(?:step|item|line|option)\b", re.I)
_LETTER_ASKED = re.compile(r"\b(?:write|compose|draft|create|generate)\b.{0,40}\b(?:letter|e-?mail|message)\b", re.I)
_GREETING = re.compile(r"(?:dear|hi|hello|hey|to whom)\b[^.!?]{0,40}[,:!.]?|subject:.{0,80}", re.IGNORECASE)
_LONGEST_FIRST_LINE = 200
_ENDS_ANYHOW = re.compile(
    r"\b(?:complet|finish|continue|fill|begin|start|opening (?:line|sentence|paragraph)|prefix|first half"
    r"|revers|backward|rearrang|reorder|punctuat)",
    re.IGNORECASE,
)
_VERSE = re.compile(
    r"\b(?:songs?|lyrics|chorus|poems?|verses?|rap|rhym\w*|haikus?|limericks?|slogans?)\b", re.IGNORECASE
)
_REFRAIN = re.compile(r"\b(?:songs?|lyrics|chorus|refrain|repeat\w*|chant|mantra)\b", re.IGNORECASE)
_LETTER = re.compile(
    r"\b(?:letter|e-?mail|template|form|invitation|contract|memo|résumé|resume|message|blank|placeholder|mask)s?\b",
    re.I,
)
_AI = r"(?:ai\b|artificial intelligence|(?:large )?language model)"
_AS_AI = re.compile(
    rf"\bas (?:an?|your) (?:{_AI}|virtual assistant)[^.]{{0,30}}?\b(?:I|my|it is)\b[^.]{{0,40}}"
    rf"|\bI(?: a|')m (?:just |only )?an? {_AI}[^.]{{0,60}}",
    re.IGNORECASE,
)
_DO = (
    r"(?:help|assist|answer|fulfil|compl|provide|access|do (?:that|this|so|it)\b|perform|process|respond|generate"
    r"|translate|open|view|see the|determine|tell|create|write|browse|continue|information|ability|opinion|preference)"
)
_SORRY = r"(?:(?:I(?: a|')m )?(?:very |so )?sorry|unfortunately|I apologi[sz]e|my apologies)?,?\s*(?:but )?"
_REFUSES = re.compile(
    rf"\A\W*{_SORRY}I (?:can(?:no|')t|am (?:not able|unable)|'m (?:not able|unable)|do(?: not|n't) have|must decline)"
    rf"[^.]{{0,40}}?\b{_DO}[^.]{{0,40}}"
    rf"|\A\W*{_SORRY}(?:the|this|your) (?:task|question|request|input|instruction) "
    r"(?:involves|is (?:unclear|missing|not clear|incomplete)|cannot|does not|doesn't)[^.]{0,60}"
    rf"|\A\W*{_SORRY}you (?:did not|didn't|have not|haven't) (?:provided?|given?|specif)[^.]{{0,60}}"
    r"|\A\W*(?:please|kindly|could you(?: please)?|can you(?: please)?) "
    r"(?:provide|specify|clarify|enter|input|include) "
    r"(?:me |us )?(?:with )?(?:the|an?|more|your|some|additional|further)\b[^.]{0,60}"
    r"|\A\W*(?:there is )?no (?:input|text|sentence|image|context|article|information) "
    r"(?:was |is |has been )?(?:provided|given|available)[^.]{0,60}"
    r"|\A\W*(?:you are requesting personal\b[^.]{0,60}|no input\W*\Z|n/a\W*\Z)",
    re.IGNORECASE,
)
_SPEAKS_FOR_OTHERS = re.compile(
    r"\b(?:apolog\w*|declin\w*|refus\w*|reject\w*|repl(?:y|ies)|respon(?:d|se) to|e-?mail|letter|conversation|dialog\w*"
    r"|message|script|tweet)\b",
    re.IGNORECASE,
)
"""What has words of refusal in it because it was asked for."""
_STANDS_FOR_ALL = re.compile(r"<(?!/|no ?input)[A-Za-z]\w*(?: [\w'-]{1,30}){1,10}>")
_QUOTED_WORDS = 3


class TruncatedOutput(Check):
    """An output that breaks off, by the signs of the truncation judge, or stops after the first of several lines."""

    name: ClassVar[str] = "truncated_output"
    version: ClassVar[str] = "3"
    says: ClassVar[str] = "the output breaks off"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one; completions of an open text may end as they like.

        A last word may want another only in outputs of six words or more; a comma or a colon wants something in any.
        """
        text = example.output.rstrip()
        if not example.output_words or _ENDS_ANYHOW.search(example.asked):
            return
        shown = dict(zip(SIGNS, signs_of(text, usual=1.0), strict=True))
        why = [words for sign, words in _signs(text, example).items() if shown[sign]]
        if why and not text.endswith("_") and not _is_code(text):
            yield self.suspicion(why[0], text[-60:])
        elif not why and _is_first_line(text, example):
            yield self.suspicion("it stops after the first line of several", text)


def _signs(text: str, example: Example) -> dict[str, str]:
    """The signs that count for such an output."""
    if len(example.output_words) < _LEAST_WORDS:
        return _SIGNS_ANYWHERE
    is_verse = _VERSE.search(example.asked)
    return _SIGNS_ANYWHERE | _WORD_SIGNS | (_PROSE_SIGNS if _is_prose(text) and not is_verse else {})


def _is_first_line(text: str, example: Example) -> bool:
    """Whether a single line is the first of a list, or the greeting of a letter, and nothing follows."""
    bare = text.strip()
    if "\n" in bare or len(bare) > _LONGEST_FIRST_LINE:
        return False
    mark = _FIRST_MARK.match(bare)
    if mark and not example.input.lstrip().startswith(mark[0].strip()) and not _ONE_ITEM.search(example.asked):
        return not re.search(r"[ ,;(](?:2[.):]|Step 2|[-*•] )", bare)
    return bool(_LETTER_ASKED.search(example.asked) and _GREETING.fullmatch(bare))


class Placeholder(Check):
    """A slot that nobody filled in."""

    name: ClassVar[str] = "placeholder"
    says: ClassVar[str] = "a slot in the output was never filled in"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One a slot; letters and forms, which are made to be filled in, may have them."""
        if _LETTER.search(example.asked):
            return
        for span in placeholders(example.output):
            if span.text not in example.prompt:
                yield self.suspicion("a slot was not filled in", span.text)
        stand_in = _STANDS_FOR_ALL.fullmatch(example.output.strip())
        if stand_in and stand_in.group() not in example.prompt:
            yield self.suspicion("the output only stands for one", stand_in.group())


class LoopingOutput(Check):
    """An output that says the same over and over, as models do that have lost the thread."""

    name: ClassVar[str] = "looping_output"
    says: ClassVar[str] = "the output repeats itself over and over"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One where the last four words occur five times or more: who loops does so to the end."""
        found = example.output_words
        if len(found) < _WORDS_TO_LOOP or _REFRAIN.search(example.asked):
            return
        runs = list(zip(found, found[1:], found[2:], found[3:], strict=False))
        times = runs.count(runs[-1])
        if times >= _LEAST_LOOPS:
            yield self.suspicion(f"its last four words occur {times} times", " ".join(example.output.split()[-4:]))


class Refusal(Check):
    """An output that declines, asks back or speaks of being a model, where an answer was wanted."""

    name: ClassVar[str] = "refusal"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "the output declines, asks for what is missing, or speaks of being an AI"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one."""
        as_ai = _AS_AI.search(example.output)
        refuses = _REFUSES.search(example.output[:400])
        if as_ai and not _is_quoted(as_ai.group(), example.prompt):
            yield self.suspicion("it speaks of being an AI", as_ai.group())
        elif refuses and not _is_asked_for(refuses.group(), example):
            yield self.suspicion("it declines or asks back", refuses.group())


def _is_asked_for(refusal: str, example: Example) -> bool:
    """Whether the words of refusal are spoken for somebody else."""
    return bool(_SPEAKS_FOR_OTHERS.search(example.asked)) or _is_quoted(refusal, example.prompt)


def _is_quoted(text: str, prompt: str) -> bool:
    """Whether the prompt begins so too, as where a sentence is to be rewritten."""
    return " ".join(text.lower().split()[:_QUOTED_WORDS]) in prompt.lower()


def _is_prose(text: str) -> bool:
    """Whether the last line is running text that should close with a mark: long, or with a whole sentence before."""
    line = text[text.rfind("\n") + 1 :]
    count = len(line.split())
    is_list = _LIST.search(line) or 4 * line.count(",") > count
    if is_list or not line[-1].isalnum() or not line.split()[-1].islower():
        return False
    return count >= _LONG_LINE or bool(_SENTENCE_BEFORE.search(line))


def _is_code(text: str) -> bool:
    last_line = text[text.rfind("\n") + 1 :]
    return bool(re.search(r"[{}<>=;]|^\s*(?:def|return|import|print|#|//|\|)", last_line)) or "```" in text[:-3]
