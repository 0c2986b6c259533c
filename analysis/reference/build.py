"""Builds human reference profiles; run as a module, it rebuilds those that are shipped.

    python -m analysis.reference.build DATA_DIR

The same transcripts give the same bytes, whatever their order.
"""

from __future__ import annotations

import heapq
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

import numpy as np
from scipy import stats

from analysis.features.catalogue import FEATURES_VERSION, conversation_features, feature_judges, feature_names
from analysis.reference.noise_floor import noise_floor
from analysis.reference.profile import (
    NAME_PATTERN,
    QUANTILES,
    SCHEMA,
    FeatureFigures,
    FeatureSample,
    ReferenceProfile,
    Source,
    write_profile,
)
from analysis.statistics.common import Values, quantiles_of
from judges.catalogue import make_judge
from sims.errors import MissingDataError, UsageError
from sims.seeds import stable_hash
from sims.transcript import Transcript
from sims.transcript_file import TranscriptFiles

SAMPLE_SIZE = 200


Row: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a shipped profile is made: of the conversations in `files` those from `sources`, all where it is empty."""

    genre: str
    files: tuple[str, ...]
    licence: str
    sources: tuple[str, ...] = ()

    def chosen(self, data: Path) -> Iterator[Transcript]:
        """The conversations, read from the files in `data`."""
        for transcript in TranscriptFiles([data / file for file in self.files]):
            if not self.sources or transcript.source in self.sources:
                yield transcript


SHIPPED: Mapping[str, Recipe] = {
    "clarifying-search": Recipe(
        "searching for information and being asked back, typed by crowd workers in 2 turns (Qulac) or 7 (ClariQ), so "
        "that how long a conversation is says nothing",
        ("human_assistance_mirrorbench.jsonl",),
        "SAP/mirrorbench, Apache-2.0; of it ClariQ and Qulac",
        ("mirrorbench-clariq", "mirrorbench-qulac"),
    ),
    "help-seeking": Recipe(
        "people asking an assistant, played by volunteers, for help or information, typed; some of the assistant's "
        "answers read like pasted machine text",
        ("human_assistance_mirrorbench.jsonl",),
        "SAP/mirrorbench, Apache-2.0; of it OASST1",
        ("mirrorbench-oasst1",),
    ),
    "meeting": Recipe(
        "meetings of several people, transcribed",
        ("human_meetings_qmsum.jsonl.gz",),
        "Yale-LILY/QMSum, MIT; of it AMI, ICSI and parliamentary committees",
    ),
    "persona-chat": Recipe(
        "small talk of two strangers with assigned personas, typed; the chat kept messages at about 4 to 17 words, so "
        "that shifts of turn length and its variation are in part of that interface",
        ("human_personachat.jsonl", "human_personachat_tiage.jsonl"),
        "PersonaChat as in HuiyuanXie/tiage, MIT",
    ),
    "service": Recipe(
        "a customer and a virtual assistant, outlined by a program and worded by people, typed",
        ("human_service_sgd.jsonl.gz",),
        "Schema-Guided Dialogue (google-research-datasets), CC BY-SA 4.0",
    ),
    "service-order": Recipe(
        "short coffee orders, both sides written by one person",
        ("human_taskmaster4.jsonl",),
        "Taskmaster-4 (google-research-datasets), CC BY 4.0",
    ),
    "telephone": Recipe(
        "telephone talk of two strangers on a given topic, transcribed",
        ("human_switchboard.jsonl.gz",),
        "Switchboard Dialogue Act corpus as in NathanDuran/Switchboard-Corpus, GPL-3.0; figures only",
    ),
}


def build_profile(
    transcripts: Iterable[Transcript],
    *,
    name: str,
    genre: str = "",
    licence: str = "not stated",
    on_done: Callable[[Transcript], None] = lambda transcript: None,
) -> ReferenceProfile:
    """The profile of human conversations; figures have six significant digits.

    They are read once, as a stream. `on_done` hears of each that is measured.

    Raises:
        UsageError: a transcript is not of people, or the name cannot be a profile's.
        MissingDataError: there are fewer than two conversations, or nobody says anything.
    """
    check_name(name)
    measured = _measured(map(_checked_human, transcripts), on_done)
    if measured.conversations.total() < 2:
        raise MissingDataError(f"profile {name!r}: one conversation has no distribution; give at least two")
    if not measured.holds_speech:
        raise MissingDataError(f"profile {name!r}: nobody says anything in these conversations; check their texts")
    return ReferenceProfile(
        schema=SCHEMA,
        name=name,
        genre=genre,
        licence=licence,
        features_version=FEATURES_VERSION,
        judges={judge: make_judge(judge).version for judge in feature_judges()},
        conversations=measured.conversations.total(),
        sources=measured.sources(),
        sides={side: measured.side_figures(side) for side in sorted(measured.rows)},
        samples={side: measured.sample(side) for side in sorted(measured.rows)},
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """What has been counted: a row a conversation by side, with its hash; conversations and turns by source."""

    rows: dict[str, list[tuple[int, Row]]]
    conversations: Counter[str]
    turns: Counter[str]

    @property
    def holds_speech(self) -> bool:
        """Whether anything could be measured."""
        return any(value is not None for rows in self.rows.values() for _, row in rows for value in row)

    def sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(name=name, conversations=self.conversations[name], turns=self.turns[name])
            for name in sorted(self.conversations)
        )

    def side_figures(self, side: str) -> dict[str, FeatureFigures]:
        columns = zip(*(row for _, row in self.rows[side]), strict=True)
        return {feature: figures(column) for feature, column in zip(feature_names(side), columns, strict=True)}

    def sample(self, side: str) -> FeatureSample:
        chosen = heapq.nsmallest(SAMPLE_SIZE, self.rows[side], key=itemgetter(0))
        return FeatureSample(features=feature_names(side), rows=tuple(row for _, row in chosen))


def _measured(transcripts: Iterable[Transcript], on_done: Callable[[Transcript], None]) -> _Measured:
    measured = _Measured(defaultdict(list), Counter(), Counter())
    for transcript in transcripts:
        measured.conversations[transcript.source] += 1
        measured.turns[transcript.source] += len(transcript.turns)
        place = stable_hash("profile sample", transcript.id)
        for found in conversation_features(transcript):
            row = tuple(found.values[feature] for feature in feature_names(found.side))
            measured.rows[found.side].append((place, row))
        on_done(transcript)
    return measured


def check_name(name: str) -> None:
    """Return when a profile can be called that.

    Raises:
        UsageError: it cannot.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(f"profile name {name!r}: expected small letters, digits, '.', '_' and '-', at most 64")


def _checked_human(transcript: Transcript) -> Transcript:
    if transcript.kind != "human":
        raise UsageError(
            f"transcript {transcript.id!r} is of kind {transcript.kind!r}; a human reference is built from kind 'human'"
        )
    return transcript


def figures(values: Sequence[float | None]) -> FeatureFigures:
    """The figures of one feature, from one value a conversation; None is missing."""
    known = np.sort(np.array([value for value in values if value is not None], dtype=np.float64))
    mean = fsum(known) / len(known) if len(known) else None
    sd = sqrt(fsum((known - mean) ** 2) / (len(known) - 1)) if mean is not None and len(known) > 1 else None
    return FeatureFigures(
        n=len(known),
        missing=len(values) - len(known),
        mean=_rounded(mean),
        sd=_rounded(sd),
        skewness=_rounded(_skewness(known)),
        quantiles=_quantiles(known),
        noise_floor=noise_floor(known),
    )


def _skewness(ordered: Values) -> float | None:
    if len(ordered) < 3 or ordered[0] == ordered[-1]:
        return None
    return float(stats.skew(ordered, bias=False))


def _quantiles(ordered: Values) -> tuple[float, ...]:
    if not len(ordered):
        return ()
    return tuple(float(f"{value:.6g}") for value in quantiles_of(ordered, QUANTILES))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def build_shipped(data: Path, name: str) -> ReferenceProfile:
    """The shipped profile of that name, built anew from the files in `data`."""
    recipe = SHIPPED[name]
    return build_profile(recipe.chosen(data), name=name, genre=recipe.genre, licence=recipe.licence)


def main(arguments: Sequence[str]) -> None:
    """Writes all shipped profiles anew, beside this module."""
    if len(arguments) != 1:
        sys.exit("usage: python -m analysis.reference.build DATA_DIR")
    folder = Path(__file__).parents[1] / "profiles"
    for name in SHIPPED:
        print(write_profile(build_shipped(Path(arguments[0]), name), folder / f"{name}.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
