"""Whether a human profile is of the genre at hand, so that a shift can be the model's doing and not the genre's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from analysis.features.catalogue import FEATURES, feature_names
from analysis.features.speech import CONVERSATION
from analysis.reference.profile import ReferenceProfile, changed_judges, shipped_profiles
from analysis.statistics.common import Values, placements, values_from_quantiles

LEAST_CONVERSATIONS = 10
LEAST_PEOPLE = 20
NEARER_BY_FACTOR = 0.75
NEARER_BY = 0.1

_Columns: TypeAlias = Mapping[tuple[str, str], Values]
"""The known values by side and feature."""


@dataclass(frozen=True, slots=True)
class GenreFit:
    """How far conversations lie from the people of the profile that is named for them, and from the nearest others.

    Distances are the mean |Cliff's delta| over features and sides, in [0, 1]. Held-out people of seven genres lay .03
    to .11 from their own profile and .24 to .64 from another genre's with 100 conversations, .05 to .24 and .20 to .70
    with 10. Blind spot: how far from *all* profiles conversations lie is no ground for a warning, since models lie far
    from people of their own genre, too (Synthetic-Persona-Chat .42, tau-bench .43); a genre without a profile may pass.
    """

    named: str
    distance: float
    nearest: str
    nearest_distance: float

    @property
    def fits(self) -> bool:
        """False where another profile is nearer by a quarter and by .1 at least.

        On held-out people (40 draws a genre and size) their own profile was always nearest and never found not to fit;
        another genre's was found out in .98 to 1 of the draws of 20 to 100 conversations, in .93 to 1 with 10. Models
        were warned about only for profiles of which people of their kind would be: persona chats held against telephone
        calls or meetings.
        """
        gap = self.distance - self.nearest_distance
        return self.nearest_distance > NEARER_BY_FACTOR * self.distance or gap < NEARER_BY

    @property
    def sentence(self) -> str:
        """What to tell the reader, in one sentence."""
        if self.fits:
            return f"No other profile is clearly nearer than {self.named} (distance {self.distance:.2f})."
        return (
            f"The {self.named} profile does not fit the genre of these conversations: they are closer to "
            f"{self.nearest} (distance {self.nearest_distance:.2f}, to {self.named} {self.distance:.2f}), "
            f"so a shift may be of the genre."
        )


def genre_fit(
    features: pd.DataFrame, profile: ReferenceProfile, *, others: Sequence[ReferenceProfile] | None = None
) -> GenreFit | None:
    """How well the profile fits the conversations of a `feature_table`, beside the others of the same sides.

    `others` is the shipped profiles where it is left out. Compared are the sides that the conversations and the profile
    share, and the features that at least ten conversations and 20 people of every such profile have. None where
    no side that speaks is shared by ten conversations, so that nothing can be said.
    """
    columns = {key: values for key, values in _columns(features) if len(values) >= LEAST_CONVERSATIONS}
    sides = {side for side, _ in columns} & profile.sides.keys()
    if not sides - {CONVERSATION}:
        return None
    candidates = {one.name: one for one in (shipped_profiles() if others is None else others)} | {profile.name: profile}
    people = {name: _people(one) for name, one in candidates.items() if sides <= one.sides.keys()}
    shared = [key for key in columns if key[0] in sides and all(key in known for known in people.values())]
    if not shared:
        return None
    distances = {name: _distance(columns, known, shared) for name, known in people.items()}
    nearest = min(distances, key=lambda name: (distances[name], name != profile.name, name))
    return GenreFit(profile.name, distances[profile.name], nearest, distances[nearest])


def profile_notes(
    features: pd.DataFrame, profile: ReferenceProfile, *, roles: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """What a reader should know before believing shifts from this profile: mostly nothing.

    `roles` says which side is compared with which, as in `compare_to_profile`; the genre is judged by these sides.
    """
    fit = genre_fit(_mapped(features, roles) if roles else features, profile)
    misfit = [fit.sentence] if fit and not fit.fits else []
    return (*misfit, *_changed(profile))


def language_notes(*tables: pd.DataFrame) -> Iterator[str]:
    """How many conversations of these tables are not in English, and what is not measured of them; or nothing."""
    foreign = [table["transcript"][table["is_foreign"].astype(bool)] for table in tables]
    if count := len(set[str]().union(*foreign)):
        are = "conversation is" if count == 1 else "conversations are"
        names = sum(feature.in_english for feature in FEATURES.values())
        yield f"{count:,} {are} not in English: {names} features that rest on English words are not measured there."


def _mapped(features: pd.DataFrame, roles: Mapping[str, str]) -> pd.DataFrame:
    """The rows of the sides that are compared, under the names that the profile has for them."""
    names = {CONVERSATION: CONVERSATION} | dict(roles)
    mapped = features[features["side"].isin(names)]
    return mapped.assign(side=mapped["side"].map(names))


def _changed(profile: ReferenceProfile) -> Iterator[str]:
    if changed := changed_judges(profile):
        yield (
            f"The {profile.name} profile was measured by other versions of {' and '.join(changed)} than are here: what "
            "rests on them is not compared; build it again with simstress reference build."
        )


def _columns(features: pd.DataFrame) -> Iterator[tuple[tuple[str, str], Values]]:
    for side, rows in features.groupby("side"):
        for feature in feature_names(str(side)):
            yield (str(side), feature), np.sort(rows[feature].dropna().to_numpy(dtype=np.float64))


def _people(profile: ReferenceProfile) -> _Columns:
    return {
        (side, feature): values_from_quantiles(one.quantiles, one.n)
        for side, figures in profile.sides.items()
        for feature, one in figures.items()
        if one.n >= LEAST_PEOPLE
    }


def _distance(columns: _Columns, people: _Columns, shared: Sequence[tuple[str, str]]) -> float:
    return float(np.mean([abs(placements(columns[key], people[key]).mean()) for key in shared]))
