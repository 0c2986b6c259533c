"""Which words of a turn are used metaphorically (after MIPVU, Steen et al. 2010)?

Large models are known to fall behind small supervised ones on this question: the offline judge is the primary one.
"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="metaphor",
    version="1",
    asks=(
        "Which phrases of the turn are used metaphorically: the words have a more basic, more concrete meaning"
        " elsewhere, and are understood here by comparison with it? List each phrase once, as short as it can be, and"
        " only the words that are used so. List nothing for a turn that is meant literally."
    ),
    kinds={
        "conventional": "a metaphor that everybody uses without noticing, such as 'spend time' or 'a high price'",
        "novel": "an image that was made for the occasion and is noticed as one",
    },
    hit_kinds=frozenset({"novel"}),
    form="phrases",
)
