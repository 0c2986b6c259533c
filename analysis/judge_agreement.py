"""How far judges of the same artifact agree: the models of one jury, and an asking judge with the offline one; and how
often each model answered at all.

The offline judge reads no instructions, so it is the independent second opinion: an `x:llm` that was talked into
calling a conversation clean disagrees with `x`. Agreement is Krippendorff's alpha on "flagged or not" by turn: 1 is
perfect, 0 is chance, below 0 is worse than chance. It says nothing of who is right, and shared errors look like it.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from typing import Any

from judges.verdict import Verdict

_Ratings = tuple[int, int]
"""How many raters flag a turn, and how many do not."""
MAX_NAMED = 20


@dataclass(frozen=True, slots=True)
class ModelAgreement:
    """Among the models of one judge: turns that two or more judged, those they differ on, and alpha.

    `alpha` is None where it is not defined: nothing to compare, or every rating is the same.
    """

    judge: str
    models: tuple[str, ...]
    turns: int
    differing_turns: int
    alpha: float | None


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A judge that asks models beside the offline judge of the same artifact, on the turns that both judged.

    `only_offline_in` names the first conversations where the offline judge alone flags a turn.
    """

    judge: str
    offline: str
    turns: int
    both: int
    only_llm: int
    only_offline: int
    alpha: float | None
    only_offline_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """How often one model answered one judge, in ballots (a conversation and vote each), and why it failed to."""

    judge: str
    model: str
    conversations: int
    answered: int
    failed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What there is to say of agreement in one judged folder.

    `turns_cut` counts, by judge, turns too long to be shown whole: only a hit in what was shown is a verdict on them.
    """

    models: tuple[ModelAgreement, ...] = ()
    second_opinions: tuple[SecondOpinion, ...] = ()
    records: tuple[ModelRecord, ...] = ()
    turns_cut: Mapping[str, int] = field(default_factory=dict)

    @property
    def silent(self) -> tuple[ModelRecord, ...]:
        """The models that never answered a judge."""
        return tuple(record for record in self.records if not record.answered)

    def as_data(self) -> dict[str, Any]:
        """The same as plain data, under its keys in summary.json; nothing where there is nothing to say."""
        data = {
            "model_agreement": [asdict(one) for one in self.models],
            "second_opinions": [asdict(one) for one in self.second_opinions],
            "judge_models": [asdict(one) for one in self.records],
            "turns_cut": dict(self.turns_cut),
        }
        return {key: value for key, value in data.items() if value}

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words, one line each."""
        failing = (record for record in self.records if record.failed)
        return (
            *map(_model_line, self.models),
            *map(_second_line, self.second_opinions),
            *map(_record_line, failing),
            *map(_cut_line, self.turns_cut.items()),
        )


def agreement_among(verdicts: Iterable[Verdict]) -> Agreement:
    """The agreement in a stream of verdicts that stand together by transcript; only counts are held."""
    models: dict[str, tuple[str, ...]] = {}
    ratings: dict[str, Counter[_Ratings]] = {}
    pairs: dict[str, Counter[tuple[bool, bool]]] = {}
    named: dict[str, list[str]] = {}
    records: dict[str, dict[str, ModelRecord]] = {}
    turns_cut: Counter[str] = Counter()
    for transcript, group in itertools.groupby(verdicts, key=attrgetter("transcript")):
        given = tuple(group)
        for verdict in given:
            _record(verdict, records.setdefault(verdict.judge, {}))
            turns_cut[verdict.judge] += len(verdict.meta.get("turns_cut", ()))
        by_judge = {verdict.judge: verdict for verdict in given if verdict.unjudged is None}
        for judge, verdict in by_judge.items():
            flags = verdict.meta.get("flags_by_model")
            if flags:
                models[judge] = tuple(flags)
                ratings.setdefault(judge, Counter()).update(_ratings(flags))
            offline = by_judge.get(judge.removesuffix(":llm")) if judge.endswith(":llm") else None
            if offline is not None:
                found = Counter(_pairs(verdict, offline))
                pairs.setdefault(judge, Counter()).update(found)
                if found[False, True] and len(named.setdefault(judge, [])) < MAX_NAMED:
                    named[judge].append(transcript)
    return Agreement(
        tuple(_model_agreement(judge, models[judge], found) for judge, found in ratings.items()),
        tuple(_second_opinion(judge, found, named.get(judge, ())) for judge, found in pairs.items()),
        tuple(record for by_model in records.values() for record in by_model.values()),
        {judge: turns for judge, turns in turns_cut.items() if turns},
    )


def alpha_of(ratings: Mapping[_Ratings, int]) -> float | None:
    """Krippendorff's alpha (nominal) of turns counted by (raters who flag, raters who do not); None if undefined.

    >>> alpha_of({(2, 0): 1, (0, 2): 1}), alpha_of({(0, 2): 5})
    (1.0, None)
    """
    import krippendorff
    import numpy as np

    compared = {found: turns for found, turns in ratings.items() if turns and sum(found) > 1}
    if any(all(found[side] == 0 for found in compared) for side in (0, 1)):
        return None
    units = np.repeat(np.array(list(compared)), list(compared.values()), axis=0)
    alpha = float(krippendorff.alpha(value_counts=units, level_of_measurement="nominal"))
    return round(alpha, 6) if math.isfinite(alpha) else None


def _record(verdict: Verdict, by_model: dict[str, ModelRecord]) -> None:
    """Add the ballots of one verdict to the records of its models; of a crashed judge none are known."""
    failed = verdict.meta.get("failed_ballots", ())
    for model in verdict.meta.get("models", ()):
        reasons = Counter(ballot["reason"] for ballot in failed if ballot["model"] == model)
        old = by_model.get(model, ModelRecord(verdict.judge, model, 0, 0, {}))
        by_model[model] = ModelRecord(
            verdict.judge,
            model,
            old.conversations + 1,
            old.answered + verdict.meta["votes"] - reasons.total(),
            dict(sorted((Counter(old.failed) + reasons).items())),
        )


def _ratings(flags: Mapping[str, Sequence[int | None]]) -> Iterable[_Ratings]:
    for turn in zip(*flags.values(), strict=True):
        yield sum(flag == 1 for flag in turn), sum(flag == 0 for flag in turn)


def _pairs(verdict: Verdict, offline: Verdict) -> Iterable[tuple[bool, bool]]:
    flagged, flagged_offline = set(verdict.flagged_turns), set(offline.flagged_turns)
    for turn, scores in enumerate(zip(verdict.turn_scores, offline.turn_scores, strict=True)):
        if None not in scores:
            yield turn in flagged, turn in flagged_offline


def _model_agreement(judge: str, models: tuple[str, ...], ratings: Mapping[_Ratings, int]) -> ModelAgreement:
    compared = {found: turns for found, turns in ratings.items() if sum(found) > 1}
    differing = sum(turns for (flags, clean), turns in compared.items() if flags and clean)
    return ModelAgreement(judge, models, sum(compared.values()), differing, alpha_of(compared))


def _second_opinion(judge: str, pairs: Mapping[tuple[bool, bool], int], named: Sequence[str]) -> SecondOpinion:
    both, only_llm, only_offline = (pairs.get(key, 0) for key in ((True, True), (True, False), (False, True)))
    turns = sum(pairs.values())
    alpha = alpha_of({(2, 0): both, (1, 1): only_llm + only_offline, (0, 2): turns - both - only_llm - only_offline})
    return SecondOpinion(judge, judge.removesuffix(":llm"), turns, both, only_llm, only_offline, alpha, tuple(named))


def _model_line(one: ModelAgreement) -> str:
    return (
        f"{one.judge}: {len(one.models)} models differ on {one.differing_turns:,} of {one.turns:,} turns;"
        f" {_alpha_words(one.alpha)}"
    )


def _second_line(one: SecondOpinion) -> str:
    return (
        f"{one.judge} beside {one.offline}, {one.turns:,} turns: both flag {one.both:,}, only {one.judge}"
        f" {one.only_llm:,}, only {one.offline} {one.only_offline:,}; {_alpha_words(one.alpha)}"
    )


def _record_line(record: ModelRecord) -> str:
    asked = record.answered + sum(record.failed.values())
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in record.failed.items())
    return f"{record.judge}: {record.model} answered {record.answered:,} of {asked:,} times ({reasons})"


def _cut_line(cut: tuple[str, int]) -> str:
    judge, turns = cut
    return f"{judge}: {turns:,} turns are too long to be shown whole; they count only where a hit was found in them"


def _alpha_words(alpha: float | None) -> str:
    if alpha is None:
        return "Krippendorff's alpha is not defined (all ratings alike)"
    return f"alpha {round(alpha, 2) + 0.0:.2f}"
