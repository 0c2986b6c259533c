"""Transcripts before judges: the sample, the order, and judges that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from builders import transcript

from judges.panel import judge_transcripts, prepare_judges
from judges.verdict import Verdict, verdict_on
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
