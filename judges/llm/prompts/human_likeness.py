"""Does a conversation look human or made by machines? The paper's question (arXiv 2401.14698, section 8).

The paper asked twice: yes or no; then the same with the characteristics, with leave to change the answer. Here one
answer holds both, in the words of the second. The paper put the conversation without its task; here the task is shown
where it is known.
"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="human_likeness",
    version="2",
    asks=(
        "Please analyze the provided conversation and assess whether it resembles a dialogue between human participants"
        " or appears to be an artificial conversation created by multiple AI agents. Consider factors such as the flow"
        " of the conversation, the naturalness of responses, the presence of emotional or personal interjections, and"
        " the complexity or variability of language used. Highlight any characteristics that particularly suggest a"
        " human or artificial origin of the conversation."
    ),
    kinds={
        "human-like": "yes, it is close to human conversation",
        "artificial": "no, it appears to be an artificial conversation created by AI agents",
    },
    hit_kinds=frozenset({"artificial"}),
    form="conversation",
)
