"""Does a turn leave the task? With the seven categories of arXiv 2401.14698, section 8."""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="digression",
    version="1",
    asks=(
        "Does the turn move the conversation's task forward, and if not, what does it do instead? Judge the turn"
        " against the task, the goals and the turns just before it. A first greeting, a short acknowledgement or a"
        " thank-you is no digression. When no task is given, take the subject that the participants share as the task."
    ),
    kinds={
        "none": "the turn works on the task or answers what was just said",
        "procedural": "the turn introduces, explains or organises how to proceed",
        "repetitive": "the turn repeats or confirms what was said, without anything new",
        "transitional": "the turn only leads from one subject of the task to the next",
        "off-topic": "the turn, or a part of it, is about something that has nothing to do with the task or the thread",
        "misleading": "the turn states something that contradicts the task or the turns before and leads astray",
        "closing": "the turn sums up or ends the conversation",
        "constructive": "the turn leaves the narrow task in a way that helps it",
    },
    hit_kinds=frozenset({"off-topic", "misleading"}),
)
