"""Human profiles: what they hold, how they are built, and how a broken one is refused."""

from __future__ import annotations

import heapq
import json
import re
from pathlib import Path

import numpy as np
import pytest
from builders import transcript

from analysis.features.catalogue import FEATURES, FEATURES_VERSION, conversation_features, feature_judges, feature_names
from analysis.reference.build import SHIPPED, build_profile, build_shipped, figures
from analysis.reference.noise_floor import noise_floor
from analysis.reference.profile import (
    FeatureFigures,
    FeatureSample,
    NoiseFloor,
    changed_judges,
    load_profile,
    profile_names,
    write_profile,
)
from judges.catalogue import make_judge
from sims.errors import MissingDataError, OutputError, UnknownNameError, UsageError
from sims.seeds import stable_hash
from sims.transcript import Transcript

ROLES = {"ann": "customer", "bob": "support agent"}
SECRET = "marmalade"


def people(count: int) -> list[Transcript]:
    """Short human dialogues of different lengths."""
    return [
        transcript(
            ("ann", f"I want {SECRET}" + " and more" * i), ("bob", "Sure."), id=f"t{i}", roles=ROLES, kind="human"
        )
        for i in range(count)
    ]


def test_figures_of_known_values() -> None:
    """1, 2, 3 and one missing: mean 2, sd 1, the quantiles run from 1 over 2 to 3."""
    found = figures([3.0, None, 1.0, 2.0])
    assert (found.n, found.missing, found.mean, found.sd, found.skewness) == (3, 1, 2, 1, 0)
    assert (found.quantiles[0], found.quantiles[50], found.quantiles[100]) == (1, 2, 3)
    assert len(found.quantiles) == 101
    assert found.noise_floor is None
    assert found.margin is None


def test_figures_of_nothing_are_missing() -> None:
    """No value: no mean, no quantile, and no NaN."""
    found = figures([None, None])
    assert (found.n, found.missing, found.mean, found.sd, found.quantiles) == (0, 2, None, None, ())


def test_skewness_tells_the_longer_tail() -> None:
    """0, 0, 0, 1: m2 = 3/16, m3 = 6/64, g1 = m3 / m2^1.5 = 1.1547, times sqrt(4 * 3) / 2 = 2. Of no tail: missing."""
    assert figures([0.0, 1.0, 0.0, 0.0]).skewness == pytest.approx(2)
    assert figures([1.0, 1.0, 1.0]).skewness is None
    assert figures([1.0, 2.0]).skewness is None


def test_the_noise_floor_says_how_far_people_lie_apart() -> None:
    """Two groups of 100 people: the 95th percentile of |delta| is near 1.96 * sqrt(2 / 300) = .160."""
    floor = noise_floor(np.arange(1000.0))
    assert floor is not None
    assert (floor.per_group, floor.draws) == (100, 200)
    assert floor.p95 == pytest.approx(0.160, rel=0.12)
    assert floor.p50 < floor.p90 < floor.p95 < floor.p99


def test_the_noise_floor_of_few_people_is_of_smaller_groups() -> None:
    """With 60 conversations the groups have 30; with 19 there is no floor."""
    floor = noise_floor(np.arange(60.0))
    assert floor is not None
    assert floor.per_group == 30
    assert noise_floor(np.arange(19.0)) is None


def test_the_margin_is_never_next_to_nothing() -> None:
    """Where no person ever shows a feature the floor is 0; the margin is .05 all the same."""
    found = figures([0.0] * 50)
    assert found.noise_floor is not None
    assert found.noise_floor.p95 == 0
    assert found.margin == 0.05


def test_a_profile_is_the_same_bytes_whatever_the_order() -> None:
    """Built from the same dialogues backwards, the file is the same."""
    forward = build_profile(iter(people(30)), name="mine", genre="test", licence="CC0")
    backward = build_profile(reversed(people(30)), name="mine", genre="test", licence="CC0")
    assert forward.to_json() == backward.to_json()
    assert forward.sides["seeker"]["words_per_turn"].n == 30


def test_a_profile_holds_no_word_of_the_dialogues() -> None:
    """Figures only: a word of the dialogues does not occur in the file."""
    assert SECRET not in build_profile(people(5), name="mine").to_json()


def test_a_profile_survives_its_file(tmp_path: Path) -> None:
    """Written and read back it is equal, also from a path of the user's own."""
    profile = build_profile(people(25), name="mine", genre="orders", licence="CC0")
    path = write_profile(profile, tmp_path / "mine.json")
    assert load_profile(path) == profile
    assert load_profile(str(path)) == profile


def test_only_people_make_a_human_profile() -> None:
    """A model's transcript among them is refused, with its id."""
    with pytest.raises(UsageError, match="'t9' is of kind 'llm'"):
        build_profile([*people(3), transcript(("ann", "Hi."), id="t9")], name="mine")


def test_one_conversation_is_not_enough() -> None:
    """A single dialogue has no distribution."""
    with pytest.raises(MissingDataError, match="at least two"):
        build_profile(people(1), name="mine")


def test_a_bad_name_is_refused_before_anything_is_read() -> None:
    """The name becomes a file name: the message says what is allowed."""
    with pytest.raises(UsageError, match="small letters"):
        build_profile(people(3), name="../Mine")


def test_an_unknown_profile_offers_the_nearest() -> None:
    """A typing error in the name is answered with the name meant."""
    with pytest.raises(UnknownNameError, match="did you mean 'telephone'"):
        load_profile("telefone")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "not a reference profile"),
        (b'{"schema": "simstress/profile@9"}', "not a reference profile"),
    ],
)
def test_a_broken_file_is_one_clear_line(content: bytes, message: str, tmp_path: Path) -> None:
    """Whatever is in the file, the error is ours, names the file and has one line."""
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_profile(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    """A file that is not there, and a place that cannot be written to."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_profile(tmp_path / "none.json")
    with pytest.raises(OutputError, match="cannot be written"):
        write_profile(build_profile(people(3), name="mine"), tmp_path / "no" / "mine.json")


def test_a_profile_of_later_features_is_refused(tmp_path: Path) -> None:
    """Figures that may be counted in another way must not be compared with; the line says how to build it again."""
    profile = build_profile(people(3), name="mine").model_copy(update={"features_version": FEATURES_VERSION + 1})
    with pytest.raises(UsageError, match=r"simstress reference build FILE\.\.\. --name mine"):
        load_profile(write_profile(profile, tmp_path / "mine.json"))


def test_a_profile_of_the_first_schema_is_read(tmp_path: Path) -> None:
    """Neither samples nor skewness nor the newer features: what is there is what it was."""
    data = json.loads(build_profile(people(25), name="mine").to_json())
    newer = {"answers_with_question", "length_matching", "self_repetition", "enthusiasm", "digression_rate"}
    for figures_of_side in data["sides"].values():
        for name in newer & figures_of_side.keys():
            del figures_of_side[name]
        for one in figures_of_side.values():
            del one["skewness"]
    del data["samples"], data["judges"]["digression"]
    data |= {"schema": "simstress/profile@1", "features_version": 1}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = load_profile(path)
    assert found.samples == {}
    assert found.sides["seeker"]["words_per_turn"].n == 25
    assert newer.isdisjoint(found.sides["seeker"])
    assert changed_judges(found) == ()


def test_what_another_version_of_a_judge_measured_is_left_out(tmp_path: Path) -> None:
    """Formality of another version goes, from figures and samples; all else stays, and the judge is named."""
    profile = build_profile(people(25), name="mine")
    old = profile.model_copy(update={"judges": {**profile.judges, "formality": "0"}})
    found = load_profile(write_profile(old, tmp_path / "mine.json"))
    assert changed_judges(found) == ("formality",)
    assert set(profile.sides["seeker"]) - set(found.sides["seeker"]) == {"formality"}
    sample, whole = found.samples["seeker"], profile.samples["seeker"]
    assert "formality" not in sample.features
    place = whole.features.index("hedges")
    assert [row[sample.features.index("hedges")] for row in sample.rows] == [row[place] for row in whole.rows]


def test_samples_are_of_at_most_200_people_whatever_their_order() -> None:
    """Of 210 conversations 200, a row each, as many figures as features, the same forwards and backwards."""
    forward, backward = (build_profile(given, name="mine").samples for given in (people(210), people(210)[::-1]))
    assert forward == backward
    assert {side: len(sample.rows) for side, sample in forward.items()} == dict.fromkeys(forward, 200)
    assert forward["seeker"].features == feature_names("seeker")
    ours = {tuple(one.values.values()) for talk in people(210) for one in conversation_features(talk)[:1]}
    assert set(forward["seeker"].rows) <= ours


def test_a_row_that_does_not_fit_its_features_is_refused() -> None:
    """One figure too few: the file is broken."""
    with pytest.raises(ValueError, match="every row must have 2 figures"):
        FeatureSample(features=("hedges", "politeness"), rows=((0.5,),))


def test_whoever_measures_hears_of_each_conversation() -> None:
    """For progress: each transcript once, also where they can be read only once."""
    heard: list[str] = []
    build_profile(iter(people(5)), name="mine", on_done=lambda talk: heard.append(talk.id))
    assert heard == [f"t{i}" for i in range(5)]


def test_the_shipped_profiles_are_those_of_the_design() -> None:
    """Seven genres, each from a recipe in the code."""
    service = ("service", "service-order")
    assert profile_names() == ("clarifying-search", "help-seeking", "meeting", "persona-chat", *service, "telephone")
    assert set(profile_names()) == set(SHIPPED)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_profile_is_complete(name: str) -> None:
    """Every feature of every side is there, with source, licence and the judges it rests on."""
    profile = load_profile(name)
    assert (profile.name, profile.conversations) == (name, sum(source.conversations for source in profile.sources))
    assert profile.licence
    assert profile.genre
    assert profile.judges == {judge: make_judge(judge).version for judge in feature_judges()}
    expected = {
        (side, feature.name) for feature in FEATURES.values() for side in feature.sides if side in profile.sides
    }
    assert {(side, feature) for side, found in profile.sides.items() for feature in found} == expected
    for found in profile.sides.values():
        assert all(one.n + one.missing == profile.conversations for one in found.values())


def test_shipped_profiles_hold_figures_only() -> None:
    """Every text in them is a name, a genre or a licence; nothing else is longer than a feature's name."""
    for name in profile_names():
        profile = json.loads(load_profile(name).to_json())
        texts = set(re.findall(r'"([^"]*)"', json.dumps([profile["sides"], profile["samples"]])))
        keys = {*FeatureFigures.model_fields, *NoiseFloor.model_fields, *FeatureSample.model_fields}
        assert texts <= {*FEATURES, *keys, "seeker", "helper", "peer", "conversation"}


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_profile_is_small(name: str) -> None:
    """Less than 250 KB each, so that all of them load in a blink."""
    assert len(load_profile(name).to_json()) < 250_000


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_comes_out_of_the_data_again(name: str, data: Path) -> None:
    """Of the conversations that its samples begin with, measured anew, it has the figures; and it has them all.

    Two a profile; the whole is the campaign's.
    """
    profile, talks = load_profile(name), list(SHIPPED[name].chosen(data))
    assert profile.conversations == len(talks)
    first = heapq.nsmallest(2, talks, key=lambda talk: stable_hash("profile sample", talk.id))
    for place, talk in enumerate(first):
        for found in conversation_features(talk):
            sample = profile.samples[found.side]
            assert dict(zip(sample.features, sample.rows[place], strict=True)) == found.values


@pytest.mark.campaign
@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_is_what_building_it_gives(name: str, data: Path) -> None:
    """Built anew from all the real dialogues, it is what is shipped, to the last figure."""
    assert build_shipped(data, name) == load_profile(name)
