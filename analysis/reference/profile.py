"""Human reference profiles: what people's conversations of one genre measure, in figures, and how to load them.

`analysis.reference.build` makes them. A profile holds no sentence of the conversations behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.features.catalogue import COMPARABLE_VERSIONS, FEATURES, FEATURES_VERSION, feature_judges
from judges.catalogue import make_judge
from sims.errors import OutputError, UnknownNameError, UsageError

SCHEMA: Literal["simstress/profile@2"] = "simstress/profile@2"
QUANTILES = 101
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
LEAST_MARGIN, GREATEST_MARGIN = 0.05, 0.2


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


class Source(_Figures):
    """Where conversations came from, and how many."""

    name: str
    conversations: int = Field(ge=1)
    turns: int = Field(ge=0)


class NoiseFloor(_Figures):
    """How far two random groups of people lie apart: quantiles of |Cliff's delta|, in [0, 1].

    Two groups of `per_group` conversations each, none in both, were drawn `draws` times.
    """

    per_group: int
    draws: int
    p50: float
    p90: float
    p95: float
    p99: float


def margin_from(floor: NoiseFloor) -> float:
    """The largest |Cliff's delta| that counts as alike, in [0.05, 0.2]."""
    return min(GREATEST_MARGIN, max(LEAST_MARGIN, floor.p95))


class FeatureFigures(_Figures):
    """One feature of one side: `n` conversations have it, of `missing` it cannot be said.

    `quantiles` are 101, from the least to the largest value in steps of 1 %; empty where n is 0, as `mean` is None.
    `sd` is None under 2 values, `skewness` (Fisher's, unbiased) under 3 or where all are alike, `noise_floor` under 20.
    """

    n: int = Field(ge=0)
    missing: int = Field(ge=0)
    mean: float | None
    sd: float | None
    skewness: float | None = None
    quantiles: tuple[float, ...]
    noise_floor: NoiseFloor | None

    @property
    def margin(self) -> float | None:
        """The largest |Cliff's delta| that counts as alike: the 95th percentile of the noise floor.

        Never below 0.05, so that a feature which people hardly ever show can be called alike, too, and never above
        0.2: a small or noisy reference is no tolerance.
        """
        return None if self.noise_floor is None else margin_from(self.noise_floor)


class FeatureSample(_Figures):
    """The features of some of the people, so that a classifier can learn them: a row a conversation, None is missing.

    Rows have one entry for each of `features` and stand in the order of a stable hash, so that they tell nothing of the
    order of the dialogues.
    """

    features: tuple[str, ...]
    rows: tuple[tuple[float | None, ...], ...]

    @model_validator(mode="after")
    def _check_rows(self) -> Self:
        if any(len(row) != len(self.features) for row in self.rows):
            raise ValueError(f"every row must have {len(self.features)} figures, one a feature")
        return self


class ReferenceProfile(_Figures):
    """The measured features of human conversations of one genre, by side.

    `sides` has the figures by side ("seeker", "helper", "peer", "conversation") and feature name, `samples` has those
    of at most 200 conversations by side, none in a profile of schema 1. `judges` has the versions of the judges that
    features rest on.
    """

    schema_: Literal["simstress/profile@1", "simstress/profile@2"] = Field(SCHEMA, alias="schema")
    name: str = Field(pattern=NAME_PATTERN)
    genre: str
    licence: str
    features_version: int
    judges: Mapping[str, str] = Field(default_factory=dict)
    conversations: int = Field(ge=1)
    sources: tuple[Source, ...]
    sides: Mapping[str, Mapping[str, FeatureFigures]]
    samples: Mapping[str, FeatureSample] = Field(default_factory=dict)

    def to_json(self) -> str:
        """The profile as a JSON file holds it: each innermost list of figures on one line."""
        text = json.dumps(self.model_dump(by_alias=True), indent=1, ensure_ascii=True, allow_nan=False)
        return re.sub(r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s+", " ", found.group()), text) + "\n"


def profile_names() -> tuple[str, ...]:
    """The names of the shipped profiles, in alphabetical order."""
    return tuple(sorted(_shipped()))


@cache
def shipped_profiles() -> tuple[ReferenceProfile, ...]:
    """The shipped profiles, in the order of their names."""
    return tuple(map(load_profile, profile_names()))


def load_profile(name: str | Path) -> ReferenceProfile:
    """The shipped profile of that name, or the one in that file; older schemas are read, too.

    Features that were measured by other versions of their judges are left out, see `changed_judges`.

    Raises:
        UnknownNameError: no shipped profile has that name.
        UsageError: the file cannot be read, is no profile, or was built with other definitions of the features.
    """
    shipped = _shipped()
    if str(name) in shipped:
        return _parsed(shipped[str(name)].read_text(encoding="utf-8"), where=str(name))
    if str(name).endswith(".json") or Path(name).is_file():
        return _parsed(_text_of(Path(name)), where=str(name))
    raise UnknownNameError("reference profile", str(name), (*shipped, "FILE.json"))


def write_profile(profile: ReferenceProfile, path: str | Path) -> Path:
    """The path of the file, after writing the profile to it.

    Raises:
        OutputError: the file cannot be written.
    """
    path = Path(path)
    try:
        path.write_text(profile.to_json(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{path}: the profile cannot be written: {error.strerror}") from error
    return path


def is_profile(path: Path) -> bool:
    """Whether there is a reference profile in the file, of whatever version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and str(data.get("schema", "")).startswith("simstress/profile@")


def _shipped() -> dict[str, Traversable]:
    folder = files("analysis") / "profiles"
    return {entry.name.removesuffix(".json"): entry for entry in folder.iterdir() if entry.name.endswith(".json")}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this is not UTF-8 text; expected a reference profile as JSON") from error
    except OSError as error:
        raise UsageError(f"{path}: the reference profile cannot be read: {error.strerror}") from error


def _parsed(text: str, *, where: str) -> ReferenceProfile:
    profile = _validated(_decoded(text, where=where), where=where)
    if profile.features_version not in COMPARABLE_VERSIONS:
        raise UsageError(
            f"{where}: built with version {profile.features_version} of the features, this is version "
            f"{FEATURES_VERSION}; build it again with: simstress reference build FILE... --name {profile.name}"
        )
    return _without(profile, _not_comparable(profile))


def _not_comparable(profile: ReferenceProfile) -> frozenset[str]:
    """The features that another version of a judge measured than the one that is here."""
    changed = changed_judges(profile)
    return frozenset(name for name, feature in FEATURES.items() if feature.judge in changed)


def changed_judges(profile: ReferenceProfile) -> tuple[str, ...]:
    """The judges, in alphabetical order, of which the profile was built with another version than the one here."""
    return tuple(name for name, version in sorted(profile.judges.items()) if version != _version_here(name))


def _version_here(judge: str) -> str | None:
    return make_judge(judge).version if judge in feature_judges() else None


def _without(profile: ReferenceProfile, features: frozenset[str]) -> ReferenceProfile:
    if not features:
        return profile
    sides = {
        side: {name: one for name, one in figures.items() if name not in features}
        for side, figures in profile.sides.items()
    }
    samples = {side: _sample_without(sample, features) for side, sample in profile.samples.items()}
    return profile.model_copy(update={"sides": sides, "samples": samples})


def _sample_without(sample: FeatureSample, features: frozenset[str]) -> FeatureSample:
    kept = [place for place, name in enumerate(sample.features) if name not in features]
    rows = tuple(tuple(row[place] for place in kept) for row in sample.rows)
    return FeatureSample(features=tuple(sample.features[place] for place in kept), rows=rows)


def _decoded(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where}: not JSON: {error}") from error


def _validated(data: Any, *, where: str) -> ReferenceProfile:
    try:
        return ReferenceProfile.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise UsageError(f"{where}: not a reference profile ({SCHEMA}): {place or 'top'}: {fault['msg']}") from error
