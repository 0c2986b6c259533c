"""Human reference profiles: what people's conversations of one genre measure, in figures, and how to load them.

`analysis.build_profiles` makes them. A profile holds no sentence of the conversations behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.features import FEATURES_VERSION
from sims.errors import OutputError, UnknownNameError, UsageError

SCHEMA: Literal["simstress/profile@1"] = "simstress/profile@1"
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
    `sd` is None under 2 values, `noise_floor` under 20.
    """

    n: int = Field(ge=0)
    missing: int = Field(ge=0)
    mean: float | None
    sd: float | None
    quantiles: tuple[float, ...]
    noise_floor: NoiseFloor | None

    @property
    def margin(self) -> float | None:
        """The largest |Cliff's delta| that counts as alike: the 95th percentile of the noise floor.

        Never below 0.05, so that a feature which people hardly ever show can be called alike, too, and never above
        0.2: a small or noisy reference is no tolerance.
        """
        return None if self.noise_floor is None else margin_from(self.noise_floor)


class ReferenceProfile(_Figures):
    """The measured features of human conversations of one genre, by side.

    `sides` has the figures by side ("seeker", "helper", "peer", "conversation") and feature name.
    """

    schema_: Literal["simstress/profile@1"] = Field(SCHEMA, alias="schema")
    name: str = Field(pattern=NAME_PATTERN)
    genre: str
    licence: str
    features_version: int
    judges: Mapping[str, str] = Field(default_factory=dict, description="Versions of the judges that features rest on.")
    conversations: int = Field(ge=1)
    sources: tuple[Source, ...]
    sides: Mapping[str, Mapping[str, FeatureFigures]]

    def to_json(self) -> str:
        """The profile as a JSON file holds it: each list of figures on one line."""
        text = json.dumps(self.model_dump(by_alias=True), indent=1, ensure_ascii=True, allow_nan=False)
        return re.sub(r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s+", " ", found.group()), text) + "\n"


def profile_names() -> tuple[str, ...]:
    """The names of the shipped profiles, in alphabetical order."""
    return tuple(sorted(_shipped()))


def load_profile(name: str | Path) -> ReferenceProfile:
    """The shipped profile of that name, or the one in that file.

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
    if profile.features_version != FEATURES_VERSION:
        raise UsageError(
            f"{where}: built with version {profile.features_version} of the features, this is version "
            f"{FEATURES_VERSION}; build it again with: simstress reference build"
        )
    return profile


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
