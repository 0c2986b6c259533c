"""How a text hangs together: connectives by relation, formulae at its beginning and end, lists.

The connectives are those of the Penn Discourse Treebank (Prasad et al. 2008) that mostly carry one relation; what
mostly does something else ("and", "since", "while", "as", "so", "then") is left out. All stand in canonical form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from analysis.datatypes.texts.passages import Passage


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(phrases, key=len, reverse=True))})\b")


CONNECTIVES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "contrast": _any_of(
            "but", "however", "although", "though", "whereas", "nevertheless", "nonetheless", "on the other hand",
            "in contrast", "by contrast", "on the contrary", "conversely", "despite", "in spite of", "even so",
        ),
        "cause": _any_of(
            "because", "therefore", "thus", "hence", "consequently", "as a result", "as a consequence",
            "for this reason", "for that reason", "due to", "owing to", "that is why", "this is why",
        ),
        "addition": _any_of(
            "also", "moreover", "furthermore", "additionally", "in addition", "besides", "likewise", "similarly",
            "not only", "as well as", "what is more",
        ),
        "example": _any_of("for example", "for instance", "such as", "e\\.g", "in particular", "namely"),
        "order": _any_of(
            "first of all", "firstly", "secondly", "thirdly", "lastly", "finally", "first", "second", "third",
            "to begin with", "next", "afterwards", "meanwhile", "later", "before long", "in the meantime",
        ),
        "conclusion": _any_of(
            "in conclusion", "to conclude", "in summary", "to sum up", "to summarize", "to summarise", "overall",
            "ultimately", "in short", "all in all", "in the end", "on the whole",
        ),
    }
)  # fmt: skip
"""By relation. "order" is of time and of enumeration, which share their words."""

_OPENING = re.compile(
    r"(?:in (?:today's|the modern|our modern|this modern|this day|recent years)|nowadays|these days|"
    r"throughout history|since the (?:dawn|beginning)|(?:there is|it is) (?:no|without a) doubt|"
    r"it is (?:often|widely|commonly|generally|sometimes) \w+|(?:some|many|most) people (?:\w+ )?(?:say|think|believe|"
    r"argue|prefer|claim)|have you ever|in my (?:opinion|view)|i (?:strongly |firmly |personally )?(?:agree|disagree|"
    r"believe)|in this (?:essay|article|paper)|(?:certainly|sure)[,!.])(?!\w)"
)
_CLOSING = re.compile(
    r"(?:in (?:conclusion|summary|short|the end|closing|sum|brief)|to (?:conclude|sum up|summari[sz]e)|overall|"
    r"ultimately|all in all|on the whole|for (?:all )?(?:these|those) reasons|taking everything into account|"
    r"i hope (?:this|that|it)|as (?:you can see|a conclusion))\b"
)
_LISTED = re.compile(r"(?:[-*•–]|\d{1,2}[.)]|#{1,6}|\(?[a-z]\))\s?\S")


def opens_with_formula(text: Passage) -> float:
    """1 where the first sentence begins as many do ("nowadays", "in my opinion", "many people believe"), else 0."""
    return float(_OPENING.match(text.plain) is not None)


def closes_with_formula(text: Passage) -> float:
    """1 where the last paragraph, or its last sentence, begins by announcing the end ("in conclusion"), else 0."""
    places = (text.paragraphs[-1], text.speech.turns[-1].plain)
    return float(any(_CLOSING.match(place) for place in places))


def listed_share(text: Passage) -> float:
    """The share of paragraphs that are list items or headings by their first mark, in [0, 1]."""
    return sum(_LISTED.match(line) is not None for line in text.paragraphs) / len(text.paragraphs)
