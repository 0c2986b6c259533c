"""Puts transcripts before judges: a sample to learn from first, then each transcript on its own."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence

from judges.judge import AskingJudge, Judge
from judges.side_by_side import side_by_side
from judges.verdict import Verdict, unjudged
from sims.errors import NoMoreCalls, UsageError
from sims.seeds import stable_hash
from sims.transcript import Transcript

SAMPLE_SIZE = 1000
AHEAD = 20
"""How many transcripts are before judges that ask models at once; only so many are held."""
OnDone = Callable[[Transcript], None]
_Judged = tuple[Transcript, tuple[Verdict, ...]]


def prepare_judges(
    judges: Sequence[Judge], transcripts: Iterable[Transcript], *, sample_size: int = SAMPLE_SIZE
) -> tuple[Judge, ...]:
    """The judges, having learnt from at most `sample_size` of the transcripts.

    The sample is the transcripts whose ids hash lowest, so it does not depend on their order or grouping.
    """
    sample = heapq.nsmallest(sample_size, transcripts, key=lambda transcript: stable_hash("sample", transcript.id))
    return tuple(judge.prepare(sample) for judge in judges)


def judge_transcripts(
    transcripts: Iterable[Transcript],
    judges: Sequence[Judge],
    *,
    ahead: int = AHEAD,
    on_done: OnDone = lambda transcript: None,
) -> Generator[Verdict, None, None]:
    """One verdict a judge for each transcript, in their order; a stream. `on_done` hears of each that is judged.

    A judge that fails on a transcript gives an unjudged verdict with the reason "crashed" there, and goes on. Where a
    judge asks models, up to `ahead` transcripts are asked about at once.

    Raises:
        UsageError: a judge asks models and an event loop runs here; use `judge_transcripts_async` there.
    """
    asks = any(isinstance(judge, AskingJudge) for judge in judges)
    for transcript, verdicts in (_waiting if asks else _judged_one_by_one)(transcripts, judges, ahead):
        yield from verdicts
        on_done(transcript)


async def judge_transcripts_async(
    transcripts: Iterable[Transcript], judges: Sequence[Judge], *, ahead: int = AHEAD
) -> AsyncIterator[Verdict]:
    """The verdicts of `judge_transcripts`, for programs that run an event loop of their own."""
    stream = _judged_side_by_side(transcripts, judges, ahead)
    try:
        async for _, verdicts in stream:
            for verdict in verdicts:
                yield verdict
    finally:
        await stream.aclose()


def _judged_one_by_one(transcripts: Iterable[Transcript], judges: Sequence[Judge], ahead: int) -> Iterator[_Judged]:
    for transcript in transcripts:
        yield transcript, tuple(_verdict(transcript, judge) for judge in judges)


def _waiting(transcripts: Iterable[Transcript], judges: Sequence[Judge], ahead: int) -> Iterator[_Judged]:
    """The same as `_judged_side_by_side`, on a loop that runs while the next is waited for."""
    if _is_loop_running():
        raise UsageError(
            "judges that ask models cannot be waited for inside an event loop; judge_transcripts_async can"
        )
    with asyncio.Runner() as runner:
        stream = _judged_side_by_side(transcripts, judges, ahead)
        try:
            while (judged := runner.run(_next(stream))) is not None:
                yield judged
        finally:
            runner.run(_close(stream))


async def _judged_side_by_side(
    transcripts: Iterable[Transcript], judges: Sequence[Judge], ahead: int
) -> AsyncGenerator[_Judged, None]:
    """Judged transcripts in their order, while those behind them are being judged; at most `ahead` are begun.

    When nothing more should be asked, the calls in flight are waited for: they are paid, and their answers are kept.
    """
    begun: deque[asyncio.Task[_Judged]] = deque()
    try:
        for transcript in transcripts:
            begun.append(asyncio.create_task(_judged(transcript, judges)))
            if len(begun) >= ahead:
                yield await begun.popleft()
        while begun:
            yield await begun.popleft()
    except NoMoreCalls:
        await asyncio.gather(*begun, return_exceptions=True)
        raise
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        for judge in judges:
            if isinstance(judge, AskingJudge):
                await judge.aclose()


async def _judged(transcript: Transcript, judges: Sequence[Judge]) -> _Judged:
    return transcript, tuple(await side_by_side(*(_verdict_of(transcript, judge) for judge in judges)))


async def _verdict_of(transcript: Transcript, judge: Judge) -> Verdict:
    if not isinstance(judge, AskingJudge) or not _holds_text(transcript):
        return _verdict(transcript, judge)
    try:
        return await judge.ask(transcript)
    except (UsageError, NoMoreCalls):
        raise
    except Exception as error:  # noqa: BLE001,RUF100 - one odd transcript must not lose the others
        return _crashed(transcript, judge, error)


async def _next(stream: AsyncGenerator[_Judged, None]) -> _Judged | None:
    return await anext(stream, None)


async def _close(stream: AsyncGenerator[_Judged, None]) -> None:
    """End the stream, and before it what an interrupt has left running in its loop."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await stream.aclose()


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _holds_text(transcript: Transcript) -> bool:
    return any(turn.text.strip() for turn in transcript.turns)


def _verdict(transcript: Transcript, judge: Judge) -> Verdict:
    if not _holds_text(transcript):
        detail = "no turn holds any text" if transcript.turns else "there are no turns"
        return unjudged(transcript, judge=judge.name, version=judge.version, reason="empty", detail=detail)
    try:
        return judge.judge(transcript)
    except Exception as error:  # noqa: BLE001,RUF100 - one odd transcript must not lose the others
        return _crashed(transcript, judge, error)


def _crashed(transcript: Transcript, judge: Judge, error: Exception) -> Verdict:
    detail = f"{type(error).__name__}: {error}"
    return unjudged(transcript, judge=judge.name, version=judge.version, reason="crashed", detail=detail)
