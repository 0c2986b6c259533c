"""A register raised or lowered by rules: contractions, courtesies, plain and formal words, slang, punctuation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from sims.seeds import generator

Rule = tuple[re.Pattern[str], str]


def rewritten(text: str, rules: Sequence[Rule], *, share: float, seed: int) -> tuple[str, int, int]:
    """The text with `share` of the places rewritten where a rule applies, how many that were, and how many there are.

    Earlier rules come first where two want the same words. A capital stays one at the start of a sentence.
    """
    places = _places(text, rules)
    count = min(len(places), max(1, math.ceil(share * len(places) - 1e-9))) if places else 0
    for found, replacement in sorted(generator("register", seed).sample(places, count), key=_start, reverse=True):
        new = found.expand(replacement)
        was_capital = found.group()[:1].isupper() and not found.group().startswith(("I ", "I'", "I’"))
        new = new[:1].upper() + new[1:] if was_capital and replacement[:1].isalpha() and new[:1] != "u" else new
        text = text[: found.start()] + new + text[found.end() :]
    return text, count, len(places)


def _places(text: str, rules: Sequence[Rule]) -> list[tuple[re.Match[str], str]]:
    taken: set[int] = set()
    places = []
    for pattern, replacement in rules:
        for found in pattern.finditer(text):
            span = range(found.start(), max(found.end(), found.start() + 1))
            if taken.isdisjoint(span):
                taken.update(span)
                places.append((found, replacement))
    return sorted(places, key=_start)


def _start(place: tuple[re.Match[str], str]) -> int:
    return place[0].start()


def _rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), replacement) for pattern, replacement in pairs)


_START = r"(?:\A|(?<=[.!?] ))"
_CLAUSE = r"(?:\A|(?<=[.!?,;] )|(?<=\band )|(?<=\bbut ))"
_NO_QUESTION = r"(?! (?:i|you|he|she|it|we|they|that|this|there|the)\b)"
"""No "is not it" of "isn't it"."""
_SUBJECTS = "i|you|he|she|it|we|they|the|there|if|my|your|how|can|could|do|does|is|are"
_VERBS = (
    "ask|be|book|buy|bring|call|check|come|do|eat|find|get|give|go|happen|have|help|keep|know|leave|let|like|look|make|"
    "meet|need|order|pay|pick|put|say|see|send|speak|start|stay|stop|take|talk|tell|try|use|visit|wait|want|watch"
)
"""What "going to" and "got to" may go before: "gonna go", never "gonna the shop"."""

RAISING = _rules(
    (rf"{_CLAUSE}(?:could|can) you(?: please)?(?= (?!not\b)\w)", "would you be so kind as to"),
    (r"\bcan i(?= \w)", "might I"),
    (r"\bi(?:['’]d| would) like(?= \w)", "I should like"),
    (r"(?<!no )(?<!no, )\bthank(?:s| you)(?: so much| very much| a lot)?\b(?! to\b)", "I am most grateful"),
    (r"\blet me know\b", "kindly inform me"),
    (r"\banything else\b", "any further matter"),
    (r"\b(?:a lot|lots) of\b", "a considerable number of"),
    (r"\bright now\b", "at present"),
    (r"(?<=\bI )need to\b", "am obliged to"),
    (r"(?<=\bI )need\b(?! to)", "require"),
    (r"(?<=\bI )want to\b", "wish to"),
    (r"(?<=\bI )want\b(?! to)", "desire"),
    (r"\bdo you want(?= to\b)", "is it your wish"),
    (r"\bdo you want\b(?! to)", "do you desire"),
    (r"\bgive me\b", "provide me with"),
    (r"\btell me(?: about)?(?= (?:the|a|an|my|your|what|which|how)\b)", "inform me of"),
    (r"\bhelp(?= (?:me|you|us)(?: with\b| today\b| further\b|[.!?,;]|\Z))|\bhelp(?= with\b)", "assist"),
    (r"\bget(?= (?:a|an|the|some)\b)", "obtain"),
    (r"\bbuy\b", "purchase"),
    (r"\bfind(?= (?:a|an|the|some|it)\b)", "locate"),
    (r"\bcheck(?= (?:the|my|your|that|if|whether)\b)", "verify"),
    (r"\b(?:hi|hey|hello)(?: there)?\b", "good day"),
    (rf"{_START}(?:ok|okay|alright)\b", "very well"),
    (r"\b(?:yeah|yep|yup|yes)\b", "indeed"),
    (r"\b(?:nope|nah)\b", "regrettably not"),
    (r"\bmaybe\b", "perhaps"),
    (rf"{_START}also\b", "furthermore"),
    (rf"{_START}so(?= (?:{_SUBJECTS})\b)", "consequently"),
    (rf"{_START}but(?= (?:{_SUBJECTS})\b)", "nevertheless"),
    (r"(?<!what )(?<!how )(?<!think )\babout(?= (?:the|my|your|that|this)\b)", "regarding"),
    (r"\bplease(?= \w)", "kindly"),
    (rf"\bcan['’]t\b{_NO_QUESTION}", "cannot"),
    (rf"\bwon['’]t\b{_NO_QUESTION}", "will not"),
    (rf"\b(do|does|did|is|are|was|were|have|has|had|would|could|should)n['’]t\b{_NO_QUESTION}", r"\1 not"),
    (r"\b(i)['’]m\b", "I am"),
    (r"\b(you|we|they)['’]re\b", r"\1 are"),
    (r"\b(i|you|we|they)['’]ve\b", r"\1 have"),
    (r"\b(i|you|he|she|it|we|they|that|there)['’]ll\b", r"\1 shall"),
    (r"\b(it|that|what|there|here|how|where)['’]s(?= (?:already |just |never |always )?(?:been|got|had)\b)", r"\1 has"),
    (r"\b(it|that|what|there|here|how|where)['’]s\b", r"\1 is"),
    (r"\blet['’]s\b", "let us"),
    (r"!+", "."),
    (r"(?<=[.?])\Z", " I remain obliged to you for your attention to this matter."),
    (r"(?<=\w)\Z", ". I remain obliged to you for your attention to this matter."),
)
"""Upwards: written-out forms, formal verbs and links, courtesies of a letter; "!" becomes a full stop."""

LOWERING = _rules(
    (rf"\bgoing to(?= (?:{_VERBS})\b)", "gonna"),
    (r"(?<=\w)['’]d like to\b", " wanna"),
    (r"\b(?:want to|would like to)\b", "wanna"),
    (rf"\bgot to(?= (?:{_VERBS})\b)", "gotta"),
    (r"(?:(?<=\bI )|(?<=\bwe )|(?<=\byou )|(?<=\bthey ))have to\b", "gotta"),
    (r"\bthank(?:s| you)(?: so much| very much)?\b", "thx"),
    (r"\bplease\b", "plz"),
    (r"\bbecause\b", "cuz"),
    (r"\b(?:do not|don['’]t)\b", "dont"),
    (r"\b(?:can ?not|can['’]t)\b", "cant"),
    (r"\b(is|are|was|does|did|have|would|could)(?: not|n['’]t)\b", r"\1nt"),
    (r"\b(?:i am|i['’]m)\b", "im"),
    (r"\b(?:you are|you['’]re)\b", "ur"),
    (r"\b(?:that is|that['’]s)\b", "thats"),
    (r"\b(?:it is|it['’]s)\b", "its"),
    (r"\b(?:hello|good (?:morning|afternoon|evening|day)|hi)\b", "yo"),
    (r"\b(?:yes|certainly|of course|sure)\b", "yeah"),
    (r"\b(?:excellent|great|wonderful|perfect)\b", "awesome"),
    (r"\bpeople\b", "ppl"),
    (r"\bsomething\b", "smth"),
    (r"\b(?:very|really)\b", "super"),
    (r"\byour\b", "ur"),
    (r"\byou\b", "u"),
    (r"\bfor\b", "4"),
    (r"\bwith\b", "w/"),
    (r"\bokay\b", "kk"),
    (r"\?", "??"),
    (r"\.\Z", " lol"),
    (r"(?<=[\w?!])\Z", " haha"),
)
"""Downwards: text-message spellings, lost apostrophes, slang, repeated marks."""
