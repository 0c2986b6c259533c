"""Transcripts and verdicts as tables: which columns there are, and what a row stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, TypeAlias

import pandas as pd

from analysis.features.catalogue import FEATURES, SideFeatures, conversation_features
from analysis.features.speech import CONVERSATION
from judges.verdict import Verdict
from sims.errors import MissingDataError, UsageError
from sims.roles import sides
from sims.transcript import Transcript

NO_VERDICT = "no_verdict"
"""The `unjudged` reason of a conversation that a judge has no verdict on at all."""


@dataclass(frozen=True, slots=True)
class FlagRow:
    """What one judge found in the turns of one speaker of one conversation; the fields are the columns.

    `judged_turns` counts the turns with a score, `flagged_turns` those of them with a hit. `unjudged` is the reason
    why the judge has no verdict, None where it has one. `scenario` and `model` are None where the transcript does not
    tell. Of a branched conversation the turns of its beginning are left out of all three counts; `branched_of` is the
    id of its recording, None of any other.
    """

    transcript: str
    source: str
    scenario: str | None
    model: str | None
    speaker: str
    role: str
    side: str
    judge: str
    turns: int
    judged_turns: int
    flagged_turns: int
    has_failed: bool
    unjudged: str | None
    branched_of: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureKey:
    """What a row of the feature table belongs to; its columns are these fields, then one a feature.

    `side` is that of `sims.roles.sides`, or "conversation" for the conversation as a whole. `model` joins the
    models of that side by " + ". `is_foreign` says that the conversation is not in English.
    """

    transcript: str
    source: str
    kind: str
    scenario: str | None
    model: str | None
    side: str
    is_foreign: bool


FLAG_COLUMNS = tuple(field.name for field in fields(FlagRow))
FEATURE_COLUMNS = (*(field.name for field in fields(FeatureKey)), *FEATURES)


_Facts: TypeAlias = tuple[str, str, str | None, str | None, str, str, str]
"""The first seven fields of a `FlagRow`."""


@dataclass(frozen=True, slots=True)
class _Cast:
    """What is kept of a transcript until its verdicts have come: the cast, who spoke each turn, which do not count."""

    facts: tuple[_Facts, ...]
    speaker_of: tuple[int, ...]
    beginning: int
    stressed: frozenset[int]
    has_failed: bool
    branched_of: str | None


def flag_rows(transcripts: Iterable[Transcript], verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """One row for each speaker of each transcript and each judge; columns as in `FlagRow`, missing is None.

    Both inputs are read once, as streams, in any order; of a transcript only its cast is kept. A transcript that
    a judge has no verdict on is there with the reason "no_verdict": it counts as missing. One that holds nothing of the
    judge's kind (`Verdict.is_applicable`) has no row for it. A turn whose words a stressor changed is nobody's
    artifact: it counts neither as judged nor as flagged. Nor do turns that a branched conversation went on from, which
    are not counted at all.

    Raises:
        UsageError: a verdict names a transcript that is not there, does not fit it, or is there twice.
    """
    casts = {transcript.id: _cast(transcript) for transcript in transcripts}
    judged: dict[str, set[str]] = {}
    columns: list[list[Any]] = [[] for _ in FLAG_COLUMNS]
    for verdict in verdicts:
        seen = judged.setdefault(verdict.judge, set())
        _check_fit(verdict, casts.get(verdict.transcript), seen)
        seen.add(verdict.transcript)
        if verdict.is_applicable:
            _append(columns, _verdict_rows(casts[verdict.transcript], verdict))
    for judge, seen in judged.items():
        for transcript, cast in casts.items():
            if transcript not in seen:
                _append(columns, _rows(cast, judge, Counter(), Counter(), NO_VERDICT))
    return _frame(FLAG_COLUMNS, columns, _flag_type)


def _cast(transcript: Transcript) -> _Cast:
    side_of = sides(transcript.participants)
    places = {name: place for place, name in enumerate(transcript.speakers)}
    scenario = transcript.scenario.id if transcript.scenario else None
    facts = tuple(
        (transcript.id, transcript.source, scenario, who.model, who.name, who.role, side_of[who.name])
        for who in transcript.participants
    )
    stressed = frozenset(number for number, turn in enumerate(transcript.turns) if turn.meta.get("stressed"))
    speaker_of = tuple(places[turn.speaker] for turn in transcript.turns)
    return _Cast(facts, speaker_of, transcript.beginning, stressed, transcript.has_failed, transcript.branched_of)


def _check_fit(verdict: Verdict, cast: _Cast | None, seen: set[str]) -> None:
    what = f"the verdict of {verdict.judge} on {verdict.transcript!r}"
    if cast is None:
        raise UsageError(f"{what}: there is no such transcript among those given; give the file it was judged from")
    if verdict.transcript in seen:
        raise UsageError(f"{what} is there twice; give each verdict file once")
    turns = len(cast.speaker_of)
    if len(verdict.turn_scores) != turns or any(turn >= turns for turn in verdict.flagged_turns):
        raise UsageError(f"{what} is on {len(verdict.turn_scores)} turns, the transcript has {turns}; judge it again")


def _verdict_rows(cast: _Cast, verdict: Verdict) -> Iterator[FlagRow]:
    scored = {turn for turn, score in enumerate(verdict.turn_scores) if score is not None and turn >= cast.beginning}
    judged = scored - cast.stressed
    flagged = judged.intersection(verdict.flagged_turns)
    counted, hit = (Counter(cast.speaker_of[turn] for turn in turns) for turns in (judged, flagged))
    return _rows(cast, verdict.judge, counted, hit, verdict.missing_for)


def _rows(
    cast: _Cast, judge: str, judged: Counter[int], flagged: Counter[int], reason: str | None
) -> Iterator[FlagRow]:
    spoken = Counter(cast.speaker_of[cast.beginning :])
    for place, facts in enumerate(cast.facts):
        counts = spoken[place], judged[place], flagged[place]
        yield FlagRow(*facts, judge, *counts, cast.has_failed, reason, cast.branched_of)


def feature_table(transcripts: Iterable[Transcript]) -> pd.DataFrame:
    """One row for each side of each conversation, and one for the conversation; columns as in `FEATURE_COLUMNS`.

    Conversations that broke off are left out: half of one is not a short one. Features are nullable floats: what is
    missing, or not measured of that side, is `pandas.NA`. The transcripts are read once, as a stream.
    """
    columns: list[list[Any]] = [[] for _ in FEATURE_COLUMNS]
    for transcript in transcripts:
        if transcript.has_failed:
            continue
        for found in conversation_features(transcript):
            row = (*astuple(_feature_key(transcript, found)), *(found.values.get(name) for name in FEATURES))
            for column, value in zip(columns, row, strict=True):
                column.append(value)
    return _frame(FEATURE_COLUMNS, columns, _feature_type)


def check_speech(features: pd.DataFrame, where: str) -> None:
    """Return when anything can be measured of the conversations of a `feature_table`, or there are none.

    Raises:
        MissingDataError: nobody says anything.
    """
    if len(features) and features[list(FEATURES)].isna().all(axis=None):
        raise MissingDataError(f"{where}: nobody says anything, so there is nothing to compare; check the texts")


def _feature_key(transcript: Transcript, found: SideFeatures) -> FeatureKey:
    side = found.side
    side_of = sides(transcript.participants)
    names = [who.model for who in transcript.participants if side in (CONVERSATION, side_of[who.name])]
    models = sorted({model for model in names if model})
    scenario = transcript.scenario.id if transcript.scenario else None
    joined = " + ".join(models) or None
    return FeatureKey(transcript.id, transcript.source, transcript.kind, scenario, joined, side, found.is_foreign)


def _append(columns: Sequence[list[Any]], rows: Iterable[FlagRow]) -> None:
    for row in rows:
        for name, column in zip(FLAG_COLUMNS, columns, strict=True):
            column.append(getattr(row, name))


def _frame(names: Sequence[str], columns: Sequence[list[Any]], type_of: Callable[[str], str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series(column, dtype=type_of(name)) for name, column in zip(names, columns, strict=True)}
    )


def _feature_type(name: str) -> str:
    if name in FEATURES:
        return "Float64"
    return "bool" if name == "is_foreign" else "object"


def _flag_type(name: str) -> str:
    if name.endswith("turns"):
        return "int64"
    return "bool" if name == "has_failed" else "object"
