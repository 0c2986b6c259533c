"""One model asked once about a whole transcript: its opinions by turn, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judges.llm.answer import MAX_FAULT_CHARS, TurnAnswer, UnreadableAnswer, is_refusal, read_answer
from judges.llm.answer_file import Asked
from judges.llm.costs import Costs, cost_of, cost_of_failure
from judges.llm.evidence import Opinion, opinion_on
from judges.llm.jury import FURTHER_VOTES_TEMPERATURE, Jury
from judges.llm.prompt import messages_for, repair_messages
from judges.llm.question import Question
from judges.llm.windows import Window, whole_window, windows
from judges.side_by_side import side_by_side
from judges.verdict import UnjudgedReason
from sims.backends.backend import Backend, Message, Reply, Request, Scene
from sims.backends.litellm_errors import one_line
from sims.errors import BackendError, ReplyRefused
from sims.scenario import Agent
from sims.seeds import derive_seed
from sims.transcript import Transcript, Turn

TRIES = 2
"""An answer that cannot be read is mended once."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a model's ballot does not count, and what the call came to that failed."""

    reason: UnjudgedReason
    detail: str
    costs: Costs = field(default_factory=Costs)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One model's opinions on the turns it was asked about. With a `failure` there are none: half an answer is none."""

    model: str
    vote: int
    opinions: Mapping[int, Opinion]
    costs: Costs
    failure: Failure | None = None
    not_taken: frozenset[str] = frozenset()


@dataclass
class _Piece:
    """The answer to one window, as it comes about."""

    answers: Mapping[int, TurnAnswer] = field(default_factory=dict)
    costs: Costs = field(default_factory=Costs)
    failure: Failure | None = None
    not_taken: frozenset[str] = frozenset()


async def cast_ballot(question: Question, transcript: Transcript, *, jury: Jury, backend: Backend, vote: int) -> Ballot:
    """Ask one model about every window of the transcript; the windows are asked side by side."""
    pieces = await side_by_side(
        *(_piece(question, transcript, window, jury, backend, vote) for window in _windows(question, transcript))
    )
    failure = next((piece.failure for piece in pieces if piece.failure), None)
    answers = () if failure else (answer for piece in pieces for answer in piece.answers.values())
    return Ballot(
        model=backend.model,
        vote=vote,
        opinions={answer.turn: opinion_on(transcript, answer, question) for answer in answers},
        costs=sum((piece.costs for piece in pieces), Costs()),
        failure=failure,
        not_taken=frozenset().union(*(piece.not_taken for piece in pieces)),
    )


def _windows(question: Question, transcript: Transcript) -> tuple[Window, ...]:
    """What is shown and asked: pieces of the transcript, or all of it at once; none where that is too long."""
    if question.form != "conversation":
        return tuple(windows(transcript))
    whole = whole_window(transcript)
    return (whole,) if whole else ()


async def _piece(
    question: Question, transcript: Transcript, window: Window, jury: Jury, backend: Backend, vote: int
) -> _Piece:
    """The answer to one window; one that cannot be read is asked for once more, with what is wrong with it."""
    piece = _Piece()
    asked = Asked(f"{question.artifact}:llm", transcript.id, window.asked[0], vote)
    messages = messages_for(question, transcript, window, vote=vote)
    failed: tuple[str, ...] = ()
    for _ in range(TRIES):
        request = _request(question, transcript, messages, vote=vote, failed=failed)
        reply = await _reply(jury, backend, request, asked)
        if isinstance(reply, Failure):
            piece.failure = reply
            piece.costs += reply.costs
            break
        piece.costs += cost_of(reply)
        piece.not_taken |= frozenset(reply.not_taken)
        try:
            piece.answers, piece.failure = read_answer(reply.text, question, window.asked), None
            break
        except UnreadableAnswer as fault:
            piece.failure = _why_unreadable(backend.model, reply, fault)
            messages = (*messages, *repair_messages(reply.text, str(fault)))
            failed = (*failed, reply.text)
        if piece.failure.reason == "refused":
            break
    return piece


async def _reply(jury: Jury, backend: Backend, request: Request, asked: Asked) -> Reply | Failure:
    try:
        return await jury.ask(backend, request, asked)
    except ReplyRefused as error:
        return Failure("refused", str(error), cost_of_failure(error))
    except BackendError as error:
        return Failure("backend_error", str(error), cost_of_failure(error))


def _why_unreadable(model: str, reply: Reply, fault: UnreadableAnswer) -> Failure:
    if is_refusal(reply.text):
        return Failure("refused", f"{model}: {one_line(reply.text, limit=200)!r}")
    cut = " (the answer was cut off at the token limit)" if reply.finish_reason == "length" else ""
    return Failure("malformed_reply", f"{model}: {one_line(str(fault), limit=MAX_FAULT_CHARS)}{cut}")


def _request(
    question: Question, transcript: Transcript, messages: tuple[Message, ...], *, vote: int, failed: tuple[str, ...]
) -> Request:
    """One call. The scene shows the judge as a speaker, whose failed answers are its turns so far: scripted models play
    their next line.
    """
    me = Agent(name=question.artifact, role="judge")
    scene = Scene(
        scenario_id="judging",
        conversation=transcript.id,
        repeat=vote,
        task=question.asks,
        me=me,
        others=(),
        turns=tuple(Turn(me.name, text) for text in failed),
        max_turns=TRIES,
    )
    return Request(
        messages,
        temperature=FURTHER_VOTES_TEMPERATURE if vote else 0.0,
        seed=derive_seed("judge", question.artifact, question.version, transcript.id, vote),
        scene=scene,
    )
