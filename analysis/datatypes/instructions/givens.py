"""What must be there: an output, a whole record, the input an instruction speaks of, and nothing only eyes can see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analysis.datatypes.instructions.check import Check, Suspicion
from analysis.datatypes.instructions.columns import Example
from judges.truncation_signs import says_nothing

_THING = (
    r"(?:sentences?|texts?|paragraphs?|passages?|articles?|e-?mails?|reviews?|words?|phrases?|quotes?|questions?|lists?|"
    r"numbers?|equations?|expressions?|codes?|snippets?|conversations?|dialogues?|statements?|stories|story|poems?|tweets?|"
    r"documents?|inputs?|data|dataset|tables?|items?|ingredients?|options?|scenarios?|situations?|terms?|topics?|"
    r"products?|pairs?|movies?|books?|recipes?|essays?|lines?|facts?|information|names?|descriptions?|idioms?|"
    r"sets?|sequences?|strings?|arrays?|characters?|problems?|abstract|headlines?|excerpts?|contexts?|prompts?)"
)
_TEXT = (
    r"(?:sentences?|texts?|paragraphs?|passages?|articles?|e-?mails?|reviews?|phrase|code|snippet|conversation|statements?|"
    r"claims?|jokes?|documents?|equations?|syllogism|questions?|utterance|excerpt|abstract|outline|dialogue|thread|word)"
)
_POINTS = re.compile(
    rf"\b(?:the (?:following|given|provided|above)|(?:following|given|provided)|below) (?:\w+[ -]){{0,2}}?{_THING}\b"
    rf"|\b(?:the|this|these|my) {_TEXT}\b(?! (?:of|that|is|for|to|about|called)\b)"
    r"|\b(?:rewrite|rephrase|reword|edit|modify|change|convert|revise|expand|shorten) "
    rf"(?:the|this|these|my) {_TEXT} to\b"
    rf"|\b{_THING} (?:given )?below\b"
    rf"|^given (?:an?|two|three|some|the) (?:\w+[ -]){{0,2}}?{_THING}\b",
    re.IGNORECASE,
)
_GIVEN_INSIDE = re.compile(r"[\"“'‘`«][^\"“”'’`»]{2,}|:\s*\S|\s[-–—]\s*\S|\n\s*\S|\d\s*[-+*/=]|\(.{3,}\)|\[.+\]|\{.+\}")
_MADE = re.compile(
    rf"\b(?:an?|two|three|four|five|\d+|some|each|your|short) (?:[\w-]+ ){{0,2}}{_TEXT}\b", re.IGNORECASE
)
"""The text that is pointed to is to be written first."""
_MAKES_CODE = re.compile(
    r"\b(?:function|program|script|code|algorithm|query|class|method|regex|formula)\b", re.IGNORECASE
)
_MEDIUM = r"(?:images?|pictures?|photos?|photographs?|paintings?|videos?|audio|recordings?|screenshots?|diagrams?)"
_SHOWN = re.compile(
    rf"\b(?:the|this|these|following|given|provided|attached|below|color) {_MEDIUM}\b(?! (?:script|game|generation))"
    rf"|^given an? (?:\w+ )?{_MEDIUM}\b|\b{_MEDIUM} (?:provided|below|given|attached)\b"
    r"|\bfollowing (?:piece of music|song clip|chart|graph)\b",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    rf"^\W*(?:(?:insert|a link to)\W[\w ]*|{_MEDIUM} of\b.*|https?://\S+)\W*$|^<[^>]*{_MEDIUM}[^>]*>$|^<insert[^>]*>$",
    re.IGNORECASE | re.DOTALL,
)
_STANDS_FOR_TEXT = re.compile(
    r"(?:[A-Z]\w{1,20}(?: \w{1,20}){0,2}: ?)?[\[<({]+ ?"
    r"(?i:insert|paste|add|enter|provide|your|link|article|text|url|the (?:text|article|link|input))\b"
    r"[\w /',:.-]{0,80}[\])>}]+"
    r"|(?:INSERT|PASTE|LINK TO)\b[A-Z \d]{3,80}"
    r"|(?i:(?:insert|paste|add) (?:an?|the|your)? ?(?:link|text|article|paragraph|url)\b[\w ]{0,40}"
    r"|(?:an? )?link to (?:an?|the) [\w ]{3,40}|(?:insert|paste)\b[\w ]{0,40} here)\W{0,3}"
)
_LONG_INPUT, _LONGEST_MARKS = 120, 3
_DEFINES = re.compile(r"\b(?:html|css|python|javascript|code|function|program|script|caption a|idea)\b", re.IGNORECASE)
_RECORD_BEGINS = re.compile(
    r"^[^\w\n]{0,10}\d{0,6}[^\w\n]{0,10}(?:instructions?|### ?\w{1,30})[ \t]{0,5}:", re.IGNORECASE | re.MULTILINE
)
_RECORD_ENDS = re.compile(r"^[^\w\n]{0,20}(?:output|response)[ \t]{0,5}:", re.IGNORECASE | re.MULTILINE)
_FIELD_INSIDE = re.compile(
    r"^[ \t]{0,20}(?:###[ \t]{0,5})?(?:input|output|response)[ \t]{0,5}:", re.IGNORECASE | re.MULTILINE
)
_NO_INPUT = re.compile(r"<no ?input>\W*", re.IGNORECASE)
_OPERATOR = re.compile(r"[+*/%^&|<>=~@$#!±×÷√≤≥≠]|\A-\Z")
_ABOUT_MARKS = re.compile(
    r"\b(?:symbols?|operators?|punctuat\w*|marks?|signs?|characters?|commas?|dash\w*|hyphens?|brackets?|quotes?|emoji\w*"
    r"|emoticons?|smiley\w*|delimiters?|separators?)\b",
    re.IGNORECASE,
)
_ERROR_WORDS = frozenset({"error", "null", "none", "nan", "undefined", "n/a", "todo", "test"})


class EmptyOutput(Check):
    """An output without a letter, digit or operator; marks are none where the prompt speaks of marks."""

    name: ClassVar[str] = "empty_output"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "there is no output, or nothing but marks"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One where nothing is said."""
        if not example.output.strip():
            yield self.suspicion("the output is empty")
        elif _NO_INPUT.fullmatch(example.output.strip()):
            yield self.suspicion("the output is a mark for no input", example.output)
        elif not example.output_words and says_nothing(example.output) and not _may_be_a_mark(example):
            yield self.suspicion("the output is nothing but marks", example.output)


class BrokenRow(Check):
    """A row that was cut apart wrongly when it was read off a model's answer."""

    name: ClassVar[str] = "broken_row"
    version: ClassVar[str] = "2"
    says: ClassVar[str] = "the fields were mixed up: no instruction, an error mark, or another record inside a field"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """At most one: the first of an unusable instruction, a record inside a field, a bad start."""
        bare = example.instruction.strip()
        record = _record_inside(example.input) or _record_inside(example.output)
        inside = _FIELD_INSIDE.search(bare) if "\n" in bare else None
        if not re.search(r"[^\W\d_]", bare):
            yield self.suspicion("there is no instruction", bare)
        elif bare.lower() in _ERROR_WORDS:
            yield self.suspicion("the instruction is an error mark", bare)
        elif record:
            yield self.suspicion("a field holds a whole other record", record)
        elif inside and not example.input:
            yield self.suspicion("the instruction holds what belongs to the input or the output", inside.group())
        elif re.match(r"[:;,.)\]!?]", bare):
            yield self.suspicion("the instruction begins with a mark", bare)


class MissingInput(Check):
    """An instruction that speaks of something given, and nothing is."""

    name: ClassVar[str] = "missing_input"
    version: ClassVar[str] = "3"
    says: ClassVar[str] = 'the instruction speaks of an input ("the following text") and none is there'

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One where a thing is pointed to, and neither the input nor the instruction itself holds it.

        An input that only stands for one ("[insert link here]") is none.
        """
        if example.input:
            stand_in = _STANDS_FOR_TEXT.fullmatch(example.input.strip()) if len(example.input) < _LONG_INPUT else None
            if stand_in:
                yield self.suspicion("the input only stands for one", stand_in.group())
            return
        found = _POINTS.search(example.asked)
        if not found or _MAKES_CODE.search(example.asked):
            return
        before, after = example.asked[: found.start()], example.asked[found.end() :]
        if not (_GIVEN_INSIDE.search(before + after) or _MADE.search(before)):
            yield self.suspicion("something is spoken of as given, and it is not", found.group())


class UnseenMedium(Check):
    """An instruction about a picture, a film or a sound that a text cannot hold."""

    name: ClassVar[str] = "unseen_medium"
    says: ClassVar[str] = "it asks about a picture, video or sound that is not there"

    def suspicions(self, example: Example) -> Iterator[Suspicion]:
        """One where a medium is pointed to and not described in words, or a stand-in is all there is of the input."""
        found = _SHOWN.search(example.asked)
        stand_in = _STANDS_FOR.search(example.input.strip()) if example.input else None
        if not found or _DEFINES.search(example.asked):
            return
        if stand_in:
            yield self.suspicion("only a stand-in for the medium is given", stand_in.group())
        elif not example.input and not _GIVEN_INSIDE.search(example.asked[found.end() :]):
            yield self.suspicion("the medium it speaks of is not there", found.group())


def _may_be_a_mark(example: Example) -> bool:
    """Whether marks may be the answer: an operator, or any where the instruction speaks of marks."""
    bare = example.output.strip()
    return (len(bare) <= _LONGEST_MARKS and bool(_OPERATOR.search(bare))) or bool(_ABOUT_MARKS.search(example.asked))


def _record_inside(text: str) -> str:
    """From the head of an instruction to that of the output below it, as they stand in the text; "" where none."""
    begins = _RECORD_BEGINS.search(text)
    ends = _RECORD_ENDS.search(text, begins.end()) if begins else None
    return text[begins.start() : ends.end()] if begins and ends else ""
