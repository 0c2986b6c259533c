"""Judge models for tests: one that finds what it is told to find, in this process or behind the server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from builders import transcript
from openai_server import Answer, Call, says

from judges.catalogue import make_judge
from judges.llm.answer_file import AnswerFile
from judges.llm.judge import LlmJudge
from judges.llm.jury import Jury
from sims.backends.backend import Backend, Message, Reply, Request
from sims.transcript import Usage

_ASKED = re.compile(r"Judge these turns: ([\d, ]+)\.")
_QUESTIONS = {
    "Does the speaker of the turn speak from": "flag",
    "Does the turn move the conversation's task": "flag",
    "How formal is the wording": "flag",
    "Which phrases of the turn": "phrases",
}
_WHOLE_QUESTIONS = {
    "analyze the following conversation for any digressions": "none",
    "resembles a dialogue between human participants": "human-like",
    "determine the collaborative dynamics": "combined",
}
"""Questions about the whole conversation, by their words: the kind of a conversation in which nothing is found."""
WHOLE = -1
"""Under this number stands what a model finds in the whole conversation."""
Finds = Mapping[int, Mapping[str, Any]]


def asked_turns(messages: Sequence[Any]) -> list[int]:
    """The turns that a prompt asks for."""
    contents = [one.content if isinstance(one, Message) else one["content"] for one in messages]
    found = next(found for content in contents[1:] if (found := _ASKED.search(content)))
    return [int(number) for number in found.group(1).split(",")]


def answer(messages: Sequence[Any], finds: Finds | None = None) -> str:
    """An answer that finds nothing but what it is told, turn by turn."""
    system = messages[0].content if isinstance(messages[0], Message) else messages[0]["content"]
    told = finds or {}
    plain = next((kind for words, kind in _WHOLE_QUESTIONS.items() if words in system), None)
    if plain is not None:
        return json.dumps({"conversation": {"evidence": [], "kind": plain, "score": 0, **told.get(WHOLE, {})}})
    form = next(form for words, form in _QUESTIONS.items() if words in system)
    clean: dict[str, Any] = {"phrases": []} if form == "phrases" else {"evidence": [], "kind": "none", "score": 0}
    return json.dumps({"turns": [{"turn": turn, **clean, **told.get(turn, {})} for turn in asked_turns(messages)]})


def flagged(quote: str, *, kind: str = "flip", score: float = 0.9) -> dict[str, Any]:
    """What is found in one turn."""
    return {"evidence": [{"quote": quote, "why": "because"}], "kind": kind, "score": score}


def found_in(*quotes: tuple[int, str], kind: str, score: float = 0.9) -> dict[int, dict[str, Any]]:
    """What is found in the whole conversation, by quotes of its turns."""
    evidence = [{"turn": turn, "quote": quote, "why": "because"} for turn, quote in quotes]
    return {WHOLE: {"evidence": evidence, "kind": kind, "score": score}}


class Finding:
    """A judge model in this process. `replies` come first, one a call; then answers that find `finds`.

    `cost_usd` is charged for every call; `requests` keeps what was asked.
    """

    def __init__(
        self,
        finds: Finds | Callable[[Request], Finds] | None = None,
        *,
        replies: Sequence[str | Exception] = (),
        model: str = "test/finding",
        cost_usd: float | None = 0.25,
    ) -> None:
        self.model, self.cost_usd = model, cost_usd
        self.requests: list[Request] = []
        self._finds, self._replies = finds, list(replies)

    async def reply(self, request: Request) -> Reply:
        """The next reply that was given, else an answer."""
        self.requests.append(request)
        thing = self._replies.pop(0) if self._replies else None
        if isinstance(thing, Exception):
            raise thing
        finds = self._finds(request) if callable(self._finds) else self._finds
        text = answer(request.messages, finds) if thing is None else thing
        return Reply(text, usage=Usage(100, 10), cost_usd=self.cost_usd, latency_s=0.5)


def llm_judge(
    *backends: Backend, name: str = "role_flip:llm", votes: int = 1, answers: AnswerFile | None = None
) -> LlmJudge:
    """The judge of that name before these models."""
    judge = make_judge(name, jury=Jury(backends or (Finding(),), votes=votes, answers=answers))
    assert isinstance(judge, LlmJudge)
    return judge


def finds_on_server(finds: Finds | None = None, *, first: Sequence[Answer] = ()) -> Callable[[Call], Answer]:
    """What a server does: `first` one by one, then well-formed answers that find `finds`."""

    def choose(call: Call) -> Answer:
        return first[call.number] if call.number < len(first) else says(answer(call.body["messages"], finds))

    return choose


ROLES = {"customer": "customer", "support": "support agent"}


CHAT = transcript(
    ("customer", "My flight was cancelled. I want my money back."),
    ("support", "I'm sorry to hear that."),
    ("customer", "How can I help you today? Is there anything else?"),
    ("support", "  "),
    id="chat",
    roles=ROLES,
)


FLIP = {2: flagged("How can I help you today?")}
