"""A judge that asks models: `role_flip:llm` and its like.

Each question is narrow, the conversation is fenced as data, and every quote is looked up: a hit whose quote does not
occur in its turn is dropped and counted, and a turn whose flag has no other evidence is None: neither clean nor
flagged. So is a turn that is too long to be shown whole, unless a hit stands in what is shown (`turns_cut`).
An answer that cannot be read is asked for once more; then the transcript is unjudged: "malformed_reply". Refusals
and failed calls are "refused" and "backend_error".

A question about the conversation as a whole (`spp_digression:llm`, `human_likeness:llm`, `collaboration:llm`) has one
score a conversation: at the first turn that is quoted, or at the last turn with text where nothing is. So the share of
flagged turns is the share of conversations. The other quotes are hits without a score of their own; `meta` names the
kind. A conversation that cannot be shown whole is "too_long", one whose flag has no supported quote, or a tied jury,
"undecided".

With several models or votes a turn's score is the mean and a hit needs more than half; a tie is None, and so is a turn
on which not more than half of the opinions count. The verdict's `meta` holds the
models, votes, calls, tokens and money, how many quotes were unsupported, how far the ballots disagree, and for
digression the turns of kinds that are no hits.

Blind spots: none of these judges was measured against people's labels, and each is shown as uncalibrated. A model may
be swayed by what it reads, fence or not: run the offline judge of the same name beside it and look where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

from judges.llm.ballot import cast_ballot
from judges.llm.count import verdict_from
from judges.llm.jury import Jury
from judges.llm.prompt import FRAME_VERSION
from judges.llm.question import Question
from judges.llm.whole import verdict_on_whole
from judges.llm.windows import WHOLE_CHARS, whole_window
from judges.side_by_side import side_by_side
from judges.verdict import Verdict, unjudged
from sims.transcript import Transcript


class LlmJudge:
    """Puts one question about every turn to a jury of models."""

    def __init__(self, question: Question, jury: Jury) -> None:
        self.question, self.jury = question, jury
        self.name = f"{question.artifact}:llm"
        self.version = f"{FRAME_VERSION}.{question.version}/{jury.label}"

    def prepare(self, sample: Sequence[Transcript]) -> Self:
        """The judge itself: what it asks does not depend on the batch."""
        return self

    def judge(self, transcript: Transcript) -> Verdict:
        """The verdict, with connections of its own; for many transcripts `judges.panel` shares them.

        Raises:
            RuntimeError: called where an event loop runs; await `ask` there.
        """
        return asyncio.run(self._ask_once(transcript))

    async def ask(self, transcript: Transcript) -> Verdict:
        """The verdict: scores in the question's range, None for turns without text or without supported evidence."""
        if not any(turn.text.strip() for turn in transcript.turns):
            detail = "no turn holds any text"
            return unjudged(transcript, judge=self.name, version=self.version, reason="empty", detail=detail)
        if self.question.form == "conversation" and whole_window(transcript) is None:
            detail = f"a question about the whole conversation: it has to fit {WHOLE_CHARS:,} characters, no turn cut"
            return unjudged(transcript, judge=self.name, version=self.version, reason="too_long", detail=detail)
        ballots = await side_by_side(
            *(
                cast_ballot(self.question, transcript, jury=self.jury, backend=backend, vote=vote)
                for backend in self.jury.backends
                for vote in range(self.jury.votes)
            )
        )
        verdict = verdict_from(
            ballots, transcript, question=self.question, jury=self.jury, name=self.name, version=self.version
        )
        return verdict_on_whole(verdict, self.question) if self.question.form == "conversation" else verdict

    async def aclose(self) -> None:
        """Close the connections of the models."""
        await self.jury.aclose()

    async def _ask_once(self, transcript: Transcript) -> Verdict:
        try:
            return await self.ask(transcript)
        finally:
            await self.aclose()
