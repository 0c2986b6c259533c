"""Every paid answer on disk as it arrives, so that none is paid for twice: `llm_answers.jsonl`.

An answer is found again by a key over everything that was asked: model, server, messages, temperature, seed. The
messages hold the text of the transcript and the question, so a changed transcript, prompt or vote is another key. Also
refusals and answers that could not be read are kept: they were paid for, and judging again says the same. Delete the
file to ask anew. A line that cannot be read is passed over and counted: what it answered is asked for again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO, ClassVar

from judges.llm.costs import Costs, cost_of
from sims.backends.backend import Reply, Request
from sims.errors import OutputError, ReplyRefused, TranscriptError, UsageError
from sims.record_file import RecordFormat
from sims.transcript import Usage

SCHEMA = "simstress/llm_answer@1"


@dataclass(frozen=True, slots=True)
class Asked:
    """On whose account a call is made: which judge, on which transcript, from which turn on, for which vote."""

    judge: str
    transcript: str
    first_turn: int
    vote: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a model and what it cost; None where the provider does not tell.

    `refusal` is what the model or its provider said where it declined to answer.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str
    model: str
    judge: str
    transcript: str
    first_turn: int
    vote: int
    text: str
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None
    attempts: int = 1
    not_taken: tuple[str, ...] = ()
    refusal: str = ""
    schema: str = SCHEMA

    @property
    def reply(self) -> Reply:
        """The reply as the backend gave it, without its latency.

        Raises:
            ReplyRefused: the model declined to answer.
        """
        if self.refusal:
            raise _refused(self)
        return self._reply

    @property
    def costs(self) -> Costs:
        """What the call came to, also where it was refused."""
        return cost_of(self._reply)

    @property
    def _reply(self) -> Reply:
        return Reply(
            self.text,
            finish_reason=self.finish_reason,
            usage=self.usage,
            cost_usd=self.cost_usd,
            attempts=self.attempts,
            cached=True,
            not_taken=self.not_taken,
        )


ANSWERS: RecordFormat[Answer] = RecordFormat(
    Answer,
    what="judge model's answer",
    schema=SCHEMA,
    keys=tuple(field.name for field in fields(Answer)),
    always=("text",),
)


def answer_key(model: str, request: Request, *, server: str | None = None) -> str:
    """The same for the same question to the same model on the same server, and for nothing else."""
    asked = [
        model,
        server,
        request.temperature,
        request.seed,
        *((said.role, said.content) for said in request.messages),
    ]
    return hashlib.blake2b(json.dumps(asked).encode(), digest_size=16).hexdigest()


class AnswerFile:
    """The answers of one folder. Holds only where each stands, and opens the file when there is one to add.

    `used` is what those came to that were found or added, each once, and calls that failed; `spent_usd` what all in
    the file did, whenever and for whatever they were asked. `unreadable` counts damaged lines.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.added, self.unreadable = 0, 0
        self.used, self.spent_usd = Costs(), 0.0
        self._places: dict[str, tuple[int, int]] = {}
        self._used_keys: set[str] = set()
        self._stream: BinaryIO | None = None

    @contextmanager
    def opened(self) -> Iterator[AnswerFile]:
        """Know what is there; a torn last line, left by a killed process, is cut off.

        Raises:
            OutputError: the file cannot be read.
        """
        self._recover()
        try:
            yield self
        finally:
            if self._stream is not None:
                self._stream.close()
                self._stream = None

    def find(self, key: str) -> Answer | None:
        """The answer that was kept under the key, or None."""
        place = self._places.get(key)
        if place is None:
            return None
        with self.path.open("rb") as stream:
            stream.seek(place[0])
            line = stream.read(place[1])
        answer = _loaded(self.path, line)
        self._use(answer)
        return answer

    def add(self, answer: Answer) -> None:
        """Put an answer on disk at once.

        Raises:
            OutputError: it cannot be written.
        """
        line = ANSWERS.dump(answer).encode() + b"\n"
        try:
            self._stream = self._stream or self.path.open("ab")
            start = self._stream.seek(0, 2)
            self._stream.write(line)
            self._stream.flush()
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}") from error
        self._places[answer.key] = (start, len(line))
        self.added += 1
        self.spent_usd += answer.cost_usd or 0.0
        self._use(answer)

    def note(self, costs: Costs) -> None:
        """Count a call that was made and not answered."""
        self.used += costs

    def _use(self, answer: Answer) -> None:
        if answer.key not in self._used_keys:
            self._used_keys.add(answer.key)
            self.used += answer.costs

    def _recover(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        try:
            with self.path.open("r+b") as stream:
                for line in stream:
                    if not line.endswith(b"\n"):
                        break
                    self._know(line, whole)
                    whole += len(line)
                stream.truncate(whole)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be read and written: {error.strerror}") from error

    def _know(self, line: bytes, start: int) -> None:
        try:
            answer = _loaded(self.path, line)
        except UsageError:
            self.unreadable += bool(line.strip())
            return
        self._places[answer.key] = (start, len(line))
        self.spent_usd += answer.cost_usd or 0.0


def _loaded(path: Path, line: bytes) -> Answer:
    try:
        return ANSWERS.load(json.loads(line), path=path, line=0)
    except (ValueError, RecursionError, TranscriptError) as error:
        raise UsageError(f"{path}: a line is damaged: {line[:80]!r}; delete the file to ask the models anew") from error


def _refused(answer: Answer) -> ReplyRefused:
    error = ReplyRefused(answer.refusal)
    error.attempts, error.usage, error.cost_usd = answer.attempts, answer.usage, answer.cost_usd
    return error
