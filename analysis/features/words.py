"""The closed lists of words that the features count, as they stand in canonical text (contractions written out)."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BACKCHANNELS = _words(
    "ah aha alright cool exactly gotcha great hm hmm huh mhm mm mmm oh ok okay really right sure true uh um wow "
    "yea yeah yep yes yup"
)
"""Words that, when a turn holds no others, keep the other side talking ("uh-huh", "oh really", "yeah right")."""

HEDGES = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|apparently|seemingly|somewhat|roughly|approximately|might|"
    r"somehow|basically|(?:kind|sort) of|kinda|sorta|more or less|(?:i|we) (?:think|guess|suppose|believe|assume|"
    r"imagine|reckon)|i am not (?:really |quite |too |entirely )?(?:sure|certain)|not sure|as far as i know|it "
    r"(?:seems|appears)|a (?:little )?bit|or (?:something|so|whatever)|and (?:stuff|so on)|in my opinion)\b"
)

POLITENESS = re.compile(
    r"\b(?:please|thank you|thanks|thankful|thx|sorry|apologi[sz]e|apologies|pardon|excuse me|"
    r"appreciate[sd]?|grateful|(?:you are )?welcome|(?:my )?pleasure|kindly|(?:could|would|may) (?:you|i)|"
    r"would (?:you|it be) (?:mind|possible)|if you do not mind|no problem|have a (?:nice|good|great|lovely))\b"
)

ENTHUSIASM = re.compile(
    r"\b(?:great|lov(?:e|es|ed|ing|ely)|glad|amazing|awesome|wonderful|fantastic|excellent|fascinating|excit(?:ed|ing)|"
    r"incredible|brilliant|delight(?:ed|ful)|thrilled|perfect|beautiful|absolutely)\b"
)

_AUXILIARY = (
    r"(?:am|are|is|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must)(?: not)?"
)
_SUBJECT = r"(?:i|you|we|they|he|she|it|this|that|these|those|there|the|your|my|our|any|anyone|anything|someone)"
_LEAD_IN = r"(?:and|but|so|ok|okay|well|oh|yes|no|hi|hello|hey|great|sure)[ ,.]+"
_QUESTION_WORD = r"(?:what|which|who|whose|where|when|why|how)"
QUESTION = re.compile(
    rf"\?|(?:^|[.!] )(?:{_LEAD_IN})*(?:{_AUXILIARY} {_SUBJECT}\b|{_QUESTION_WORD}"
    rf"(?: {_AUXILIARY}\b|(?: \w+){{1,5}} {_AUXILIARY} {_SUBJECT}\b| (?:about|come)\b))"
)
"""A question mark, or words in the order of a question: typists and some corpora leave the mark out."""

FIRST_PERSON = _words("i me my mine myself we us our ours ourselves")
SECOND_PERSON = _words("you your yours yourself yourselves u ur")

FUNCTION_WORDS = BACKCHANNELS | _words(
    "a about above after again all also am an and any are as at be because been before being below "
    "between both but by can cannot could did do does doing done down during each few for from further "
    "get go going got had has have having he her here hers him his how i if in into is it its just let "
    "like me more most my no nor not now of off on once one only or other our out over own same she "
    "should so some such than that the their them then there these they this those through to too under "
    "until up us very was we well were what when where which while who whom why will with would you your "
)
"""Words that carry no topic; they do not count as repeated from the partner."""
