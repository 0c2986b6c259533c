"""Reads a model's answer: JSON in text, validated, complete, and not at odds with itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, ValidationError

from judges.llm.question import FLAG_FORMS, Question

FLAGGED_FROM = 0.5
MAX_FAULTS = 5
MAX_FAULT_CHARS = 600
UNQUOTED_BELOW = 0.25
"""A turn that is called clean while words of it are quoted as evidence has to be clearly clean: below this score."""
_DECLINES = re.compile(
    r"\s*(?:i['’]?m (?:very |really )?sorry|i apologi[sz]e|sorry[,.]|i (?:can(?:no|['’])t|cannot|won['’]t|will not)\b"
    r"|i(?: am|['’]m) (?:unable|not able)|i must decline)",
    re.IGNORECASE,
)


class UnreadableAnswer(ValueError):  # noqa: N818 - names the event, as sims.errors does
    """The answer does not have the form asked for; the message tells the model what to mend."""


class Evidence(BaseModel):
    """Words of a turn and what they show; `kind` is given in the form "phrases" only, `turn` in "conversation"."""

    model_config = ConfigDict(frozen=True)

    quote: str = Field(min_length=1)
    why: str = ""
    kind: str = ""
    turn: StrictInt | None = None


class _Said(BaseModel):
    """What the model says of a turn or a conversation."""

    model_config = ConfigDict(frozen=True)

    evidence: tuple[Evidence, ...] = ()
    phrases: tuple[Evidence, ...] | None = None
    kind: str | None = None
    score: FiniteFloat | None = Field(None, strict=True)


class TurnAnswer(_Said):
    """What the model says of one turn. In the form "phrases" there are `phrases`, elsewhere `kind` and `score`.

    In the form "conversation" it is what is said of the whole, at the one turn that was asked about.
    """

    turn: StrictInt


class _Answer(BaseModel):
    turns: tuple[TurnAnswer, ...]


class _WholeAnswer(BaseModel):
    conversation: _Said


_Form = TypeVar("_Form", bound=BaseModel)


def read_answer(text: str, question: Question, asked: Sequence[int]) -> dict[int, TurnAnswer]:
    """The answers by turn, one for each turn that was asked for; those for other turns are left out.

    Raises:
        UnreadableAnswer: it is not one JSON object of the form asked for, a turn is missing or doubled, a kind is not
            of the closed set, a score is out of range or at odds with its kind.
    """
    if question.form == "conversation":
        (turn,) = asked
        return {turn: _read_whole(text, question, turn)}
    answers = _validated(_decoded(text, "turns"), _Answer).turns
    wanted = frozenset(asked)
    kept = {answer.turn: answer for answer in answers if answer.turn in wanted}
    if sum(answer.turn in wanted for answer in answers) > len(kept):
        raise UnreadableAnswer("a turn is answered twice; answer each turn once")
    faults = [fault for answer in kept.values() if (fault := _fault(answer, question))]
    missing = [turn for turn in asked if turn not in kept]
    if missing:
        faults.insert(0, f"not answered: turn {', '.join(map(str, missing))}")
    if faults:
        raise UnreadableAnswer(_told(faults))
    return kept


def _read_whole(text: str, question: Question, turn: int) -> TurnAnswer:
    said = _validated(_decoded(text, "conversation"), _WholeAnswer).conversation
    answer = TurnAnswer(turn=turn, evidence=said.evidence, kind=said.kind, score=said.score)
    fault = _fault(answer, question)
    if fault is None and any(item.turn is None for item in said.evidence):
        fault = "conversation: evidence that names no turn"
    if fault:
        raise UnreadableAnswer(fault[:MAX_FAULT_CHARS])
    return answer


def is_refusal(text: str) -> bool:
    """Whether a text without any JSON declines to answer.

    >>> is_refusal("I'm sorry, but I can't help with that."), is_refusal('{"turns": []}')
    (True, False)
    """
    return "{" not in text and _DECLINES.match(text) is not None


def _decoded(text: str, key: str) -> Any:
    """The one object in the text that has the key: fences, thoughts and notes around it are passed over."""
    opens_answer = re.compile(rf'\{{\s*"{key}"\s*:')
    found, faults = [], []
    for start, decoded in _objects(text):
        if isinstance(decoded, json.JSONDecodeError):
            faults.append(decoded)
            if opens_answer.match(text, start):
                raise UnreadableAnswer(f"not one JSON object: {decoded}") from decoded
        elif key in decoded:
            found.append(decoded)
    if len(found) > 1:
        raise UnreadableAnswer(f"not one JSON object with {key} but {len(found)}; give the answer once")
    if not found and faults:
        deepest = max(faults, key=lambda fault: fault.pos)
        raise UnreadableAnswer(f"not one JSON object: {deepest}") from deepest
    if not found:
        raise UnreadableAnswer(f'there is no JSON object with "{key}" in it')
    return found[0]


def _objects(text: str) -> Iterator[tuple[int, dict[str, Any] | json.JSONDecodeError]]:
    """Where a brace opens outside the objects before it: the object there, or why there is none."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_without_doubles)
    start = text.find("{")
    while start >= 0:
        end = start + 1
        try:
            decoded, end = decoder.raw_decode(text, start)
            yield start, decoded
        except json.JSONDecodeError as error:
            yield start, error
        except UnreadableAnswer:
            raise
        except ValueError as error:
            raise UnreadableAnswer("not one JSON object: a number in it is too long") from error
        except RecursionError as error:
            raise UnreadableAnswer("not such an object: brackets within brackets without end") from error
        start = text.find("{", end)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableAnswer(f"the key {doubled!r} is given twice in one object; give it once")
    return values


def _validated(data: Any, form: type[_Form]) -> _Form:
    try:
        return form.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise UnreadableAnswer(
            _told([f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults])
        ) from error


def _told(faults: Sequence[str]) -> str:
    more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
    return ("; ".join(faults[:MAX_FAULTS]) + more)[:MAX_FAULT_CHARS]


def _fault(answer: TurnAnswer, question: Question) -> str | None:
    """What is wrong with the answer for one turn, or for the conversation; or None."""
    if question.form == "phrases":
        return _phrases_fault(answer, question)
    what = _what(answer, question)
    if answer.kind not in question.kinds:
        return f"{what}: kind {answer.kind!r} is not one of {', '.join(question.kinds)}"
    if answer.score is None or not question.low <= answer.score <= question.high:
        return f"{what}: score {answer.score} is not between {question.low:g} and {question.high:g}"
    is_flagged = answer.kind in question.hit_kinds
    is_flag = question.form in FLAG_FORMS
    if is_flag and is_flagged != (answer.score >= FLAGGED_FROM):
        return f"{what}: kind {answer.kind!r} with score {answer.score:g} contradict each other"
    if is_flagged and not answer.evidence:
        return f"{what}: kind {answer.kind!r} without evidence"
    return _evidence_fault(answer, question) if is_flag and not is_flagged else None


def _what(answer: TurnAnswer, question: Question) -> str:
    """What the answer is about, as a fault names it."""
    return "conversation" if question.form == "conversation" else f"turn {answer.turn}"


def _evidence_fault(answer: TurnAnswer, question: Question) -> str | None:
    """What is called clean, with evidence that it is not."""
    what = _what(answer, question)
    named = next((item.kind for item in answer.evidence if item.kind in question.hit_kinds), None)
    if named is not None:
        return f"{what}: kind {answer.kind!r} with evidence of {named!r} contradict each other"
    is_plain = answer.kind == next(kind for kind in question.kinds if kind not in question.hit_kinds)
    if is_plain and answer.evidence and (answer.score or 0.0) >= UNQUOTED_BELOW:
        return (
            f"{what}: kind {answer.kind!r} with evidence and score {answer.score:g} contradict each other;"
            f" a {what.partition(' ')[0]} of this kind has no evidence, or a score below {UNQUOTED_BELOW:g}"
        )
    return None


def _phrases_fault(answer: TurnAnswer, question: Question) -> str | None:
    if answer.phrases is None:
        return f"turn {answer.turn}: phrases is missing; give an empty list where there are none"
    for phrase in answer.phrases:
        if phrase.kind not in question.kinds:
            return f"turn {answer.turn}: kind {phrase.kind!r} is not one of {', '.join(question.kinds)}"
    return None
