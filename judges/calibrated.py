"""Judges with a threshold of the user's own, off the cards that `simstress calibrate` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from judges.card import JudgeCard
from judges.judge import AskingJudge, Judge
from judges.verdict import Hit, Verdict
from sims.errors import UsageError
from sims.transcript import Transcript

KIND = "calibrated"
"""The kind of a hit that the threshold makes where the judge itself had none."""


@dataclass(frozen=True, slots=True)
class CalibratedJudge:
    """A judge whose hits are cut anew: each turn that scores `threshold` or more, and no other.

    A turn above the threshold keeps the judge's own hits; where it had none the whole turn is the quote, of kind
    "calibrated". Scores, name and unjudged verdicts stay as they are; the version ends in "@" and the threshold.
    """

    inner: Judge
    card: JudgeCard

    @property
    def threshold(self) -> float:
        """The score from which a turn is flagged."""
        return self.card.flag_at or 0.0

    @property
    def name(self) -> str:
        """The judge's own name."""
        return self.inner.name

    @property
    def version(self) -> str:
        """The judge's own version and the threshold."""
        return f"{self.inner.version}@{self.threshold!r}"

    def prepare(self, sample: Sequence[Transcript]) -> CalibratedJudge:
        """The judge inside, having learnt from the sample, with the same threshold."""
        return replace(self, inner=self.inner.prepare(sample))

    def judge(self, transcript: Transcript) -> Verdict:
        """The inner verdict with its hits cut at the threshold."""
        return self._cut(transcript, self.inner.judge(transcript))

    def _cut(self, transcript: Transcript, verdict: Verdict) -> Verdict:
        if verdict.unjudged:
            return replace(verdict, version=self.version)
        return replace(verdict, version=self.version, hits=tuple(self._hits(transcript, verdict)))

    def _hits(self, transcript: Transcript, verdict: Verdict) -> list[Hit]:
        hits = []
        for index, score in enumerate(verdict.turn_scores):
            if score is not None and score >= self.threshold:
                own = [hit for hit in verdict.hits if hit.turn == index]
                hits += own or [self._whole_turn(index, score, transcript.turns[index].text)]
        return hits

    def _whole_turn(self, index: int, score: float, text: str) -> Hit:
        reason = f"scores {score:g}, at or above {self.threshold:g}, the threshold of your own labels"
        return Hit(index, score, KIND, text, 0, len(text), reason)


@dataclass(frozen=True, slots=True)
class CalibratedAskingJudge(CalibratedJudge):
    """The same around a judge that asks models."""

    inner: AskingJudge

    async def ask(self, transcript: Transcript) -> Verdict:
        """The inner verdict with its hits cut at the threshold."""
        return self._cut(transcript, await self.inner.ask(transcript))

    async def aclose(self) -> None:
        """Close what the judge inside has opened."""
        await self.inner.aclose()


def own_cards(judges: Sequence[Judge]) -> dict[str, JudgeCard]:
    """The cards of the user's own that judges carry, by judge."""
    return {judge.name: judge.card for judge in judges if isinstance(judge, CalibratedJudge)}


def read_own_card(path: str | Path) -> JudgeCard:
    """A card that `simstress calibrate` wrote.

    Raises:
        UsageError: the file cannot be read, is no card, or a card without a threshold (a shipped one).
    """
    try:
        card = JudgeCard.model_validate_json(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise UsageError(f"{path}: not a judge card: {place}: {fault['msg']}") from error
    if card.flag_at is None:
        raise UsageError(f"{path}: this card has no threshold (flag_at); make one with simstress calibrate")
    return card


def with_own_thresholds(judges: Sequence[Judge], folder: str | Path) -> tuple[Judge, ...]:
    """The judges in their order, those that have a card NAME.json in the folder with its threshold.

    Raises:
        UsageError: the folder is none, holds a card of none of them, or one of another version of its judge.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder of cards; simstress calibrate makes one")
    found = tuple(_with_own(judge, folder / f"{judge.name}.json") for judge in judges)
    if not any(isinstance(judge, CalibratedJudge) for judge in found):
        names = ", ".join(f"{judge.name}.json" for judge in judges)
        raise UsageError(f"{folder}: holds no card of these judges; expected one of {names}")
    return found


def _with_own(judge: Judge, path: Path) -> Judge:
    if not path.is_file():
        return judge
    card = read_own_card(path)
    if card.judge != judge.name:
        raise UsageError(f"{path}: this is a card of {card.judge}, not of {judge.name}")
    if card.version != judge.version:
        raise UsageError(
            f"{path}: fitted to version {card.version} of {judge.name}, and this is version {judge.version};"
            " calibrate again"
        )
    return CalibratedAskingJudge(judge, card) if isinstance(judge, AskingJudge) else CalibratedJudge(judge, card)
