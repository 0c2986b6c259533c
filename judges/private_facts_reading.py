"""What is private to a participant, taken apart: facts with their telling words, and attributes with their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from judges.text_features import Span, sentences, words
from judges.topic_words import general_rates
from sims.transcript import Participant

Source = Literal["private", "goal"]

CODE_WEIGHT = 3.0
NAME_WEIGHT = 2.0
WORD_WEIGHT = 1.0
_COMMON_RATE = 400.0
"""Words more frequent than this, a million, tell nothing ("want", "money", "friend")."""
_CODE = re.compile(r"[$£€]?(?<!\w)\w*\d[\w@.,/-]*\w|[A-Z0-9]{5,}+\b|(?<!\S)\S{1,64}@\S{1,250}\.\w+|\b\w+_\w+\b")
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]{2,}\b")
_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = frozenset(_MONTH_NAMES.split())


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that is private to `owner`, and how much each of its words gives away."""

    owner: str
    source: Source
    text: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something with one value: ("reservation", "ab12cd"), ("age", "41"), ("insurance", "no")."""

    key: str
    value: str
    span: Span


def facts_of(participant: Participant) -> Iterator[Fact]:
    """The sentences of a participant's private facts and goal that hold a telling word."""
    for source, text in (("private", participant.private), ("goal", participant.goal)):
        for sentence in sentences(text or ""):
            weights = _weights(sentence.text)
            if weights:
                yield Fact(participant.name, "private" if source == "private" else "goal", sentence.text, weights)


def _weights(text: str) -> Mapping[str, float]:
    rates = general_rates()
    found = {word: WORD_WEIGHT for word in stems(text) if len(word) > 2 and rates.get(word, 0.0) < _COMMON_RATE}
    for name in _NAME.findall(text):
        if name.lower() not in _MONTHS and rates.get(name.lower(), 0.0) < 20:
            found[_stem(name.lower())] = NAME_WEIGHT
    for code in codes(text):
        found[code] = CODE_WEIGHT
    return MappingProxyType(found)


def codes(text: str) -> set[str]:
    """Numbers of three digits or more, booking codes, addresses and user ids, lower-cased and bare of marks."""
    return {bare for code in _CODE.findall(text) if is_code(bare := _bare(code))}


def is_code(bare: str) -> bool:
    """Whether a token could not be hit upon by chance: three digits or more, or letters mixed with digits.

    Round numbers and years could be.
    """
    if bare.isdecimal() and (int(bare[-2:]) % 50 == 0 or (len(bare) == 4 and 1900 <= int(bare) <= 2050)):
        return False
    digits = sum(char.isdigit() for char in bare)
    return digits >= 3 or (digits >= 1 and len(bare) >= 5 and not bare.isdigit()) or (len(bare) >= 6 and "_" in bare)


def stems(text: str) -> set[str]:
    """The words of a text without plural endings."""
    return {_stem(word) for word in words(text)}


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _bare(token: str) -> str:
    return re.sub(r"[^\w@]", "", token.lower())


_VALUED = re.compile(
    r"\b(?:my|your|his|her|their|the) (?P<key>(?:full |first |last )?name|age|zip ?code|phone number"
    r"|e-?mail(?: address)?|budget|(?:reservation|confirmation|booking|order|account|membership|member|user|customer"
    r"|policy|ticket|claim)"
    r" (?:number|id|code|reference))(?: is| was|:|['’]s)(?: called| only| about| actually)* [#“\"']?"
    r"(?P<value>[$£€]?\w[\w@.,-]*\w(?:(?<=[a-z]) [A-Z][\w'-]+){0,2})",
    re.IGNORECASE,
)
_NUMBERS = MappingProxyType(
    dict(
        zip(
            ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
            map(str, range(13)),
            strict=True,
        )
    )
)
_NUMBER = r"(?P<number>\d{1,3}|no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_AGE = re.compile(r"\b(?:I(?: a|['’])m|you(?: a|['’])re|am|is|are) (?P<value>\d{1,3}) years old\b", re.IGNORECASE)
_COUNTED = re.compile(
    rf"\b(?:I|you|we)(?:['’]ve| have| own| got| only)+ {_NUMBER} "
    r"(?P<key>(?!years?\b|more\b|other\b|of\b)[a-z]+s|child|dog|cat)\b"
    r"(?! of| left| ago)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:I|you|we) (?:(?:do not|don['’]t|did not|didn['’]t|never|have not|haven['’]t)"
    r" (?:have|own|buy|bought|purchase|purchased|had|got|get)|have no)(?: an?| any| the)? (?P<key>[a-z]+(?: [a-z]+)?)"
    r"(?= ?[.,;!]|$| (?:and|at|but|for|from|in|on|to|with)\b)",
    re.IGNORECASE,
)
_AFFIRMED = re.compile(
    r"(?:\b(?:I|you|we)(?:['’]ve)? |\A)(?:already |also |do |did )?(?:have|has|own|owns|bought|purchased|got)"
    r"(?: an?| the| some)? "
    r"(?P<key>[a-z]+(?: [a-z]+)?)(?= ?[.,;!]|$| (?:and|at|but|for|from|in|on|to|with)\b)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:forg[oe]t\w*|unaware|(?:do|does)(?: not|n['’]t) (?:know|remember|recall)|if|unless"
    r"|pretend|lie|claim|would|could|maybe|might|say|used to)\b",
    re.IGNORECASE,
)


def attributes_of(text: str) -> Iterator[Attribute]:
    """What the sentences of a text state as having one value; nothing from questions, conditions and doubts."""
    for sentence in sentences(text):
        if sentence.text.endswith("?") or _UNSURE.search(sentence.text):
            continue
        for attribute in _stated(sentence.text):
            span = attribute.span
            place = Span(span.text, sentence.start + span.start, sentence.start + span.end)
            yield Attribute(attribute.key, attribute.value, place)


def _stated(text: str) -> Iterator[Attribute]:
    for found in _VALUED.finditer(text):
        key, value = (
            _key(found["key"]),
            _bare(found["value"]) if "name" not in found["key"].lower() else found["value"].lower(),
        )
        if key == "name" or any(char.isdigit() for char in value):
            yield Attribute(key, value, _span(found))
    for found in _AGE.finditer(text):
        yield Attribute("age", found["value"], _span(found))
    for found in _COUNTED.finditer(text):
        number = found["number"].lower()
        yield Attribute(f"number of {_stem(found['key'].lower())}", _NUMBERS.get(number, number), _span(found))
    denied = [Attribute(_thing(found["key"]), "no", _span(found)) for found in _DENIED.finditer(text)]
    yield from denied
    if not denied:
        yield from (Attribute(_thing(found["key"]), "yes", _span(found)) for found in _AFFIRMED.finditer(text))


def _key(key: str) -> str:
    plain = re.sub(r"\s+", " ", key.lower())
    return "name" if plain.endswith("name") and "user" not in plain else plain


def _thing(key: str) -> str:
    return "having " + " ".join(_stem(word) for word in key.lower().split())


def _span(found: re.Match[str]) -> Span:
    return Span(found.group(), found.start(), found.end())


def differ(attribute: Attribute, known: str) -> bool:
    """Whether two values of one attribute cannot both be true; names differ when they share no word."""
    if attribute.key == "name":
        return not set(attribute.value.split()) & set(known.split())
    return attribute.value != known and not attribute.value.startswith(known) and not known.startswith(attribute.value)
