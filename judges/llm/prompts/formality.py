"""How formal is a turn, on the scale that people were asked with (Pavlick and Tetreault 2016)?"""

from __future__ import annotations

from judges.llm.question import Question

QUESTION = Question(
    artifact="formality",
    version="1",
    asks=(
        "How formal is the wording of the turn, between -3 (very informal, as in a text message between friends) over"
        " 0 (neither) to +3 (very formal, as in a legal letter)? Judge the wording alone: not the subject, not the"
        " politeness, not the length. Then compare it with the other turns of the same speaker: only an abrupt break"
        " with that speaker's own wording is raised or lowered."
    ),
    kinds={
        "none": "the turn keeps to the speaker's own register, or the speaker has too few turns to tell",
        "raised": "the turn is abruptly far more formal than the same speaker's other turns",
        "lowered": "the turn is abruptly far less formal than the same speaker's other turns",
    },
    hit_kinds=frozenset({"raised", "lowered"}),
    form="scale",
    low=-3.0,
    high=3.0,
)
