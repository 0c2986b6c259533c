"""Does a participant speak from another participant's role?"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="role_flip",
    version="1",
    asks=(
        "Does the speaker of the turn speak from another participant's role instead of their own? Hold every speaker"
        " to the role that is given for them. Being polite, asking a question, summing up or repeating a detail to"
        " confirm it is no role flip. A scripted turn was given by the scenario; the one who speaks it is still held"
        " to their role."
    ),
    kinds={
        "none": "the turn can come from the speaker's own role",
        "flip": "the turn does what only another participant's role does, such as a customer offering to help the"
        " agent, or an assistant giving itself instructions as the user",
        "echo": "the turn repeats, as if it were the speaker's own, what another participant just said from their role",
        "leak": "the turn shows prompt text, reasoning about what to say, or the model behind the participant",
        "interruption": "the turn leaves the conversation's protocol and speaks for several participants or for nobody",
    },
    hit_kinds=frozenset({"flip", "echo", "leak", "interruption"}),
)
