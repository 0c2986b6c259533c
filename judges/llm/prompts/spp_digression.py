"""Does a conversation digress, and how? The paper's question and its seven categories (arXiv 2401.14698, section 8).

The paper asked gpt-4-1106-preview three times about self-collaboration on logic puzzles: yes or no; the statements and
the reason, with leave to change the answer; the category of that reason. Here one answer holds all three, the evidence
first. Its words are kept; "the puzzle" may be any task.
"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="spp_digression",
    version="1",
    asks=(
        "Please analyze the following conversation for any digressions. Highlight any statements that do not directly"
        " contribute to solving the puzzle (the task, where it is no puzzle) or are unrelated to the clues provided,"
        " with the rationale why such statements are considered as digression. Then classify the reasoning into one of"
        " the categories; where there is no digression, the kind is none."
    ),
    kinds={
        "none": "no, the conversation does not contain any digression",
        "procedural": "yes: procedural or introductory statements",
        "repetitive": "yes: repetitive or confirmatory statements",
        "transitional": "yes: transitional statements",
        "off-topic": "yes: irrelevant or off-topic contributions",
        "misleading": "yes: misleading or incorrect reasoning",
        "closing": "yes: closing or summarizing remarks",
        "constructive": "yes: constructive contributions",
    },
    hit_kinds=frozenset(
        {"procedural", "repetitive", "transitional", "off-topic", "misleading", "closing", "constructive"}
    ),
    form="conversation",
)
