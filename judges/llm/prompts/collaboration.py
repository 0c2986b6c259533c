"""Did all participants reach the conclusion, or one? The paper's question (arXiv 2401.14698), in its words.

It stands in the paper's published notebook, which prints no figure for it.
"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="collaboration",
    version="1",
    asks=(
        "Please analyze the provided conversation to determine the collaborative dynamics among the participants, which"
        " means: evaluate whether the final conclusion is a result of a combined effort, with each participant"
        " contributing significantly, or if it is predominantly led by a single participant. Quote, where it is so,"
        " the turns by which that participant leads."
    ),
    kinds={
        "combined": "yes, there is combined effort",
        "led": "no, the conclusion is predominantly led by a single participant",
    },
    hit_kinds=frozenset({"led"}),
    form="conversation",
)
