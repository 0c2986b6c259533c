"""Decisions about shifts: planted ones are found, none is invented, and what cannot be said is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_parts import shift

from analysis.comparison import RECORD_KEYS, compare_tables, compare_to_profile, corrected_together, records
from analysis.features.catalogue import FEATURES, FEATURES_VERSION, feature_names
from analysis.findings import Shift
from analysis.reference.build import figures
from analysis.reference.profile import NoiseFloor, ReferenceProfile, Source, load_profile, margin_from
from analysis.tables import FEATURE_COLUMNS, feature_table
from sims.errors import UsageError
from sims.transcript_file import TranscriptFiles

Columns = dict[str, np.ndarray]


def table(columns: Columns, side: str = "seeker", start: int = 0, scenarios: int = 0) -> pd.DataFrame:
    """A feature table of one side with these features, all others missing; conversations take scenarios in turn."""
    size = max((len(values) for values in columns.values()), default=0)
    frame = pd.DataFrame({name: pd.Series([pd.NA] * size, dtype="object") for name in FEATURE_COLUMNS})
    frame["transcript"] = [f"t{start + i}" for i in range(size)]
    frame["side"] = side
    if scenarios:
        frame["scenario"] = [f"s{i % scenarios}" for i in range(size)]
    frame["is_foreign"] = False
    for name in FEATURES:
        frame[name] = pd.Series(columns.get(name, [pd.NA] * size), dtype="Float64")
    return frame


def profile(columns: Columns, side: str = "seeker") -> ReferenceProfile:
    """A profile of one side with these features."""
    return ReferenceProfile(
        schema="simstress/profile@1",
        name="people",
        genre="test",
        licence="CC0",
        features_version=FEATURES_VERSION,
        conversations=max(len(values) for values in columns.values()),
        sources=(Source(name="test", conversations=1, turns=1),),
        sides={side: {name: figures(values.tolist()) for name, values in columns.items()}},
    )


def normal(seed: int, size: int, mean: float = 0.0) -> np.ndarray:
    """Values of `size` conversations."""
    return np.random.default_rng(seed).normal(mean, size=size)


def the_shift(shifts: tuple[Shift, ...], feature: str) -> Shift:
    """The one of that feature."""
    (found,) = [shift for shift in shifts if shift.feature == feature]
    return found


def test_a_planted_shift_is_found_and_the_rest_is_not_called_shifted() -> None:
    """Politeness raised by one sd (delta 2 Phi(1 / sqrt 2) - 1 = .52) is SHIFTED; formality, unchanged, is not."""
    people = profile({"politeness": normal(1, 300), "formality": normal(2, 300)})
    shifts = compare_to_profile(table({"politeness": normal(3, 80, 1.0), "formality": normal(4, 80)}), people)
    polite = the_shift(shifts, "politeness")
    assert (polite.decision, polite.n, polite.n_reference, polite.profile) == ("SHIFTED", 80, 300, "people")
    assert polite.effect == pytest.approx(0.52, abs=0.1)
    assert polite.p_adjusted is not None
    assert polite.p is not None
    assert polite.p_adjusted == pytest.approx(2 * polite.p)
    assert polite.needed_n is None
    assert the_shift(shifts, "formality").decision != "SHIFTED"


def test_enough_conversations_like_people_are_equivalent() -> None:
    """500 draws of the same distribution: the whole interval lies within the margin of about .16."""
    people = profile({"politeness": normal(1, 900)})
    polite = the_shift(compare_to_profile(table({"politeness": normal(2, 500)}), people), "politeness")
    assert polite.decision == "EQUIVALENT"
    assert polite.margin == pytest.approx(0.16, abs=0.02)


def test_few_conversations_like_people_are_undecided_and_say_how_many_it_takes() -> None:
    """20 draws cannot show likeness; about 400 would, by the normal formula at the delta seen."""
    people = profile({"politeness": normal(1, 900)})
    polite = the_shift(compare_to_profile(table({"politeness": normal(3, 20)}), people), "politeness")
    assert polite.decision == "UNDECIDED"
    assert polite.needed_n is not None
    assert 60 < polite.needed_n < 5000


@pytest.mark.parametrize("values", [np.array([]), np.array([0.5])])
def test_one_or_no_conversation_says_nothing(values: np.ndarray) -> None:
    """No effect, no interval, no p, UNDECIDED: and never NaN."""
    people = profile({"politeness": normal(1, 50)})
    polite = the_shift(compare_to_profile(table({"politeness": values}), people), "politeness")
    assert (polite.effect, polite.ci_low, polite.ci_high, polite.p, polite.p_adjusted) == (None,) * 5
    assert (polite.decision, polite.needed_n, polite.n) == ("UNDECIDED", None, len(values))


def test_a_feature_missing_on_either_side_is_undecided_and_no_test() -> None:
    """Formality is missing here, hedges there: neither counts in Holm's correction of the third."""
    people = profile({"politeness": normal(1, 50), "formality": normal(2, 50)})
    here = table({"politeness": normal(3, 30, 1.0), "hedges": normal(4, 30)})
    shifts = compare_to_profile(here, people)
    assert [shift.feature for shift in shifts] == list(feature_names("seeker"))
    assert {the_shift(shifts, name).effect for name in ("formality", "hedges")} == {None}
    polite = the_shift(shifts, "politeness")
    assert polite.p_adjusted == polite.p


def test_values_all_alike_are_no_shift() -> None:
    """Nobody here or there shows the feature: delta 0 with an interval, p 1, and no NaN."""
    people = profile({"politeness": np.zeros(200)})
    polite = the_shift(compare_to_profile(table({"politeness": np.zeros(30)}), people), "politeness")
    assert (polite.effect, polite.p, polite.decision) == (0.0, 1.0, "UNDECIDED")
    assert polite.ci_low is not None
    assert polite.ci_low < 0


def test_records_have_the_agreed_keys_and_are_json() -> None:
    """The keys are those of the design, in order, and the values survive strict JSON."""
    people = profile({"politeness": normal(1, 50)})
    found = records(compare_to_profile(table({"politeness": normal(2, 10)}), people))
    agreed = "feature role n n_reference effect effect_name ci_low ci_high p p_adjusted decision needed_n"
    assert agreed.split() == list(RECORD_KEYS)
    assert all(list(record) == agreed.split() for record in found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_results_depend_on_the_seed_and_not_on_the_order_of_rows() -> None:
    """Shuffled rows give the same shifts; another seed moves the distance's floor a little and nothing else."""
    people, here = profile({"politeness": normal(1, 80)}), table({"politeness": normal(2, 40)})
    compared = partial(compare_to_profile, profile=people)
    assert compared(here) == compared(here.iloc[::-1])
    first, second = (the_shift(compared(here, seed=seed), "politeness") for seed in (0, 1))
    assert first.distance_floor != second.distance_floor
    assert replace(first, distance_floor=None) == replace(second, distance_floor=None)


def test_nothing_is_foretold_from_a_handful() -> None:
    """From fewer than ten on either side no number would mean anything."""
    for here, there, is_foretold in ((3, 500, False), (9, 500, False), (10, 500, True), (50, 9, False)):
        values = np.linspace(-1.2, 1.8, here)
        found = the_shift(
            compare_to_profile(table({"hedges": values}), profile({"hedges": normal(1, there)})), "hedges"
        )
        assert found.decision == "UNDECIDED"
        assert (found.needed_n is not None) == is_foretold


def test_what_a_larger_family_needs_is_reckoned_anew() -> None:
    """Corrected with three further families, four times as many tests, an undecided feature needs more."""
    people = profile({"politeness": normal(1, 3_000)})
    alone = compare_to_profile(table({"politeness": normal(3, 40, 0.2)}), people)
    first = the_shift(alone, "politeness")
    among = the_shift(corrected_together([*alone, *(shift(p=0.9) for _ in range(3))])[: len(alone)], "politeness")
    assert (first.decision, among.decision) == ("UNDECIDED", "UNDECIDED")
    assert first.needed_n is not None
    assert among.needed_n is not None
    assert 40 < first.needed_n < among.needed_n


def test_a_scenario_that_makes_up_most_of_a_run_leaves_all_undecided() -> None:
    """Twelve scenarios, one of 100, say no more than 1.8 equal ones: a rise of 2 sd is UNDECIDED, of equal ones not."""
    people = profile({"hedges": normal(1, 500)})
    for sizes, decision, units in (([100, *[3] * 11], "UNDECIDED", 1.75), ([11] * 12, "SHIFTED", 12)):
        frame = table({"hedges": normal(2, sum(sizes), 2.0)})
        frame["scenario"] = np.repeat([f"s{place}" for place in range(12)], sizes)
        found = the_shift(compare_to_profile(frame, people), "hedges")
        assert (found.unit, found.decision, found.needed_n) == ("scenario", decision, None)
        assert found.scenarios == pytest.approx(units, abs=0.01)


def test_repeats_of_few_scenarios_speak_of_these_only() -> None:
    """Nine scenarios of six: said so; six conversations of no scenario: not."""
    people = profile({"hedges": normal(1, 50)})
    few, none = table({"hedges": normal(2, 54)}, scenarios=9), table({"hedges": normal(2, 6)})
    assert [the_shift(compare_to_profile(one, people), "hedges").of_these_scenarios for one in (few, none)] == [
        True,
        False,
    ]


def with_conversation(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a row of each conversation as a whole, which lasts ten turns or more."""
    whole = frame.drop_duplicates("transcript").assign(side="conversation", hedges=pd.NA)
    whole["hedges"] = whole["hedges"].astype("Float64")
    whole["dialogue_turns"] = pd.array(range(10, 10 + len(whole)), dtype="Float64")
    return pd.concat([frame, whole], ignore_index=True)


def test_whole_conversations_are_those_that_have_a_side_compared() -> None:
    """Of 30 conversations of seekers and 20 of peers, 30 are compared with seekers, as conversations, too."""
    seekers, peers = table({"hedges": normal(1, 30)}), table({"hedges": normal(2, 20)}, side="peer", start=100)
    mixed = with_conversation(pd.concat([seekers, peers], ignore_index=True))
    people = with_conversation(table({"hedges": normal(3, 40)}, start=500))
    for here, there, expected in ((mixed, people, (30, 40)), (people, mixed, (40, 30))):
        found = the_shift(compare_tables(here, there, name="B"), "dialogue_turns")
        assert (found.n, found.n_reference) == expected


def test_who_says_which_sides_are_compared_keeps_whole_conversations() -> None:
    """With roles the side "conversation" is compared as it is without."""
    here, there = (with_conversation(table({"hedges": normal(seed, 30)}, start=seed)) for seed in (1, 2))
    shifts = compare_tables(here, there, name="B", roles={"seeker": "seeker"})
    assert {shift.role for shift in shifts} == {"conversation", "seeker"}


def test_sides_without_a_counterpart_are_an_error_that_names_them() -> None:
    """Peers cannot be compared with customers without saying so; `roles` says so."""
    people, here = profile({"politeness": normal(1, 80)}), table({"politeness": normal(2, 40)}, side="peer")
    with pytest.raises(UsageError, match=r"have the sides peer, the profile 'people' has seeker.* --role peer=seeker"):
        compare_to_profile(here, people)
    polite = the_shift(compare_to_profile(here, people, roles={"peer": "seeker"}), "politeness")
    assert (polite.role, polite.n_reference) == ("peer", 80)


@pytest.mark.parametrize("roles", [{"helper": "seeker"}, {"seeker": "helper"}])
def test_a_role_that_is_not_there_is_refused(roles: dict[str, str]) -> None:
    """The message names the side and those that are there."""
    people, here = profile({"politeness": normal(1, 80)}), table({"politeness": normal(2, 40)})
    with pytest.raises(UsageError, match=r"no side 'helper' in the .*; it has seeker"):
        compare_to_profile(here, people, roles=roles)


def test_no_conversations_at_all_are_undecided_everywhere() -> None:
    """An empty table still gives a record a feature, so that nothing disappears."""
    shifts = compare_to_profile(feature_table([]), profile({"politeness": normal(1, 80)}))
    assert {shift.decision for shift in shifts} == {"UNDECIDED"}
    assert {shift.n for shift in shifts} == {0}


def test_two_sets_of_conversations_are_compared_alike() -> None:
    """A against B gives the effect of A against a profile of B, and mirrors B against A."""
    first, second = table({"politeness": normal(1, 101, 0.4)}), table({"politeness": normal(2, 101)}, start=500)
    there = the_shift(compare_tables(first, second, name="B"), "politeness")
    back = the_shift(compare_tables(second, first, name="A"), "politeness")
    assert there.effect is not None
    assert back.effect == pytest.approx(-there.effect)
    against = the_shift(compare_to_profile(first, profile({"politeness": normal(2, 101)})), "politeness")
    assert against.effect == pytest.approx(there.effect, abs=1e-3)
    assert (there.profile, there.margin) == ("B", against.margin)


def test_people_are_not_shifted_from_people() -> None:
    """40 splits of one population of 300 into 60 and 240: at most 6 SHIFTED families (P < .01 at the 5 % level)."""
    values = normal(9, 300)
    found = 0
    for seed in range(40):
        order = np.random.default_rng(seed).permutation(300)
        few, many = table({"hedges": values[order[:60]]}), table({"hedges": values[order[60:]]})
        found += the_shift(compare_tables(few, many, name="people", seed=seed), "hedges").decision == "SHIFTED"
    assert found <= 6


def test_tau_bench_users_are_more_polite_and_more_excited_than_people(data: Path) -> None:
    """The simulated users thank and exclaim in every dialogue; people who want help seldom do. Reading agrees."""
    features = feature_table(islice(TranscriptFiles([data / "llm_taubench.jsonl"]), 60))
    shifts = compare_to_profile(features, load_profile("help-seeking"), roles={"seeker": "seeker"})
    for name in ("politeness", "exclamation_share"):
        found = the_shift(shifts, name)
        assert found.decision == "SHIFTED"
        assert found.effect is not None
        assert found.effect > 0.6


def test_several_comparisons_are_corrected_together() -> None:
    """Two families of one test each with p = .03: alone each is below .05; together Holm makes both .06."""
    one = shift(p=0.03, p_adjusted=0.03, decision="SHIFTED")
    together = corrected_together([one, one])
    assert [found.p_adjusted for found in together] == pytest.approx([0.06, 0.06])
    assert {found.decision for found in together} == {"UNDECIDED"}


def test_a_noisy_reference_is_no_tolerance() -> None:
    """A noise floor of .52, as of 20 conversations, gives a margin of .2 and not more; one of .01 gives .05."""
    floors = [NoiseFloor(per_group=10, draws=200, p50=0.2, p90=0.4, p95=p95, p99=0.6) for p95 in (0.52, 0.01, 0.11)]
    assert [margin_from(floor) for floor in floors] == [0.2, 0.05, 0.11]


def test_a_shift_of_shape_alone_is_seen_and_never_called_equivalent() -> None:
    """Half the spread of people at the same middle: delta about 0, W1 = .5 sqrt(2 / pi) = .40 sd."""
    people = profile({"politeness": normal(1, 2000)})
    polite = the_shift(compare_to_profile(table({"politeness": normal(2, 2000) / 2}), people), "politeness")
    assert polite.effect == pytest.approx(0, abs=0.05)
    assert polite.distance == pytest.approx(0.40, abs=0.05)
    assert polite.distance_floor is not None
    assert polite.distance_floor < 0.1
    assert polite.is_apart
    assert polite.p_alike_adjusted is not None
    assert polite.p_alike_adjusted < 0.025
    assert (polite.decision, polite.needed_n) == ("UNDECIDED", None)


def test_a_feature_that_never_varies_among_people_has_no_distance() -> None:
    """Without a standard deviation there is nothing to measure in; the effect still says how many differ."""
    people = profile({"politeness": np.zeros(100)})
    polite = the_shift(compare_to_profile(table({"politeness": np.ones(50)}), people), "politeness")
    assert (polite.distance, polite.distance_floor, polite.is_apart) == (None, None, False)
    assert (polite.effect, polite.decision) == (1.0, "SHIFTED")


def test_likeness_is_corrected_for_the_number_of_features_as_shifts_are() -> None:
    """A p of .004 for likeness is EQUIVALENT alone (below .025); of ten such each becomes .04, and none is."""
    alike = shift("hedges", effect=0.0, ci_low=-0.1, ci_high=0.1, p=0.9, p_alike=0.004)
    assert [found.decision for found in corrected_together([alike])] == ["EQUIVALENT"]
    together = corrected_together([alike] * 10)
    assert [found.p_alike_adjusted for found in together] == pytest.approx([0.04] * 10)
    assert {found.decision for found in together} == {"UNDECIDED"}


def test_ten_repeated_scenarios_are_the_unit_and_nine_are_not() -> None:
    """The same values: whole scenarios of like conversations tell less than as many conversations would."""
    people = profile({"politeness": normal(1, 500)})
    few, many = (
        the_shift(
            compare_to_profile(table({"politeness": np.tile(normal(2, size), 6)}, scenarios=size), people), "politeness"
        )
        for size in (9, 10)
    )
    assert (few.unit, many.unit) == ("conversation", "scenario")
    alone = the_shift(compare_to_profile(table({"politeness": np.tile(normal(2, 10), 6)}), people), "politeness")
    assert alone.unit == "conversation"
    assert many.effect == alone.effect
    assert (many.ci_high or 0) - (many.ci_low or 0) > 1.5 * ((alone.ci_high or 0) - (alone.ci_low or 0))


def test_runs_of_the_same_scenarios_are_compared_within_them() -> None:
    """Scenarios differ far more than their repeats: a rise of .25 (delta .25) is found within them, and only so."""
    scenario = np.tile(normal(1, 20), 2)
    here, there = scenario + normal(2, 40) / 10 + 0.25, scenario + normal(3, 40) / 10
    within = compare_tables(
        table({"hedges": here}, scenarios=20), table({"hedges": there}, start=100, scenarios=20), name="B"
    )
    across = compare_tables(table({"hedges": here}), table({"hedges": there}, start=100), name="B")
    assert the_shift(within, "hedges").decision == "SHIFTED"
    assert the_shift(across, "hedges").decision == "UNDECIDED"
