"""The lines of JSON that a conversation is shown as, and how much of it they show.

Of a turn the first 8,000 characters are shown, fewer where most of them have to be escaped. A turn that is not shown
whole is judged only where a hit stands in what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from judges.llm.fence import data_line
from sims.transcript import Transcript

TURN_CHARS = 8_000
LINE_CHARS = 2 * TURN_CHARS
"""The most that the shown text of a turn may take up in escaped form."""
ABOUT_CHARS = 2_000
"""The most of a task, a role or a goal that is shown."""
TASK_CHARS = 8_000
"""The most of a task that is shown where the question is about the whole conversation."""
TASK_KEYS = ("task", "task_input")
"""What an imported conversation may call its task in `meta`."""
LABEL_CHARS = 200
"""The most of a name that is shown, and of the role that is repeated beside every turn."""


def shown_text(text: str) -> str:
    """What is shown of a turn's text: its beginning, mostly all of it."""
    shown = text[:TURN_CHARS]
    while (size := len(data_line({"": shown}))) > LINE_CHARS:
        shown = shown[: len(shown) * LINE_CHARS // size]
    return shown


def is_cut(text: str) -> bool:
    """Whether a turn's text is not shown whole."""
    return len(shown_text(text)) < len(text)


def about_lines(transcript: Transcript) -> Iterator[str]:
    """The task, and every participant with role and goal."""
    if transcript.scenario is not None and transcript.scenario.task:
        yield data_line({"task": transcript.scenario.task[:ABOUT_CHARS]})
    yield from _cast_lines(transcript)


def about_whole_lines(transcript: Transcript) -> Iterator[str]:
    """The same with more of the task, also of one that an imported conversation has in `meta`."""
    told = transcript.scenario.task if transcript.scenario else None
    found = (told, *(transcript.meta.get(key) for key in TASK_KEYS))
    task = next((one for one in found if isinstance(one, str) and one.strip()), None)
    if task:
        yield data_line({"task": task[:TASK_CHARS]})
    yield from _cast_lines(transcript)


def _cast_lines(transcript: Transcript) -> Iterator[str]:
    for who in transcript.participants:
        line = {"participant": who.name[:LABEL_CHARS], "role": who.role[:ABOUT_CHARS]}
        yield data_line(line | ({"goal": who.goal[:ABOUT_CHARS]} if who.goal else {}))


def turn_line(transcript: Transcript, index: int) -> str:
    """One turn, with its number, its speaker and the speaker's role."""
    turn = transcript.turns[index]
    role = next(who.role for who in transcript.participants if who.name == turn.speaker)
    line = {"turn": index, "speaker": turn.speaker[:LABEL_CHARS], "role": role[:LABEL_CHARS]}
    return data_line(line | ({"scripted": True} if turn.meta.get("fixed") else {}) | _shown(turn.text))


def _shown(text: str) -> dict[str, object]:
    shown = shown_text(text)
    beyond = len(text) - len(shown)
    return {"text": shown} | ({"characters_not_shown": beyond} if beyond else {})
