"""The Judge protocol: what every judge is, whatever it looks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

from judges.verdict import Verdict
from sims.transcript import Transcript


class Judge(Protocol):
    """Looks for one artifact in transcripts.

    Two phases, so that results depend on neither order, batch size, process nor machine: `prepare` may learn
    from a sample of the batch and returns a new judge; `judge` is then a pure function of the transcript.
    """

    @property
    def name(self) -> str:
        """The name in verdicts and on the command line."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same transcript may get another verdict."""
        ...

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """A judge that has learnt from the sample what is usual there; the sample may be empty."""
        ...

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict on one transcript; never raises for an odd one, but says `unjudged`."""
        ...


@runtime_checkable
class AskingJudge(Judge, Protocol):
    """A judge that waits for others, such as models over a network: the panel has it wait for many at once."""

    async def ask(self, transcript: Transcript) -> Verdict:
        """The same verdict as `judge`, while other transcripts are being asked about."""
        ...

    async def aclose(self) -> None:
        """Close what asking has opened; asking again opens it anew."""
        ...
