"""Transcripts before judges: the sample, the order, and judges that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest
from builders import transcript

from judges.panel import judge_transcripts, prepare_judges
from judges.side_by_side import side_by_side
from judges.verdict import Verdict, verdict_on
from sims.errors import BudgetReached
from sims.transcript import Transcript


@dataclass(frozen=True)
class Counting:
    """A judge that scores every turn with how many transcripts it has seen; fails on the word "boom"."""

    name: str = "counting"
    version: str = "1"
    seen: tuple[str, ...] = ()

    def prepare(self, sample: Sequence[Transcript]) -> Counting:
        """Remember the ids."""
        return Counting(seen=tuple(one.id for one in sample))

    def judge(self, transcript: Transcript) -> Verdict:
        """One score a turn."""
        if any("boom" in turn.text for turn in transcript.turns):
            raise ZeroDivisionError("boom")
        scores = [float(len(self.seen))] * len(transcript.turns)
        return verdict_on(transcript, judge=self.name, version=self.version, turn_scores=scores)


MANY = [transcript(("A", "Hi."), ("B", "Ho."), id=f"t{index}") for index in range(30)]


def test_the_sample_does_not_depend_on_order() -> None:
    """The same ten of thirty, in the same order, forwards and backwards."""
    (forwards,) = prepare_judges([Counting()], MANY, sample_size=10)
    (backwards,) = prepare_judges([Counting()], reversed(MANY), sample_size=10)
    assert forwards == backwards
    assert isinstance(forwards, Counting)
    assert len(forwards.seen) == 10


def test_a_failing_judge_says_so_and_the_others_go_on() -> None:
    """A crash is a verdict of its own kind, with the error's words; no score is made up."""
    odd = transcript(("A", "boom"), id="odd")
    first, second = judge_transcripts([odd, MANY[0]], [Counting()])
    assert first.unjudged is not None
    assert (first.unjudged.reason, first.unjudged.detail) == ("crashed", "ZeroDivisionError: boom")
    assert first.turn_scores == (None,)
    assert second.unjudged is None


def test_an_empty_transcript_is_unjudged_by_every_judge() -> None:
    """No turns, or turns without text, never score."""
    nothing = transcript(id="none", roles={"A": "a", "B": "b"})
    blank = transcript(("A", " "), ("B", ""), id="blank")
    verdicts = list(judge_transcripts([nothing, blank], [Counting()]))
    assert [verdict.unjudged and verdict.unjudged.reason for verdict in verdicts] == ["empty", "empty"]
    assert [verdict.turn_scores for verdict in verdicts] == [(), (None, None)]


def test_each_transcript_is_heard_of_once_it_is_judged() -> None:
    """In order, and not before its verdict was taken."""
    heard: list[str] = []
    verdicts = judge_transcripts(MANY[:3], [Counting()], on_done=lambda one: heard.append(one.id))
    next(verdicts)
    assert heard == []
    list(verdicts)
    assert heard == ["t0", "t1", "t2"]


def test_offline_judges_run_inside_an_event_loop_too() -> None:
    """Nothing is waited for where no judge asks anybody."""

    async def judged() -> int:
        return len(list(judge_transcripts(MANY, [Counting()])))

    assert asyncio.run(judged()) == 30


class Asking(Counting):
    """A judge whose third question finds the money spent; keeps the ids of those that were answered."""

    asked = 0
    answered: ClassVar[list[str]] = []

    async def ask(self, transcript: Transcript) -> Verdict:
        """The verdict, a little later."""
        Asking.asked += 1
        if Asking.asked == 3:
            raise BudgetReached("spent")
        await asyncio.sleep(0.02)
        self.answered.append(transcript.id)
        return self.judge(transcript)

    async def aclose(self) -> None:
        """There is nothing to close."""


def test_answers_in_flight_are_waited_for_when_the_money_is_spent() -> None:
    """Five were begun, one of them finds it spent: the four others are answered, and nothing more is begun."""
    with pytest.raises(BudgetReached):
        list(judge_transcripts(MANY, [Asking()], ahead=5))
    assert Asking.asked <= 7
    assert len(Asking.answered) == Asking.asked - 1


def test_an_interrupt_that_the_loop_does_not_expect_is_an_interrupt() -> None:
    """As by SIGTERM, in the middle of a call: it comes out as it is, and the calls in flight are cancelled."""
    cancelled: list[str] = []

    class Interrupted(Counting):
        async def ask(self, transcript: Transcript) -> Verdict:
            """Wait for long, and be interrupted at the third."""
            if transcript.id == "t2":
                raise KeyboardInterrupt
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append(transcript.id)
                raise
            return self.judge(transcript)

        async def aclose(self) -> None:
            """There is nothing to close."""

    with pytest.raises(KeyboardInterrupt):
        list(judge_transcripts(MANY, [Interrupted()], ahead=5))
    assert sorted(cancelled) == ["t0", "t1", "t3", "t4"]


async def test_a_failure_leaves_none_of_its_siblings_behind() -> None:
    """The first failure is raised once all have ended, in whatever order they fail."""
    ended: list[float] = []

    async def wait(wait_s: float, *, fails: bool = False) -> float:
        await asyncio.sleep(wait_s)
        ended.append(wait_s)
        if fails:
            raise ZeroDivisionError(str(wait_s))
        return wait_s

    with pytest.raises(ZeroDivisionError, match=r"0\.02"):
        await side_by_side(wait(0.02, fails=True), wait(0.03), wait(0.0, fails=True))
    assert ended == [0.0, 0.02, 0.03]
    assert await side_by_side(wait(0.01), wait(0.0)) == [0.01, 0.0]
