"""Human or machine: who is told from people, by what, and when nothing can be said."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from analysis.features.catalogue import FEATURES, FEATURES_VERSION
from analysis.human_or_machine import ALL_SIDES, Likeness, _alone, likeness_to_profile, likeness_together
from analysis.reference.build import figures
from analysis.reference.profile import SCHEMA, FeatureSample, ReferenceProfile, Source, load_profile, profile_names
from analysis.statistics import two_samples
from analysis.tables import FEATURE_COLUMNS, feature_table
from sims.transcript_file import TranscriptFiles

NAMES = ("words_per_turn", "formality", "hedges", "politeness")


def people(
    size: int = 200, *, sides: tuple[str, ...] = ("seeker",), seed: int = 0, samples: bool = True
) -> ReferenceProfile:
    """A profile of people whose four features are normal noise on every side."""
    rng = np.random.default_rng(seed)
    drawn = {side: rng.normal(size=(size, len(NAMES))).tolist() for side in sides}
    return ReferenceProfile(
        schema=SCHEMA,
        name="people",
        genre="",
        licence="",
        features_version=FEATURES_VERSION,
        conversations=size,
        sources=(Source(name="test", conversations=size, turns=size),),
        sides={
            side: {name: figures([row[place] for row in rows]) for place, name in enumerate(NAMES)}
            for side, rows in drawn.items()
        },
        samples={side: FeatureSample(features=NAMES, rows=rows) for side, rows in drawn.items()} if samples else {},
    )


def run(
    size: int, *, sides: tuple[str, ...] = ("seeker",), seed: int = 1, repeats: int = 0, **shifted: float
) -> pd.DataFrame:
    """The table of a run like those people but for the shifted features; of as many repeats a scenario as given."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(index=range(size * len(sides)), columns=list(FEATURE_COLUMNS))
    table["transcript"] = [f"t{number}" for number in range(size)] * len(sides)
    table["side"] = np.repeat(list(sides), size)
    table["scenario"] = [f"s{number // repeats}" if repeats else None for number in range(size)] * len(sides)
    for name in NAMES:
        table[name] = rng.normal(size=len(table)) + shifted.get(name, 0.0)
    typed: pd.DataFrame = table.astype(dict.fromkeys(FEATURES, "Float64"))
    return typed


def test_a_shifted_run_is_told_apart_by_what_is_shifted() -> None:
    """Two standard deviations more of one feature: AUC of about .9, and that feature is named first, with its sign."""
    [found] = likeness_to_profile(run(100, politeness=2.0), people())
    assert found.answer == "TOLD_APART"
    assert found.auc == pytest.approx(0.92, abs=0.03)  # Phi(2 / sqrt 2) = .921
    assert found.ci_low is not None
    assert found.ci_low > 0.8
    first = found.telltales[0]
    assert (first.feature, first.role, first.way, first.is_suspect) == ("politeness", "seeker", "more", False)
    assert first.importance > 0.2


def test_a_feature_that_separates_alone_is_suspected() -> None:
    """Far beyond .97 alone: a leak in the preparation is likelier than a model so unlike people."""
    [found] = likeness_to_profile(run(60, hedges=-8.0), people())
    assert [(one.feature, one.way) for one in found.telltales if one.is_suspect] == [("hedges", "less")]
    assert found.telltales[0].auc == 1.0


def test_a_run_more_uniform_than_people_is_told_apart() -> None:
    """The same mean and a tenth of the spread."""
    table = run(100)
    table["formality"] = table["formality"] / 10
    [found] = likeness_to_profile(table, people())
    assert (found.answer, found.telltales[0].feature, found.telltales[0].way) == (
        "TOLD_APART",
        "formality",
        "less varied",
    )


def test_a_shift_is_no_lesser_variety() -> None:
    """Spread is about each group's own median: moved by 2 sd with half the spread it is more, and not more varied."""
    table = run(100, formality=4.0)
    table["formality"] = table["formality"] / 2
    [found] = likeness_to_profile(table, people())
    assert (found.telltales[0].feature, found.telltales[0].way) == ("formality", "more")
    rng = np.random.default_rng(2)
    moved, wide = rng.normal(0.3, 0.2, size=200), rng.normal(0, 1, size=200)
    assert _alone(moved, wide)[0] == "less varied"
    assert _alone(wide, moved)[0] == "more varied"


def test_telltales_come_in_the_order_of_what_the_classifier_carries() -> None:
    """By importance to two digits, then by what each tells alone; a suspect is never left out for another."""
    [found] = likeness_to_profile(run(100, politeness=2.0, hedges=1.0), people())
    order = [(-round(one.importance, 2), -one.auc) for one in found.telltales]
    assert order == sorted(order)
    assert [one.feature for one in found.telltales[:2]] == ["politeness", "hedges"]
    assert found.telltales[0].carries


def test_people_are_not_told_from_people() -> None:
    """600 like 200: the interval lies within what two halves of the people reach."""
    [found] = likeness_to_profile(run(600, seed=5), people())
    assert found.answer == "INDISTINGUISHABLE"
    assert found.margin is not None
    assert found.ci_high is not None
    assert 0.525 <= found.margin <= 0.6
    assert found.ci_high < found.margin
    assert found.telltales == ()


@pytest.mark.parametrize("size", [0, 1, 2, 19])
def test_too_few_conversations_say_nothing(size: int) -> None:
    """Under 20 a side there is no figure at all."""
    for found in likeness_to_profile(run(size), people()):
        assert (found.answer, found.auc, found.p_adjusted, found.n) == ("UNDECIDED", None, None, size)


def test_twenty_like_people_are_undecided() -> None:
    """The interval is far too wide for either answer."""
    [found] = likeness_to_profile(run(20, seed=3), people())
    assert found.answer == "UNDECIDED"
    assert found.auc is not None


def test_a_profile_without_single_conversations_says_nothing() -> None:
    """Profiles of the first schema hold figures only."""
    assert likeness_to_profile(run(50), people(samples=False)) == ()


def test_what_one_side_does_not_have_is_no_feature() -> None:
    """A judge's figure that the run has no verdict on must not give it away by being missing."""
    table = run(60, seed=7)
    table["politeness"] = pd.array([pd.NA] * 60, dtype="Float64")
    [found] = likeness_to_profile(table, people())
    assert found.p is not None
    assert found.p > 0.01
    table[list(NAMES)] = pd.NA
    [nothing] = likeness_to_profile(table, people())
    assert (nothing.answer, nothing.auc) == ("UNDECIDED", None)


def test_all_sides_come_first_where_they_are_of_the_same_conversations() -> None:
    """A little on each of two sides adds up."""
    sides = ("seeker", "helper")
    both, seeker, helper = likeness_to_profile(run(100, sides=sides, hedges=1.0), people(sides=sides))
    assert (both.role, seeker.role, helper.role) == (ALL_SIDES, "seeker", "helper")
    assert both.auc is not None
    assert seeker.auc is not None
    assert both.auc > seeker.auc
    assert {one.role for one in both.telltales[:2]} == {"seeker", "helper"}


def test_roles_say_who_is_compared_with_whom() -> None:
    """Peers here against seekers there."""
    [found] = likeness_to_profile(run(50, sides=("peer",), hedges=3.0), people(), roles={"peer": "seeker"})
    assert (found.role, found.answer) == ("peer", "TOLD_APART")


def test_the_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    """Rows come back from a run in any order."""
    table = run(50, hedges=0.5)
    assert likeness_to_profile(table.iloc[::-1], people(), seed=3) == likeness_to_profile(table, people(), seed=3)
    assert likeness_to_profile(table, people(), seed=4) != likeness_to_profile(table, people(), seed=3)


def test_ten_repeated_scenarios_are_the_unit() -> None:
    """With fewer the conversation is, and the interval speaks of these scenarios only."""
    [many] = likeness_to_profile(run(60, repeats=5), people())
    [few] = likeness_to_profile(run(60, repeats=10), people())
    assert (many.unit, few.unit) == ("scenario", "conversation")


def test_scores_are_corrected_together() -> None:
    """Of p = .03 and .04 Holm makes .06 and .06, so neither is told apart any more, and its telltales go."""
    found = [
        Likeness("a", "peer", 50, 50, "conversation", "TOLD_APART", 0.7, 0.6, 0.8, p, p, 0.58) for p in (0.03, 0.04)
    ]
    first, second = likeness_together(found)
    assert (first.p_adjusted, second.p_adjusted) == (0.06, 0.06)
    assert (first.answer, second.answer) == ("UNDECIDED", "UNDECIDED")


def _halves(profile: ReferenceProfile, size: int, *, draws: int) -> list[bool]:
    """Whether two groups of the same people were told apart, over all sides."""
    found = []
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(min(len(one.rows) for one in profile.samples.values()))
        tables = [_as_table(sample, order[:size], side) for side, sample in profile.samples.items()]
        rest = {
            side: sample.model_copy(update={"rows": tuple(sample.rows[place] for place in order[size : 2 * size])})
            for side, sample in profile.samples.items()
        }
        main, *_ = likeness_to_profile(pd.concat(tables), profile.model_copy(update={"samples": rest}), seed=seed)
        assert main.p is not None
        found.append(main.p < 0.05)
    return found


def _as_table(sample: FeatureSample, places: npt.NDArray[np.int64], side: str) -> pd.DataFrame:
    figures_of = pd.DataFrame([sample.rows[place] for place in places], columns=list(sample.features), dtype="float64")
    return figures_of.assign(transcript=[f"t{place}" for place in places], side=side, scenario=None)


def test_real_people_are_seldom_told_from_real_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 splits into 30 and 30 of each of seven shipped profiles: p below .05 at most 3 times of 14 (P < .01)."""
    monkeypatch.setattr(two_samples, "PERMUTATIONS", 39)
    profiles = [load_profile(name) for name in profile_names()]
    assert sum(itertools.chain.from_iterable(_halves(profile, 30, draws=2) for profile in profiles)) <= 3


@pytest.mark.campaign
@pytest.mark.parametrize("size", [30, 100])
@pytest.mark.parametrize("name", profile_names())
def test_real_people_are_seldom_told_from_real_people_over_a_campaign(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 200 splits at most 18 (P < .01 at the 5 % level). Meetings are 118, too few for two hundreds."""
    monkeypatch.setattr(two_samples, "PERMUTATIONS", 399)
    profile = load_profile(name)
    size = min(size, len(next(iter(profile.samples.values())).rows) // 2)
    assert sum(_halves(profile, size, draws=200)) <= 18


def test_synthetic_persona_chats_are_told_from_people(data: Path) -> None:
    """Forty are enough, and no feature of the peers does it alone once both are brought to one form."""
    transcripts = TranscriptFiles([data / "llm_synthetic_personachat.jsonl.gz"])
    features = feature_table(itertools.islice(transcripts, 40))
    main, peer, _ = likeness_to_profile(features, load_profile("persona-chat"))
    assert (main.role, main.answer, peer.answer) == (ALL_SIDES, "TOLD_APART", "TOLD_APART")
    assert not any(one.is_suspect for one in peer.telltales)
    assert "turn_length_variation" in {one.feature for one in peer.telltales}
