"""Conversations in files against people, model by model, or against the conversations in other files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.comparison import compare_tables, compare_to_profile, corrected_together
from analysis.findings import Shift
from analysis.human_or_machine import Likeness, likeness_to_profile, likeness_together
from analysis.judged_folder import conversations_in
from analysis.providers.nearness import nearness
from analysis.providers.readings import label_of
from analysis.providers.values import Nearness
from analysis.reference.genre_fit import language_notes, profile_notes
from analysis.reference.profile import ReferenceProfile
from analysis.stress.control import undisturbed
from analysis.tables import check_speech, feature_table
from sims.transcript import Transcript


@dataclass(frozen=True, slots=True)
class PeopleComparison:
    """How far conversations lie from people, by model, or under "" where there is but one model.

    `shifts` and `likeness` are corrected over all models. `nearness` has the models, the nearest to people first, empty
    where there are not several. `notes` are sentences on how the profile fits and what is not measured.
    """

    shifts: Mapping[str, tuple[Shift, ...]]
    likeness: Mapping[str, tuple[Likeness, ...]]
    nearness: tuple[Nearness, ...]
    notes: tuple[str, ...]


def compare_to_people(
    paths: Sequence[Path], profile: ReferenceProfile, *, roles: Mapping[str, str] | None = None, seed: int = 0
) -> PeopleComparison:
    """The conversations of files or folders against the people of a profile; `roles` pairs sides here with theirs.

    Raises:
        UsageError: a file cannot be read, or no side has a counterpart.
        MissingDataError: nobody says anything.
    """
    tables = dict(_tables_by_model(paths))
    shifts = {model: compare_to_profile(table, profile, roles=roles, seed=seed) for model, table in tables.items()}
    scores = {model: likeness_to_profile(table, profile, roles=roles, seed=seed) for model, table in tables.items()}
    corrected = iter(corrected_together([shift for found in shifts.values() for shift in found]))
    answered = iter(likeness_together([score for found in scores.values() for score in found]))
    notes = (note for table in tables.values() for note in profile_notes(table, profile, roles=roles))
    return PeopleComparison(
        shifts={model: tuple(next(corrected) for _ in found) for model, found in shifts.items()},
        likeness={model: tuple(next(answered) for _ in found) for model, found in scores.items()},
        nearness=nearness(tables, shifts, profile, roles=roles, seed=seed),
        notes=(*dict.fromkeys(notes), *language_notes(*tables.values())),
    )


@dataclass(frozen=True, slots=True)
class FilesComparison:
    """How far the conversations of one file lie from those of others; `notes` are sentences on what is not measured."""

    shifts: tuple[Shift, ...]
    notes: tuple[str, ...]


def compare_files(paths: Sequence[Path], *, roles: Mapping[str, str] | None = None, seed: int = 0) -> FilesComparison:
    """The conversations of the first file or folder against those of each other one, corrected together.

    Raises:
        UsageError: a file cannot be read, or no side has a counterpart.
        MissingDataError: nobody says anything in a file.
    """
    tables = {path: feature_table(undisturbed(conversations_in([path]))) for path in paths}
    for path, table in tables.items():
        check_speech(table, str(path))
    first, *others = tables
    found = [
        shift
        for other in others
        for shift in compare_tables(tables[first], tables[other], name=str(other), roles=roles, seed=seed)
    ]
    notes = (f"{path}: {note}" for path, table in tables.items() for note in language_notes(table))
    return FilesComparison(corrected_together(found), tuple(notes))


def _tables_by_model(paths: Sequence[Path]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The features of the conversations of each model, of all under "" where there is but one."""
    model_of: dict[str, str] = {}

    def noted() -> Iterator[Transcript]:
        for transcript in undisturbed(conversations_in(paths)):
            model_of[transcript.id] = label_of(transcript)
            yield transcript

    table = feature_table(noted())
    check_speech(table, ", ".join(map(str, paths)))
    models = list(dict.fromkeys(model_of.values()))
    if len(models) < 2:
        yield "", table
        return
    models_of_rows = table["transcript"].map(model_of)
    for model in models:
        yield model, table[models_of_rows == model]
