"""Human profiles: what they hold, how they are built, and how a broken one is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from builders import transcript

from analysis.build_profiles import SHIPPED, build_profile, build_shipped, figures
from analysis.features import FEATURES, FEATURES_VERSION
from analysis.noise_floor import noise_floor
from analysis.reference import ReferenceProfile, load_profile, profile_names, write_profile
from judges.catalogue import make_judge
from sims.errors import MissingDataError, OutputError, UnknownNameError, UsageError
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
    assert (found.n, found.missing, found.mean, found.sd) == (3, 1, 2, 1)
    assert (found.quantiles[0], found.quantiles[50], found.quantiles[100]) == (1, 2, 3)
    assert len(found.quantiles) == 101
    assert found.noise_floor is None
    assert found.margin is None


def test_figures_of_nothing_are_missing() -> None:
    """No value: no mean, no quantile, and no NaN."""
    found = figures([None, None])
    assert (found.n, found.missing, found.mean, found.sd, found.quantiles) == (0, 2, None, None, ())


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


def test_a_profile_of_other_feature_definitions_is_refused(tmp_path: Path) -> None:
    """Figures that were counted in another way must not be compared with."""
    profile = build_profile(people(3), name="mine").model_copy(update={"features_version": FEATURES_VERSION + 1})
    with pytest.raises(UsageError, match="build it again"):
        load_profile(write_profile(profile, tmp_path / "mine.json"))


def test_the_shipped_profiles_are_those_of_the_design() -> None:
    """Six genres, each from a recipe in the code."""
    assert profile_names() == ("help-seeking", "meeting", "persona-chat", "service", "service-order", "telephone")
    assert set(profile_names()) == set(SHIPPED)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_profile_is_complete(name: str) -> None:
    """Every feature of every side is there, with source, licence and the judges it rests on."""
    profile = load_profile(name)
    assert (profile.name, profile.conversations) == (name, sum(source.conversations for source in profile.sources))
    assert profile.licence
    assert profile.genre
    assert profile.judges == {judge: make_judge(judge).version for judge in ("formality", "metaphor")}
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
        texts = re.findall(r'"([^"]*)"', json.dumps(profile["sides"]))
        known = {*FEATURES, *ReferenceProfile.model_fields, "seeker", "helper", "peer", "conversation"}
        figures_only = {
            "n",
            "missing",
            "mean",
            "sd",
            "quantiles",
            "noise_floor",
            "per_group",
            "draws",
            "p50",
            "p90",
            "p95",
            "p99",
        }
        assert set(texts) <= known | figures_only


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_profile_comes_out_of_the_data_again(name: str, data: Path) -> None:
    """Built anew from the real dialogues, it is what is shipped."""
    assert build_shipped(data, name) == load_profile(name)
