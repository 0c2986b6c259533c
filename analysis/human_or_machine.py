"""Human or machine: can a classifier tell the conversations of a run from people's, how well, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from analysis.features.speech import CONVERSATION
from analysis.reference.profile import ReferenceProfile
from analysis.statistics.common import ALPHA, Counts, Values, cliffs_delta, holm
from analysis.statistics.two_samples import Rows, chance_floor, columns_of, importances, separation
from analysis.statistics.units import Unit, unit_of
from sims.seeds import derive_seed, stable_hash

Answer = Literal["INDISTINGUISHABLE", "TOLD_APART", "UNDECIDED"]
Way = Literal["more", "less", "less varied", "more varied"]
Frames: TypeAlias = Mapping[str, pd.DataFrame]
"""By side, a row a conversation and a column a feature; rows of one label are one conversation."""

ALL_SIDES = "all sides"
"""The role of a score over the features of all sides at once."""
LEAST_CONVERSATIONS = 20
MOST_CONVERSATIONS = 2000
LEAST_MARGIN, GREATEST_MARGIN = 0.525, 0.6
SUSPECT = 0.97
MOST_TELLTALES = 5
_LEAST_KNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Telltale:
    """A feature that gives the machine away.

    `auc` in [.5, 1] is how well it tells the two apart alone, by its size or by its spread as `way` says: here there is
    more or less of it, or conversations are less or more varied in it (each group about its own median). `importance`
    is how much the AUC of all features together falls without it; features that say the same stand in for each other,
    so that it may be 0.
    """

    feature: str
    role: str
    way: Way
    auc: float
    importance: float

    @property
    def carries(self) -> bool:
        """Whether the AUC of all features together falls by a hundredth or more without it."""
        return round(self.importance, 2) > 0

    @property
    def is_suspect(self) -> bool:
        """Whether it alone nearly separates the two, which mostly comes of how the texts were prepared."""
        return self.auc > SUSPECT


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whether a classifier tells conversations from people's.

    `auc` in [.5, 1] is the chance that it picks the human one of a pair that it has not seen; .5 is guessing (a lower
    one is given as .5). With its 95 % interval, and p of guessing, corrected after Holm.

    INDISTINGUISHABLE: the interval lies below `margin`, the 95th percentile of the same score between two halves of
    the people, in [.525, .6]. TOLD_APART: it lies above .5 and `p_adjusted` is below .05. UNDECIDED otherwise, and
    with fewer than 20 conversations on a side, where all figures are None. `telltales` are for TOLD_APART only, at most
    five: the most important first, to two digits, then the largest `auc`; suspects are always among them.
    """

    profile: str
    role: str
    n: int
    n_reference: int
    unit: Unit
    answer: Answer = "UNDECIDED"
    auc: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    margin: float | None = None
    telltales: tuple[Telltale, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The conversations of a run and of people, with the features that both have; rows of `units` fit `here`."""

    role: str
    here: pd.DataFrame
    people: pd.DataFrame
    units: Sequence[str]
    unit: Unit

    @property
    def names(self) -> list[tuple[str, str]]:
        """The role and the feature of each column."""
        return [(str(name[0]), str(name[1])) for name in self.here.columns]

    @property
    def is_enough(self) -> bool:
        return min(len(self.here), len(self.people)) >= LEAST_CONVERSATIONS and len(self.here.columns) > 0


def likeness_to_profile(
    features: pd.DataFrame, profile: ReferenceProfile, *, roles: Mapping[str, str] | None = None, seed: int = 0
) -> tuple[Likeness, ...]:
    """Whether the conversations are told from the people of a profile: all sides at once, then by each side.

    `features` is a table of `feature_table`; `roles` as in `compare_to_profile`. `analysis.statistics.two_samples` has
    the classifier, its interval and its p. The score over all sides, the one to read, comes first; it is left out where
    one side only is compared, or where the profile mixes conversations with different sides. Of more than 2,000
    conversations a stable hash of the id chooses. From ten repeated scenarios on, scenarios are kept whole in folds and
    in the interval; with fewer, results speak of these scenarios only.

    Simulated (16 and 50 normal features, 30 to 200 conversations a side, 300 draws each): the 95 % interval covers in
    .95-.98 with many features, in .97-.99 with few or where nearly all are told apart. Halves of people of one profile
    are told apart (p below .05) in about 5 %.

    Blind spots: it tells from these people, so that people of another kind of talk are told apart, too (those who seek
    help and those who clarify a search reach 1.00). Features that are known for less than half of the conversations on
    either side are left out. The classifier sees what the features see, by size and by spread; machines that differ in
    what they say, not in how, look human to it. A larger sample trains a better classifier, so that an AUC belongs to
    its numbers of conversations.
    """
    people = {side: _frame(sample.features, sample.rows) for side, sample in profile.samples.items()}
    spoken = [side for side in dict.fromkeys(features["side"]) if side in people]
    whole = {CONVERSATION: CONVERSATION} if CONVERSATION in spoken else {}
    matched = whole | dict(roles) if roles is not None else {side: side for side in spoken}
    here = {side: features[features["side"] == side].set_index("transcript") for side in matched}
    found = [
        _likeness(compared, name=profile.name, seed=derive_seed("likeness", compared.role, seed))
        for compared in _compared(here, people, matched, is_joinable=_is_joinable(profile, matched))
    ]
    return likeness_together(found)


def likeness_together(found: Sequence[Likeness]) -> tuple[Likeness, ...]:
    """The scores with p corrected after Holm over all of them, and answered anew."""
    adjusted = holm([one.p for one in found])
    return tuple(_answered(one, p) for one, p in zip(found, adjusted, strict=True))


def _answered(found: Likeness, p_adjusted: float | None) -> Likeness:
    answer = _answer(found, p_adjusted)
    telltales = found.telltales if answer == "TOLD_APART" else ()
    return replace(found, p_adjusted=p_adjusted, answer=answer, telltales=telltales)


def _answer(found: Likeness, p_adjusted: float | None) -> Answer:
    if found.ci_low is None or found.ci_high is None or found.margin is None or p_adjusted is None:
        return "UNDECIDED"
    if found.ci_high < found.margin:
        return "INDISTINGUISHABLE"
    return "TOLD_APART" if found.ci_low > 0.5 and p_adjusted < ALPHA else "UNDECIDED"


def _frame(features: Sequence[str], rows: Sequence[Sequence[float | None]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(features), dtype="float64")


def _is_joinable(profile: ReferenceProfile, matched: Mapping[str, str]) -> bool:
    """Whether the samples of these sides are of the same conversations: each conversation has all these sides."""
    counts = {
        figures.n + figures.missing for side in matched.values() for figures in profile.sides.get(side, {}).values()
    }
    return counts == {profile.conversations} and len(set(matched.values())) == len(matched)


def _compared(here: Frames, people: Frames, matched: Mapping[str, str], *, is_joinable: bool) -> Iterator[_Compared]:
    pairs = {side: _alike(_sampled(here[side]), people[other]) for side, other in matched.items() if other in people}
    if len(pairs) > 1 and is_joinable:
        joined = (
            pd.concat({side: pair[which] for side, pair in pairs.items()}, axis=1, join="inner") for which in (0, 1)
        )
        yield _with_units(ALL_SIDES, *joined, whole=here)
    for side, pair in pairs.items():
        yield _with_units(side, *(pd.concat({side: one}, axis=1) for one in pair), whole=here)


def _sampled(frame: pd.DataFrame) -> pd.DataFrame:
    """At most 2,000 conversations, in an order that does not hang on that of the rows."""
    order = sorted(range(len(frame)), key=lambda place: stable_hash("likeness", str(frame.index[place])))
    return frame.iloc[order[:MOST_CONVERSATIONS]]


def _alike(here: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with the features that are known often enough in both."""
    both = [name for name in people.columns if name in here.columns]
    kept = [name for name in both if min(here[name].notna().mean(), people[name].notna().mean()) >= _LEAST_KNOWN]
    return here[kept].astype("float64"), people[kept]


def _with_units(role: str, here: pd.DataFrame, people: pd.DataFrame, *, whole: Frames) -> _Compared:
    scenario_of = {name: scenario for frame in whole.values() for name, scenario in frame["scenario"].items()}
    scenarios = [scenario_of[name] for name in here.index]
    unit = unit_of(scenarios)
    by_scenario = unit == "scenario"
    units = [
        f"scenario {scenario}" if by_scenario and scenario is not None else f"conversation {name}"
        for name, scenario in zip(here.index, scenarios, strict=True)
    ]
    return _Compared(role, here, people, units, unit)


def _likeness(compared: _Compared, *, name: str, seed: int) -> Likeness:
    found = Likeness(name, compared.role, len(compared.here), len(compared.people), compared.unit)
    if not compared.is_enough:
        return found
    here, people = compared.here.to_numpy(), compared.people.to_numpy()
    columns, feature_of = columns_of(np.concatenate([here, people]))
    is_here = np.arange(len(columns)) < len(here)
    rows = Rows(columns, feature_of, is_here, _clusters(compared.units, len(people)))
    told = separation(rows, seed=seed)
    floor = chance_floor(columns_of(people)[0], seed=seed)
    return replace(
        found,
        auc=max(0.5, told.auc),
        ci_low=max(0.5, told.interval.low),
        ci_high=max(0.5, told.interval.high),
        p=told.p,
        margin=min(GREATEST_MARGIN, max(LEAST_MARGIN, floor)),
        telltales=_telltales(compared.names, here, people, drops=importances(rows, here.shape[1], seed=seed)),
    )


def _clusters(units: Sequence[str], people: int) -> Counts:
    """A number a unit; people come one by one."""
    _, numbers = np.unique(list(units), return_inverse=True)
    return np.concatenate([numbers, numbers.max() + 1 + np.arange(people)]).astype(np.int64)


def _telltales(
    names: Sequence[tuple[str, str]], here: Values, people: Values, *, drops: Values
) -> tuple[Telltale, ...]:
    found = []
    for place, (role, feature) in enumerate(names):
        way, auc = _alone(here[:, place], people[:, place])
        found.append(Telltale(feature, role, way, round(auc, 6), round(max(0.0, float(drops[place])), 6)))
    found.sort(key=lambda one: (-round(one.importance, 2), -one.auc, one.role, one.feature))
    shown = sorted(found, key=lambda one: not one.is_suspect)[:MOST_TELLTALES]
    return tuple(one for one in found if one in shown)


def _alone(here: Values, people: Values) -> tuple[Way, float]:
    """In which way one feature tells the two apart better, and how well."""
    here, people = here[~np.isnan(here)], people[~np.isnan(people)]
    size = cliffs_delta(here, people) or 0.0
    spread = cliffs_delta(*(np.abs(group - np.median(group)) for group in (here, people))) or 0.0
    ways: tuple[Way, Way] = ("more", "less") if abs(size) >= abs(spread) else ("more varied", "less varied")
    strongest = max(size, spread, key=abs)
    return ways[strongest < 0], (1 + abs(strongest)) / 2
